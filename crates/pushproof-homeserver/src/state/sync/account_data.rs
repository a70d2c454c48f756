//! The part of a sync that tells account data.

use serde_json::{Value, json};

use super::{Since, Wish, rooms::Carried};
use crate::{
    behaviour::{Order, OthersAccess, SyncedIn},
    state::{
        Caller, EventFilter, State,
        account_data::{Entries, Entry, Life},
    },
};

/// A defective order puts every so many-th settings event off.
const EVERY: u32 = 5;

impl State {
    /// The user's global account data that is new, push rules included.
    pub(super) fn sync_account_data(
        &mut self,
        caller: &Caller,
        wish: &Wish,
        room_events: Carried,
    ) -> Vec<Value> {
        let (since, filter) = (wish.since, &wish.filter.account_data);
        let put_off = if since == Since::Beginning || room_events == Carried::None {
            Vec::new()
        } else {
            self.settings_to_put_off(caller, since)
        };
        let user = self.user(&caller.user);
        let mut events = Vec::new();
        let rules_are_new = since == Since::Beginning || user.push_rules.position > since.position();
        if rules_are_new && filter.wants_type("m.push_rules") {
            events.push(json!({ "type": "m.push_rules", "content": self.push_rules_content(&caller.user) }));
        }
        let entries = user.account_data.global.iter().filter(|(name, entry)| {
            is_told(entry, since)
                && filter.wants_type(name)
                && self.sync_carries(caller, name, entry, since)
                && !put_off.contains(name)
        });
        events.extend(entries.map(|(name, entry)| shown(name, entry, since)));
        if self.behaviour.settings_events.others == OthersAccess::Sync {
            let others = self.users.iter().filter(|(user, _)| **user != caller.user);
            let entries = others
                .flat_map(|(_, other)| other.account_data.global.iter())
                .filter(|(name, entry)| is_told(entry, since) && self.settings_device(name).is_some());
            events.extend(entries.map(|(name, entry)| shown(name, entry, since)));
        }
        for name in put_off {
            let position = self.advance();
            if let Some(entry) = self.user_mut(&caller.user).account_data.global.get_mut(&name) {
                entry.position = position;
            }
        }
        events
    }

    /// Whether a defect leaves a settings event out of this kind of sync.
    fn sync_carries(&self, caller: &Caller, name: &str, entry: &Entry, since: Since) -> bool {
        let Some(device) = self.settings_device(name) else { return true };
        match (self.behaviour.settings_events.synced_in, since) {
            (SyncedIn::InitialOnly, Since::Position(_)) | (SyncedIn::IncrementalOnly, Since::Beginning) => {
                false
            }
            (SyncedIn::FirstWriteOnly, Since::Position(_)) => entry.writes < 2,
            (SyncedIn::NotOfThatDevice, _) => device != caller.device,
            (SyncedIn::NotOfTheNewest, _) => {
                let devices = self.user(&caller.user).devices.iter();
                devices.max_by_key(|(_, device)| device.since()).map(|(id, _)| id) != Some(&caller.device)
            }
            _ => true,
        }
    }

    fn settings_to_put_off(&self, caller: &Caller, since: Since) -> Vec<String> {
        let every = match self.behaviour.settings_events.order {
            Order::AsWritten => return Vec::new(),
            Order::BehindRoomEvents => 1,
            Order::SometimesBehindRoomEvents => EVERY,
        };
        let entries = self.user(&caller.user).account_data.global.iter();
        entries
            .filter(|(name, entry)| {
                entry.position > since.position()
                    && entry.writes % every == 0
                    && self.settings_device(name).is_some()
            })
            .map(|(name, _)| name.clone())
            .collect()
    }
}

/// The account data among `entries` that is new.
pub(super) fn new_entries(entries: &Entries, since: Since, filter: &EventFilter) -> Vec<Value> {
    entries
        .iter()
        .filter(|(name, entry)| is_told(entry, since) && filter.wants_type(name))
        .map(|(name, entry)| shown(name, entry, since))
        .collect()
}

/// What is gone is told once, to those who may have seen it.
fn is_told(entry: &Entry, since: Since) -> bool {
    match (since, entry.life) {
        (Since::Beginning, life) => life != Life::Gone,
        (Since::Position(position), _) => entry.position > position,
    }
}

fn shown(name: &str, entry: &Entry, since: Since) -> Value {
    let content = match (since, entry.life) {
        (Since::Position(_), Life::Gone | Life::GoneExceptInitialSync) => json!({}),
        _ => entry.content.clone(),
    };
    json!({ "type": name, "content": content })
}
