//! Shards put together again.

use pushproof_record::{
    ClauseVerdict, Event, Exclusion, MergeError, Policy, Record, ScenarioKey, ShardNumber, StepVerdict as V,
    Verdict, exit_code,
};
use pushproof_vocabulary::{ClauseId, Level};
use rstest::rstest;

use crate::run::{Run, judging};

const TOTAL: u32 = 3;

/// A case of each shard.
fn keys() -> Vec<ScenarioKey> {
    let of = |index| {
        let shard = ShardNumber { index, total: TOTAL };
        (0..10_000).map(|n| format!("server/case:{n}").parse().unwrap()).find(|key| shard.takes(key)).unwrap()
    };
    (1..=TOTAL).map(of).collect()
}

/// The run of one shard, in which its case ends so.
fn part(index: u32, verdict: V) -> Run {
    let mut run = Run::of(&[("pusher.a", Level::Must), ("pusher.b", Level::Must)]);
    run.started.shard = Some(ShardNumber { index, total: TOTAL });
    for (number, key) in (1..).zip(keys()) {
        let clause = if number == 1 { "pusher.a" } else { "pusher.b" };
        run = if number == index {
            run.case(&key.to_string(), vec![judging(clause, verdict)])
        } else {
            run.excluded(&key.to_string(), clause, Exclusion::NotSelected)
        };
    }
    run
}

fn named(runs: Vec<Run>) -> Vec<(String, Record)> {
    runs.into_iter().enumerate().map(|(n, run)| (format!("{}.json", n + 1), run.record())).collect()
}

fn merged(runs: Vec<Run>) -> Result<Record, MergeError> {
    Record::merge(named(runs), &part(1, V::Passed).started.catalogue)
}

fn verdict(record: &Record, clause: &str) -> ClauseVerdict {
    record.clauses.iter().find(|known| known.id == ClauseId(clause.into())).unwrap().verdict
}

#[test]
fn all_shards_make_the_record_of_the_whole() {
    assert_eq!(verdict(&part(3, V::Passed).record(), "pusher.a"), ClauseVerdict::NotSelected);
    let whole = merged(vec![part(3, V::Passed), part(1, V::Passed), part(2, V::Passed)]).unwrap();
    assert_eq!(whole.verdict, Verdict::Conformant);
    assert_eq!((whole.shard.as_ref(), whole.missing_shards.as_slice()), (None, &[][..]));
    assert!(whole.scenarios.iter().all(|case| case.excluded.is_none()));
    assert_eq!(exit_code::of(&whole), 0);
}

#[test]
fn what_one_shard_found_broken_is_broken() {
    let whole = merged(vec![part(1, V::Passed), part(2, V::Passed), part(3, V::Failed)]).unwrap();
    assert_eq!(verdict(&whole, "pusher.a"), ClauseVerdict::Holds);
    assert_eq!(verdict(&whole, "pusher.b"), ClauseVerdict::Broken);
    assert_eq!(exit_code::of(&whole), 1);
}

#[rstest]
#[case::one(&[1, 2], &[3])]
#[case::two(&[2], &[1, 3])]
fn without_a_shard_nothing_is_conformant(#[case] there: &[u32], #[case] missing: &[u32]) {
    let whole = merged(there.iter().map(|index| part(*index, V::Passed)).collect()).unwrap();
    assert_eq!(whole.missing_shards, missing);
    assert_eq!(verdict(&whole, "pusher.b"), ClauseVerdict::NotJudged);
    assert_eq!((whole.verdict, exit_code::of(&whole)), (Verdict::NotJudged, 3));
    let options = pushproof_record::render::TerminalOptions {
        colour: pushproof_record::render::Colour::Never,
        width: 100,
        detail: pushproof_record::render::Detail::Brief,
    };
    let text = pushproof_record::render::terminal(&whole, &options);
    crate::snapshot::assert_snapshot(&format!("shards-missing-{}", missing.len()), &text);
}

#[test]
fn an_interrupted_shard_interrupts_the_whole() {
    let mut second = part(2, V::Passed);
    second.more.push(Event::Interrupted);
    let whole = merged(vec![part(1, V::Passed), second, part(3, V::Passed)]).unwrap();
    assert_eq!(exit_code::of(&whole), 130);
}

#[test]
fn what_costs_time_adds_up() {
    let limited = |index| {
        let mut run = part(index, V::Passed);
        run.more.push(Event::RateLimited { waited_ms: 500 });
        run
    };
    let whole = merged((1..=TOTAL).map(limited).collect()).unwrap();
    assert_eq!((whole.rate_limited.count, whole.rate_limited.waited_ms), (3, 1_500));
    assert_eq!(whole.duration_ms, 14_200, "shards run side by side");
}

fn strict(run: Run) -> Run {
    run.policy(Policy { strict: true, ..Policy::default() })
}

