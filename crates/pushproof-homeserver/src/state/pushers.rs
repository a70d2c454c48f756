//! Setting, listing and removing pushers.

use http::StatusCode;
use pushproof_vocabulary::{Dialect, PushState};
use serde_json::{Map, Value};

use super::{
    Caller, Era, State,
    pusher::{self, Details, Kind, Listed, Pusher, RecentSets, View},
};
use crate::{
    behaviour::{
        AskedState, BadState, Burst, Deletion, Heeding, LinkAfterRemote, LinkOnSet, NamesTaken,
        OmittedOnCreate, OmittedOnUpdate, PushersOnRemoval, Reach, RefusalCode, RemoteSet, SpareFields,
        StateRequired, Whose,
    },
    error::MatrixError,
    fields::Fields,
    ids::{DeviceId, PusherAddress, PusherKey, UserId},
};

/// So many sets within [`BURST_MS`] are a burst.
const BURST: u32 = 6;
/// Sets that follow each other within this time count towards the same burst.
const BURST_MS: u64 = 1000;

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

impl State {
    /// The pushers of the caller's user, as `GET /pushers` lists them.
    pub(crate) fn list_pushers(&self, caller: &Caller) -> Vec<Value> {
        let user = self.user(&caller.user);
        let view = View {
            listing: self.behaviour.listing,
            dialect: (self.era == Era::Proposal).then_some(&self.dialect),
            first_device: user.devices.iter().min_by_key(|(_, device)| device.since_ms).map(|(id, _)| id),
        };
        let of_others = match view.listing.whose {
            Whose::Own => Vec::new(),
            Whose::SameKeyOfOthers => self.same_keys_of_others(&caller.user),
        };
        let mut entries = Vec::new();
        for (key, pusher) in user.pushers.iter().chain(of_others) {
            let copies = match pusher.listed {
                Listed::Once => 1,
                Listed::Twice => 2,
                Listed::Hidden => 0,
            };
            for _ in 0..copies {
                entries.push(pusher.shown(key, &view));
            }
        }
        if self.behaviour.answers.spare_fields == SpareFields::Present {
            for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
                entry.insert("com.example.spare".into(), Value::from(1));
            }
        }
        entries
    }

    fn same_keys_of_others(&self, user: &UserId) -> Vec<(&PusherKey, &Pusher)> {
        self.user(user)
            .pushers
            .keys()
            .flat_map(|key| {
                self.other_owners(user, key)
                    .into_iter()
                    .filter_map(|other| self.users.get(&other)?.pushers.get_key_value(key))
            })
            .collect()
    }

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
        let state = self.state_after(caller, key, asked, before.as_ref(), setter, &details);
        let now = self.source.now_ms();
        let pusher = self.pusher_after(caller, before, setter, details, state, asked, now);
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

    fn state_after(
        &mut self,
        caller: &Caller,
        key: &PusherKey,
        asked: Asked,
        before: Option<&Pusher>,
        setter: Setter,
        details: &Details,
    ) -> PushState {
        let setting = self.behaviour.setting;
        let remembered = self.remembered_states.remove(&(caller.user.clone(), key.clone()));
        match (asked, before) {
            (Asked::State(_), Some(before))
                if setter == Setter::Remote && setting.remote == RemoteSet::StateIgnored =>
            {
                before.state
            }
            (Asked::State(_), None) if setting.asked == AskedState::IgnoredOnCreate => PushState::Enabled,
            (Asked::State(state), _) => state,
            (_, Some(before)) => match setting.omitted_on_update {
                OmittedOnUpdate::Keep => before.state,
                OmittedOnUpdate::KeepWhenUnchanged if before.details == *details => before.state,
                OmittedOnUpdate::Enabled | OmittedOnUpdate::KeepWhenUnchanged => PushState::Enabled,
            },
            (_, None) => match setting.omitted_on_create {
                OmittedOnCreate::Enabled => remembered.unwrap_or(PushState::Enabled),
                OmittedOnCreate::Disabled => PushState::Disabled,
                OmittedOnCreate::AsSibling => self
                    .user(&caller.user)
                    .pushers
                    .values()
                    .find(|sibling| sibling.device == caller.device)
                    .map_or(PushState::Enabled, |sibling| sibling.state),
            },
        }
    }

    #[expect(clippy::too_many_arguments, reason = "each is one thing that the next pusher depends on")]
    fn pusher_after(
        &self,
        caller: &Caller,
        before: Option<Pusher>,
        setter: Setter,
        details: Details,
        state: PushState,
        asked: Asked,
        now_ms: u64,
    ) -> Pusher {
        let setting = self.behaviour.setting;
        let mut pusher = before.clone().unwrap_or_else(|| Pusher {
            details: details.clone(),
            state,
            heeded: state,
            state_named: false,
            device: caller.device.clone(),
            owner: caller.device.clone(),
            since_ms: now_ms,
            recent_sets: RecentSets::default(),
            listed: Listed::Once,
        });
        pusher.details = details;
        pusher.state = state;
        pusher.state_named = asked != Asked::Nothing;
        pusher.heeded = heeded(setting.heeding, before.as_ref(), setter, state);
        pusher.listed = if setter == Setter::Remote && setting.remote == RemoteSet::Duplicates {
            Listed::Twice
        } else {
            Listed::Once
        };
        if setter == Setter::Remote {
            let moves = match setting.link_after_remote {
                LinkAfterRemote::Kept => false,
                LinkAfterRemote::Setter => true,
                LinkAfterRemote::SetterWhenEnabling => state == PushState::Enabled,
                LinkAfterRemote::KeptButOwnedBySetter => {
                    pusher.owner = caller.device.clone();
                    false
                }
            };
            if moves {
                pusher.device = caller.device.clone();
                pusher.owner = caller.device.clone();
            }
        }
        let recent = &mut pusher.recent_sets;
        if now_ms.saturating_sub(recent.since_ms) > BURST_MS {
            recent.count = 0;
        }
        recent.since_ms = now_ms;
        recent.count += 1;
        if recent.count >= BURST {
            match setting.burst {
                Burst::Serialised => {}
                Burst::ConfusesDelivery => pusher.heeded = opposite(state),
                Burst::Duplicates => pusher.listed = Listed::Twice,
            }
        }
        pusher
    }

    /// Without `append`, nobody else keeps a pusher of this app id and push key.
    fn displace_others(&mut self, user: &UserId, key: &PusherKey) {
        for other in self.other_owners(user, key) {
            self.delete_pusher(&other, key);
        }
    }

    fn other_owners(&self, user: &UserId, key: &PusherKey) -> Vec<UserId> {
        let owners = self.pusher_owners.get(key).into_iter().flatten();
        owners.filter(|owner| *owner != user).cloned().collect()
    }

    fn store_pusher(&mut self, user: &UserId, key: &PusherKey, pusher: Pusher) {
        let heeded = pusher.heeded;
        if self.user_mut(user).pushers.insert(key.clone(), pusher).is_none() {
            self.pusher_owners.entry(key.clone()).or_default().push(user.clone());
        }
        self.delivery_heeds(user, key, heeded);
    }

    /// Makes delivery follow a state at once: what waits for a pusher that is now disabled is not sent.
    fn delivery_heeds(&mut self, user: &UserId, key: &PusherKey, state: PushState) {
        let address = PusherAddress { user: user.clone(), key: key.clone() };
        match state {
            PushState::Disabled => self.lanes.silence(&address),
            PushState::Enabled => self.lanes.release(&address),
        }
    }

    fn reach_others(&mut self, user: &UserId, key: &PusherKey, state: PushState) {
        let reached: Vec<PusherAddress> = match self.behaviour.setting.reach {
            Reach::ThatPusher => return,
            Reach::SameApp => {
                let same_app = self.user(user).pushers.keys().filter(|other| other.app_id == key.app_id);
                same_app.map(|other| PusherAddress { user: user.clone(), key: other.clone() }).collect()
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

    /// Removes a pusher and all that waits for it.
    pub(crate) fn delete_pusher(&mut self, user: &UserId, key: &PusherKey) {
        if self.user_mut(user).pushers.remove(key).is_none() {
            return;
        }
        if let Some(owners) = self.pusher_owners.get_mut(key) {
            owners.retain(|owner| owner != user);
            if owners.is_empty() {
                self.pusher_owners.remove(key);
            }
        }
        self.lanes.remove(&PusherAddress { user: user.clone(), key: key.clone() });
    }

    /// Removes the http pushers of a removed device. Email pushers belong to the user and stay.
    pub(super) fn remove_pushers_of(&mut self, user: &UserId, device: &DeviceId) {
        if self.era == Era::Legacy || self.behaviour.removal.pushers == PushersOnRemoval::Kept {
            return;
        }
        let pushers = self.user(user).pushers.iter();
        let orphaned: Vec<PusherKey> = pushers
            .filter(|(_, pusher)| pusher.owner == *device && pusher.details.kind == Kind::Http)
            .map(|(key, _)| key.clone())
            .collect();
        for key in orphaned {
            match self.behaviour.removal.pushers {
                PushersOnRemoval::HiddenButAlive => {
                    if let Some(pusher) = self.user_mut(user).pushers.get_mut(&key) {
                        pusher.listed = Listed::Hidden;
                    }
                }
                PushersOnRemoval::Removed | PushersOnRemoval::Kept => self.delete_pusher(user, &key),
            }
        }
    }
}

fn heeded(heeding: Heeding, before: Option<&Pusher>, setter: Setter, state: PushState) -> PushState {
    let Some(before) = before else { return state };
    let resumes = before.heeded == PushState::Disabled && state == PushState::Enabled;
    match heeding {
        Heeding::OwnDeviceOnly if setter == Setter::Remote => before.heeded,
        Heeding::NeverResumes if resumes => PushState::Disabled,
        Heeding::ResumesByOwnDeviceOnly if resumes && setter == Setter::Remote => PushState::Disabled,
        _ => state,
    }
}

fn opposite(state: PushState) -> PushState {
    match state {
        PushState::Enabled => PushState::Disabled,
        PushState::Disabled => PushState::Enabled,
    }
}
