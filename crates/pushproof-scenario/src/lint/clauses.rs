//! Clauses: they exist, can be judged, are of one side, and the scenario judges some.

use std::collections::BTreeSet;

use pushproof_vocabulary::{Catalogue, ClauseId, Level, Side};
use pushproof_yaml::{Diagnostic, Spanned, nearest};

use super::leaves;
use crate::{Case, Scenario};

pub(super) fn check(scenario: &Scenario, catalogue: &Catalogue) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for case in &scenario.cases {
        for step in leaves(case) {
            found.extend(step.clause.iter().filter_map(|clause| judgeable(clause, catalogue)));
            found.extend(step.given.iter().filter_map(|clause| known(clause, catalogue).err()));
        }
        found.extend(one_side(scenario, case, catalogue));
        found.extend(given_before(case, catalogue));
        if leaves(case).all(|step| step.clause.is_none()) {
            found.push(
                Diagnostic::error(case.span, "no step judges a clause").with_hint(
                    "name the clause among the fields of the step that would fail: `clause: pusher.state.optional`",
                ),
            );
        }
    }
    found
}

fn known<'a>(
    clause: &Spanned<ClauseId>,
    catalogue: &'a Catalogue,
) -> Result<&'a pushproof_vocabulary::Clause, Diagnostic> {
    catalogue.get(&clause.0).ok_or_else(|| {
        let ids = catalogue.clauses.iter().map(|known| known.id.0.as_str());
        let hint = nearest(&clause.0, ids).map_or_else(
            || "`pushproof list` shows all".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        Diagnostic::error(clause.span, format!("there is no clause `{}`", clause.value)).with_hint(hint)
    })
}

fn judgeable(clause: &Spanned<ClauseId>, catalogue: &Catalogue) -> Option<Diagnostic> {
    match known(clause, catalogue) {
        Err(unknown) => Some(unknown),
        Ok(known) if known.level == Level::Untestable => {
            let reason = known.reason.clone().unwrap_or_else(|| "the catalogue says so".to_owned());
            let message = format!("the clause `{}` cannot be tested", clause.value);
            Some(Diagnostic::error(clause.span, message).with_hint(reason))
        }
        Ok(_) => None,
    }
}

/// All clauses bind the side that the scenario runs against: clients, if it starts one. In a folder named after a side,
/// that one.
fn one_side(scenario: &Scenario, case: &Case, catalogue: &Catalogue) -> Vec<Diagnostic> {
    let side = if scenario.is_about_clients() { Side::Client } else { Side::Server };
    let folder = match scenario.id.split('/').next() {
        Some("server") => Side::Server,
        Some("client") => Side::Client,
        _ => side,
    };
    let clauses = leaves(case).filter_map(|step| step.clause.as_ref());
    let stray = clauses.filter(|clause| {
        catalogue.get(&clause.0).is_some_and(|known| known.side != side || known.side != folder)
    });
    stray.map(|clause| stray_clause(clause, side, folder, catalogue)).collect()
}

fn stray_clause(clause: &Spanned<ClauseId>, side: Side, folder: Side, catalogue: &Catalogue) -> Diagnostic {
    let people = |side: Side| match side {
        Side::Server => "servers",
        Side::Client => "clients",
    };
    let bound = catalogue.get(&clause.0).map_or(side, |known| known.side);
    let about = if bound == folder { side } else { folder };
    let message = format!(
        "the clause `{}` binds {}, in a scenario about {}",
        clause.value,
        people(bound),
        people(about)
    );
    let hint = match (bound, side) {
        (Side::Client, Side::Server) => {
            "write a scenario for each side; one about clients starts one with `start_client`"
        }
        _ => "write a scenario for each side",
    };
    Diagnostic::error(clause.span, message).with_hint(hint)
}

/// `given` refers to a verdict that is there.
fn given_before(case: &Case, catalogue: &Catalogue) -> Vec<Diagnostic> {
    let mut judged = BTreeSet::new();
    let mut found = Vec::new();
    for step in leaves(case) {
        let exists = |given: &&Spanned<ClauseId>| catalogue.get(&given.0).is_some();
        if let Some(given) = step.given.as_ref().filter(exists).filter(|given| !judged.contains(&given.0)) {
            found.push(
                Diagnostic::error(given.span, format!("no earlier step judges `{}`", given.value)).with_hint(
                    "`given` makes a step depend on a clause that was judged before in the same case",
                ),
            );
        }
        judged.extend(step.clause.iter().map(|clause| &clause.0));
    }
    found
}