/// The second part of a run, changed.
fn second(change: impl FnOnce(&mut Run)) -> Vec<Run> {
    let mut run = part(2, V::Passed);
    change(&mut run);
    vec![part(1, V::Passed), run]
}

/// The same of a run with an id.
fn with_ids(one: Option<&str>, other: Option<&str>, started: &str) -> Vec<Run> {
    let mut runs = second(|run| run.started.started = started.parse().unwrap());
    for (run, id) in runs.iter_mut().zip([one, other]) {
        run.started.run_id = id.map(str::to_owned);
    }
    runs
}

fn option(run: &mut Run, name: &str, value: serde_json::Value) {
    run.started.options.insert(name.to_owned(), value);
}

#[rstest]
#[case::twice(vec![part(1, V::Passed), part(1, V::Passed)], "1.json and 2.json are both shard 1/3")]
#[case::other_total(
    second(|run| run.started.shard = Some(ShardNumber { index: 2, total: 4 })),
    differ("the number of shards", "3", "4")
)]
#[case::other_step(
    second(|run| run.plan.as_mut().unwrap()[1].steps[0].source.line = 8),
    differ("what server/case:6 does", "The title of server/case", "The title of server/case")
)]
#[case::other_policy(
    vec![part(1, V::Passed), strict(part(2, V::Passed))],
    differ("how strictly they judge", r#"{"strict":false,"allow_unimplemented":false}"#, r#"{"strict":true,"allow_unimplemented":false}"#)
)]
#[case::other_version(
    second(|run| run.facts.version = Some("2".into())),
    differ("the version of the subject", "1.163.2", "2")
)]
#[case::other_name(second(|run| run.facts.name = Some("Palpo".into())), differ("the subject", "Synapse", "Palpo"))]
#[case::other_address(
    second(|run| run.started.url = "http://elsewhere:8008".into()),
    differ("the subject's address", "http://127.0.0.1:8008", "http://elsewhere:8008")
)]
#[case::other_side(
    second(|run| run.started.side = pushproof_vocabulary::Side::Client),
    differ("the side of the proposal", "\"server\"", "\"client\"")
)]
#[case::other_dialect(second(|run| run.facts.dialect = "stable".into()), differ("the dialect", "msc3881", "stable"))]
#[case::other_lack(
    second(|run| run.started.without = vec!["mail".into()]),
    differ("what the set-up lacks", "[]", "[\"mail\"]")
)]
#[case::other_option(
    second(|run| option(run, "patience_ms", 7.into())),
    differ("the option `patience_ms`", "none", "7")
)]
#[case::other_suite(
    second(|run| run.started.suite.version = "0.0.2".into()),
    differ("the suite", r#"{"name":"pushproof","version":"0.0.1"}"#, r#"{"name":"pushproof","version":"0.0.2"}"#)
)]
#[case::other_day(
    with_ids(None, None, "2026-11-25T21:00:00Z"),
    differ("when they began", "2026-11-23T21:00:00Z", "2026-11-25T21:00:00Z")
)]
#[case::other_year(
    with_ids(Some("7"), Some("7"), "2020-11-23T21:00:00Z"),
    differ("when they began", "2026-11-23T21:00:00Z", "2020-11-23T21:00:00Z")
)]
#[case::other_id(
    with_ids(Some("7"), Some("8"), "2026-11-23T21:00:00Z"),
    differ("the id of the run", "\"7\"", "\"8\"")
)]
#[case::no_id(
    with_ids(Some("7"), None, "2026-11-23T21:00:00Z"),
    differ("the id of the run", "\"7\"", "null")
)]
#[case::whole(second(|run| run.started.shard = None), "2.json is the record of a whole run, not of a shard")]
#[case::nothing(vec![], "there is no record")]
fn what_does_not_belong_together_is_refused(#[case] runs: Vec<Run>, #[case] message: impl AsRef<str>) {
    let error: MergeError = merged(runs).unwrap_err();
    assert_eq!(error.to_string(), message.as_ref());
}

fn differ(what: &str, one: &str, other: &str) -> String {
    format!("1.json and 2.json are not parts of one run: they differ in {what} ({one}, {other})")
}

#[rstest]
#[case::within_a_day(with_ids(None, None, "2026-11-24T20:00:00Z"))]
#[case::repeated_after_days(with_ids(Some("7"), Some("7"), "2026-11-26T21:00:00Z"))]
#[case::each_started_its_own({
    let mut runs = second(|run| run.started.url = "http://127.0.0.1:41007".into());
    for run in &mut runs {
        option(run, "embedded", true.into());
    }
    runs
})]
fn what_belongs_together_is_put_together(#[case] runs: Vec<Run>) {
    assert_eq!(merged(runs).unwrap().missing_shards, [3]);
}
