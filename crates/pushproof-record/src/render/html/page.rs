//! The page itself.

use askama::Template;

use super::{
    cases::{Case, cases},
    clauses::{Part, look, parts},
    evidence::{self, Much, Piece, Room},
    policy::{SCRIPT, STYLE, policy},
};
use crate::{
    ClauseVerdict, PreflightVerdict, Record,
    render::{
        headline::{Standing, headline},
        words::{self, span},
    },
    steers,
};

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    style: &'static str,
    script: &'static str,
    policy: String,
    class: &'static str,
    mark: &'static str,
    verdict: String,
    lines: Vec<String>,
    subject: String,
    suite: String,
    started: String,
    counts: Vec<Count>,
    parts: Vec<Part>,
    cases: Vec<Case>,
    preflight: Vec<Check>,
    leftovers: Vec<String>,
    rate_limits: String,
    record: &'a Record,
}

/// How many clauses have a verdict.
struct Count {
    class: &'static str,
    mark: &'static str,
    words: &'static str,
    number: usize,
}

/// A check of the preflight.
struct Check {
    class: &'static str,
    mark: &'static str,
    name: String,
    message: String,
    hint: String,
    evidence: Vec<Piece>,
}

/// The record as a page.
#[must_use]
pub(in crate::render) fn html(record: &Record) -> String {
    let headline = headline(record);
    let (class, mark) = verdict_look(headline.standing);
    let room = Room::new();
    let page = Page {
        style: STYLE,
        script: SCRIPT,
        policy: policy(&[SCRIPT]),
        class,
        mark,
        lines: headline.lines.into_iter().filter(|line| *line != headline.subject).collect(),
        verdict: headline.verdict,
        subject: headline.subject,
        suite: format!("{} {}", record.suite.name, record.suite.version),
        started: record.started.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        counts: counts(record),
        parts: parts(record),
        preflight: preflight(record, &room),
        cases: cases(record, &room),
        leftovers: leftovers(record),
        rate_limits: rate_limits(record),
        record,
    };
    let text = page.render().expect("a page is written to memory");
    // Characters that no HTML may have, and those that would turn the direction of writing.
    text.chars().map(|c| if steers(c) && !"\n\t".contains(c) { '\u{fffd}' } else { c }).collect()
}

/// Class and mark of a verdict.
pub(in crate::render) fn verdict_look(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Good => ("holds", "✓"),
        Standing::Known => ("warned", "!"),
        Standing::Doubtful => ("not-judged", "?"),
        Standing::Bad => ("broken", "✗"),
    }
}

fn counts(record: &Record) -> Vec<Count> {
    let verdicts = [
        ClauseVerdict::Broken,
        ClauseVerdict::Warned,
        ClauseVerdict::NotImplemented,
        ClauseVerdict::NotJudged,
        ClauseVerdict::Holds,
        ClauseVerdict::Observed,
        ClauseVerdict::NotApplicable,
        ClauseVerdict::NotSelected,
        ClauseVerdict::Untestable,
    ];
    let count = |verdict| {
        let number = record.clauses.iter().filter(|clause| clause.verdict == verdict).count();
        let (class, mark) = look(verdict);
        Count { class, mark, words: words::clause_verdict(verdict), number }
    };
    verdicts.into_iter().map(count).filter(|count| count.number > 0).collect()
}

fn preflight(record: &Record, room: &Room) -> Vec<Check> {
    let check = |check: &crate::PreflightCheck| {
        let (class, mark, much) = match check.verdict {
            PreflightVerdict::Passed => ("holds", "✓", Much::Little),
            PreflightVerdict::Failed => ("broken", "✗", Much::All),
            PreflightVerdict::Skipped => ("quiet", "–", Much::Little),
        };
        Check {
            class,
            mark,
            name: check.check.clone(),
            message: check.message.clone(),
            hint: check.hint.clone().unwrap_or_default(),
            evidence: evidence::pieces(&check.evidence, None, much, room),
        }
    };
    record.preflight.iter().map(check).collect()
}

fn leftovers(record: &Record) -> Vec<String> {
    let leftover = |leftover: &crate::Leftover| {
        let of = leftover.user_id.as_ref().map(|user| format!(" of {user}")).unwrap_or_default();
        format!("{}{of}: {}", leftover.what, leftover.reason)
    };
    record.leftovers.iter().map(leftover).collect()
}

fn rate_limits(record: &Record) -> String {
    let limits = record.rate_limited;
    match limits.count {
        0 => String::new(),
        times => {
            format!("The subject asked for patience {times} times, which cost {}.", span(limits.waited_ms))
        }
    }
}
