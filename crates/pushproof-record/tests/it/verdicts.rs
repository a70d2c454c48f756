//! How steps make cases, cases make clauses, and clauses make a run.

use pushproof_record::{
    ClauseVerdict as C, Event, Exclusion, Policy, PreflightCheck, PreflightVerdict, Record,
    ScenarioVerdict as S, Selection, ShardNumber, StepVerdict as V, Verdict,
};
use pushproof_vocabulary::{Half, Level};
use rstest::rstest;

use crate::run::{Run, Step, control, judging, reading, saying, setup};

const CLAUSE: &str = "pusher.state.optional";

fn not_applicable() -> Exclusion {
    Exclusion::NotApplicable { reason: "declared without mail".into() }
}

fn not_implemented() -> Exclusion {
    Exclusion::NotImplemented { half: Half::Pushers, reason: "no state in GET".into() }
}

fn not_judged() -> Exclusion {
    Exclusion::NotJudged { reason: "no mailbox".into(), hint: None }
}

fn only_clause(record: &Record) -> (C, Option<&str>) {
    (record.clauses[0].verdict, record.clauses[0].reason.as_deref())
}

#[rstest]
#[case::passed(vec![setup(V::Passed), control(V::Passed), judging(CLAUSE, V::Passed)], S::Passed)]
#[case::failed(vec![judging(CLAUSE, V::Failed), judging(CLAUSE, V::Error)], S::Failed)]
#[case::failed_then_skipped(vec![judging(CLAUSE, V::Failed), judging(CLAUSE, V::Skipped)], S::Failed)]
#[case::error(vec![judging(CLAUSE, V::Inconclusive), setup(V::Error)], S::Error)]
#[case::inconclusive(vec![judging(CLAUSE, V::Passed), judging(CLAUSE, V::Inconclusive)], S::Inconclusive)]
#[case::skipped(vec![judging(CLAUSE, V::Passed), judging(CLAUSE, V::Skipped)], S::Inconclusive)]
#[case::failed_setup(vec![setup(V::Failed), judging(CLAUSE, V::Skipped)], S::Inconclusive)]
#[case::failed_control(vec![judging(CLAUSE, V::Passed), control(V::Failed)], S::Inconclusive)]
#[case::nothing_applies(vec![setup(V::Passed), judging(CLAUSE, V::NotApplicable)], S::NotApplicable)]
#[case::something_applies(vec![judging(CLAUSE, V::NotApplicable), judging(CLAUSE, V::Passed)], S::Passed)]
fn cases(#[case] steps: Vec<Step>, #[case] verdict: S) {
    let record = Run::of(&[(CLAUSE, Level::Must)]).case("a", steps).record();
    assert_eq!(record.scenarios[0].verdict, verdict);
}

#[rstest]
#[case(Exclusion::NotSelected, S::NotSelected)]
#[case(not_implemented(), S::NotImplemented)]
#[case(not_applicable(), S::NotApplicable)]
#[case(not_judged(), S::Inconclusive)]
fn excluded_cases(#[case] why: Exclusion, #[case] verdict: S) {
    let record = Run::of(&[(CLAUSE, Level::Must)]).excluded("a", CLAUSE, why).record();
    assert_eq!(record.scenarios[0].verdict, verdict);
}

#[rstest]
#[case::holds(Level::Must, &[V::Passed, V::Passed], C::Holds)]
#[case::holds_implied(Level::Implied, &[V::Passed], C::Holds)]
#[case::holds_where_it_applies(Level::Must, &[V::Passed, V::NotApplicable], C::Holds)]
#[case::broken(Level::Must, &[V::Passed, V::Failed, V::Inconclusive], C::Broken)]
#[case::warned(Level::Implied, &[V::Passed, V::Failed, V::Inconclusive], C::Warned)]
#[case::inconclusive(Level::Must, &[V::Passed, V::Inconclusive], C::NotJudged)]
#[case::error(Level::Implied, &[V::Passed, V::Error], C::NotJudged)]
#[case::skipped(Level::Must, &[V::Passed, V::Skipped], C::NotJudged)]
#[case::not_applicable(Level::Must, &[V::NotApplicable], C::NotApplicable)]
#[case::observed(Level::Open, &[V::Passed], C::Observed)]
#[case::open_is_never_broken(Level::Open, &[V::Passed, V::Failed], C::NotJudged)]
fn clauses(#[case] level: Level, #[case] steps: &[V], #[case] verdict: C) {
    let run = steps.iter().enumerate().fold(Run::of(&[(CLAUSE, level)]), |run, (n, step)| {
        run.case(&format!("a:{n}"), vec![judging(CLAUSE, *step)])
    });
    let record = run.record();
    assert_eq!(record.clauses[0].verdict, verdict);
    assert_eq!(record.clauses[0].scenarios.len(), steps.len());
}

