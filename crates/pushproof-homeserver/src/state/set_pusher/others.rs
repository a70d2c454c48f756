//! What a set does to other pushers than the one that it names: nothing, unless a defect says so.

use pushproof_vocabulary::PushState;

use super::Setter;
use crate::{
    behaviour::{Heeding, Reach},
    ids::{PusherAddress, PusherKey, UserId},
    state::{State, pusher::Pusher},
};

impl State {
    pub(super) fn reach_others(&mut self, user: &UserId, key: &PusherKey, state: PushState, setter: Setter) {
        let reach = self.behaviour.setting.reach;
        if reach == Reach::ThatPusher && self.behaviour.setting.heeding != Heeding::OthersSetResumes {
            return;
        }
        let account = self.user(user);
        let that = account.pushers.get(key);
        let device = that.map(|pusher| &pusher.device);
        let resumes_others = self.behaviour.setting.heeding == Heeding::OthersSetResumes;
        let of_user = |(other, pusher): &(&PusherKey, &Pusher)| match reach {
            _ if resumes_others => other != &key && pusher.heeded == PushState::Disabled,
            Reach::SameUser | Reach::DeliveryOfUser => true,
            Reach::DeliveryOfUserWhenEnabling => state == PushState::Enabled,
            Reach::SameDevice => device == Some(&pusher.device),
            Reach::SameDeviceFromAfar => setter == Setter::Remote && device == Some(&pusher.device),
            Reach::OtherKinds => that.is_some_and(|that| that.is_email() != pusher.is_email()),
            Reach::SamePushkey => other.pushkey == key.pushkey,
            Reach::ThatPusher | Reach::SameKeyOfOthers | Reach::DeliveryOfSameKey => false,
        };
        let mut reached: Vec<PusherAddress> = account
            .pushers
            .iter()
            .filter(of_user)
            .map(|(other, _)| PusherAddress { user: user.clone(), key: other.clone() })
            .collect();
        if matches!(reach, Reach::SameKeyOfOthers | Reach::DeliveryOfSameKey) {
            let owners = self.other_owners(user, key).into_iter();
            reached.extend(owners.map(|user| PusherAddress { user, key: key.clone() }));
        }
        let only_delivery = matches!(
            reach,
            Reach::DeliveryOfUser | Reach::DeliveryOfUserWhenEnabling | Reach::DeliveryOfSameKey
        );
        for PusherAddress { user, key } in reached {
            if resumes_others {
                self.heed(&user, &key, PushState::Enabled);
            } else if only_delivery {
                self.heed(&user, &key, state);
            } else {
                self.apply_state(&user, &key, state);
            }
        }
    }

    /// Changes the state of a pusher, as a defect does beside what was asked for.
    pub(super) fn apply_state(&mut self, user: &UserId, key: &PusherKey, state: PushState) {
        if let Some(pusher) = self.user_mut(user).pushers.get_mut(key) {
            pusher.state = state;
        }
        self.heed(user, key, state);
    }

    /// Makes delivery follow a state, whatever is listed.
    pub(super) fn heed(&mut self, user: &UserId, key: &PusherKey, state: PushState) {
        if let Some(pusher) = self.user_mut(user).pushers.get_mut(key) {
            pusher.heeded = state;
        }
        self.delivery_heeds(user, key, state);
    }

    pub(super) fn has_pusher_off(&self, user: &UserId) -> bool {
        self.user(user).pushers.values().any(Pusher::is_off)
    }

    pub(super) fn state_of_same_key(&self, user: &UserId, key: &PusherKey) -> PushState {
        let others = self.other_owners(user, key);
        let mut pushers = others.iter().filter_map(|other| self.user(other).pushers.get(key));
        let off = pushers.any(Pusher::is_off);
        if off { PushState::Disabled } else { PushState::Enabled }
    }
}
