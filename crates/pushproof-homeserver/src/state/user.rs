//! A user's account and all that belongs to it.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use serde_json::{Map, Value};
use tokio::sync::Notify;

use super::{
    Event, Position, account_data::AccountData, devices::Device, emails::Email, presence::Presence,
    push_rules::PushRules, pusher::Pusher,
};
use crate::ids::{DeviceId, PusherKey, RoomId};

/// A user's account.
#[derive(Default)]
pub(crate) struct User {
    password: Option<Password>,
    /// The name that others see, if one is set.
    pub(crate) display_name: Option<String>,
    /// The `mxc:` address of the picture that others see, if one is set.
    pub(crate) avatar_url: Option<String>,
    /// Whether the user is there, if they said so.
    pub(super) presence: Option<Presence>,
    /// The devices, by id.
    pub(crate) devices: BTreeMap<DeviceId, Device>,
    /// The pushers, by app id and push key, in the order in which they came.
    pub(crate) pushers: IndexMap<PusherKey, Pusher, RandomState>,
    /// The account data.
    pub(crate) account_data: AccountData,
    /// The push rules, as they differ from the server's.
    pub(crate) push_rules: PushRules,
    /// The mail addresses that are bound to the account; an email pusher needs one.
    pub(crate) emails: Vec<Email>,
    /// The rooms that the user has to do with.
    pub(crate) rooms: BTreeMap<RoomId, Ties>,
    /// What the user was notified of, oldest first.
    pub(crate) notifications: VecDeque<Notification>,
    /// When a device of the user last uploaded or lost identity keys; 0 when never.
    pub(crate) keys_changed: Position,
    /// The filters that clients stored; the id of a filter is its index.
    pub(crate) filters: Vec<Map<String, Value>>,
    wake: Option<Arc<Notify>>,
}

/// What ties a user to a room, beside membership.
#[derive(Default)]
pub(crate) struct Ties {
    /// What is unread, oldest first.
    pub(crate) unread: VecDeque<Unread>,
    /// When what is unread changed last.
    pub(crate) unread_changed: Position,
    /// Up to where the user has read.
    pub(crate) read_up_to: Position,
    /// Whether the user wants to see nothing of the room any more.
    pub(crate) forgotten: bool,
}

/// An event that the user was notified of and has not read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unread {
    pub(crate) position: Position,
    pub(crate) loudness: Loudness,
}

/// How loudly the push rules tell of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loudness {
    Plain,
    Highlight,
}

/// A notification, as `GET /notifications` lists it.
#[derive(Clone, Debug)]
pub(crate) struct Notification {
    pub(crate) event: Arc<Event>,
    /// The actions of the push rule that applied.
    pub(crate) actions: Value,
}

impl Notification {
    /// Whether the push rule highlights the event.
    pub(crate) fn is_highlight(&self) -> bool {
        let actions = self.actions.as_array().into_iter().flatten();
        actions.into_iter().any(|action| action["set_tweak"] == "highlight" && action["value"] != false)
    }
}

impl User {
    pub(crate) fn new(password: Option<&str>) -> Self {
        Self { password: password.map(Password::new), ..Self::default() }
    }

    /// Whether this is the account's password. An account without one cannot be entered by password.
    pub(crate) fn has_password(&self, password: &str) -> bool {
        self.password.as_ref().is_some_and(|own| own.0 == password)
    }

    pub(crate) fn set_password(&mut self, password: &str) {
        self.password = Some(Password::new(password));
    }

    /// How many notifications are unread in all rooms.
    pub(crate) fn unread(&self) -> u64 {
        self.rooms.values().map(|ties| ties.unread.len() as u64).sum()
    }

    /// Wakes the user's long polls.
    pub(crate) fn wake(&self) {
        if let Some(wake) = &self.wake {
            wake.notify_waiters();
        }
    }

    /// What the user's long polls wait on. Made when the first one waits: most accounts never have one.
    pub(crate) fn wake_handle(&mut self) -> Arc<Notify> {
        Arc::clone(self.wake.get_or_insert_default())
    }
}

/// A password, kept out of every debug output. Kept as it is: an account here lives as long as the process, in memory,
/// and hashing would slow every login of every test.
struct Password(String);

impl Password {
    fn new(password: &str) -> Self {
        Self(password.to_owned())
    }
}
