//! `POST /pushers/set`: what a set makes of the pusher that there was.

use http::StatusCode;
use pushproof_vocabulary::{Dialect, PushState};
use serde_json::{Map, Value};

use super::{
    Caller, Era, State,
    pusher::{self, Details, Kind, Listed, Pusher, RecentSets},
};
use crate::{
    behaviour::{
        AskedState, BadState, Burst, Deletion, Heeding, LinkAfterRemote, LinkOnSet, NamesTaken,
        OmittedOnCreate, OmittedOnUpdate, Reach, RefusalCode, RemoteSet, StateRequired,
    },
    error::MatrixError,
    fields::Fields,
    ids::{PusherAddress, PusherKey, UserId},
};

/// The state that a set asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// None: absent, or null.
    Nothing,
    /// This one.
    State(PushState),
    /// Something that is no boolean.
    Malformed,
}

/// Where a set comes from, seen from the pusher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setter {
    /// The device that the pusher belongs to, or will.
    Own,
    /// Another device of the same user.
    Remote,
}

/// A set that nothing is wrong with.
struct Set<'a> {
    caller: &'a Caller,
    key: &'a PusherKey,
    details: Details,
    asked: Asked,
    setter: Setter,
}

impl State {
    /// `POST /pushers/set`. 400 when the link is given, or a field is missing or malformed; then nothing changes.
    pub(crate) fn set_pusher(
        &mut self,
        caller: &Caller,
        body: &Map<String, Value>,
    ) -> Result<(), MatrixError> {
        let key = pusher::key_of(body)?;
        if self.refuses_link(caller, &key, body) {
            match self.behaviour.setting.link {
                LinkOnSet::RefuseButApply => self.apply_set(caller, &key, body)?,
                LinkOnSet::RefuseButDelete => self.delete_pusher(&caller.user, &key),
                _ => {}
            }
            return Err(self.link_refusal());
        }
        self.apply_set(caller, &key, body)
    }

    /// Sets a pusher that somebody has as if its own device did, which only a defect asks for.
    pub(crate) fn set_pusher_of_whomever(&mut self, body: &Map<String, Value>) -> Result<(), MatrixError> {
        let key = pusher::key_of(body)?;
        for user in self.owners(&key) {
            if let Some(pusher) = self.user(&user).pushers.get(&key) {
                let caller = Caller { device: pusher.device.clone(), user };
                self.set_pusher(&caller, body)?;
            }
        }
        Ok(())
    }

    fn refuses_link(&self, caller: &Caller, key: &PusherKey, body: &Map<String, Value>) -> bool {
        let Some(link) = body.get(&self.dialect.link).filter(|_| self.era == Era::Proposal) else {
            return false;
        };
        let user = self.user(&caller.user);
        match self.behaviour.setting.link {
            LinkOnSet::Refuse | LinkOnSet::RefuseButApply | LinkOnSet::RefuseButDelete => true,
            LinkOnSet::Ignore => false,
            LinkOnSet::RefuseOnCreateOnly => !user.pushers.contains_key(key),
            LinkOnSet::RefuseUnknownDevice => {
                !link.as_str().is_some_and(|device| user.devices.contains_key(device))
            }
        }
    }

    fn link_refusal(&self) -> MatrixError {
        let errcode = match self.behaviour.setting.refusal_code {
            RefusalCode::InvalidParam => "M_INVALID_PARAM",
            RefusalCode::BadJson => "M_BAD_JSON",
            RefusalCode::Unknown => "M_UNKNOWN",
        };
        let error = format!("`{}` cannot be set: the server decides it", self.dialect.link);
        MatrixError::new(StatusCode::BAD_REQUEST, errcode, error)
    }

