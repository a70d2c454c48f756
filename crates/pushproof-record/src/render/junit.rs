//! JUnit XML, as Jenkins, GitLab and others read it: a suite a folder of scenarios, a test a case. What counts against
//! the run is a failure, or an error where it could not be judged; what is known to fail, or only implied, is skipped.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{
    headline::headline,
    terminal::account,
    test_list::{Outcome, Test, tests},
};
use crate::Record;

/// The record as JUnit XML.
#[must_use]
pub(super) fn junit(record: &Record) -> String {
    let mut report = Report::new("pushproof");
    report.set_time(Duration::from_millis(record.duration_ms));
    for test in tests(record) {
        if report.test_suites.last().is_none_or(|suite| suite.name.as_str() != test.group) {
            report.test_suites.push(suite(record, &test.group));
        }
        // The folders of a plan may alternate; a suite of the same name would be taken for the same one.
        let suite = report.test_suites.iter_mut().find(|suite| suite.name.as_str() == test.group);
        let suite = suite.expect("it was just added");
        suite.time = suite.time.map(|time| time + Duration::from_millis(test.duration_ms));
        suite.add_test_case(case(&test));
    }
    let mut counted = report.clone();
    counted.test_suites.clear();
    counted.add_test_suites(report.test_suites);
    counted.to_string().expect("XML is written to memory")
}

fn suite(record: &Record, name: &str) -> TestSuite {
    let mut suite = TestSuite::new(name);
    suite.set_time(Duration::ZERO);
    // As the schemas have it, without a zone.
    let started = record.started.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    suite.extra.insert("timestamp".into(), started.into());
    let headline = headline(record);
    suite.add_property(("verdict", headline.verdict.as_str()));
    suite.add_property(("subject", headline.subject.as_str()));
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
        status.set_message(test.reason.as_str());
    }
    if test.outcome.is_red() {
        let clause = test.step.and_then(|step| step.planned.clause.as_ref());
        status.set_type(clause.map_or(test.group.as_str(), |clause| clause.0.as_str()));
        if let (Some(scenario), Some(step)) = (test.scenario, test.step) {
            status.set_description(account(scenario, step));
        }
    }
    let mut case = TestCase::new(test.name.as_str(), status);
    case.set_classname(test.group.replace('/', "."));
    case.set_time(Duration::from_millis(test.duration_ms));
    case
}
