//! Cases that ended badly while no clause of the judged side says so: no run is green with one.

use pushproof_record::{
    Policy, Record, StepVerdict as V, Verdict, exit_code,
    render::{Colour, Detail, TerminalOptions, rendering, terminal},
};
use pushproof_vocabulary::Level;
use rstest::rstest;

use crate::{
    renderings::red,
    run::{Run, Step, control, judging, saying, setup},
};

/// A run in which a must holds, and this case beside it.
fn beside_a_good_must(steps: Vec<Step>) -> Run {
    let clauses = [
        ("pusher.a", Level::Must),
        ("pusher.implied", Level::Implied),
        ("pusher.open", Level::Open),
        ("text.untestable", Level::Untestable),
    ];
    Run::of(&clauses)
        .case("server/good", vec![judging("pusher.a", V::Passed)])
        .case("server/implied", vec![judging("pusher.implied", V::Passed)])
        .case("own/other", steps)
}

fn unknown(verdict: V) -> Step {
    saying(judging("client.live", verdict), "the client did not tell of it")
}

#[rstest]
#[case::other_side(vec![unknown(V::Failed)], Verdict::NotConformant)]
#[case::untestable(vec![judging("text.untestable", V::Failed)], Verdict::NotConformant)]
#[case::beside_a_known_one(vec![judging("pusher.a", V::Passed), unknown(V::Failed)], Verdict::NotConformant)]
#[case::fault(vec![unknown(V::Error)], Verdict::NotJudged)]
#[case::doubt(vec![unknown(V::Inconclusive)], Verdict::NotJudged)]
#[case::interrupted(vec![control(V::Failed), unknown(V::Skipped)], Verdict::NotJudged)]
#[case::fault_in_a_case_without_clauses(vec![setup(V::Error)], Verdict::NotJudged)]
#[case::fault_after_all_was_judged(vec![judging("pusher.a", V::Passed), setup(V::Error)], Verdict::NotJudged)]
#[case::passes(vec![unknown(V::Passed)], Verdict::Conformant)]
#[case::implied_fails(vec![judging("pusher.implied", V::Failed)], Verdict::Conformant)]
#[case::fault_where_it_is_implied(vec![setup(V::Error), judging("pusher.implied", V::Skipped)], Verdict::Conformant)]
#[case::open_tells_nothing(vec![judging("pusher.open", V::Failed)], Verdict::Conformant)]
fn no_run_is_green_with_a_failure_that_no_clause_accounts_for(
    #[case] steps: Vec<Step>,
    #[case] verdict: Verdict,
    #[values(false, true)] strict: bool,
) {
    let known = |step: &Step| step.0.clause.as_ref().is_some_and(|clause| clause.0 == "pusher.implied");
    if strict && steps.iter().any(known) {
        return;
    }
    let record = beside_a_good_must(steps).policy(Policy { strict, ..Policy::default() }).record();
    assert_eq!(record.verdict, verdict);
    for kind in ["junit", "tap", "ctrf"] {
        assert_eq!(red(kind, &record) > 0, exit_code::of(&record) != 0, "{kind}");
    }
}

#[test]
fn such_a_case_is_told_to_people() {
    let record: Record = beside_a_good_must(vec![unknown(V::Failed)]).record();
    let options = TerminalOptions { colour: Colour::Never, width: 100, detail: Detail::Brief };
    let text = terminal(&record, &options);
    assert!(text.contains("No clause of the catalogue accounts for these\n\n  own/other\n"), "{text}");
    assert!(text.contains("cases that no clause accounts for: 1"), "{text}");
    let junit = rendering("junit", "a").unwrap().of(&record);
    assert!(
        junit.contains("no clause of the catalogue accounts for this: the client did not tell of it"),
        "{junit}"
    );
}

#[test]
fn without_any_must_a_whole_run_is_not_judged() {
    let record = Run::of(&[("pusher.a", Level::Must), ("pusher.open", Level::Open)])
        .excluded(
            "server/a",
            "pusher.a",
            pushproof_record::Exclusion::NotApplicable { reason: "declared: --without mail".into() },
        )
        .case("own/open", vec![judging("pusher.open", V::Passed)])
        .record();
    assert_eq!(record.verdict, Verdict::NotJudged);
}
