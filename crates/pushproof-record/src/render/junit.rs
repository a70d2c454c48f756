//! JUnit XML, as Jenkins, GitLab and others read it: a suite a folder of scenarios, a test a case. What counts against
//! the run is a failure, or an error where it could not be judged; what is known to fail, or only implied, is skipped.

use std::time::Duration;

use indexmap::IndexMap;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{
    causes::causes,
    headline::headline,
    terminal::account,
    test_list::{Outcome, Test, tests},
    xml::valid,
};
use crate::{Record, plain_line};

/// The record as JUnit XML.
#[must_use]
pub(super) fn junit(record: &Record) -> String {
    let mut report = Report::new("pushproof");
    report.set_time(Duration::from_millis(record.duration_ms));
    // The folders of a plan may alternate; a suite of the same name would be taken for the same one.
    let mut suites: IndexMap<String, TestSuite> = IndexMap::new();
    for test in tests(record) {
        let suite = suites.entry(test.group.clone()).or_insert_with(|| suite(record, &test.group));
        suite.time = suite.time.map(|time| time.saturating_add(Duration::from_millis(test.duration_ms)));
        suite.add_test_case(case(&test));
    }
    report.add_test_suites(suites.into_values());
    report.to_string().unwrap_or_else(|error| format!("<!-- the report cannot be written: {error} -->\n"))
}

fn suite(record: &Record, name: &str) -> TestSuite {
    let mut suite = TestSuite::new(valid(name));
    suite.set_time(Duration::ZERO);
    // As the schemas have it, without a zone.
    let started = record.started.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    suite.extra.insert("timestamp".into(), started.into());
    let headline = headline(record);
    suite.add_property(("verdict", valid(&headline.verdict).as_str()));
    suite.add_property(("subject", valid(&headline.subject).as_str()));
    for cause in causes(record) {
        suite.add_property(("cause", valid(&plain_line(&cause)).as_str()));
    }
    suite
}

fn case(test: &Test<'_>) -> TestCase {
    let mut status = match test.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Skipped | Outcome::Tolerated => TestCaseStatus::skipped(),
        Outcome::Undecided => TestCaseStatus::non_success(NonSuccessKind::Error),
        Outcome::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
    };
    if test.outcome != Outcome::Passed {
        status.set_message(valid(&test.reason));
    }
    if test.outcome.is_red() {
        let clause = test.step.and_then(|step| step.planned.clause.as_ref());
        status.set_type(valid(clause.map_or(&test.group, |clause| &clause.0)));
        if let (Some(scenario), Some(step)) = (test.scenario, test.step) {
            status.set_description(valid(&account(scenario, step)));
        }
    }
    let mut case = TestCase::new(valid(&test.name), status);
    case.set_classname(valid(&test.group.replace('/', ".")));
    case.set_time(Duration::from_millis(test.duration_ms));
    case
}
