//! Baselines: what fits, what does not, and what is written.

use pushproof_record::{
    BaselineFit, Body, Evidence, Exclusion, FailedAs, HttpResponse, KnownFailure, KnownFailures, Mismatch,
    Policy, Record, Signature, StepOutcome, StepVerdict as V, exit_code,
    render::{Colour, Detail, TerminalOptions, terminal},
};
use pushproof_vocabulary::{ClauseId, Level};
use rstest::rstest;
use serde_json::json;

use crate::run::{Run, Step, control, judging, saying};

const CASE: &str = "server/link/rejected:own-id";

fn run(level: Level, steps: Vec<Step>) -> Run {
    Run::of(&[("pusher.a", level), ("names.b", Level::Must)])
        .case(CASE, steps)
        .case("server/names", vec![judging("names.b", V::Passed)])
}

/// A request that was to be refused and was answered with this status.
fn answered(status: u16, body: &serde_json::Value) -> Step {
    let (planned, outcome) =
        saying(judging("pusher.a", V::Failed), &format!("POST /pushers/set was answered {status}"));
    let mut exchange = crate::sample::exchange(&json!({}), status, body);
    exchange.response = Some(HttpResponse { status, headers: Vec::new(), body: Some(Body::of_json(body)) });
    (planned, StepOutcome { evidence: vec![Evidence::from(exchange)], ..outcome })
}

fn ignored() -> Step {
    answered(200, &json!({}))
}

fn signature() -> Signature {
    Signature {
        step: "expect_pusher".into(),
        clause: Some(ClauseId("pusher.a".into())),
        verdict: FailedAs::Failed,
        status: Some(200),
        errcode: None,
        at: None,
        found: None,
    }
}

fn known(expires: Option<&str>, fails: Vec<Signature>) -> KnownFailures {
    let entry = KnownFailure {
        reason: "the link is ignored".into(),
        issue: Some("https://example.org/issues/1".into()),
        expires: expires.map(|day| day.parse().unwrap()),
        fails,
    };
    KnownFailures([(CASE.parse().unwrap(), entry)].into())
}

fn fit(record: &mut Record, known: &KnownFailures) -> Option<BaselineFit> {
    known.apply(record);
    record.scenario(&CASE.parse().unwrap()).unwrap().baseline.as_ref().map(|known| known.fit)
}

#[rstest]
#[case::as_known(vec![ignored()], None, BaselineFit::Fits, 0)]
#[case::on_the_last_day(vec![ignored()], Some("2026-11-23"), BaselineFit::Fits, 0)]
#[case::expired(vec![ignored()], Some("2026-11-22"), BaselineFit::Expired, 1)]
#[case::another_status(vec![answered(500, &json!({"errcode": "M_UNKNOWN"}))], None, BaselineFit::Differs, 1)]
#[case::one_more(vec![ignored(), judging("names.b", V::Failed)], None, BaselineFit::Differs, 1)]
#[case::passes(vec![judging("pusher.a", V::Passed)], None, BaselineFit::Stale, 1)]
#[case::passes_after_expiry(vec![judging("pusher.a", V::Passed)], Some("2026-11-22"), BaselineFit::Stale, 1)]
#[case::not_applicable(vec![judging("pusher.a", V::NotApplicable)], None, BaselineFit::Stale, 1)]
#[case::no_control(vec![control(V::Failed), judging("pusher.a", V::Skipped)], None, BaselineFit::NotJudged, 3)]
#[case::fault_of_the_suite(vec![judging("pusher.a", V::Error)], None, BaselineFit::NotJudged, 3)]
fn entries(
    #[case] steps: Vec<Step>,
    #[case] expires: Option<&str>,
    #[case] expected: BaselineFit,
    #[case] code: u8,
) {
    let mut record = run(Level::Must, steps).record();
    assert_eq!(fit(&mut record, &known(expires, vec![signature()])), Some(expected));
    assert_eq!(exit_code::of(&record), code);
}

#[rstest]
#[case::implied(Level::Implied, false)]
#[case::implied_and_strict(Level::Implied, true)]
fn what_is_implied_fits_with_and_without_strict(#[case] level: Level, #[case] strict: bool) {
    let policy = Policy { strict, ..Policy::default() };
    let mut record = run(level, vec![ignored()]).policy(policy).record();
    assert_eq!(fit(&mut record, &known(None, vec![signature()])), Some(BaselineFit::Fits));
    assert_eq!(exit_code::of(&record), 0);
}

/// What the proposal leaves open cannot fail, so there is nothing to be known.
#[test]
fn an_entry_for_an_open_clause_is_stale_or_not_judged() {
    let read = crate::run::reading(ignored(), "taken as if it were not there");
    let mut record = run(Level::Open, vec![read]).record();
    assert_eq!(fit(&mut record, &known(None, vec![signature()])), Some(BaselineFit::Stale));
    let mut record = run(Level::Open, vec![ignored()]).record();
    assert_eq!(fit(&mut record, &known(None, vec![signature()])), Some(BaselineFit::NotJudged));
}

