//! Pruning the settings event of a removed device.

use pushproof_vocabulary::Dialect;
use serde_json::{Map, Value};

use super::{
    Caller, Era, Position, State,
    account_data::{Entry, Life, Scope},
    devices::RemovalPath,
    later::{Later, SOON_MS},
};
use crate::{
    behaviour::{PasswordChangeAlone, Prune, PruneScope, Returning},
    ids::{DeviceId, UserId},
};

/// How much later a late pruning happens.
const LATE_MS: u64 = 60_000;

impl State {
    /// Prunes the settings event of a device that was just removed, the `index`-th in its request.
    pub(super) fn prune_after_removal(
        &mut self,
        caller: &Caller,
        device: &DeviceId,
        index: usize,
        path: RemovalPath,
        had_pusher: bool,
    ) {
        if self.era == Era::Legacy {
            return;
        }
        let on = self.behaviour.removal.prune;
        let prune = match path {
            RemovalPath::Logout => on.logout,
            RemovalPath::LogoutAll => on.logout_all,
            RemovalPath::DeleteDevice => on.delete_device,
            RemovalPath::DeleteDevices => on.delete_devices,
            RemovalPath::PasswordChange => on.password_change,
        };
        let own_doing = *device == caller.device;
        let device = match prune {
            Prune::GoneWhenOwnDoing if !own_doing => return,
            Prune::GoneWhenOthersDoing if own_doing => return,
            Prune::GoneForTheFirst if index > 0 => return,
            Prune::KeptBesidePusher if had_pusher => return,
            Prune::OfTheRemover => &caller.device,
            _ => device,
        };
        let of_all = prune == Prune::GoneWithAll;
        for (user, event_type) in self.events_in_scope(&caller.user, device, of_all) {
            self.prune(&user, &event_type, prune);
        }
        if self.behaviour.removal.scope == PruneScope::ThatDeviceThenAll {
            for (user, event_type) in self.events_in_scope(&caller.user, device, true) {
                self.do_in(SOON_MS, Later::Prune { user, event_type });
            }
        }
    }

    /// Brings back what was pruned before the user's account data is written, as a defect does.
    pub(super) fn revive_at_next_write(&mut self, user: &UserId) {
        let revived: Vec<(UserId, String, Value)> =
            self.revivable.extract_if(.., |(owner, ..)| owner == user).collect();
        for (user, event_type, content) in revived {
            self.put_account_data(&user, Scope::Global, &event_type, content, None);
        }
    }

    /// A password change that logs nobody out touches no settings event, unless a defect says so.
    pub(crate) fn password_changed_alone(&mut self, caller: &Caller) {
        let (devices, prune) = match self.behaviour.removal.password_change_alone {
            PasswordChangeAlone::KeepsAll => return,
            PasswordChangeAlone::PrunesOthers => (self.other_devices(caller), Prune::Gone),
            PasswordChangeAlone::PrunesOwn => (vec![caller.device.clone()], Prune::Gone),
            PasswordChangeAlone::UnpausesAll => (self.devices_of(&caller.user), Prune::Unpaused),
        };
        for device in devices {
            let event_type = self.dialect.settings_type(device.as_str());
            self.prune(&caller.user, &event_type, prune);
        }
    }

    /// Prunes the settings event of one device.
    pub(super) fn prune_settings_of(&mut self, user: &UserId, device: &DeviceId) {
        let event_type = self.dialect.settings_type(device.as_str());
        self.prune(user, &event_type, Prune::Gone);
    }

    /// Brings back what a removed device's settings event held, as a defect does.
    pub(super) fn revive_settings_of(&mut self, user: &UserId, device: &DeviceId) {
        let event_type = self.dialect.settings_type(device.as_str());
        if let Some(entry) = self.user(user).account_data.global.get(&event_type) {
            let (content, writer) = (entry.content.clone(), entry.writer.clone());
            self.put_account_data(user, Scope::Global, &event_type, content, writer);
        }
    }

    /// The events that the removal of a device prunes: its settings event, unless a defect chooses others.
    fn events_in_scope(&self, user: &UserId, device: &DeviceId, of_all: bool) -> Vec<(UserId, String)> {
        let own = self.dialect.settings_type(device.as_str());
        let suffix = format!(".{device}");
        let scope = self.behaviour.removal.scope;
        if scope == PruneScope::SameIdOfOthers {
            return self.users.keys().map(|user| (user.clone(), own.clone())).collect();
        }
        let chosen = |(name, entry): &(&String, &Entry)| match scope {
            _ if of_all => self.dialect.settings_device(name).is_some(),
            PruneScope::ThatDevice | PruneScope::ThatDeviceThenAll | PruneScope::SameIdOfOthers => {
                **name == own
            }
            PruneScope::AllOfTheUser => self.dialect.settings_device(name).is_some(),
            PruneScope::IdPrefix => name.starts_with(&own),
            PruneScope::IgnoringCase => name.eq_ignore_ascii_case(&own),
            PruneScope::WrittenByIt => {
                **name == own
                    || entry.writer.as_ref() == Some(device) && self.dialect.settings_device(name).is_some()
            }
            PruneScope::AnyTypeOfThatId => name.ends_with(&suffix),
            PruneScope::StableName => **name == Dialect::stable().settings_type(device.as_str()),
        };
        let all = self.user(user).account_data.global.iter();
        all.filter(chosen).map(|(name, _)| (user.clone(), name.clone())).collect()
    }

