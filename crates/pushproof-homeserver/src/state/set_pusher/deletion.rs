//! A set with `kind: null`, which deletes.

use pushproof_vocabulary::PushState;

use crate::{
    behaviour::{Deletion, Enabling},
    ids::{PusherKey, UserId},
    state::{
        Caller, State,
        later::{Later, SOON_MS},
        pusher::Listed,
    },
};

impl State {
    pub(super) fn delete_on_request(&mut self, caller: &Caller, key: &PusherKey) {
        let user = &caller.user;
        let deletion = self.behaviour.setting.deletion;
        if deletion == Deletion::TakesSameKeyAlong {
            self.displace_others(user, key);
        }
        let Some(pusher) = self.user_mut(user).pushers.get_mut(key) else { return };
        let (off, remote) = (pusher.is_off(), pusher.device != caller.device);
        let (state, email) = (pusher.state, pusher.is_email());
        match deletion {
            Deletion::KeepsDisabled if off => return,
            Deletion::KeepsDisabledEmail if off && email => return,
            Deletion::KeepsDisabledForOthers if off && remote => return,
            Deletion::DisabledSpeaks if off => {
                pusher.listed = Listed::Hidden;
                self.heed(user, key, PushState::Enabled);
                return;
            }
            Deletion::ComesBack => self.restore_later(user, key),
            Deletion::EmailComesBack if email => self.restore_later(user, key),
            Deletion::RemembersState => {
                self.remembered_states.insert((user.clone(), key.clone()), state);
            }
            Deletion::RemembersSilence if off => {
                self.silent_keys.insert((user.clone(), key.clone()));
            }
            Deletion::EnablesOthers => self.enable_pushers(user),
            _ => {}
        }
        self.delete_pusher(user, key);
    }

    /// Enables the pushers of a user if a defect has this do so.
    pub(in crate::state) fn enable_pushers_by(&mut self, user: &UserId, cause: Enabling) {
        if self.behaviour.setting.enabling == cause {
            self.enable_pushers(user);
        }
    }

    fn enable_pushers(&mut self, user: &UserId) {
        let pushers: Vec<PusherKey> = self.user(user).pushers.keys().cloned().collect();
        for pusher in pushers {
            self.apply_state(user, &pusher, PushState::Enabled);
        }
    }

    /// Brings a pusher that is about to be deleted back later.
    pub(in crate::state) fn restore_later(&mut self, user: &UserId, key: &PusherKey) {
        let Some(pusher) = self.user(user).pushers.get(key).cloned().map(Box::new) else { return };
        self.do_in(SOON_MS, Later::Restore { user: user.clone(), key: key.clone(), pusher });
    }
}
