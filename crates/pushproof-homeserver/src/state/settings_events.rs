//! Pruning the settings event of a removed device.

use pushproof_vocabulary::Dialect;
use serde_json::{Map, Value};

use super::{
    Caller, Era, Position, State,
    account_data::{Entry, Life, Scope},
    devices::RemovalPath,
};
use crate::{
    behaviour::{PasswordChangeAlone, Prune, PruneScope, Returning},
    ids::{DeviceId, UserId},
};

/// How much later a late pruning happens.
const LATE_MS: u64 = 60_000;

/// A settings event that is to be pruned later.
#[derive(Clone, Debug)]
pub(crate) struct LatePrune {
    at_ms: u64,
    user: UserId,
    event_type: String,
}

impl State {
    /// Prunes the settings event of a device that was just removed, the `index`-th in its request.
    pub(super) fn prune_after_removal(
        &mut self,
        caller: &Caller,
        device: &DeviceId,
        index: usize,
        path: RemovalPath,
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
            Prune::OfTheRemover => &caller.device,
            _ => device,
        };
        for event_type in self.types_in_scope(&caller.user, device) {
            self.prune(&caller.user, &event_type, prune);
        }
    }

    /// A password change that logs nobody out touches no settings event, unless a defect says so.
    pub(crate) fn password_changed_alone(&mut self, caller: &Caller) {
        let (devices, prune) = match self.behaviour.removal.password_change_alone {
            PasswordChangeAlone::KeepsAll => return,
            PasswordChangeAlone::PrunesOthers => (self.other_devices(caller), Prune::Gone),
            PasswordChangeAlone::UnpausesAll => {
                (self.user(&caller.user).devices.keys().cloned().collect(), Prune::Unpaused)
            }
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

    /// Does the late pruning whose time has come.
    pub(super) fn prune_what_is_due(&mut self) {
        if self.late_prunes.is_empty() {
            return;
        }
        let now = self.source.now_ms();
        let (due, later) =
            std::mem::take(&mut self.late_prunes).into_iter().partition(|late| late.at_ms <= now);
        self.late_prunes = later;
        let due: Vec<LatePrune> = due;
        for late in due {
            self.prune(&late.user, &late.event_type, Prune::Gone);
        }
    }

    fn types_in_scope(&self, user: &UserId, device: &DeviceId) -> Vec<String> {
        let own = self.dialect.settings_type(device.as_str());
        let all = self.user(user).account_data.global.keys();
        match self.behaviour.removal.scope {
            PruneScope::ThatDevice => vec![own],
            PruneScope::AllOfTheUser => {
                all.filter(|name| self.dialect.settings_device(name).is_some()).cloned().collect()
            }
            PruneScope::IdPrefix => all.filter(|name| name.starts_with(&own)).cloned().collect(),
            PruneScope::StableName => vec![Dialect::stable().settings_type(device.as_str())],
        }
    }

    fn prune(&mut self, user: &UserId, event_type: &str, prune: Prune) {
        let keeps_content = self.behaviour.removal.returning == Returning::RevivesRemoved;
        let paused = self.dialect.paused.clone();
        let now = self.source.now_ms();
        let position = self.advance();
        let owner = self.user_mut(user);
        let Some(entry) = owner.account_data.global.get_mut(event_type) else { return };
        if entry.life != Life::Present {
            return;
        }
        match prune {
            Prune::Kept => {}
            Prune::KeptWhilePaused if entry.content.get(&paused) == Some(&Value::Bool(true)) => {}
            Prune::Gone
            | Prune::KeptWhilePaused
            | Prune::GoneWhenOwnDoing
            | Prune::GoneWhenOthersDoing
            | Prune::GoneForTheFirst
            | Prune::OfTheRemover => {
                let content = if keeps_content { entry.content.clone() } else { empty() };
                *entry = Entry { content, position, life: Life::Gone, writer: None };
            }
            Prune::Emptied => {
                *entry = Entry { content: empty(), position, life: Life::Present, writer: None }
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
                self.late_prunes.push(LatePrune { at_ms: now + LATE_MS, user, event_type });
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
