//! The exit codes of runs.

use pushproof_record::{
    Baseline, BaselineFit, Event, Leftover, Policy, Record, StepVerdict as V, exit_code,
    render::{Colour, Detail, TerminalOptions, rendering, terminal},
};
use pushproof_vocabulary::{Half, Level};
use rstest::rstest;

use crate::run::{Run, judging};

fn run(step: V) -> Run {
    Run::of(&[("names.unstable", Level::Must), ("pusher.a", Level::Must)])
        .case("good", vec![judging("names.unstable", V::Passed)])
        .case("other", vec![judging("pusher.a", step)])
}

#[rstest]
#[case(V::Passed, 0)]
#[case(V::Failed, 1)]
#[case(V::Inconclusive, 3)]
fn verdicts_have_exit_codes(#[case] step: V, #[case] code: u8) {
    let record = run(step).record();
    assert_eq!(exit_code::of(&record), code);
    assert_eq!(exit_code::of_verdict(record.verdict), code);
}

#[test]
fn an_interruption_counts_most() {
    let mut run = run(V::Failed);
    run.more.push(Event::Interrupted);
    assert_eq!(exit_code::of(&run.record()), 130);
}

#[rstest]
#[case::nothing_stays(true, 0, 0)]
#[case::something_stays(true, 1, 1)]
#[case::it_may(false, 1, 0)]
fn what_stays_behind_fails_where_nothing_may(
    #[case] strict_cleanup: bool,
    #[case] leftovers: usize,
    #[case] code: u8,
) {
    let mut run = run(V::Passed).policy(Policy { strict_cleanup, ..Policy::default() });
    let leftover = Leftover { what: "3 pushers".into(), user_id: None, reason: "refused".into() };
    run.more.extend(std::iter::repeat_n(Event::Leftover(leftover), leftovers));
    let record = run.record();
    assert_eq!(exit_code::of(&record), code);
    // Every report is red when the command is.
    assert_eq!(rendering("junit", "j.xml").unwrap().of(&record).contains("<failure"), code == 1);
    let options = TerminalOptions { colour: Colour::Never, width: 100, detail: Detail::Brief };
    assert_eq!(terminal(&record, &options).contains("and nothing may"), code == 1);
}

#[rstest]
#[case(false, 1)]
#[case(true, 0)]
fn lacking_the_proposal_may_be_allowed(#[case] allow_unimplemented: bool, #[case] code: u8) {
    let run = run(V::Passed)
        .missing(&[Half::Pushers, Half::Settings])
        .policy(Policy { allow_unimplemented, ..Policy::default() });
    assert_eq!(exit_code::of(&run.record()), code);
}

fn known(mut record: Record, id: &str, fit: BaselineFit) -> Record {
    let scenario = record.scenarios.iter_mut().find(|scenario| scenario.id == id).unwrap();
    scenario.baseline =
        Some(Baseline { fit, reason: "known".into(), issue: None, expires: None, fails: Vec::new() });
    record
}

#[rstest]
#[case::known_failure(V::Failed, "other", BaselineFit::Fits, 0)]
#[case::known_doubt(V::Inconclusive, "other", BaselineFit::Fits, 0)]
#[case::other_failure(V::Failed, "other", BaselineFit::Differs, 1)]
#[case::expired(V::Failed, "other", BaselineFit::Expired, 1)]
#[case::stale(V::Passed, "other", BaselineFit::Stale, 1)]
#[case::stale_beats_doubt(V::Inconclusive, "good", BaselineFit::Stale, 1)]
#[case::another_case_is_known(V::Failed, "good", BaselineFit::Fits, 1)]
fn known_failures(#[case] step: V, #[case] id: &str, #[case] fit: BaselineFit, #[case] code: u8) {
    assert_eq!(exit_code::of(&known(run(step).record(), id, fit)), code);
}

#[test]
fn every_case_that_breaks_a_clause_must_be_known() {
    let record = run(V::Failed).case("third", vec![judging("pusher.a", V::Failed)]).record();
    let record = known(record, "other", BaselineFit::Fits);
    assert_eq!(exit_code::of(&record), 1);
    assert_eq!(exit_code::of(&known(record, "third", BaselineFit::Fits)), 0);
}
