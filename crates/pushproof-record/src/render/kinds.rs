//! The kinds of reports that can be written to a file.

use super::{badge, ctrf, har, json, junit, markdown, tap};
use crate::Record;

/// A kind of report.
#[derive(Clone, Copy, Debug)]
pub struct Rendering {
    /// What `--report KIND=PATH` calls it.
    pub kind: &'static str,
    /// How the path must end for this rendering of its kind; any path will do otherwise.
    ending: Option<&'static str>,
    render: fn(&Record) -> String,
}

/// Every rendering. Of one kind the first whose ending fits counts.
const RENDERINGS: &[Rendering] = &[
    Rendering { kind: "json", ending: None, render: json::json },
    Rendering { kind: "junit", ending: None, render: junit::junit },
    Rendering { kind: "tap", ending: None, render: tap::tap },
    Rendering { kind: "markdown", ending: None, render: markdown::markdown },
    Rendering { kind: "badge", ending: Some(".svg"), render: badge::svg },
    Rendering { kind: "badge", ending: None, render: badge::endpoint },
    Rendering { kind: "har", ending: None, render: har::har },
    Rendering { kind: "ctrf", ending: None, render: ctrf::ctrf },
];

/// The names of the kinds, each once.
#[must_use]
pub fn kinds() -> Vec<&'static str> {
    let mut names: Vec<&str> = RENDERINGS.iter().map(|rendering| rendering.kind).collect();
    names.dedup();
    names
}

/// The rendering of a kind for a file of this path.
#[must_use]
pub fn rendering(kind: &str, path: &str) -> Option<&'static Rendering> {
    let fits = |rendering: &&Rendering| {
        rendering.kind == kind && rendering.ending.is_none_or(|ending| path.ends_with(ending))
    };
    RENDERINGS.iter().find(fits)
}

impl Rendering {
    /// The report of one record.
    #[must_use]
    pub fn of(&self, record: &Record) -> String {
        (self.render)(record)
    }
}
