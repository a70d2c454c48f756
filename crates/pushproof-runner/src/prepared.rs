//! What one run leaves for another when somebody upgrades the homeserver by hand in between: the cases that were begun on
//! a homeserver from before the proposal, with everything that is needed to go on.

use std::{collections::BTreeMap, net::SocketAddr};

use pushproof_record::{Redactor, ScenarioKey, StepOutcome};
use pushproof_scenario::{ActorName, DeviceRef, Label, steps::PusherKind};
use pushproof_sinks::PusherKey;
use pushproof_vocabulary::Dialect;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    account::{Account, Accounts, password_variable},
    http::token_variable,
    plan::PlannedCase,
    world::{Actor, Device, Pusher, Quiet, World},
};

/// Which of the two runs around an upgrade by hand a run is.
#[derive(Clone, Debug)]
pub enum Phase {
    /// The one before it: pushers are set on a homeserver without the proposal.
    Prepare,
    /// The one after it, which judges what became of them.
    Verify(Box<Prepared>),
}

/// What a run before the upgrade has prepared. It holds access tokens and passwords.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepared {
    /// Always [`Prepared::FORMAT`].
    pub format: String,
    /// [`Prepared::VERSION`] in what this crate writes.
    pub version: u32,
    /// The address at which the homeserver was reached.
    pub url: Url,
    /// The dialect that was asked for, if one was.
    pub dialect: Option<Dialect>,
    /// Where the push gateway listened.
    pub gateway_listen: SocketAddr,
    /// The address that the pushers have as their gateway's.
    pub gateway_url: Url,
    /// Where the mailbox listened, if there was one.
    #[serde(default)]
    pub mailbox_listen: Option<SocketAddr>,
    /// The cases that were begun.
    pub(crate) cases: Vec<PreparedCase>,
}

/// A case that was begun: how its steps ended, and what it had made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PreparedCase {
    key: ScenarioKey,
    /// The outcomes of all steps before the upgrade, that of the people first.
    pub(crate) done: Vec<StepOutcome>,
    unique: String,
    actors: BTreeMap<ActorName, SavedActor>,
    rooms: BTreeMap<Label, String>,
    pushers: BTreeMap<Label, SavedPusher>,
    captures: BTreeMap<Label, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SavedActor {
    user_id: String,
    password: String,
    token: String,
    device_id: String,
    /// Whether it is one of the accounts that were given to the suite.
    dedicated: bool,
    devices: BTreeMap<Label, Device>,
    rooms: Vec<String>,
    emails: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SavedPusher {
    app_id: String,
    pushkey: String,
    kind: PusherKind,
    by: DeviceRef,
}

impl Prepared {
    /// What tells prepared cases from other JSON.
    pub const FORMAT: &str = "pushproof-prepared";
    /// The version of the format that this crate reads and writes.
    pub const VERSION: u32 = 1;

    /// The prepared cases by name.
    pub fn keys(&self) -> impl Iterator<Item = &ScenarioKey> {
        self.cases.iter().map(|case| &case.key)
    }

    /// What was prepared of a case. Another version of the scenario does not count.
    pub(crate) fn case(&self, planned: &PlannedCase) -> Option<&PreparedCase> {
        self.cases.iter().find(|case| case.key == planned.key && planned.upgrade() == Some(case.done.len()))
    }

    /// An access token of each of the prepared people, with the user id that it belongs to.
    pub(crate) fn people(&self) -> impl Iterator<Item = (&str, &str)> {
        let actors = self.cases.iter().flat_map(|case| case.actors.values());
        actors.map(|actor| (actor.user_id.as_str(), actor.token.as_str()))
    }

    /// Every login: user id, device id and access token.
    pub(crate) fn logins(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let actors = self.cases.iter().flat_map(|case| case.actors.values());
        actors.flat_map(|actor| {
            let devices = actor.devices.values();
            devices.filter_map(|device| {
                Some((actor.user_id.as_str(), device.id.as_str(), device.token.as_deref()?))
            })
        })
    }

    /// The dedicated accounts that are in use.
    pub(crate) fn dedicated(&self) -> impl Iterator<Item = &str> {
        let actors = self.cases.iter().flat_map(|case| case.actors.values());
        actors.filter(|actor| actor.dedicated).map(|actor| actor.user_id.as_str())
    }

    /// Keeps every secret of the former run out of the record of this one.
    pub(crate) fn redact(&self, redactor: &Redactor) {
        for (name, actor) in self.cases.iter().flat_map(|case| &case.actors) {
            redactor.secret(&actor.password, &password_variable(&name.0));
            redactor.secret(&actor.token, &token_variable(&name.0));
            for (device, login) in &actor.devices {
                if let Some(token) = &login.token {
                    redactor.secret(token, &token_variable(&format!("{name}.{device}")));
                }
            }
        }
    }
}

impl PreparedCase {
    /// What a case has made so far.
    pub(crate) fn of(key: ScenarioKey, done: Vec<StepOutcome>, world: &World) -> Self {
        let state = world.state();
        let actors = state.actors.iter().map(|(name, Actor { account, devices, rooms, emails })| {
            let saved = SavedActor {
                user_id: account.user_id.clone(),
                password: account.password.clone(),
                token: account.token.clone(),
                device_id: account.device_id.clone(),
                dedicated: account.original_password().is_some(),
                devices: devices.clone(),
                rooms: rooms.clone(),
                emails: emails.clone(),
            };
            (name.clone(), saved)
        });
        let pushers = state.pushers.iter().map(|(name, Pusher { key, kind, by, .. })| {
            let PusherKey { app_id, pushkey } = key.clone();
            (name.clone(), SavedPusher { app_id, pushkey, kind: *kind, by: by.clone() })
        });
        Self {
            key,
            done,
            unique: world.unique.clone(),
            actors: actors.collect(),
            rooms: state.rooms.clone(),
            pushers: pushers.collect(),
            captures: state.captures.clone(),
        }
    }

    /// The world of the case, to go on with. A dedicated account is leased again.
    pub(crate) fn world(&self, dialect: &Dialect, accounts: &Accounts) -> World {
        let world = World::new(self.unique.clone(), dialect.clone());
        let mut state = world.state();
        state.actors =
            self.actors.iter().map(|(name, saved)| (name.clone(), saved.actor(accounts))).collect();
        state.rooms.clone_from(&self.rooms);
        state.captures.clone_from(&self.captures);
        let pushers = self.pushers.iter().map(|(name, saved)| {
            let SavedPusher { app_id, pushkey, kind, by } = saved.clone();
            let key = PusherKey { app_id, pushkey };
            (name.clone(), Pusher { key, kind, by, quiet: Quiet::No, listed: None })
        });
        state.pushers = pushers.collect();
        drop(state);
        world
    }
}

impl SavedActor {
    fn actor(&self, accounts: &Accounts) -> Actor {
        let account = Account::restored(
            self.user_id.clone(),
            self.password.clone(),
            self.token.clone(),
            self.device_id.clone(),
            accounts.reserved(&self.user_id),
        );
        Actor {
            account,
            devices: self.devices.clone(),
            rooms: self.rooms.clone(),
            emails: self.emails.clone(),
        }
    }
}
