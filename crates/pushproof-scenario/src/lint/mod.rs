//! What can be read but makes no sense: names that nothing makes, clauses that do not exist, an absence that nothing
//! shows to be more than a mistake of the scenario. One file a concern.

mod calls;
mod clauses;
mod emails;
mod names;
mod needs;
mod negatives;
mod readings;
mod restarts;
mod story;
mod thing;
mod wire;

use pushproof_vocabulary::Catalogue;
use pushproof_yaml::Diagnostic;

use crate::{Case, Scenario, Step};

/// What is wrong with a scenario, in the order of the file. Warnings are about what is merely superfluous.
#[must_use]
pub fn lint(scenario: &Scenario, catalogue: &Catalogue) -> Vec<Diagnostic> {
    let mut found = wire::check(scenario);
    found.extend(needs::check(scenario));
    found.extend(clauses::check(scenario, catalogue));
    found.extend(readings::check(scenario, catalogue));
    found.extend(names::check(scenario));
    for case in &scenario.cases {
        found.extend(story::check(scenario, case));
        found.extend(negatives::check(case));
        found.extend(calls::check(case));
        found.extend(emails::check(case));
        found.extend(restarts::check(case));
    }
    in_order(found)
}

/// By position, and once each: every case meets the mistakes of the steps that all share.
pub(crate) fn in_order(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    found.sort_by(|a, b| (a.span, &a.message).cmp(&(b.span, &b.message)));
    found.dedup();
    found
}

/// The steps of a case one by one, those that are done at once too.
fn leaves(case: &Case) -> impl Iterator<Item = &Step> {
    case.steps.iter().flat_map(Step::leaves)
}
