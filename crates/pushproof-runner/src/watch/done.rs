//! What a scenario itself does to what is watched.

use pushproof_scenario::{
    DeviceRef, StepKind,
    steps::{Expect, Method, RemovalPath, SetPusher},
};
use pushproof_sinks::PusherKey;

use crate::{
    outlet::Outlet,
    world::{EMAIL_APP_ID, World},
};

/// What a watch is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    /// A pusher, whoever's.
    Pusher(PusherKey),
    /// The settings event of a device of a user.
    Settings {
        /// The user id.
        user_id: String,
        /// The id of the device.
        device_id: String,
    },
    /// What a client has written.
    ClientWrites,
    /// Anything else.
    Other,
}

/// What a step may rightly change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Touched {
    /// This, in whichever case.
    This(Thing),
    /// All that the case read of the state of the subject, which a raw request may change.
    AnyState,
}

impl Thing {
    /// The pusher whose silence is watched.
    pub(crate) fn of(outlet: &Outlet) -> Self {
        Self::Pusher(match outlet {
            Outlet::Gateway { key, .. } => key.clone(),
            Outlet::Mailbox { address, .. } => {
                PusherKey { app_id: EMAIL_APP_ID.to_owned(), pushkey: address.clone() }
            }
        })
    }

    /// Whether a step touches this; `here` is whether the step belongs to the case that watches.
    pub(super) fn is_touched_by(&self, touched: &Touched, here: bool) -> bool {
        match (touched, self) {
            (Touched::This(thing @ Self::Pusher(_)), _) => thing == self,
            (Touched::This(thing), _) => here && thing == self,
            (Touched::AnyState, Self::ClientWrites) => false,
            (Touched::AnyState, _) => here,
        }
    }
}

/// What a step may rightly change.
pub(super) fn touched(world: &World, step: &StepKind) -> Vec<Touched> {
    let pusher = |label| vec![Touched::This(Thing::Pusher(world.pusher_key(label)))];
    match step {
        StepKind::SetPusher(verb) => vec![Touched::This(Thing::Pusher(key_to_set(world, verb)))],
        StepKind::TogglePusher(verb) => pusher(&verb.pusher),
        StepKind::DeletePusher(verb) => pusher(&verb.pusher),
        StepKind::SetSettings(verb) => settings(world, &verb.device).into_iter().collect(),
        // Whether a login under the id of a device that is there keeps its pushers is open.
        StepKind::LogIn(verb) => pushers_of(world, &verb.device),
        StepKind::RemoveDevice(verb) => {
            let gone = match *verb.path {
                RemovalPath::LogoutAll => devices(world, &verb.device),
                RemovalPath::PasswordChange => {
                    let by = verb.by.as_ref().map_or(&verb.device.value, |by| &by.value);
                    devices(world, &verb.device).into_iter().filter(|device| device != by).collect()
                }
                RemovalPath::PasswordChangeKeepingDevices => Vec::new(),
                _ => std::iter::once(&verb.device)
                    .chain(&verb.also)
                    .map(|device| device.value.clone())
                    .collect(),
            };
            let of_device = |device| settings(world, device).into_iter().chain(pushers_of(world, device));
            // Where nobody is left, nobody can look later.
            let stays = |device: &DeviceRef| !gone.contains(device) && world.caller(device).is_ok();
            let nobody = !devices(world, &verb.device).iter().any(stays);
            gone.iter().flat_map(of_device).chain(nobody.then_some(Touched::AnyState)).collect()
        }
        StepKind::Request(verb) if verb.method != Method::Get => vec![Touched::AnyState],
        StepKind::Send(_) | StepKind::Invite(_) | StepKind::Read(_) => vec![Touched::This(Thing::Other)],
        StepKind::ClientSetsPush(_) | StepKind::StartClient(_) => vec![Touched::This(Thing::ClientWrites)],
        StepKind::AtOnce(steps) => steps.iter().flat_map(|step| touched(world, &step.kind)).collect(),
        _ => Vec::new(),
    }
}

/// The app id and the push key that a set names.
pub(crate) fn key_to_set(world: &World, verb: &SetPusher) -> PusherKey {
    match &verb.same_pushkey_as {
        Some(other) => world.key_of_another_app(other),
        None => world.pusher_key(verb.same_key_as.as_ref().unwrap_or(&verb.pusher)),
    }
}

/// Whether a step is an act upon the subject: neither a look nor something that is to be refused.
pub(super) fn is_act(step: &StepKind) -> bool {
    let only_looks = step.is_observation()
        || matches!(step, StepKind::Request(verb) if verb.method == Method::Get)
        || matches!(step, StepKind::Sync(_) | StepKind::AwaitSync(_));
    !only_looks
}

/// Whether a step asks for something that is to be refused, so that it changes nothing.
pub(super) fn is_refused(step: &StepKind) -> bool {
    step.expect().is_some_and(Expect::is_refusal)
}

fn settings(world: &World, device: &DeviceRef) -> Option<Touched> {
    settings_of(world, device).map(Touched::This)
}

/// The settings event of a device, as something to be watched.
pub(super) fn settings_of(world: &World, device: &DeviceRef) -> Option<Thing> {
    let (user_id, device_id) = (world.user_id(&device.actor).ok()?, world.device_id(device).ok()?);
    Some(Thing::Settings { user_id, device_id })
}

fn pushers_of(world: &World, device: &DeviceRef) -> Vec<Touched> {
    let state = world.state();
    let of_device = state.pushers.values().filter(|pusher| pusher.by == *device);
    of_device.map(|pusher| Touched::This(Thing::Pusher(pusher.key.clone()))).collect()
}

fn devices(world: &World, of: &DeviceRef) -> Vec<DeviceRef> {
    let state = world.state();
    let devices = state.actors.get(&of.actor).into_iter().flat_map(|actor| actor.devices.keys());
    devices.map(|device| DeviceRef { actor: of.actor.clone(), device: device.clone() }).collect()
}
