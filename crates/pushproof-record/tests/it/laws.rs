//! Laws of the verdicts, over any run.

use proptest::prelude::*;
use pushproof_record::{
    ClauseVerdict, Policy, Record, StepVerdict, Verdict, exit_code,
    render::{Colour, Detail, TerminalOptions, rendering, terminal},
};
use pushproof_vocabulary::Level;

use crate::{
    renderings::red,
    run::{Run, control, judging},
};

const IDS: [&str; 3] = ["pusher.a", "settings.b", "names.c"];

fn any_level() -> impl Strategy<Value = Level> {
    prop::sample::select(vec![Level::Must, Level::Implied, Level::Open, Level::Untestable])
}

fn any_step() -> impl Strategy<Value = StepVerdict> {
    use StepVerdict::{Error, Failed, Inconclusive, NotApplicable, Passed, Skipped};
    // Passed more often than the rest, so that good verdicts come up too.
    prop::sample::select(vec![
        Passed,
        Passed,
        Passed,
        Passed,
        Failed,
        Inconclusive,
        Error,
        NotApplicable,
        Skipped,
    ])
}

/// The levels of three clauses, and cases of one step each: the clause that it judges and how it ended.
fn any_run() -> impl Strategy<Value = (Vec<Level>, Vec<(usize, StepVerdict)>, Policy)> {
    let policy = any::<(bool, bool)>().prop_map(|(strict, allow_unimplemented)| Policy {
        strict,
        allow_unimplemented,
        ..Policy::default()
    });
    let cases = prop::collection::vec((0..IDS.len(), any_step()), 0..8);
    (prop::collection::vec(any_level(), IDS.len()), cases, policy)
}

fn record(levels: &[Level], cases: &[(usize, StepVerdict)], policy: Policy) -> Record {
    let clauses: Vec<_> = IDS.iter().copied().zip(levels.iter().copied()).collect();
    let run = Run::of(&clauses).policy(policy);
    let run = cases.iter().enumerate().fold(run, |run, (n, (clause, verdict))| {
        run.case(&format!("a:{n}"), vec![judging(IDS[*clause], *verdict)])
    });
    run.record()
}

fn clause_verdicts(record: &Record) -> Vec<ClauseVerdict> {
    record.clauses.iter().map(|clause| clause.verdict).collect()
}

fn badness(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Conformant => 0,
        Verdict::NotJudged => 1,
        Verdict::NotConformant => 2,
        Verdict::NotImplemented => 3,
    }
}

/// A case whose control fails as a judged step does elsewhere.
#[test]
fn what_hides_many_cases_is_told_once_with_what_to_mend() {
    let mut run = Run::of(&[("pusher.a", Level::Must), ("pusher.b", Level::Must), ("pusher.c", Level::Must)]);
    run = run.case("server/a", vec![judging("pusher.a", StepVerdict::Failed)]);
    for (number, hidden) in ["pusher.b", "pusher.c", "pusher.b"].into_iter().enumerate() {
        let mut shown = control(StepVerdict::Failed);
        shown.0.step = "expect_pusher".to_owned();
        let steps = vec![shown, judging(hidden, StepVerdict::Skipped)];
        run = run.case(&format!("server/hidden:{number}"), steps);
    }
    // One alone is told of where it came to a halt.
    let mut other = control(StepVerdict::Inconclusive);
    other.0.step = "sync".to_owned();
    run = run.case("server/other", vec![other, judging("pusher.c", StepVerdict::Skipped)]);
    let record = run.record();
    let options = TerminalOptions { colour: Colour::Never, width: 400, detail: Detail::Brief };
    let texts = [
        terminal(&record, &options).to_string(),
        rendering("markdown", "a").unwrap().of(&record),
        rendering("html", "a").unwrap().of(&record),
        rendering("tap", "a").unwrap().of(&record),
        rendering("ctrf", "a").unwrap().of(&record),
    ];
    for text in texts {
        assert_eq!(text.matches("3 cases of 2 clauses could not be judged because of").count(), 1, "{text}");
        assert!(text.contains("mend pusher.a first (scenarios/"), "{text}");
        assert!(!text.contains("1 case of"), "{text}");
    }
}

proptest! {
    #[test]
    fn the_order_of_cases_changes_no_verdict((levels, cases, policy) in any_run()) {
        let reversed: Vec<_> = cases.iter().copied().rev().collect();
        let (one, other) = (record(&levels, &cases, policy), record(&levels, &reversed, policy));
        prop_assert_eq!(clause_verdicts(&one), clause_verdicts(&other));
        prop_assert_eq!(one.verdict, other.verdict);
    }

    #[test]
    fn a_conformant_run_has_judged_every_must((levels, cases, policy) in any_run()) {
        let record = record(&levels, &cases, policy);
        if record.verdict == Verdict::Conformant {
            for clause in record.clauses.iter().filter(|clause| clause.level == Level::Must) {
                prop_assert!(
                    matches!(clause.verdict, ClauseVerdict::Holds | ClauseVerdict::NotApplicable),
                    "{:?}", clause
                );
            }
            prop_assert!(cases.iter().any(|(_, step)| matches!(step, StepVerdict::Passed | StepVerdict::Failed)));
        }
    }

    #[test]
    fn a_good_clause_has_evidence((levels, cases, policy) in any_run()) {
        for (n, clause) in record(&levels, &cases, policy).clauses.iter().enumerate() {
            let ended = |verdict| cases.contains(&(n, verdict));
            match clause.verdict {
                ClauseVerdict::Holds => {
                    prop_assert!(ended(StepVerdict::Passed));
                    prop_assert!(!ended(StepVerdict::Failed) && !ended(StepVerdict::Inconclusive));
                }
                ClauseVerdict::Broken | ClauseVerdict::Warned => prop_assert!(ended(StepVerdict::Failed)),
                _ => {}
            }
        }
    }

    #[test]
    fn a_further_failure_makes_nothing_better((levels, cases, policy) in any_run(), clause in 0..IDS.len()) {
        let before = record(&levels, &cases, policy);
        let more: Vec<_> = cases.into_iter().chain([(clause, StepVerdict::Failed)]).collect();
        let after = record(&levels, &more, policy);
        // What was never looked at before may turn out well enough: a warning is a finding.
        let judged_before = before.clauses[clause].verdict != ClauseVerdict::NotJudged;
        if judged_before && before.clauses[clause].verdict != ClauseVerdict::NotApplicable {
            prop_assert!(badness(after.verdict) >= badness(before.verdict), "{:?}", after.clauses[clause]);
        }
        if levels[clause] == Level::Must {
            prop_assert_eq!(after.verdict, Verdict::NotConformant);
        }
    }

    #[test]
    fn being_strict_makes_nothing_better((levels, cases, policy) in any_run()) {
        let lenient = record(&levels, &cases, Policy { strict: false, ..policy });
        let strict = record(&levels, &cases, Policy { strict: true, ..policy });
        prop_assert!(badness(strict.verdict) >= badness(lenient.verdict));
        prop_assert_eq!(clause_verdicts(&strict), clause_verdicts(&lenient));
    }

    #[test]
    fn reports_for_other_tools_are_red_when_the_command_is((levels, cases, policy) in any_run()) {
        let record = record(&levels, &cases, policy);
        for kind in ["junit", "tap", "ctrf"] {
            prop_assert_eq!(red(kind, &record) > 0, exit_code::of(&record) != 0, "{} of {:?}", kind, record);
        }
    }
}
