//! The report on a terminal, or at the end of a CI log. What needs doing stands last, for there it is seen first: the
//! table of clauses, then remarks, then what was broken, then the verdict.

mod evidence;
mod failures;
mod headline;
mod page;
mod remarks;
mod table;

use crate::{ClauseVerdict, Record};
use page::Page;

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
pub fn terminal(record: &Record, options: &TerminalOptions) -> String {
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
    headline::write(&mut page, record);
    page.finish()
}