#[test]
fn a_known_doubt_fits_only_where_the_case_halts() {
    let halt = Signature {
        step: "expect_push".into(),
        clause: None,
        verdict: FailedAs::Inconclusive,
        status: None,
        ..signature()
    };
    let doubtful = || run(Level::Must, vec![control(V::Failed), judging("pusher.a", V::Skipped)]).record();
    assert_eq!(fit(&mut doubtful(), &known(None, vec![halt.clone()])), Some(BaselineFit::Fits));
    let elsewhere = Signature { step: "send".into(), ..halt };
    assert_eq!(fit(&mut doubtful(), &known(None, vec![elsewhere])), Some(BaselineFit::NotJudged));
}

#[test]
fn cases_that_do_not_run_have_no_baseline() {
    let mut record =
        Run::of(&[("pusher.a", Level::Must)]).excluded(CASE, "pusher.a", Exclusion::NotSelected).record();
    assert_eq!(fit(&mut record, &known(None, vec![signature()])), None);
}

#[test]
fn what_was_found_counts_only_if_it_lasts() {
    let found = |actual| {
        let (planned, outcome) = judging("pusher.a", V::Failed);
        let outcome = StepOutcome { mismatch: Some(Mismatch::of("/state", false, actual)), ..outcome };
        let written = KnownFailures::of(
            &run(Level::Must, vec![(planned, outcome)]).record(),
            &KnownFailures::default(),
        );
        written.to_string().lines().last().unwrap().trim().to_owned()
    };
    let lines = [None, Some(json!(null)), Some(json!(true)), Some(json!("M_UNKNOWN")), Some(json!("QXZ7"))];
    insta::assert_snapshot!(lines.map(found).join("\n"), @r#"
    - { step: expect_pusher, clause: pusher.a, at: "/state", found: "absent" }
    - { step: expect_pusher, clause: pusher.a, at: "/state", found: null }
    - { step: expect_pusher, clause: pusher.a, at: "/state", found: true }
    - { step: expect_pusher, clause: pusher.a, at: "/state", found: "M_UNKNOWN" }
    - { step: expect_pusher, clause: pusher.a, at: "/state" }
    "#);
}

/// New failures are added, old ones keep what people wrote, others go; what was not looked at stays.
#[test]
fn writing_keeps_what_people_wrote() {
    let record = run(Level::Must, vec![answered(500, &json!({"errcode": "M_UNKNOWN"}))])
        .case("server/another", vec![ignored()])
        .case("server/doubtful", vec![control(V::Failed), judging("pusher.a", V::Skipped)])
        .case("server/healed", vec![judging("pusher.a", V::Passed)])
        .excluded("server/unselected", "pusher.a", Exclusion::NotSelected)
        .record();
    let mut old = known(Some("2027-01-31"), vec![signature()]);
    let other = |reason: &str| KnownFailure {
        reason: reason.into(),
        issue: None,
        expires: None,
        fails: vec![signature()],
    };
    for case in ["server/doubtful", "server/healed", "server/unselected", "server/removed"] {
        old.0.insert(case.parse().unwrap(), other(case));
    }
    insta::assert_snapshot!(KnownFailures::of(&record, &old).to_string(), @r#"
    server/another:
      reason: "not explained yet: POST /pushers/set was answered 200"
      fails:
        - { step: expect_pusher, clause: pusher.a, status: 200 }

    server/doubtful:
      reason: "server/doubtful"
      fails:
        - { step: expect_pusher, clause: pusher.a, status: 200 }

    server/link/rejected:own-id:
      reason: "the link is ignored"
      issue: "https://example.org/issues/1"
      expires: "2027-01-31"
      fails:
        - { step: expect_pusher, clause: pusher.a, status: 500, errcode: "M_UNKNOWN" }

    server/unselected:
      reason: "server/unselected"
      fails:
        - { step: expect_pusher, clause: pusher.a, status: 200 }
    "#);
}

#[rstest]
#[case::implied(Level::Implied, ignored(), false, true)]
#[case::implied_and_strict(Level::Implied, ignored(), true, false)]
#[case::doubt(Level::Must, judging("pusher.a", V::Inconclusive), false, true)]
#[case::fault_of_the_suite(Level::Must, judging("pusher.a", V::Error), false, true)]
fn only_failures_that_count_are_written(
    #[case] level: Level,
    #[case] step: Step,
    #[case] strict: bool,
    #[case] empty: bool,
) {
    let record = run(level, vec![step]).policy(Policy { strict, ..Policy::default() }).record();
    let written = KnownFailures::of(&record, &KnownFailures::default());
    assert_eq!(written.0.is_empty(), empty);
    assert_eq!(written.to_string() == "{}\n", empty);
}

#[rstest]
#[case::fits("fits", vec![ignored()], None)]
#[case::expired("expired", vec![ignored()], Some("2026-11-22"))]
#[case::differs("differs", vec![answered(500, &json!({"errcode": "M_UNKNOWN"}))], None)]
#[case::stale("stale", vec![judging("pusher.a", V::Passed)], None)]
fn the_terminal_says_what_fits(#[case] name: &str, #[case] steps: Vec<Step>, #[case] expires: Option<&str>) {
    let mut record = run(Level::Must, steps).record();
    known(expires, vec![signature()]).apply(&mut record);
    let options = TerminalOptions { colour: Colour::Never, width: 100, detail: Detail::Brief };
    crate::snapshot::assert_snapshot(&format!("baseline-{name}"), &terminal(&record, &options));
}
