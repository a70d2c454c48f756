//! What the suite itself knows, for its records: the clauses, and what the embedded scenarios do.

use std::sync::Arc;

use pushproof_record::{Canon, CanonCase};
use pushproof_scenario::Scenario;
use pushproof_vocabulary::{Clause, Side};

use crate::plan::PlannedCase;

/// The clauses and those of the scenarios that are the suite's own; what users add is none of its.
#[must_use]
pub fn canon(catalogue: &[Clause], scenarios: &[Arc<Scenario>]) -> Canon {
    let own = PlannedCase::all(scenarios).into_iter().map(|case| {
        let side = if case.scenario.is_about_clients() { Side::Client } else { Side::Server };
        let needs = case.scenario.needs.iter().map(|need| need.value.name().to_owned()).collect();
        CanonCase { planned: case.planned(), side, needs }
    });
    let own = own.filter(|case| case.planned.file.is_none());
    Canon::new("pushproof", env!("CARGO_PKG_VERSION"), catalogue, own)
}
