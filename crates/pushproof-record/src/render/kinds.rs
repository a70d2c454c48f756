//! The kinds of reports that can be written to a file.

use regex::Regex;

use super::{Column, badge, ctrf, har, html, json, junit, markdown, matrix, tap};
use crate::Record;

/// A kind of report.
#[derive(Clone, Copy, Debug)]
pub struct Rendering {
    /// What `--report KIND=PATH` calls it.
    pub kind: &'static str,
    /// How the path must end for this rendering of its kind; any path will do otherwise.
    ending: Option<&'static str>,
    /// What a report of this kind that the suite wrote is known by.
    ours: &'static str,
    one: fn(&Record) -> String,
    /// Several records side by side, where this kind can show that.
    several: Option<fn(&[Column]) -> String>,
}

/// Every rendering. Of one kind the first whose ending fits counts.
#[rustfmt::skip]
const RENDERINGS: &[Rendering] = &[
    Rendering { kind: "json", ending: None, one: json::json, several: None,
        ours: r#"\{.*"format"\s*:\s*"pushproof-record""# },
    Rendering { kind: "junit", ending: None, one: junit::junit, several: None,
        ours: r#"<\?xml[^>]*>\s*<testsuites name="pushproof""# },
    Rendering { kind: "tap", ending: None, one: tap::tap, several: None,
        ours: r"TAP version 14\n# pushproof\n" },
    Rendering { kind: "html", ending: None, one: html::html, several: Some(matrix::html),
        ours: r"<!DOCTYPE html>.*<title>[^<]* – pushproof</title>" },
    Rendering { kind: "markdown", ending: None, one: markdown::markdown, several: Some(matrix::markdown),
        ours: r"## [^\n]*\n<!-- pushproof -->\n" },
    Rendering { kind: "badge", ending: Some(".svg"), one: badge::svg, several: None,
        ours: r#"<svg [^>]*aria-label="remote push toggling: "# },
    Rendering { kind: "badge", ending: None, one: badge::endpoint, several: None,
        ours: r#"\{.*"label"\s*:\s*"remote push toggling""# },
    Rendering { kind: "har", ending: None, one: har::har, several: None,
        ours: r#"\{.*"creator"\s*:\s*\{\s*"name"\s*:\s*"pushproof""# },
    Rendering { kind: "ctrf", ending: None, one: ctrf::ctrf, several: None,
        ours: r#"\{.*"generatedBy"\s*:\s*"pushproof""# },
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
        (self.one)(record)
    }

    /// Whether a text is a report of this kind that the suite wrote, and so can be replaced by the next one.
    #[must_use]
    pub fn wrote(&self, text: &str) -> bool {
        let ours = Regex::new(&format!(r"(?s)\A\s*{}", self.ours)).expect("a test compiles every pattern");
        ours.is_match(text)
    }

    /// The report of several records side by side; `None` if this kind shows one alone.
    #[must_use]
    pub fn of_several(&self, columns: &[Column]) -> Option<String> {
        self.several.map(|several| several(columns))
    }
}