#[rstest]
#[case::not_applicable(not_applicable(), C::NotApplicable, Some("declared without mail"))]
#[case::not_implemented(not_implemented(), C::NotImplemented, Some("no state in GET"))]
#[case::not_judged(not_judged(), C::NotJudged, Some("no mailbox"))]
#[case::not_selected(Exclusion::NotSelected, C::NotSelected, None)]
fn clauses_of_excluded_cases(#[case] why: Exclusion, #[case] verdict: C, #[case] reason: Option<&str>) {
    let record = Run::of(&[(CLAUSE, Level::Must)]).excluded("a", CLAUSE, why).record();
    assert_eq!(only_clause(&record), (verdict, reason));
}

#[rstest]
#[case::not_applicable(not_applicable(), C::Holds)]
#[case::not_implemented(not_implemented(), C::Holds)]
#[case::not_judged(not_judged(), C::NotJudged)]
#[case::not_selected(Exclusion::NotSelected, C::Holds)]
fn a_clause_is_judged_by_what_ran(#[case] why: Exclusion, #[case] verdict: C) {
    let run = Run::of(&[(CLAUSE, Level::Must)]).case("a", vec![judging(CLAUSE, V::Passed)]);
    assert_eq!(run.excluded("b", CLAUSE, why).record().clauses[0].verdict, verdict);
}

#[test]
fn readings_of_an_open_clause_are_told_once_each() {
    let record = Run::of(&[(CLAUSE, Level::Open)])
        .case("a:1", vec![reading(judging(CLAUSE, V::Passed), "as if left out")])
        .case("a:2", vec![reading(judging(CLAUSE, V::Failed), "refused")])
        .case("a:3", vec![reading(judging(CLAUSE, V::Passed), "as if left out")])
        .record();
    assert_eq!(record.clauses[0].verdict, C::Observed);
    assert_eq!(record.clauses[0].reading.as_deref(), Some("as if left out; refused"));
    assert_eq!(record.scenarios[1].verdict, S::Passed);
}

#[rstest]
#[case::by_its_message(
    saying(judging(CLAUSE, V::Inconclusive), "the sentinel did not come"),
    "the sentinel did not come"
)]
#[case::inconclusive(judging(CLAUSE, V::Inconclusive), "what was seen tells nothing")]
#[case::error(judging(CLAUSE, V::Error), "the suite itself failed")]
#[case::skipped(judging(CLAUSE, V::Skipped), "an earlier step did not pass")]
fn what_was_not_judged_says_why(#[case] step: Step, #[case] reason: &str) {
    let record = Run::of(&[(CLAUSE, Level::Must)]).case("a", vec![step]).record();
    assert_eq!(only_clause(&record), (C::NotJudged, Some(reason)));
}

#[test]
fn a_step_without_outcome_did_not_run() {
    let mut run = Run::of(&[(CLAUSE, Level::Must)]).case("a", vec![judging(CLAUSE, V::Passed)]);
    run.outcomes[0].clear();
    run.more.push(Event::Interrupted);
    let record = run.record();
    assert_eq!(record.scenarios[0].steps[0].outcome.verdict, V::Skipped);
    assert_eq!(only_clause(&record), (C::NotJudged, Some("the run was interrupted")));
}

#[rstest]
#[case::no_scenario(Run::of(&[(CLAUSE, Level::Must)]), C::NotJudged, Some("no scenario checks this clause yet"))]
#[case::untestable(Run::of(&[(CLAUSE, Level::Untestable)]), C::Untestable, Some("it asks for nothing"))]
#[case::lacked(
    Run::of(&[(CLAUSE, Level::Must)]).missing(&[Half::Pushers]),
    C::NotImplemented, Some("the subject lacks this half of the proposal")
)]
#[case::other_half(
    Run::of(&[(CLAUSE, Level::Must)]).missing(&[Half::Settings]),
    C::NotJudged, Some("no scenario checks this clause yet")
)]
fn clauses_without_a_case(#[case] run: Run, #[case] verdict: C, #[case] reason: Option<&str>) {
    assert_eq!(only_clause(&run.record()), (verdict, reason));
}

#[rstest]
#[case::selected(|run: &mut Run| run.started.selection = Selection { run: vec!["a".into()], skip: vec![] })]
#[case::skipped(|run: &mut Run| run.started.selection = Selection { run: vec![], skip: vec!["a".into()] })]
#[case::sharded(|run: &mut Run| run.started.shard = Some(ShardNumber { index: 1, total: 2 }))]
fn a_narrowed_run_leaves_clauses_out(#[case] narrow: fn(&mut Run)) {
    let mut run = Run::of(&[(CLAUSE, Level::Must)]);
    narrow(&mut run);
    assert_eq!(only_clause(&run.record()), (C::NotSelected, None));
}

