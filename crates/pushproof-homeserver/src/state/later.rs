//! What a defect does later than it should, or undoes. It is done when the next request has come in.

use serde_json::{Map, Value};

use super::{
    Caller, State,
    account_data::{Life, Scope},
    pusher::Pusher,
};
use crate::{
    behaviour::Prune,
    ids::{DeviceId, PusherKey, UserId},
};

/// How much later than the answer that denies it most of this happens.
pub(super) const SOON_MS: u64 = 1000;

/// Something that is done later.
#[derive(Clone, Debug)]
pub(super) enum Later {
    /// A settings event is pruned.
    Prune { user: UserId, event_type: String },
    /// A settings event that was pruned is back.
    Revive { user: UserId, event_type: String, content: Value },
    /// A set that was refused is done.
    Set { caller: Caller, key: PusherKey, body: Map<String, Value> },
    /// A pusher is deleted.
    Delete { user: UserId, key: PusherKey },
    /// A pusher that was deleted is back.
    Restore { user: UserId, key: PusherKey, pusher: Box<Pusher> },
    /// A pusher is linked to another device.
    Relink { user: UserId, key: PusherKey, device: DeviceId },
}

/// What is still to be done, and when.
#[derive(Debug, Default)]
pub(super) struct Agenda(Vec<(u64, Later)>);

impl State {
    /// Does something in so many milliseconds.
    pub(super) fn do_in(&mut self, ms: u64, later: Later) {
        let at_ms = self.source.now_ms() + ms;
        self.agenda.0.push((at_ms, later));
    }

    /// Does what is due.
    pub(super) fn do_what_is_due(&mut self) {
        if self.agenda.0.is_empty() {
            return;
        }
        let now = self.source.now_ms();
        let due: Vec<(u64, Later)> = self.agenda.0.extract_if(.., |(at_ms, _)| *at_ms <= now).collect();
        for (_, later) in due {
            self.do_now(later);
        }
    }

    fn do_now(&mut self, later: Later) {
        match later {
            Later::Prune { user, event_type } => self.prune(&user, &event_type, Prune::Gone),
            Later::Revive { user, event_type, content } => {
                let entry = self.user(&user).account_data.global.get(&event_type);
                if entry.is_some_and(|entry| entry.life == Life::Gone) {
                    self.put_account_data(&user, Scope::Global, &event_type, content, None);
                }
            }
            Later::Set { caller, key, body } => {
                // What is wrong with it cannot be told any more.
                let _ = self.apply_set(&caller, &key, &body);
            }
            Later::Delete { user, key } => self.delete_pusher(&user, &key),
            Later::Restore { user, key, pusher } => {
                if !self.user(&user).pushers.contains_key(&key) {
                    self.store_pusher(&user, &key, *pusher);
                }
            }
            Later::Relink { user, key, device } => {
                if let Some(pusher) = self.user_mut(&user).pushers.get_mut(&key) {
                    pusher.device = device;
                }
            }
        }
    }
}
