//! Names: each is made before it is used, once where that matters, and used where it is made.

use std::collections::{BTreeMap, BTreeSet};

use pushproof_yaml::{Diagnostic, Span, list, nearest};

use super::thing::{Named, Thing, given, made, used};
use crate::{Case, Scenario, Step, StepKind};

pub(super) fn check(scenario: &Scenario) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut all_made: Vec<Named> = given(scenario);
    let mut all_used = BTreeSet::new();
    for case in &scenario.cases {
        let mut known: BTreeMap<Thing, Span> =
            given(scenario).into_iter().map(|(span, thing)| (thing, span)).collect();
        for step in &case.steps {
            // What is done at once cannot use what is made at the same time.
            let leaves = step.leaves();
            for (span, thing) in leaves.iter().flat_map(|leaf| used(leaf)) {
                if !known.contains_key(&thing) {
                    found.push(unknown(span, &thing, &known, case));
                }
                all_used.insert(thing);
            }
            for leaf in leaves {
                found.extend(made(leaf).into_iter().filter_map(|named| again(named, &known)));
                known.extend(made(leaf).into_iter().map(|(span, thing)| (thing, span)));
                all_made.extend(made(leaf));
            }
        }
    }
    found.extend(unused(&all_made, &with_owners(all_used, scenario)));
    found
}

fn unknown(span: Span, thing: &Thing, known: &BTreeMap<Thing, Span>, case: &Case) -> Diagnostic {
    let later = case.steps.iter().flat_map(Step::leaves).flat_map(made).find(|(_, made)| made == thing);
    let names: Vec<String> = known.keys().filter(|other| other.is_like(thing)).map(Thing::name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let hint = match (later, nearest(&thing.name(), names.iter().copied())) {
        (Some((made, _)), _) => format!("it is made on line {}, not before this step", made.line),
        (None, Some(near)) => format!("did you mean `{near}`?"),
        (None, None) if names.is_empty() => thing.made_by().to_owned(),
        (None, None) => format!("{}; here is {}", thing.made_by(), list(&names)),
    };
    Diagnostic::error(span, format!("there is no {thing}")).with_hint(hint)
}

/// Rooms and events are made once. Setting a pusher again updates it, logging in again is a new login.
fn again((span, thing): Named, known: &BTreeMap<Thing, Span>) -> Option<Diagnostic> {
    let first = known.get(&thing)?;
    matches!(thing, Thing::Room(_) | Thing::Event(_) | Thing::Capture(_)).then(|| {
        Diagnostic::error(span, format!("the {thing} is there already, since line {}", first.line))
            .with_hint("give it another name")
    })
}

/// Whoever's device is used takes part; whoever shares a room does so with the first device.
fn with_owners(mut used: BTreeSet<Thing>, scenario: &Scenario) -> BTreeSet<Thing> {
    let owners: Vec<Thing> = used
        .iter()
        .filter_map(|thing| match thing {
            Thing::Device(device) => Some(Thing::Actor(device.actor.clone())),
            _ => None,
        })
        .collect();
    used.extend(owners);
    let sharing: BTreeSet<_> = scenario
        .cases
        .iter()
        .flat_map(super::leaves)
        .filter_map(|step| match &step.kind {
            StepKind::ShareRoom(share) => Some(share.between.iter().map(|actor| &actor.value)),
            _ => None,
        })
        .flatten()
        .collect();
    for (actor, devices) in &scenario.actors {
        // An account is made by logging in, so that somebody who only has an id has a device as well.
        let only_a_name = used.contains(&Thing::Actor(actor.value.clone())) && devices.len() == 1;
        if let Some(first) = devices.first().filter(|_| only_a_name || sharing.contains(&actor.value)) {
            let actor = actor.value.clone();
            used.insert(Thing::Device(crate::DeviceRef { actor, device: first.value.clone() }));
        }
    }
    used
}

fn unused(made: &[Named], used: &BTreeSet<Thing>) -> Vec<Diagnostic> {
    let unused = made.iter().filter(|(_, thing)| match thing {
        // To set a pusher can be all that a scenario is about, and so can a login.
        Thing::Pusher(_) => false,
        // Said of the person already.
        Thing::Device(device) => !used.contains(thing) && used.contains(&Thing::Actor(device.actor.clone())),
        _ => !used.contains(thing),
    });
    unused
        .map(|(span, thing)| {
            Diagnostic::warning(*span, format!("nothing uses the {thing}"))
                .with_hint("leave it out, or use it")
        })
        .collect()
}