#[rstest]
#[case::preflight(Some("reachable"), "reachable: no connection")]
#[case::nothing(None, "the run ended before its scenarios began")]
fn without_a_plan_nothing_is_judged(#[case] failed: Option<&str>, #[case] reason: &str) {
    let mut run = Run::of(&[(CLAUSE, Level::Must)]);
    run.plan = None;
    run.preflight = failed
        .map(|check| PreflightCheck {
            check: check.into(),
            verdict: PreflightVerdict::Failed,
            message: "no connection".into(),
            hint: None,
            evidence: Vec::new(),
        })
        .into_iter()
        .collect();
    let record = run.record();
    assert_eq!(only_clause(&record), (C::NotJudged, Some(reason)));
    assert_eq!(record.verdict, Verdict::NotJudged);
    assert_eq!(record.subject.dialect, None);
}

const LENIENT: Policy = Policy { strict: false, allow_unimplemented: false, strict_cleanup: false };
const STRICT: Policy = Policy { strict: true, allow_unimplemented: false, strict_cleanup: false };
const ALLOWING: Policy = Policy { strict: false, allow_unimplemented: true, strict_cleanup: false };

/// A run in which one must holds and one further clause was found like this.
fn beside_a_good_must(level: Level, step: V, policy: Policy) -> Run {
    Run::of(&[("names.unstable", Level::Must), (CLAUSE, level)])
        .policy(policy)
        .case("good", vec![judging("names.unstable", V::Passed)])
        .case("other", vec![judging(CLAUSE, step)])
}

#[rstest]
#[case(Level::Must, V::Passed, LENIENT, Verdict::Conformant)]
#[case(Level::Must, V::Failed, LENIENT, Verdict::NotConformant)]
#[case(Level::Must, V::Inconclusive, LENIENT, Verdict::NotJudged)]
#[case(Level::Must, V::NotApplicable, LENIENT, Verdict::Conformant)]
#[case(Level::Implied, V::Failed, LENIENT, Verdict::Conformant)]
#[case(Level::Implied, V::Failed, STRICT, Verdict::NotConformant)]
#[case(Level::Implied, V::Inconclusive, LENIENT, Verdict::Conformant)]
#[case(Level::Implied, V::Inconclusive, STRICT, Verdict::NotJudged)]
#[case(Level::Open, V::Failed, STRICT, Verdict::Conformant)]
fn runs(#[case] level: Level, #[case] step: V, #[case] policy: Policy, #[case] verdict: Verdict) {
    assert_eq!(beside_a_good_must(level, step, policy).record().verdict, verdict);
}

#[rstest]
#[case::both(&[Half::Pushers, Half::Settings], LENIENT, Verdict::NotImplemented)]
#[case::both_allowed(&[Half::Pushers, Half::Settings], ALLOWING, Verdict::NotImplemented)]
#[case::one(&[Half::Pushers], LENIENT, Verdict::NotImplemented)]
#[case::one_strict(&[Half::Pushers], STRICT, Verdict::NotImplemented)]
#[case::one_allowed(&[Half::Pushers], ALLOWING, Verdict::Conformant)]
fn lacking_halves(#[case] missing: &[Half], #[case] policy: Policy, #[case] verdict: Verdict) {
    let run = Run::of(&[("names.unstable", Level::Must), (CLAUSE, Level::Must)])
        .policy(policy)
        .missing(missing)
        .case("good", vec![judging("names.unstable", V::Passed)])
        .excluded("lacked", CLAUSE, not_implemented());
    assert_eq!(run.record().verdict, verdict);
}

#[rstest]
#[case::broken(V::Failed, Verdict::NotConformant)]
#[case::not_judged(V::Inconclusive, Verdict::NotImplemented)]
fn a_lacking_half_counts_less_than_what_is_broken(#[case] step: V, #[case] verdict: Verdict) {
    let run = Run::of(&[("settings.stored", Level::Must), (CLAUSE, Level::Must)])
        .missing(&[Half::Pushers])
        .case("judged", vec![judging("settings.stored", step)])
        .excluded("lacked", CLAUSE, not_implemented());
    assert_eq!(run.record().verdict, verdict);
}

#[test]
fn a_broken_must_counts_more_than_one_that_was_not_judged() {
    let run = beside_a_good_must(Level::Must, V::Failed, LENIENT)
        .case("unsure", vec![judging("names.unstable", V::Inconclusive)]);
    assert_eq!(run.record().verdict, Verdict::NotConformant);
}

#[test]
fn an_interrupted_run_is_not_judged() {
    let mut run = beside_a_good_must(Level::Must, V::Passed, LENIENT);
    run.more.push(Event::Interrupted);
    assert_eq!(run.record().verdict, Verdict::NotJudged);
}

#[test]
fn a_run_in_which_nothing_applied_is_not_judged() {
    let run = Run::of(&[(CLAUSE, Level::Must)]).excluded("a", CLAUSE, not_applicable());
    assert_eq!(run.record().verdict, Verdict::NotJudged);
}
