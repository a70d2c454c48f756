//! The report on a terminal, or at the end of a CI log. What needs doing stands last, for there it is seen first: the
//! table of clauses, then remarks, then what was broken, then the verdict.

mod comparison;
mod evidence;
mod failures;
mod matrix;
mod page;
mod remarks;
mod table;

pub use comparison::comparison;
pub use matrix::matrix;

use super::headline::{Standing, headline};
use crate::{ClauseRecord, ClauseVerdict, Painted, Record, ScenarioRecord, StepRecord};
use page::{Page, Tone};

/// How the report is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalOptions {
    /// Whether colours are used. Nothing is said by colour alone.
    pub colour: Colour,
    /// How many columns there are. Lines that are meant to be copied may be longer.
    pub width: usize,
    /// How much is shown.
    pub detail: Detail,
}

/// Whether colours are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// ANSI escape sequences.
    Always,
    /// Plain text.
    Never,
}

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// What somebody needs who wants to know whether it is fine, and if not why.
    Brief,
    /// All clauses, all failures and all evidence.
    Full,
}

/// The report on a terminal.
#[must_use]
pub fn terminal(record: &Record, options: &TerminalOptions) -> Painted {
    let mut page = Page::new(options);
    table::write(&mut page, record);
    remarks::observed(&mut page, record);
    remarks::leftovers(&mut page, record);
    remarks::rate_limited(&mut page, record);
    remarks::reasons(&mut page, record);
    remarks::preflight(&mut page, record);
    failures::doubts(&mut page, record);
    failures::suite_errors(&mut page, record);
    failures::clauses(&mut page, record, ClauseVerdict::Warned);
    remarks::known(&mut page, record);
    remarks::misfits(&mut page, record);
    failures::clauses(&mut page, record, ClauseVerdict::Broken);
    failures::stray(&mut page, record);
    write_headline(&mut page, record);
    page.finish()
}

/// What a brief report tells of one step of a case, as plain text.
pub(super) fn account(scenario: &ScenarioRecord, step: &StepRecord) -> String {
    plain(|page| failures::write_step(page, scenario, step))
}

/// The steps that break a clause.
pub(super) fn failures_of<'a>(
    record: &'a Record,
    clause: &'a ClauseRecord,
) -> impl Iterator<Item = &'a StepRecord> {
    failures::failures(record, clause).map(|(_, step)| step)
}

/// What a brief report tells of the failures of a clause, as plain text.
pub(super) fn clause_account(record: &Record, clause: &ClauseRecord) -> String {
    plain(|page| failures::write_failures(page, record, clause))
}

/// A part of the report for other renderings, without the indentation that it has here.
fn plain(write: impl FnOnce(&mut Page)) -> String {
    let mut page = Page::new(&TerminalOptions { colour: Colour::Never, width: 100, detail: Detail::Brief });
    write(&mut page);
    let text = page.finish();
    text.lines().flat_map(|line| [line.strip_prefix("  ").unwrap_or(line), "\n"]).collect()
}

/// The verdict: what a reader who reads nothing else must know.
fn write_headline(page: &mut Page, record: &Record) {
    let headline = headline(record);
    let (tone, mark) = match headline.standing {
        Standing::Good => (Tone::Good, "✓"),
        Standing::Known => (Tone::Warning, "!"),
        Standing::Doubtful => (Tone::Warning, "?"),
        Standing::Bad => (Tone::Bad, "✗"),
    };
    page.blank();
    page.wrapped(0, (tone, mark), (tone, &headline.verdict));
    for line in &headline.lines {
        page.wrapped(2, (Tone::Plain, ""), (Tone::Plain, line));
    }
}
