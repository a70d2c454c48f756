//! The report as one HTML file that needs nothing else: the verdict, the proposal clause by clause, and every case with
//! its steps as a time line and what was seen. It can be read without scripts; with them it can be filtered and searched.
//! The ids of clauses, cases and steps are the anchors, so that links into a report outlive the next run.

mod anchor;
mod cases;
mod clauses;
mod drawing;
mod evidence;
mod json_lines;
mod page;
mod policy;

pub(super) use clauses::look as clause_look;
pub(super) use page::{html, verdict_look};
pub(super) use policy::{STYLE, policy};
