//! `POST /pushers/set`: what a set makes of the pusher that there was.

mod deletion;
mod link;
mod others;

use http::StatusCode;
use pushproof_vocabulary::{Dialect, PushState};
use serde_json::{Map, Value};
use url::{Host, Url};

use super::{
    Caller, Era, State,
    devices::Device,
    later::{Later, SOON_MS},
    pusher::{self, Data, Details, Kind, Listed, Pusher, RecentSets, Updated},
};
use crate::{
    behaviour::{
        AskedState, BadState, Burst, Gateways, Heeding, LinkAfterRemote, NamesTaken, OmittedOnCreate,
        OmittedOnUpdate, Pushkeys, RemoteSet, Setting, StateRequired,
    },
    error::MatrixError,
    fields::Fields,
    ids::{PusherKey, UserId},
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
    append: bool,
}

impl State {
    /// `POST /pushers/set`. 400 when the link is given, or a field is missing or malformed; then nothing changes.
    pub(crate) fn set_pusher(
        &mut self,
        caller: &Caller,
        body: &Map<String, Value>,
    ) -> Result<(), MatrixError> {
        let key = pusher::key_of(body)?;
        self.cached_lists.remove(&(caller.user.clone(), caller.device.clone()));
        if self.refuses_link(caller, &key, body) {
            self.refuse_link_but(caller, &key, body)?;
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

    pub(super) fn apply_set(
        &mut self,
        caller: &Caller,
        key: &PusherKey,
        body: &Map<String, Value>,
    ) -> Result<(), MatrixError> {
        let kind = match body.get("kind") {
            None => return Err(MatrixError::missing_param("kind")),
            Some(Value::Null) => {
                self.delete_on_request(caller, key);
                return Ok(());
            }
            Some(Value::String(kind)) => kind,
            Some(_) => return Err(MatrixError::bad_json("`kind` must be a string or null")),
        };
        let before = self.user(&caller.user).pushers.get(key).cloned();
        let mut details = Details::read(kind, body, before.as_ref().map(|before| &before.details))?;
        self.require_gateway(&details)?;
        self.require_bound_address(&caller.user, key, details.kind)?;
        let append = body.truth("append")?.unwrap_or(false);
        let is_null = body.get(&self.dialect.state.key).is_some_and(Value::is_null);
        if is_null && self.behaviour.setting.bad_state == BadState::FailOnNull {
            return Err(MatrixError::internal());
        }
        let mut asked = self.asked_state(body);
        let mut outcome = Ok(());
        if asked == Asked::Malformed {
            let refusal = self.bad_state_refusal(body);
            match self.behaviour.setting.bad_state {
                BadState::RefuseButApplyRest => outcome = Err(refusal),
                BadState::RefuseButApplyRestLater => {
                    let (caller, key, mut body) = (caller.clone(), key.clone(), body.clone());
                    body.remove(&self.dialect.state.key);
                    self.do_in(SOON_MS, Later::Set { caller, key, body });
                    return Err(refusal);
                }
                BadState::IgnoreOnCreate if before.is_none() => {}
                _ => return Err(refusal),
            }
            asked = Asked::Nothing;
        }

        self.require_state(asked, details.kind, before.as_ref())?;
        let setter = match &before {
            Some(before) if before.device != caller.device => Setter::Remote,
            _ => Setter::Own,
        };
        if setter == Setter::Remote {
            match self.behaviour.setting.remote {
                RemoteSet::Refused => {
                    return Err(MatrixError::forbidden("the pusher belongs to another device"));
                }
                RemoteSet::RefusedToNewcomers if self.is_newcomer(caller, before.as_ref()) => {
                    return Err(MatrixError::forbidden("the pusher was there before the device"));
                }
                RemoteSet::StateOfOwnPusher => {
                    if let (Asked::State(state), Some(own)) = (asked, self.own_pusher(caller)) {
                        self.apply_state(&caller.user, &own, state);
                        return Ok(());
                    }
                }
                RemoteSet::LosesFields => {
                    let mut data = details.data.read();
                    data.retain(|name, _| name == "url");
                    details = Details { profile_tag: None, data: Data::new(&data), ..details };
                }
                _ => {}
            }
        }
        let set = Set { caller, key, details, asked, setter, append };
        let state = self.state_after(&set, before.as_ref());
        let spoke = before.as_ref().is_some_and(|before| !self.is_silent(before));
        let pusher = self.pusher_after(set, before, state);
        if self.behaviour.base.pushkeys == Pushkeys::OneByUser {
            self.displace_other_apps(&caller.user, key);
        }
        if !append {
            self.displace_others(&caller.user, key);
        }
        if setter == Setter::Remote
            && self.behaviour.setting.link_after_remote == LinkAfterRemote::SetterLater
        {
            let (user, device) = (caller.user.clone(), caller.device.clone());
            self.do_in(SOON_MS, Later::Relink { user, key: key.clone(), device });
        }
        self.store_pusher(&caller.user, key, pusher);
        if spoke {
            self.note_disabling(&caller.user, key, setter == Setter::Remote);
        }
        self.reach_others(&caller.user, key, state, setter);
        outcome
    }

    fn bad_state_refusal(&self, body: &Map<String, Value>) -> MatrixError {
        let value = body.get(&self.dialect.state.key);
        match self.behaviour.setting.bad_state {
            BadState::FailOnObject if value.is_some_and(Value::is_object) => MatrixError::internal(),
            BadState::RefuseWithoutErrcode => MatrixError::without_errcode("the state must be a boolean"),
            _ => MatrixError::bad_json(format!("`{}` must be a boolean", self.dialect.state.key)),
        }
    }

    fn is_newcomer(&self, caller: &Caller, pusher: Option<&Pusher>) -> bool {
        let since = self.user(&caller.user).devices.get(&caller.device).map(Device::since);
        pusher.zip(since).is_some_and(|(pusher, since)| since > pusher.since)
    }

    fn own_pusher(&self, caller: &Caller) -> Option<PusherKey> {
        let mut pushers = self.user(&caller.user).pushers.iter();
        pushers.find(|(_, pusher)| pusher.device == caller.device).map(|(key, _)| key.clone())
    }

    /// Some servers push to https alone, some never to private addresses, and say so when a pusher is set.
    fn require_gateway(&self, details: &Details) -> Result<(), MatrixError> {
        let Some(gateway) = details.gateway.as_ref().and_then(|url| Url::parse(url).ok()) else {
            return Ok(());
        };
        let is_public =
            gateway.host().is_none_or(|host| matches!(host, Host::Domain(name) if name != "localhost"));
        match self.behaviour.base.gateways {
            Gateways::WithTls if gateway.scheme() != "https" => {
                Err(MatrixError::invalid_param("only https scheme is allowed"))
            }
            Gateways::Public if !is_public => {
                Err(MatrixError::forbidden("the push gateway's address is in a range that is denied"))
            }
            _ => Ok(()),
        }
    }

    fn require_bound_address(&self, user: &UserId, key: &PusherKey, kind: Kind) -> Result<(), MatrixError> {
        if kind == Kind::Email && !self.has_email(user, &key.pushkey) {
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
            None if self.behaviour.setting.bad_state == BadState::ReadWords && value == "true" => {
                names.read_state(&Value::Bool(true)).map_or(Asked::Malformed, Asked::State)
            }
            None if self.behaviour.setting.bad_state == BadState::ReadWords && value == "false" => {
                names.read_state(&Value::Bool(false)).map_or(Asked::Malformed, Asked::State)
            }
            None if self.behaviour.setting.bad_state == BadState::ReadNumbers && value.is_number() => {
                names.read_state(&Value::Bool(value != 0)).map_or(Asked::Malformed, Asked::State)
            }
            None if self.coerces_state(body) => {
                let truthy = !matches!(value, Value::Number(n) if n.as_f64() == Some(0.0)) && value != "";
                names.read_state(&Value::Bool(truthy)).map_or(Asked::Malformed, Asked::State)
            }
            None => Asked::Malformed,
        }
    }

    fn coerces_state(&self, body: &Map<String, Value>) -> bool {
        match self.behaviour.setting.bad_state {
            BadState::Coerce => true,
            BadState::CoerceForEmail => body.get("kind").is_some_and(|kind| kind == "email"),
            _ => false,
        }
    }

    fn require_state(&self, asked: Asked, kind: Kind, before: Option<&Pusher>) -> Result<(), MatrixError> {
        let required = match self.behaviour.setting.state_required {
            StateRequired::Never => false,
            StateRequired::Always => true,
            StateRequired::OnUpdate => before.is_some(),
            StateRequired::ForEmail => kind == Kind::Email,
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
            (Asked::State(_), _) if set.append && setting.asked == AskedState::IgnoredWhenAppending => {
                before.map_or(PushState::Enabled, |before| before.state)
            }
            (Asked::State(_), Some(before))
                if setting.asked == AskedState::IgnoredWhenOthersChange && before.details != set.details =>
            {
                before.state
            }
            (Asked::State(_), Some(before))
                if setting.asked == AskedState::TakenTwice && before.changes >= 2 =>
            {
                before.state
            }
            (Asked::State(PushState::Enabled), Some(before))
                if setting.asked == AskedState::IgnoredWhenEnabling =>
            {
                before.state
            }
            (Asked::State(state), _) => state,
            (_, Some(before)) => match setting.omitted_on_update {
                OmittedOnUpdate::Keep => before.state,
                OmittedOnUpdate::KeepWhenUnchanged if before.details == set.details => before.state,
                OmittedOnUpdate::KeepWhenChanged if before.details != set.details => before.state,
                OmittedOnUpdate::KeepForOtherDevices if set.setter == Setter::Remote => before.state,
                OmittedOnUpdate::KeepWhenAppending if set.append => before.state,
                _ => PushState::Enabled,
            },
            (_, None) => match setting.omitted_on_create {
                OmittedOnCreate::Enabled | OmittedOnCreate::LikeTheRemoved => {
                    remembered.unwrap_or(PushState::Enabled)
                }
                OmittedOnCreate::LikeAnother if self.has_pusher_off(&set.caller.user) => PushState::Disabled,
                OmittedOnCreate::LikeSameKey => self.state_of_same_key(&set.caller.user, set.key),
                OmittedOnCreate::Disabled => PushState::Disabled,
                OmittedOnCreate::DisabledForFirst if self.user(&set.caller.user).pushers.is_empty() => {
                    PushState::Disabled
                }
                OmittedOnCreate::DisabledWhenAppending if set.append => PushState::Disabled,
                OmittedOnCreate::DisabledForFirst
                | OmittedOnCreate::DisabledWhenAppending
                | OmittedOnCreate::LikeAnother
                | OmittedOnCreate::ListedOnly => PushState::Enabled,
            },
        }
    }

    fn pusher_after(&mut self, set: Set<'_>, before: Option<Pusher>, state: PushState) -> Pusher {
        let setting = self.behaviour.setting;
        let now_ms = self.source.now_ms();
        let address = (set.caller.user.clone(), set.key.clone());
        let silenced = self.silent_keys.contains(&address);
        let heeded = heeded(&setting, before.as_ref(), &set, state, silenced);
        let position = self.position();
        let device = || set.caller.device.clone();
        let mut pusher = match before {
            Some(before) => {
                let changes = before.changes + u32::from(before.state != state);
                Pusher { details: set.details, changes, updated: Updated::Since, ..before }
            }
            None => Pusher {
                details: set.details,
                state,
                heeded,
                state_named: false,
                created_as: state,
                set_in: self.era,
                device: device(),
                owner: device(),
                since: position,
                since_ms: now_ms,
                changes: 0,
                born: state,
                disabled_at: position,
                missed: 0,
                updated: Updated::Never,
                first_setter: self.first_setters.get(&address).cloned().unwrap_or_else(device),
                recent_sets: RecentSets::default(),
                listed: Listed::Once,
            },
        };
        if pusher.heeded != heeded {
            (pusher.disabled_at, pusher.missed) = (position, 0);
        }
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
                LinkAfterRemote::Kept | LinkAfterRemote::SetterLater => {}
                LinkAfterRemote::SetterWhenEnabling if state == PushState::Disabled => {}
                LinkAfterRemote::SetterOfSecondChange if pusher.changes < 2 => {}
                LinkAfterRemote::Setter
                | LinkAfterRemote::SetterWhenEnabling
                | LinkAfterRemote::SetterOfSecondChange => {
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
}

fn heeded(
    setting: &Setting,
    before: Option<&Pusher>,
    set: &Set<'_>,
    state: PushState,
    muted: bool,
) -> PushState {
    let omitted = set.asked == Asked::Nothing;
    let Some(before) = before else {
        let silent = muted || omitted && setting.omitted_on_create == OmittedOnCreate::ListedOnly;
        return if silent { PushState::Disabled } else { state };
    };
    let resumes = before.heeded == PushState::Disabled && state == PushState::Enabled;
    let silences = before.heeded == PushState::Enabled && state == PushState::Disabled;
    if setting.heeding == Heeding::AnySetResumes && before.state == PushState::Disabled {
        return PushState::Enabled;
    }
    let email = set.details.kind == Kind::Email;
    let ignored = match setting.heeding {
        _ if omitted && setting.omitted_on_update == OmittedOnUpdate::ListedOnly => true,
        Heeding::Always | Heeding::AnySetResumes | Heeding::OthersSetResumes => false,
        Heeding::ResumesOnce => resumes && before.changes >= 2,
        Heeding::SilencesOnce => silences && before.changes >= 2,
        Heeding::EmailNeverResumes => email && resumes,
        Heeding::EmailSilencesOnce => email && silences && before.changes >= 2,
        Heeding::NeverResumesBornDisabled => resumes && before.born == PushState::Disabled,
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
