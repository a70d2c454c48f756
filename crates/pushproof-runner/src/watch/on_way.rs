//! What is on its way to a pusher is waited for before the pusher is silenced, so that what arrives afterwards is not
//! mistaken for it.

use pushproof_scenario::{Label, StepKind, steps::StateToSet};
use pushproof_vocabulary::PushState;

use crate::{
    context::RunContext,
    outlet::{Outlet, tells_of},
    world::{Event, Pusher, Quiet, World},
};

/// Waits a grace, at the most, for what the pushers are to tell that a step is about to silence: what others of the same
/// person have told of.
pub(crate) async fn let_arrive(run: &RunContext, world: &World, step: &StepKind) {
    let pushers: Vec<Pusher> = world.state().pushers.values().cloned().collect();
    let awaited = silenced(world, step).into_iter().flat_map(|silenced| {
        let outlet = world.outlet(silenced.kind, &silenced.key);
        expected(run, world, &silenced, &outlet, &pushers)
            .into_iter()
            .map(move |event| (outlet.clone(), event))
    });
    let waits = awaited.map(|(outlet, event)| async move {
        outlet.wait_within(outlet.grace(run), run, &event).await;
    });
    futures_util::future::join_all(waits.collect::<Vec<_>>()).await;
}

/// The speaking pushers that a step silences.
fn silenced(world: &World, step: &StepKind) -> Vec<Pusher> {
    let named = |label: &Label| world.pusher(label).into_iter().collect::<Vec<_>>();
    let all = match step {
        StepKind::SetPusher(verb) if verb.state == StateToSet::Disabled => named(&verb.pusher),
        StepKind::TogglePusher(verb) if verb.to == PushState::Disabled => named(&verb.pusher),
        StepKind::DeletePusher(verb) => named(&verb.pusher),
        StepKind::RemoveDevice(verb) => {
            let gone = |pusher: &&Pusher| pusher.by.actor == verb.device.actor;
            world.state().pushers.values().filter(gone).cloned().collect()
        }
        _ => Vec::new(),
    };
    all.into_iter().filter(|pusher| matches!(pusher.quiet, Quiet::No)).collect()
}

/// The events that another pusher of the same person and kind has told of, and this one has not.
fn expected(
    run: &RunContext,
    world: &World,
    silenced: &Pusher,
    outlet: &Outlet,
    pushers: &[Pusher],
) -> Vec<Event> {
    let own = outlet.all(run);
    let peers = pushers.iter().filter(|peer| {
        (&peer.by.actor, peer.kind) == (&silenced.by.actor, silenced.kind) && peer.key != silenced.key
    });
    let told: Vec<_> = peers.flat_map(|peer| world.outlet(peer.kind, &peer.key).all(run)).collect();
    let is_expected = |event: &&Event| {
        told.iter().any(|one| tells_of(one, event)) && !own.iter().any(|one| tells_of(one, event))
    };
    world.state().events.values().filter(is_expected).cloned().collect()
}
