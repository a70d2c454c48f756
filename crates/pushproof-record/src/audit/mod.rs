//! Whether a record that is read can be what a run found. A record is evidence, not a verdict: its verdicts are drawn
//! anew from its steps and the suite's own clauses, and what contradicts them, or itself, is named.

mod bounds;
mod canon;
mod contradiction;
mod plan;
mod steps;
mod verdicts;

pub use canon::{Canon, CanonCase};
pub use contradiction::Contradiction;

use crate::Record;

/// Finds the first contradiction of a record with itself and with what the suite knows; if there is none, the record has
/// the verdicts that its steps make.
pub(crate) fn examine(record: &mut Record, canon: &Canon) -> Result<(), Contradiction> {
    bounds::check(record)?;
    steps::check(record)?;
    if canon.made(record) {
        plan::check(record, canon)?;
        verdicts::compare(record, canon)
    } else {
        verdicts::draw_anew(record, canon)
    }
}
