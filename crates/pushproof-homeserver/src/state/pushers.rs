//! The pushers of all users: listing, storing, removing.

use pushproof_vocabulary::PushState;
use serde_json::Value;

use super::{
    Caller, Era, RemovalPath, State, User,
    pusher::{Kind, Listed, Pusher, View},
};
use crate::{
    behaviour::{PushersOnRemoval, SpareFields, Whose},
    ids::{DeviceId, PusherAddress, PusherKey, UserId},
};

impl State {
    /// The pushers of the caller's user, as `GET /pushers` lists them.
    pub(crate) fn list_pushers(&self, caller: &Caller) -> Vec<Value> {
        let user = self.user(&caller.user);
        let view = View {
            listing: self.behaviour.listing,
            migration: self.behaviour.restart.migration,
            dialect: (self.era == Era::Proposal).then_some(&self.dialect),
            first_device: user.devices.iter().min_by_key(|(_, device)| device.since).map(|(id, _)| id),
        };
        let others: Vec<&User> = match view.listing.whose {
            Whose::Own => Vec::new(),
            Whose::Everybodys => {
                self.users.iter().filter(|(id, _)| **id != caller.user).map(|(_, user)| user).collect()
            }
        };
        let pushers = std::iter::once(user).chain(others).flat_map(|user| &user.pushers);
        let mut entries = Vec::new();
        for (key, pusher) in pushers {
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

    /// Without `append`, nobody else keeps a pusher of this app id and push key.
    pub(super) fn displace_others(&mut self, user: &UserId, key: &PusherKey) {
        for other in self.other_owners(user, key) {
            self.delete_pusher(&other, key);
        }
    }

    pub(super) fn other_owners(&self, user: &UserId, key: &PusherKey) -> Vec<UserId> {
        self.owners(key).into_iter().filter(|owner| owner != user).collect()
    }

    /// The users who have a pusher of this key.
    pub(super) fn owners(&self, key: &PusherKey) -> Vec<UserId> {
        self.pusher_owners.get(key).cloned().unwrap_or_default()
    }

    /// Keeps a pusher, in place of one of the same key.
    pub(super) fn store_pusher(&mut self, user: &UserId, key: &PusherKey, pusher: Pusher) {
        let heeded = pusher.heeded;
        if self.user_mut(user).pushers.insert(key.clone(), pusher).is_none() {
            self.pusher_owners.entry(key.clone()).or_default().push(user.clone());
        }
        self.delivery_heeds(user, key, heeded);
    }

    /// Makes delivery follow a state at once: what waits for a pusher that is now disabled is not sent.
    pub(super) fn delivery_heeds(&mut self, user: &UserId, key: &PusherKey, state: PushState) {
        let address = PusherAddress { user: user.clone(), key: key.clone() };
        match state {
            PushState::Disabled => self.lanes.silence(&address),
            PushState::Enabled => self.lanes.release(&address),
        }
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
    pub(super) fn remove_pushers_of(&mut self, user: &UserId, device: &DeviceId, path: RemovalPath) {
        let listed = match self.behaviour.removal.pushers {
            _ if self.era == Era::Legacy => return,
            PushersOnRemoval::Kept => return,
            PushersOnRemoval::KeptUnlessLogout if path != RemovalPath::Logout => return,
            PushersOnRemoval::HiddenButAlive => Some(Listed::Hidden),
            PushersOnRemoval::Removed | PushersOnRemoval::KeptUnlessLogout => None,
        };
        let pushers = self.user(user).pushers.iter();
        let orphaned: Vec<PusherKey> = pushers
            .filter(|(_, pusher)| pusher.owner == *device && pusher.details.kind == Kind::Http)
            .map(|(key, _)| key.clone())
            .collect();
        for key in orphaned {
            match (listed, self.user_mut(user).pushers.get_mut(&key)) {
                (Some(listed), Some(pusher)) => pusher.listed = listed,
                _ => self.delete_pusher(user, &key),
            }
        }
    }
}
