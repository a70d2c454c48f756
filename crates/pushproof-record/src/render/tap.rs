//! TAP 14: a test a line. What is known to fail, or only implied, is `not ok` and a `# todo`, which counts as no failure.

use std::fmt::Write;

use serde_json::{Value, json};

use super::{
    causes::causes,
    headline::headline,
    terminal::account,
    test_list::{Outcome, Test, tests},
};
use crate::{Record, plain_json, plain_line};

/// The record as TAP.
#[must_use]
pub(super) fn tap(record: &Record) -> String {
    let tests = tests(record);
    let verdict = escaped(&headline(record).verdict);
    let mut text = format!("TAP version 14\n# pushproof\n1..{}\n# {verdict}\n", tests.len());
    for cause in causes(record) {
        push(&mut text, format_args!("# {}\n", escaped(&cause)));
    }
    for (number, test) in (1..).zip(&tests) {
        let ok = if matches!(test.outcome, Outcome::Passed | Outcome::Skipped) { "ok" } else { "not ok" };
        let directive = match test.outcome {
            Outcome::Skipped => format!(" # SKIP {}", escaped(&test.reason)),
            Outcome::Tolerated => format!(" # todo {}", escaped(&test.reason)),
            Outcome::Passed | Outcome::Undecided | Outcome::Failed => String::new(),
        };
        push(&mut text, format_args!("{ok} {number} - {}{directive}\n", escaped(&test.name)));
        if ok == "not ok" {
            diagnose(&mut text, test);
        }
    }
    text
}

/// The YAML block under a test. Every value is written as JSON, which YAML reads as it is meant.
fn diagnose(out: &mut String, test: &Test<'_>) {
    let severity = match test.outcome {
        Outcome::Failed => "fail",
        Outcome::Undecided => "undecided",
        _ => "todo",
    };
    let mut facts: Vec<(&str, Value)> =
        vec![("message", json!(test.reason)), ("severity", json!(severity)), ("title", json!(test.title))];
    if let Some(step) = test.step {
        let source = &step.planned.source;
        facts.push(("at", json!(format!("{}:{}", source.path, source.line))));
        facts.extend(step.planned.clause.as_ref().map(|clause| ("clause", json!(clause))));
        if let Some(mismatch) = &step.outcome.mismatch {
            facts.push(("pointer", json!(mismatch.pointer)));
            facts.push(("wanted", mismatch.expected.clone()));
            facts.extend(mismatch.actual.clone().map(|actual| ("found", actual)));
        }
    }
    out.push_str("  ---\n");
    for (key, value) in facts {
        push(out, format_args!("  {key}: {}\n", plain_json(&value.to_string())));
    }
    if let (Some(scenario), Some(step)) = (test.scenario, test.step) {
        out.push_str("  account: |2\n");
        for line in account(scenario, step).lines() {
            push(out, format_args!("{}\n", format!("    {line}").trim_end()));
        }
    }
    out.push_str("  ...\n");
}

/// A description: in one line, and with nothing in it that would be read as a directive.
fn escaped(text: &str) -> String {
    plain_line(text).replace('\\', r"\\").replace('#', r"\#")
}

fn push(text: &mut String, line: std::fmt::Arguments<'_>) {
    text.write_fmt(line).expect("a string takes everything");
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("a # SKIP b", r"a \# SKIP b")]
    #[case("a\nok 2", "a ok 2")]
    #[case(r"a\", r"a\\")]
    #[case("a\u{202e}", r"a\\u{202e}")]
    fn descriptions_cannot_be_taken_for_anything_else(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(escaped(text), shown);
    }
}
