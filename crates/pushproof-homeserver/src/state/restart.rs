//! What a restart and an upgrade make of pushers.

use pushproof_vocabulary::{Era, PushState};

use super::{State, pusher::Pusher};
use crate::{
    behaviour::{Migration, OverRestart},
    ids::PusherAddress,
};

/// What becomes of a pusher.
enum Fate {
    Kept,
    /// It has this state, in the list and for delivery.
    Has(PushState),
    /// Delivery takes it for one of this state, whatever the list says.
    TakenFor(PushState),
    Gone,
}

impl State {
    /// Is from before the proposal from now on, or implements it. Pushers from before are migrated.
    pub(crate) fn enter(&mut self, era: Era) {
        let upgraded = self.era == Era::Legacy && era == Era::Proposal;
        self.era = era;
        if upgraded {
            let migration = self.behaviour.restart.migration;
            self.decide(|pusher, place| match (pusher.set_in, migration) {
                (Era::Proposal, _) => Fate::Kept,
                (Era::Legacy, Migration::Disabled) => Fate::Has(PushState::Disabled),
                (Era::Legacy, Migration::EmailDisabled) if pusher.is_email() => {
                    Fate::Has(PushState::Disabled)
                }
                (Era::Legacy, Migration::OthersDisabled) if place > 0 => Fate::Has(PushState::Disabled),
                (Era::Legacy, Migration::Silent) => Fate::TakenFor(PushState::Disabled),
                (Era::Legacy, Migration::Gone) => Fate::Gone,
                // Missing and null states are a matter of listing.
                (Era::Legacy, _) => Fate::Has(PushState::Enabled),
            });
        }
    }

    /// Reads the pushers back after a restart.
    pub(super) fn restore_pushers(&mut self) {
        let restored = self.behaviour.restart.pushers;
        self.decide(|pusher, _| match restored {
            OverRestart::EmailEnabled if pusher.is_email() => Fate::Has(PushState::Enabled),
            OverRestart::Kept | OverRestart::EmailEnabled => Fate::Kept,
            OverRestart::Enabled => Fate::Has(PushState::Enabled),
            OverRestart::Disabled => Fate::Has(PushState::Disabled),
            OverRestart::AsCreated => Fate::Has(pusher.created_as),
            OverRestart::Unheeded => Fate::TakenFor(PushState::Enabled),
            OverRestart::DisabledGone if pusher.state == PushState::Enabled => Fate::Kept,
            OverRestart::DisabledGone | OverRestart::Gone => Fate::Gone,
        });
    }

    /// Decides over every pusher, told its place among those of its user, oldest first.
    fn decide(&mut self, fate: impl Fn(&Pusher, usize) -> Fate) {
        let mut fates: Vec<(PusherAddress, Fate)> = Vec::new();
        for (user, account) in &self.users {
            let mut pushers: Vec<_> = account.pushers.iter().collect();
            pushers.sort_by_key(|(_, pusher)| pusher.since_ms);
            let of_user = pushers.into_iter().enumerate().map(|(place, (key, pusher))| {
                (PusherAddress { user: user.clone(), key: key.clone() }, fate(pusher, place))
            });
            fates.extend(of_user);
        }
        for (PusherAddress { user, key }, fate) in fates {
            match fate {
                Fate::Kept => {}
                Fate::Has(state) => {
                    if let Some(pusher) = self.user_mut(&user).pushers.get_mut(&key) {
                        (pusher.state, pusher.heeded) = (state, state);
                    }
                }
                Fate::TakenFor(heeded) => {
                    if let Some(pusher) = self.user_mut(&user).pushers.get_mut(&key) {
                        pusher.heeded = heeded;
                    }
                }
                Fate::Gone => self.delete_pusher(&user, &key),
            }
        }
    }
}