    fn apply_set(
        &mut self,
        caller: &Caller,
        key: &PusherKey,
        body: &Map<String, Value>,
    ) -> Result<(), MatrixError> {
        let kind = match body.get("kind") {
            None => return Err(MatrixError::missing_param("kind")),
            Some(Value::Null) => {
                self.delete_on_request(&caller.user, key);
                return Ok(());
            }
            Some(Value::String(kind)) => kind,
            Some(_) => return Err(MatrixError::bad_json("`kind` must be a string or null")),
        };
        let mut details = Details::read(kind, body)?;
        self.require_bound_address(&caller.user, key, details.kind)?;
        let append = body.truth("append")?.unwrap_or(false);
        let is_null = body.get(&self.dialect.state.key).is_some_and(Value::is_null);
        if is_null && self.behaviour.setting.bad_state == BadState::FailOnNull {
            return Err(MatrixError::internal());
        }
        let mut asked = self.asked_state(body);
        let malformed = MatrixError::bad_json(format!("`{}` must be a boolean", self.dialect.state.key));
        let mut outcome = Ok(());
        if asked == Asked::Malformed {
            if self.behaviour.setting.bad_state != BadState::RefuseButApplyRest {
                return Err(malformed);
            }
            asked = Asked::Nothing;
            outcome = Err(malformed);
        }

        let before = self.user(&caller.user).pushers.get(key).cloned();
        self.require_state(asked, before.as_ref())?;
        let setter = match &before {
            Some(before) if before.device != caller.device => Setter::Remote,
            _ => Setter::Own,
        };
        if setter == Setter::Remote {
            match self.behaviour.setting.remote {
                RemoteSet::Refused => {
                    return Err(MatrixError::forbidden("the pusher belongs to another device"));
                }
                RemoteSet::LosesFields => {
                    details.profile_tag = None;
                    details.data.retain(|name, _| name == "url");
                }
                _ => {}
            }
        }
        let set = Set { caller, key, details, asked, setter };
        let state = self.state_after(&set, before.as_ref());
        let pusher = self.pusher_after(set, before, state);
        if !append {
            self.displace_others(&caller.user, key);
        }
        self.store_pusher(&caller.user, key, pusher);
        self.reach_others(&caller.user, key, state);
        outcome
    }

    fn require_bound_address(&self, user: &UserId, key: &PusherKey, kind: Kind) -> Result<(), MatrixError> {
        let bound = self.user(user).emails.iter().any(|address| **address == *key.pushkey);
        if kind == Kind::Email && !bound {
            let error = "the address is not bound to the account";
            return Err(MatrixError::new(StatusCode::BAD_REQUEST, "M_THREEPID_NOT_FOUND", error));
        }
        Ok(())
    }

    fn asked_state(&self, body: &Map<String, Value>) -> Asked {
        if self.era == Era::Legacy {
            return Asked::Nothing;
        }
        let names = match self.behaviour.setting.names {
            NamesTaken::Dialect => &self.dialect,
            NamesTaken::Stable => Dialect::stable(),
        };
        let Some(value) = body.value(&names.state.key) else { return Asked::Nothing };
        match names.read_state(value) {
            Some(state) => Asked::State(state),
            None if self.behaviour.setting.bad_state == BadState::Coerce => {
                let truthy = !matches!(value, Value::Number(n) if n.as_f64() == Some(0.0)) && value != "";
                names.read_state(&Value::Bool(truthy)).map_or(Asked::Malformed, Asked::State)
            }
            None => Asked::Malformed,
        }
    }

    fn require_state(&self, asked: Asked, before: Option<&Pusher>) -> Result<(), MatrixError> {
        let required = match self.behaviour.setting.state_required {
            StateRequired::Never => false,
            StateRequired::Always => true,
            StateRequired::OnUpdate => before.is_some(),
        };
        if required && asked == Asked::Nothing && self.era == Era::Proposal {
            return Err(MatrixError::missing_param(&self.dialect.state.key));
        }
        Ok(())
    }

    fn state_after(&mut self, set: &Set<'_>, before: Option<&Pusher>) -> PushState {
        if self.era == Era::Legacy {
            return PushState::Enabled;
        }
        let setting = self.behaviour.setting;
        let remembered = self.remembered_states.remove(&(set.caller.user.clone(), set.key.clone()));
        match (set.asked, before) {
            (Asked::State(_), Some(before))
                if set.setter == Setter::Remote && setting.remote == RemoteSet::StateIgnored =>
            {
                before.state
            }
            (Asked::State(_), None) if setting.asked == AskedState::IgnoredOnCreate => PushState::Enabled,
            (Asked::State(PushState::Enabled), Some(before))
                if setting.asked == AskedState::IgnoredWhenEnabling =>
            {
                before.state
            }
            (Asked::State(state), _) => state,
            (_, Some(before)) => match setting.omitted_on_update {
                OmittedOnUpdate::Keep => before.state,
                OmittedOnUpdate::KeepWhenUnchanged if before.details == set.details => before.state,
                OmittedOnUpdate::Enabled | OmittedOnUpdate::KeepWhenUnchanged => PushState::Enabled,
            },
            (_, None) => match setting.omitted_on_create {
                OmittedOnCreate::Enabled => remembered.unwrap_or(PushState::Enabled),
                OmittedOnCreate::Disabled => PushState::Disabled,
                OmittedOnCreate::DisabledForFirst if self.user(&set.caller.user).pushers.is_empty() => {
                    PushState::Disabled
                }
                OmittedOnCreate::DisabledForFirst => PushState::Enabled,
            },
        }
    }

