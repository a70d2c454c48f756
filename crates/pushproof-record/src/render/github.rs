//! What GitHub shows at a job and in a change: workflow commands that annotate.

use std::collections::BTreeSet;

use super::{
    headline::headline,
    test_list::{Outcome, Test, tests},
    words,
};
use crate::{BaselineFit, Painted, Record, ScenarioKey, Source, plain};

/// GitHub shows ten of a kind for a step and leaves the rest out; the tenth has the headline, and tells of that.
const MOST: usize = 9;

/// How many cases an annotation names.
const MOST_CASES: usize = 5;

/// Something that an annotation can point at, if the user has the file.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// The entry of a case in the baseline.
    Baseline(&'a ScenarioKey),
    /// A step of a scenario.
    Step(&'a Source),
}

/// The annotations, the most important first. `find` gives file and line of a place in the user's repository.
#[must_use]
pub fn github_annotations(record: &Record, find: &dyn Fn(Place<'_>) -> Option<(String, u32)>) -> Painted {
    let tests = tests(record);
    let mut findings: Vec<Finding<'_>> = Vec::new();
    for test in tests.iter().filter(|test| rank(test).is_some()) {
        let subject = about(test);
        match findings.iter_mut().find(|finding| about(finding.first) == subject) {
            Some(finding) => finding.names.push(&test.name),
            None => findings.push(Finding { first: test, names: vec![&test.name] }),
        }
    }
    findings.sort_by_key(|finding| rank(finding.first));
    let shown = findings.iter().take(MOST).map(|finding| finding.annotation(find));
    let mut lines: Vec<String> = shown.collect();
    let headline = headline(record);
    let mut notice = headline.lines;
    if findings.len() > MOST {
        let rest: BTreeSet<&str> = findings[MOST..].iter().map(|finding| about(finding.first).1).collect();
        notice.push(format!("{} more findings:", findings.len() - MOST));
        notice.extend(rest.into_iter().map(str::to_owned));
    }
    let title = property(&format!("pushproof: {}", headline.verdict));
    lines.push(format!("::notice title={title}::{}", data(&notice.join("\n"))));
    Painted::made(lines.into_iter().flat_map(|line| [line, "\n".to_owned()]).collect())
}

/// What one annotation tells: the tests that failed alike.
struct Finding<'a> {
    first: &'a Test<'a>,
    names: Vec<&'a str>,
}

/// How important a test is; `None` for those that nobody needs to be told of.
fn rank(test: &Test<'_>) -> Option<u8> {
    match test.outcome {
        Outcome::Failed if fit(test).is_some() => Some(0),
        Outcome::Failed => Some(1),
        Outcome::Undecided => Some(2),
        Outcome::Tolerated if fit(test).is_none() => Some(3),
        Outcome::Tolerated | Outcome::Skipped | Outcome::Passed => None,
    }
}

/// What the baseline says of a test.
fn fit(test: &Test<'_>) -> Option<BaselineFit> {
    Some(test.scenario?.baseline.as_ref()?.fit)
}

/// What tests that are told together have in common: their rank, and the clause or else the reason.
fn about<'a>(test: &'a Test<'_>) -> (Option<u8>, &'a str) {
    let clause = test.step.and_then(|step| step.planned.clause.as_ref());
    let what = match clause {
        Some(clause) if fit(test).is_none() => clause.0.as_str(),
        _ if fit(test).is_some() => test.name.as_str(),
        _ => test.reason.as_str(),
    };
    (rank(test), what)
}

impl Finding<'_> {
    fn annotation(&self, find: &dyn Fn(Place<'_>) -> Option<(String, u32)>) -> String {
        let test = self.first;
        let level = if test.outcome == Outcome::Tolerated { "warning" } else { "error" };
        let clause = test.step.and_then(|step| step.planned.clause.as_ref());
        let title = match (clause, self.names.as_slice()) {
            (Some(clause), _) => clause.0.clone(),
            (None, [name]) => (*name).to_owned(),
            (None, names) => words::count(names.len(), "test"),
        };
        let place = match (test.scenario, test.step) {
            (Some(scenario), _) if scenario.is_misfit() => find(Place::Baseline(&scenario.key())),
            (_, Some(step)) => find(Place::Step(&step.planned.source)),
            _ => None,
        };
        let place = place.map(|(file, line)| format!("file={},line={line},", property(&file)));
        let title = property(&format!("pushproof: {title}"));
        let message = format!("{}\nin {}", test.reason, words::first_of(&self.names, MOST_CASES));
        format!("::{level} {}title={title}::{}", place.unwrap_or_default(), data(&message))
    }
}

/// Text after the last colons of a command.
fn data(text: &str) -> String {
    plain(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text of a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_begin_a_command() {
        assert_eq!(data("50%\n::error::x"), "50%25%0A\\u{3a}:error::x");
        assert_eq!(property("a:b,c\r\u{1b}"), "a%3Ab%2Cc\\u{d}\\u{1b}");
    }
}
