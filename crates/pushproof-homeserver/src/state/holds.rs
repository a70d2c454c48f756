//! What the inspection port holds back for a device, puts into its answers, and breaks.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use serde_json::{Map, Value, json};

use super::{Caller, News, State, Wish};
use crate::request::Request;

/// What is held back or waits to be put into an answer, which answers are cut off, and whose token has expired.
#[derive(Default)]
pub(crate) struct Holds {
    syncs: BTreeSet<Caller>,
    writes: BTreeSet<Caller>,
    additions: BTreeMap<Caller, Addition>,
    cuts: BTreeSet<Caller>,
    expired: BTreeSet<Caller>,
    reached: BTreeMap<Caller, Wish>,
}

/// What the next `/sync` answer of a device carries beside what it would.
#[derive(Clone, Debug, Default)]
pub(crate) struct Addition {
    /// Global account data events, as they are sent.
    pub(crate) account_data: Vec<Value>,
    /// Timeline events by room, as they are sent.
    pub(crate) rooms: BTreeMap<String, Vec<Value>>,
}

/// What can be held back of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// The answers to its syncs.
    Syncs,
    /// The settings events that it writes.
    Writes,
}

impl State {
    /// Holds something back from now on, or no longer; then what was held goes on.
    pub(crate) fn hold(&mut self, what: Held, caller: Caller, on: bool) {
        let set = match what {
            Held::Syncs => &mut self.holds.syncs,
            Held::Writes => &mut self.holds.writes,
        };
        if on {
            set.insert(caller);
        } else {
            set.remove(&caller);
            self.user(&caller.user).wake();
        }
    }

    /// Puts something into the next `/sync` answer of a device.
    pub(crate) fn add_to_sync(&mut self, caller: Caller, addition: Addition) {
        self.user(&caller.user).wake();
        self.holds.additions.insert(caller, addition);
    }

    /// Cuts the next `/sync` answer with news for a device off.
    pub(crate) fn cut_sync(&mut self, caller: Caller) {
        self.holds.cuts.insert(caller);
    }

    /// Whether the answer that a device is about to get is to be cut off. It is so once.
    pub(crate) fn takes_cut(&mut self, caller: &Caller) -> bool {
        self.holds.cuts.remove(caller)
    }

    /// Has a device's access token expire. What waits is answered so at once.
    pub(crate) fn expire_token(&mut self, caller: Caller) {
        self.user(&caller.user).wake();
        self.holds.expired.insert(caller);
    }

    /// A device that logs in has a token that has not expired.
    pub(super) fn renew_token(&mut self, caller: &Caller) {
        self.holds.expired.remove(caller);
    }

    /// Whether a device's access token has expired.
    pub(super) fn has_expired(&self, caller: &Caller) -> bool {
        self.holds.expired.contains(caller)
    }

    /// Whether a request is held back; then who asks.
    pub(crate) fn held(&self, request: &Request) -> Option<Caller> {
        if self.holds.syncs.is_empty() && self.holds.writes.is_empty() {
            return None;
        }
        let caller = self.caller_for_journal(request)?;
        let is_sync = request.path.ends_with("/sync");
        let writes_settings = || {
            request.method == Method::PUT
                && request.path.contains("/account_data/")
                && self.settings_device(request.param(1)).is_some()
        };
        let held = is_sync && self.holds.syncs.contains(&caller)
            || self.holds.writes.contains(&caller) && writes_settings();
        held.then_some(caller)
    }

    /// Remembers how far a device has come: what its sync asks to be told after has arrived.
    pub(crate) fn reached(&mut self, caller: &Caller, wish: &Wish) {
        self.holds.reached.insert(caller.clone(), wish.clone());
    }

    /// Whether a device has come so far that there is nothing to tell it.
    pub(crate) fn has_synced(&mut self, caller: &Caller) -> bool {
        let Some(wish) = self.holds.reached.get(caller).cloned() else { return false };
        self.sync(caller, &wish).news == News::None && !self.has_addition(caller)
    }

    /// Whether something waits to be put into a device's next answer.
    pub(crate) fn has_addition(&self, caller: &Caller) -> bool {
        self.holds.additions.contains_key(caller)
    }

    /// Puts what waits for a device into its answer.
    pub(crate) fn add_what_waits(&mut self, caller: &Caller, answer: &mut Value) {
        let Some(addition) = self.holds.additions.remove(caller) else { return };
        append(&mut answer["account_data"]["events"], addition.account_data);
        for (room, events) in addition.rooms {
            let join = &mut answer["rooms"]["join"];
            if join[&room].is_null() {
                join[&room] = json!({
                    "state": { "events": [] },
                    "timeline": { "events": [], "limited": false },
                    "ephemeral": { "events": [] },
                    "account_data": { "events": [] },
                    "unread_notifications": Map::new(),
                });
            }
            append(&mut join[&room]["timeline"]["events"], events);
        }
    }
}

fn append(list: &mut Value, more: Vec<Value>) {
    if let Some(list) = list.as_array_mut() {
        list.extend(more);
    }
}