    fn pusher_after(&mut self, set: Set<'_>, before: Option<Pusher>, state: PushState) -> Pusher {
        let setting = self.behaviour.setting;
        let now_ms = self.source.now_ms();
        let heeded = heeded(setting.heeding, before.as_ref(), &set, state);
        let device = || set.caller.device.clone();
        let mut pusher = match before {
            Some(before) => Pusher { details: set.details, ..before },
            None => Pusher {
                details: set.details,
                state,
                heeded,
                state_named: false,
                created_as: state,
                set_in: self.era,
                device: device(),
                owner: device(),
                since_ms: now_ms,
                recent_sets: RecentSets::default(),
                listed: Listed::Once,
            },
        };
        pusher.state = state;
        pusher.heeded = heeded;
        pusher.state_named = set.asked != Asked::Nothing;
        pusher.set_in = self.era;
        pusher.listed = Listed::Once;
        if set.setter == Setter::Remote {
            if setting.remote == RemoteSet::Duplicates {
                pusher.listed = Listed::Twice;
            }
            match setting.link_after_remote {
                LinkAfterRemote::Kept => {}
                LinkAfterRemote::SetterWhenEnabling if state == PushState::Disabled => {}
                LinkAfterRemote::Setter | LinkAfterRemote::SetterWhenEnabling => {
                    pusher.device = device();
                    pusher.owner = device();
                }
                LinkAfterRemote::KeptButOwnedBySetter => pusher.owner = device(),
            }
        }
        if pusher.recent_sets.is_burst(now_ms) {
            match setting.burst {
                Burst::Serialised => {}
                Burst::ConfusesDelivery => pusher.heeded = opposite(state),
                Burst::Duplicates => pusher.listed = Listed::Twice,
            }
        }
        pusher
    }

    fn reach_others(&mut self, user: &UserId, key: &PusherKey, state: PushState) {
        let reached: Vec<PusherAddress> = match self.behaviour.setting.reach {
            Reach::ThatPusher => return,
            Reach::SameUser | Reach::SameDevice => {
                let pushers = &self.user(user).pushers;
                let device = pushers.get(key).map(|pusher| &pusher.device);
                let reached = pushers.iter().filter(|(_, pusher)| {
                    self.behaviour.setting.reach == Reach::SameUser || device == Some(&pusher.device)
                });
                reached.map(|(other, _)| PusherAddress { user: user.clone(), key: other.clone() }).collect()
            }
            Reach::SameKeyOfOthers => {
                let owners = self.other_owners(user, key).into_iter();
                owners.map(|user| PusherAddress { user, key: key.clone() }).collect()
            }
        };
        for PusherAddress { user, key } in reached {
            if let Some(pusher) = self.user_mut(&user).pushers.get_mut(&key) {
                pusher.state = state;
                pusher.heeded = state;
            }
            self.delivery_heeds(&user, &key, state);
        }
    }

    fn delete_on_request(&mut self, user: &UserId, key: &PusherKey) {
        let Some(pusher) = self.user(user).pushers.get(key) else { return };
        let state = pusher.state;
        match self.behaviour.setting.deletion {
            Deletion::KeepsDisabled if state == PushState::Disabled => return,
            Deletion::RemembersState => {
                self.remembered_states.insert((user.clone(), key.clone()), state);
            }
            Deletion::Deletes | Deletion::KeepsDisabled => {}
        }
        self.delete_pusher(user, key);
    }
}

fn heeded(heeding: Heeding, before: Option<&Pusher>, set: &Set<'_>, state: PushState) -> PushState {
    let Some(before) = before else { return state };
    let resumes = before.heeded == PushState::Disabled && state == PushState::Enabled;
    let ignored = match heeding {
        Heeding::Always => false,
        Heeding::OwnDeviceOnly => set.setter == Setter::Remote,
        Heeding::NeverResumes => resumes,
        Heeding::ResumesOnOtherChange => resumes && before.details == set.details,
        Heeding::ResumesByOwnDeviceOnly => resumes && set.setter == Setter::Remote,
    };
    if ignored { before.heeded } else { state }
}

fn opposite(state: PushState) -> PushState {
    match state {
        PushState::Enabled => PushState::Disabled,
        PushState::Disabled => PushState::Enabled,
    }
}
