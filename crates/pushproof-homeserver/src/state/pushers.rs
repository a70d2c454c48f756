//! The pushers of all users: listing, storing, removing.

use std::collections::BTreeMap;

use pushproof_vocabulary::PushState;

use super::{
    Caller, Era, RemovalPath, State,
    pusher::{Kind, Listed, Pusher, Shown, View},
};
use crate::{
    behaviour::{EmailPushersOnRemoval, Freshness, LinkShown, OmittedOnCreate, PushersOnRemoval, Whose},
    ids::{DeviceId, PusherAddress, PusherKey, UserId},
    json_text::written,
};

impl State {
    /// `GET /pushers`, as JSON: the pushers of the caller's user.
    pub(crate) fn list_pushers(&mut self, caller: &Caller) -> Vec<u8> {
        if self.behaviour.listing.freshness == Freshness::Current {
            return self.listed_pushers(caller);
        }
        let asker = (caller.user.clone(), caller.device.clone());
        if let Some(known) = self.cached_lists.get(&asker) {
            return known.clone();
        }
        let list = self.listed_pushers(caller);
        self.cached_lists.insert(asker, list.clone());
        list
    }

    fn listed_pushers(&self, caller: &Caller) -> Vec<u8> {
        let user = self.user(&caller.user);
        let view = View {
            listing: self.behaviour.listing,
            spare_fields: self.behaviour.answers.spare_fields,
            migration: self.behaviour.restart.migration,
            dialect: (self.era == Era::Proposal).then_some(&self.dialect),
            devices: &user.devices,
            asker: &caller.device,
            first: user.pushers.keys().next(),
        };
        let others = || {
            let others = self.users.iter().filter(|(id, _)| **id != caller.user);
            others.flat_map(|(_, other)| &other.pushers)
        };
        let of_others: Vec<(&PusherKey, &Pusher)> = match view.listing.whose {
            Whose::Own | Whose::DisabledToOwnDevice => Vec::new(),
            Whose::Everybodys => others().collect(),
            Whose::OwnAndSameKey => {
                let shared = |(key, _): &(&PusherKey, &Pusher)| user.pushers.contains_key(*key);
                others().filter(shared).collect()
            }
        };
        let hidden = |pusher: &Pusher| {
            view.listing.whose == Whose::DisabledToOwnDevice
                && pusher.is_off()
                && pusher.device != caller.device
        };
        let pushers = user.pushers.iter().filter(|(_, pusher)| !hidden(pusher)).chain(of_others);
        let entries = pushers.flat_map(|(key, pusher)| {
            let copies = match pusher.listed {
                Listed::Once => 1,
                Listed::Twice => 2,
                Listed::Hidden => 0,
            };
            std::iter::repeat_with(|| Shown { key, pusher, view: &view }).take(copies)
        });
        let entries: Vec<Shown<'_>> = entries.collect();
        written(&BTreeMap::from([("pushers", entries)]))
    }

    /// Without `append`, nobody else keeps a pusher of this app id and push key.
    pub(super) fn displace_others(&mut self, user: &UserId, key: &PusherKey) {
        for other in self.other_owners(user, key) {
            self.delete_pusher(&other, key);
        }
    }

    /// No other app of the user keeps a pusher of this push key.
    pub(super) fn displace_other_apps(&mut self, user: &UserId, key: &PusherKey) {
        let displaced = |other: &&PusherKey| other.pushkey == key.pushkey && *other != key;
        let others: Vec<PusherKey> = self.user(user).pushers.keys().filter(displaced).cloned().collect();
        for other in others {
            self.delete_pusher(user, &other);
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
        if let Some(kept) = self.user_mut(user).pushers.get_mut(key) {
            *kept = pusher;
        } else {
            self.user_mut(user).pushers.insert(key.clone(), pusher);
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
        let Some(pusher) = self.user_mut(user).pushers.shift_remove(key) else { return };
        if self.behaviour.listing.link_shown == LinkShown::FirstSetterEver {
            self.first_setters.insert((user.clone(), key.clone()), pusher.first_setter);
        }
        if let Some(owners) = self.pusher_owners.get_mut(key) {
            owners.retain(|owner| owner != user);
            if owners.is_empty() {
                self.pusher_owners.remove(key);
            }
        }
        self.lanes.remove(&PusherAddress { user: user.clone(), key: key.clone() });
    }

    /// Removes the http pushers of a removed device, the `index`-th of its request. Email
    /// pushers belong to the user, and stay unless a variation has it otherwise.
    pub(super) fn remove_pushers_of(
        &mut self,
        user: &UserId,
        device: &DeviceId,
        index: usize,
        path: RemovalPath,
    ) {
        if self.behaviour.removal.email_pushers == EmailPushersOnRemoval::Removed {
            for key in self.email_pushers_of(user, device) {
                self.delete_pusher(user, &key);
            }
        }
        let behaviour = self.behaviour.removal.pushers;
        let listed = match behaviour {
            _ if self.era == Era::Legacy => return,
            PushersOnRemoval::Kept => return,
            PushersOnRemoval::KeptUnlessLogout if path != RemovalPath::Logout => return,
            PushersOnRemoval::RemovedForTheFirst if index > 0 => return,
            PushersOnRemoval::HiddenButAlive => Some(Listed::Hidden),
            _ => None,
        };
        let goes = |pusher: &Pusher| {
            let all = behaviour == PushersOnRemoval::AllOfTheUser;
            let spared = behaviour == PushersOnRemoval::KeptWhileDisabled && pusher.is_off();
            pusher.details.kind == Kind::Http && (all || pusher.owner == *device) && !spared
        };
        let pushers = self.user(user).pushers.iter();
        let orphaned: Vec<(PusherKey, PushState)> = pushers
            .filter(|(_, pusher)| goes(pusher))
            .map(|(key, pusher)| (key.clone(), pusher.state))
            .collect();
        for (key, state) in orphaned {
            if behaviour == PushersOnRemoval::SameKeyOfOthersToo {
                self.displace_others(user, &key);
            }
            if behaviour == PushersOnRemoval::BackLater {
                self.restore_later(user, &key);
            }
            if self.behaviour.setting.omitted_on_create == OmittedOnCreate::LikeTheRemoved {
                self.remembered_states.insert((user.clone(), key.clone()), state);
            }
            match (listed, self.user_mut(user).pushers.get_mut(&key)) {
                (Some(listed), Some(pusher)) => pusher.listed = listed,
                _ => self.delete_pusher(user, &key),
            }
        }
    }

    /// The email pushers that a device set.
    fn email_pushers_of(&self, user: &UserId, device: &DeviceId) -> Vec<PusherKey> {
        let pushers = self.user(user).pushers.iter();
        let of_device = pushers.filter(|(_, pusher)| pusher.owner == *device && pusher.is_email());
        of_device.map(|(key, _)| key.clone()).collect()
    }
}
