//! Account data (client-server API, "Client Config"): a user's events outside the timeline, global or of a room.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Caller, Position, State};
use crate::{
    behaviour::{Enabling, OthersAccess, PathUsers, Readers, Written},
    error::MatrixError,
    ids::{DeviceId, RoomId, UserId},
};

/// The account data of a user.
#[derive(Default)]
pub(crate) struct AccountData {
    /// What belongs to the account, by type.
    pub(crate) global: Entries,
    /// What belongs to a room, by room and type.
    pub(crate) rooms: BTreeMap<RoomId, Entries>,
}

/// Account data by type.
pub(crate) type Entries = BTreeMap<String, Entry>;

/// One account data event.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The content. Of one that is gone, what a defect still needs; else empty.
    pub(crate) content: Value,
    /// When it was last written or pruned.
    pub(crate) position: Position,
    /// Whether it is there.
    pub(crate) life: Life,
    /// The device that wrote it; `None` when the server did.
    pub(super) writer: Option<DeviceId>,
    /// How often it was written since it is there.
    pub(super) writes: u32,
}

/// Whether an account data event is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// It is.
    Present,
    /// It was pruned. It is kept so that the devices which sync incrementally learn of it.
    Gone,
    /// It was pruned, but a defect shows it in initial syncs.
    GoneExceptInitialSync,
}

/// Which account data of a user is meant.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scope<'a> {
    /// Of the account.
    Global,
    /// Of a room.
    Room(&'a str),
}

impl AccountData {
    fn entries(&self, scope: Scope<'_>) -> Option<&Entries> {
        match scope {
            Scope::Global => Some(&self.global),
            Scope::Room(room) => self.rooms.get(room),
        }
    }

    fn entries_mut(&mut self, scope: Scope<'_>) -> &mut Entries {
        match scope {
            Scope::Global => &mut self.global,
            Scope::Room(room) => self.rooms.entry(room.into()).or_default(),
        }
    }
}

/// The types that a server manages itself, and clients write through endpoints of their own.
const MANAGED: [&str; 2] = ["m.push_rules", "m.fully_read"];

impl State {
    /// `GET …/account_data/{type}`. 403 for another user's, 404 when there is none.
    pub(crate) fn read_account_data(
        &self,
        caller: &Caller,
        user: &str,
        scope: Scope<'_>,
        event_type: &str,
    ) -> Result<Value, MatrixError> {
        let owner = self.account_data_owner(caller, user, event_type, OthersAccess::Read)?;
        if event_type == "m.push_rules" && matches!(scope, Scope::Global) {
            return Ok(self.push_rules_content(&owner));
        }
        self.user(&owner)
            .account_data
            .entries(scope)
            .and_then(|entries| entries.get(event_type))
            .filter(|entry| entry.life == Life::Present && self.reads(caller, entry, event_type))
            .map(|entry| entry.content.clone())
            .ok_or_else(|| MatrixError::not_found("no such account data"))
    }

    /// `PUT …/account_data/{type}`. 403 for another user's, 405 for what the server manages itself.
    pub(crate) fn write_account_data(
        &mut self,
        caller: &Caller,
        user: &str,
        scope: Scope<'_>,
        event_type: &str,
        content: Map<String, Value>,
    ) -> Result<(), MatrixError> {
        let owner = self.account_data_owner(caller, user, event_type, OthersAccess::Write)?;
        if MANAGED.contains(&event_type) {
            let error = "this type has an endpoint of its own";
            return Err(MatrixError::new(http::StatusCode::METHOD_NOT_ALLOWED, "M_BAD_JSON", error));
        }
        self.revive_at_next_write(&owner);
        let writer = Some(caller.device.clone());
        let Some(device) = self.settings_device(event_type) else {
            self.put_account_data(&owner, scope, event_type, Value::Object(content), writer);
            return Ok(());
        };
        let there = self.user(&owner).account_data.global.get(event_type);
        let earlier = there.filter(|entry| entry.life == Life::Present).map_or(0, |entry| entry.writes);
        match self.behaviour.settings_events.written {
            Written::FirstOnly if earlier > 0 => return Ok(()),
            Written::FirstTwoOnly if earlier > 1 => return Ok(()),
            Written::OwnDeviceOnly if device != caller.device => return Ok(()),
            _ => {}
        }
        for (user, event_type) in self.written_along(&owner, event_type) {
            self.put_account_data(&user, scope, &event_type, Value::Object(content.clone()), writer.clone());
        }
        let mut content = content;
        if self.behaviour.settings_events.written == Written::AsText
            && let Some(paused @ Value::Bool(_)) = content.get_mut(&self.dialect.paused)
        {
            *paused = Value::String(paused.to_string());
        }
        if self.behaviour.settings_events.written == Written::WithMore {
            content.insert("org.example.version".to_owned(), 1.into());
        }
        self.put_account_data(&owner, scope, event_type, Value::Object(content), writer);
        self.enable_pushers_by(&owner, Enabling::Settings);
        Ok(())
    }