    pub(super) fn prune(&mut self, user: &UserId, event_type: &str, prune: Prune) {
        let keeps_content = self.behaviour.removal.returning == Returning::RevivesRemoved;
        let paused = self.dialect.paused.clone();
        let position = self.advance();
        let device = self.dialect.settings_device(event_type).map(DeviceId::from);
        let owner = self.user_mut(user);
        let Some(entry) = owner.account_data.global.get_mut(event_type) else { return };
        if entry.life != Life::Present {
            return;
        }
        let pausing = entry.content.get(&paused) == Some(&Value::Bool(true));
        match prune {
            Prune::Kept => {}
            Prune::KeptWhilePaused if pausing => {}
            Prune::KeptWhileResumed if !pausing => {}
            Prune::KeptIfRewritten if entry.writes > 1 => {}
            Prune::KeptIfWrittenByOthers if entry.writer != device => {}
            Prune::GoneUntilNextWrite => {
                let content = std::mem::replace(&mut entry.content, empty());
                (entry.position, entry.life) = (position, Life::Gone);
                self.revivable.push((user.clone(), event_type.to_owned(), content));
            }
            Prune::GoneForASecond => {
                let content = std::mem::replace(&mut entry.content, empty());
                (entry.position, entry.life) = (position, Life::Gone);
                let (user, event_type) = (user.clone(), event_type.to_owned());
                self.do_in(SOON_MS, Later::Revive { user, event_type, content });
            }
            Prune::Gone
            | Prune::GoneWithAll
            | Prune::KeptWhilePaused
            | Prune::KeptWhileResumed
            | Prune::KeptIfRewritten
            | Prune::KeptIfWrittenByOthers
            | Prune::KeptBesidePusher
            | Prune::GoneWhenOwnDoing
            | Prune::GoneWhenOthersDoing
            | Prune::GoneForTheFirst
            | Prune::OfTheRemover => {
                let content = if keeps_content { entry.content.clone() } else { empty() };
                *entry = Entry { content, position, life: Life::Gone, writer: None, writes: 0 };
            }
            Prune::Emptied => {
                *entry = Entry { content: empty(), position, life: Life::Present, writer: None, writes: 0 }
            }
            Prune::Unpaused => set_unpaused(entry, &paused, position),
            Prune::GoneExceptInitialSync => {
                entry.position = position;
                entry.life = Life::GoneExceptInitialSync;
            }
            Prune::GoneUntold => {
                owner.account_data.global.remove(event_type);
            }
            Prune::GoneLate => {
                let (user, event_type) = (user.clone(), event_type.to_owned());
                self.do_in(LATE_MS, Later::Prune { user, event_type });
            }
        }
        self.user(user).wake();
    }
}

fn empty() -> Value {
    Value::Object(Map::new())
}

fn set_unpaused(entry: &mut Entry, paused: &str, position: Position) {
    entry.position = position;
    if let Some(content) = entry.content.as_object_mut() {
        content.insert(paused.to_owned(), Value::Bool(false));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::source::Source;

    /// Each look at the clock moves it by 40 s; ids count up.
    #[derive(Default)]
    struct Script {
        now_ms: u64,
        ids: u64,
    }

    impl Source for Script {
        fn now_ms(&mut self) -> u64 {
            self.now_ms += 40_000;
            self.now_ms
        }

        fn opaque(&mut self, _: usize) -> String {
            self.ids += 1;
            format!("id{}", self.ids)
        }

        fn below(&mut self, _: u64) -> u64 {
            0
        }
    }

    fn alice() -> (State, UserId) {
        let dialect = Dialect::named("msc3881").unwrap().clone();
        let url = url::Url::parse("http://reference.test/").unwrap();
        let mut state = State::new("reference.test".to_owned(), url, dialect, Box::<Script>::default());
        let user = state.register(Some("alice"), None).unwrap();
        (state, user)
    }

    fn logged_in(state: &mut State, user: &UserId, device: &str) -> Caller {
        let (device, _) = state.log_in(user, Some(device), None).unwrap();
        Caller { user: user.clone(), device }
    }

    #[test]
    fn a_late_pruning_happens_when_its_time_has_come() {
        let (mut state, user) = alice();
        state.behaviour.removal.prune.logout = Prune::GoneLate;
        let phone = logged_in(&mut state, &user, "PHONE");
        let laptop = logged_in(&mut state, &user, "LAPTOP");
        let event_type = state.dialect.settings_type("PHONE");
        let content = json!({ "x": 1 }).as_object().unwrap().clone();
        state.write_account_data(&phone, user.as_str(), Scope::Global, &event_type, content).unwrap();
        state.remove_devices(&phone, std::slice::from_ref(&phone.device), RemovalPath::Logout);
        let read = |state: &State| -> Option<Value> {
            state.read_account_data(&laptop, user.as_str(), Scope::Global, &event_type).ok()
        };
        // Each look at the clock moves it by 40 s, and the event goes after 60 s.
        state.do_what_is_due();
        assert_eq!(read(&state), Some(json!({ "x": 1 })));
        state.do_what_is_due();
        assert_eq!(read(&state), None);
    }
}
