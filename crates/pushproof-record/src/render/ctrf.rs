//! CTRF, the common test report format. What could not be judged and counts is `failed` there too, for nothing else is
//! red; `rawStatus` tells them apart.

use serde_json::{Map, Value, json};

use super::{
    causes::causes,
    headline::headline,
    terminal::account,
    test_list::{Outcome, Test, tests},
};
use crate::{Record, Role, plain_json};

/// The record as CTRF.
#[must_use]
pub(super) fn ctrf(record: &Record) -> String {
    let tests = tests(record);
    let start = record.started.as_millisecond();
    let stop = start.saturating_add(i64::try_from(record.duration_ms).unwrap_or(i64::MAX));
    let number = |wanted: &str| tests.iter().filter(|test| status(test.outcome) == wanted).count();
    let headline = headline(record);
    let mut extra = json!({ "verdict": headline.verdict });
    let causes = causes(record);
    if !causes.is_empty() {
        extra["causes"] = json!(causes);
    }
    let report = json!({
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "timestamp": record.started.to_string(),
        "generatedBy": record.suite.name,
        "results": {
            "tool": { "name": record.suite.name, "version": record.suite.version },
            "summary": {
                "tests": tests.len(),
                "passed": number("passed"),
                "failed": number("failed"),
                "skipped": number("skipped"),
                "pending": 0,
                "other": number("other"),
                "start": start,
                "stop": stop,
                "extra": extra,
            },
            "tests": tests.iter().map(test).collect::<Vec<_>>(),
            "environment": { "testEnvironment": headline.subject },
        },
    });
    plain_json(&format!("{report:#}\n"))
}

fn status(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Skipped => "skipped",
        Outcome::Tolerated => "other",
        Outcome::Undecided | Outcome::Failed => "failed",
    }
}

fn test(test: &Test<'_>) -> Value {
    let raw = match test.outcome {
        Outcome::Passed => "passed",
        Outcome::Skipped => "skipped",
        Outcome::Tolerated => "tolerated",
        Outcome::Undecided => "undecided",
        Outcome::Failed => "failed",
    };
    let mut fields = Map::new();
    fields.insert("name".to_owned(), test.name.as_str().into());
    fields.insert("status".to_owned(), status(test.outcome).into());
    fields.insert("rawStatus".to_owned(), raw.into());
    fields.insert("duration".to_owned(), test.duration_ms.into());
    fields.insert("suite".to_owned(), json!([test.group]));
    if !test.reason.is_empty() {
        fields.insert("message".to_owned(), test.reason.as_str().into());
    }
    if let (Some(scenario), Some(step)) = (test.scenario, test.step) {
        fields.insert("trace".to_owned(), account(scenario, step).into());
    }
    if let Some(scenario) = test.scenario {
        let source = test.step.or(scenario.steps.first()).map(|step| &step.planned.source);
        if let Some(source) = source {
            fields.insert("filePath".to_owned(), source.path.as_str().into());
            fields.insert("line".to_owned(), source.line.into());
        }
        let judging = scenario.steps.iter().filter(|step| step.planned.role == Role::Judging);
        let mut clauses: Vec<&str> =
            judging.filter_map(|step| step.planned.clause.as_ref()).map(|clause| clause.0.as_str()).collect();
        clauses.dedup();
        fields.insert("tags".to_owned(), clauses.into());
    }
    fields.into()
}