    /// The settings events that a defect writes along with one.
    fn written_along(&self, owner: &UserId, event_type: &str) -> Vec<(UserId, String)> {
        let present = |entry: &&Entry| entry.life == Life::Present;
        let own = self.user(owner).account_data.global.iter().filter(|(name, entry)| {
            *name != event_type && present(entry) && self.settings_device(name).is_some()
        });
        let own = own.map(|(name, _)| name.clone());
        let types: Vec<String> = match self.behaviour.settings_events.written {
            Written::IntoAllOfTheUser => own.collect(),
            Written::IgnoringCase => own.filter(|name| name.eq_ignore_ascii_case(event_type)).collect(),
            Written::IntoSameIdOfOthers => {
                let others = self.users.iter().filter(|(user, account)| {
                    *user != owner
                        && account.account_data.global.get(event_type).as_ref().is_some_and(present)
                });
                return others.map(|(user, _)| (user.clone(), event_type.to_owned())).collect();
            }
            _ => Vec::new(),
        };
        types.into_iter().map(|name| (owner.clone(), name)).collect()
    }

    /// Whether a defect hides a settings event from this device.
    fn reads(&self, caller: &Caller, entry: &Entry, event_type: &str) -> bool {
        self.behaviour.settings_events.readers == Readers::AllDevices
            || self.settings_device(event_type).is_none()
            || entry.writer.as_ref() == Some(&caller.device)
    }

    /// Stores account data and wakes the user.
    pub(crate) fn put_account_data(
        &mut self,
        user: &UserId,
        scope: Scope<'_>,
        event_type: &str,
        content: Value,
        writer: Option<DeviceId>,
    ) {
        let position = self.advance();
        let user = self.user_mut(user);
        let known = user.account_data.entries(scope).and_then(|entries| entries.get(event_type));
        let earlier = known.filter(|entry| entry.life == Life::Present).map_or(0, |entry| entry.writes);
        let entry = Entry { content, position, life: Life::Present, writer, writes: earlier + 1 };
        user.account_data.entries_mut(scope).insert(event_type.to_owned(), entry);
        user.wake();
    }

    /// The device that an account data type is the settings event of, on a server that knows the proposal.
    pub(crate) fn settings_device(&self, event_type: &str) -> Option<DeviceId> {
        (self.era == pushproof_vocabulary::Era::Proposal)
            .then(|| self.dialect.settings_device(event_type).map(DeviceId::from))
            .flatten()
    }

    fn account_data_owner(
        &self,
        caller: &Caller,
        user: &str,
        event_type: &str,
        access: OthersAccess,
    ) -> Result<UserId, MatrixError> {
        if self.behaviour.base.path_users == PathUsers::Ignored {
            return Ok(caller.user.clone());
        }
        let open =
            self.behaviour.settings_events.others == access && self.settings_device(event_type).is_some();
        let other = if open { self.users.get_key_value(user) } else { None };
        match other {
            Some((other, _)) => Ok(other.clone()),
            None => State::must_be_self(caller, user).map(|()| caller.user.clone()),
        }
    }
}
