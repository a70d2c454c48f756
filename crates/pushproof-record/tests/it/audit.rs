//! Records that nobody's run can have written. Each forgery is refused, and the field is named.

use pushproof_record::{ClauseVerdict, Exclusion, Record, StepVerdict as V, Verdict, exit_code, render};
use pushproof_vocabulary::Level;
use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    run::{Run, canon_of, control, judging, read, saying, setup},
    sample,
};

/// A run in which one clause is broken and one holds.
fn honest() -> Run {
    let mut run =
        Run::of(&[("pusher.a", Level::Must), ("pusher.b", Level::Must), ("pusher.c", Level::Implied)]);
    run.started.without = vec!["mail".into()];
    run.case(
        "server/a:one",
        vec![setup(V::Passed), control(V::Passed), saying(judging("pusher.a", V::Failed), "answered 200")],
    )
    .case("server/a:two", vec![judging("pusher.a", V::Passed)])
    .case("server/b", vec![judging("pusher.b", V::Passed)])
    .excluded(
        "server/c",
        "pusher.c",
        Exclusion::NotApplicable { reason: "declared: --without mail".into() },
    )
}

fn written(record: &Record) -> Value {
    serde_json::from_str(&render::json(record)).unwrap()
}

fn refusal(record: &Value) -> String {
    read(record, &canon_of(&honest().record()))
        .map_or_else(|error| error.to_string(), |_| "accepted".to_owned())
}

#[rstest]
#[case::everything(sample::everything())]
#[case::conformant(sample::conformant())]
#[case::unreachable(sample::unreachable())]
#[case::unimplemented(sample::unimplemented())]
#[case::part(sample::part())]
#[case::doubtful(sample::doubtful())]
#[case::honest(honest().record())]
fn what_a_run_wrote_is_read_as_it_was(#[case] record: Record) {
    assert_eq!(read(&written(&record), &canon_of(&record)).unwrap(), record);
}

#[rstest]
#[case::verdict_of_the_run("/verdict", json!("conformant"), "verdict")]
#[case::verdict_of_a_clause("/clauses/0/verdict", json!("holds"), "clauses[0].verdict")]
#[case::verdict_of_a_case("/scenarios/0/verdict", json!("passed"), "scenarios[0].verdict")]
#[case::verdict_of_a_step("/scenarios/0/steps/2/verdict", json!("passed"), "scenarios[0].steps[2].verdict")]
#[case::level("/clauses/0/level", json!("open"), "clauses[0].level")]
#[case::level_untestable("/clauses/0/level", json!("untestable"), "clauses[0].level")]
#[case::side_of_a_clause("/clauses/0/side", json!("client"), "clauses[0].side")]
#[case::title_of_a_clause("/clauses/0/title", json!("Another one"), "clauses[0].title")]
#[case::order("/clauses/0/order", json!(7), "clauses[0].order")]
#[case::shows("/clauses/0/shows", json!("not at all"), "clauses[0].shows")]
#[case::cases_of_a_clause("/clauses/0/scenarios", json!(["server/a:two"]), "clauses[0].scenarios")]
#[case::reading("/clauses/0/reading", json!("refused"), "clauses[0].reading")]
#[case::reason("/clauses/0/reason", json!("it is known"), "clauses[0].reason")]
#[case::id_of_a_clause("/clauses/0/id", json!("pusher.z"), "clauses[0].id")]
#[case::role("/scenarios/0/steps/2/role", json!("control"), "scenarios[0].steps[2].role")]
#[case::role_without_clause("/scenarios/0/steps/1/role", json!("judging"), "scenarios[0].steps[1].role")]
#[case::clause_of_a_step("/scenarios/0/steps/2/clause", json!("pusher.c"), "scenarios[0].steps[2].clause")]
#[case::verb("/scenarios/0/steps/2/step", json!("send"), "scenarios[0].steps[2].step")]
#[case::given("/scenarios/0/steps/2/given", json!("pusher.b"), "scenarios[0].steps[2].given")]
#[case::line("/scenarios/0/steps/2/source/line", json!(9), "scenarios[0].steps[2].source.line")]
#[case::text("/scenarios/0/steps/2/source/text", json!("- send:"), "scenarios[0].steps[2].source.text")]
#[case::taken_back("/scenarios/0/steps/1/verdict", json!("inconclusive"), "scenarios[0].steps[1].verdict")]
#[case::not_selected("/scenarios/0/excluded", json!({ "why": "not-selected" }), "scenarios[0].duration_ms")]
#[case::not_applicable(
    "/scenarios/0/excluded",
    json!({ "why": "not-applicable", "reason": "declared" }),
    "scenarios[0].duration_ms"
)]
#[case::not_implemented(
    "/scenarios/3/excluded",
    json!({ "why": "not-implemented", "half": "pushers", "reason": "it lacks it" }),
    "scenarios[3].excluded"
)]
#[case::nothing_is_lacking("/subject/without", json!([]), "scenarios[3].excluded")]
#[case::side("/subject/side", json!("client"), "subject.side")]
#[case::title("/scenarios/0/title", json!("Another one"), "scenarios[0].title")]
#[case::name_of_a_case("/scenarios/0/id", json!("server/renamed"), "scenarios[0].id")]
#[case::steering_name("/scenarios/0/id", json!("server/\u{1b}[2J"), "scenarios[0].id")]
#[case::name_of_another_case("/scenarios/0/case", json!("two"), "scenarios[1].id")]
#[case::ambiguous_name("/scenarios/2/id", json!("server:b:c"), "scenarios[2].id")]
#[case::own_scenario("/scenarios/0/file", json!("mine/a.yaml"), "scenarios[0].file")]
#[case::half_of_the_shards("/missing_shards", json!([2, 1]), "missing_shards")]
#[case::no_shards("/shard", json!({ "index": 1, "total": 0, "plan_digest": "" }), "shard.total")]
#[case::many_shards("/shard", json!({ "index": 1, "total": 4_000_000_000_u32, "plan_digest": "" }), "shard.total")]
#[case::beyond_the_last_shard("/shard", json!({ "index": 3, "total": 2, "plan_digest": "" }), "shard.index")]
#[case::no_first_shard("/shard", json!({ "index": 0, "total": 2, "plan_digest": "" }), "shard.index")]
#[case::other_plan("/shard", json!({ "index": 1, "total": 1, "plan_digest": "0f" }), "shard.plan_digest")]
#[case::long_run("/duration_ms", json!(u64::MAX), "duration_ms")]
#[case::long_case("/scenarios/0/duration_ms", json!(15_000), "scenarios[0].duration_ms")]
#[case::long_step("/scenarios/0/steps/0/duration_ms", json!(u64::MAX), "scenarios[0].steps[0].duration_ms")]
#[case::late_step("/scenarios/0/steps/0/at_ms", json!(1_u64 << 62), "scenarios[0].steps[0].at_ms")]
#[case::long_waits("/rate_limited/waited_ms", json!(u64::MAX), "rate_limited.waited_ms")]
#[case::known_failure(
    "/scenarios/0/baseline",
    json!({ "fit": "fits", "reason": "known" }),
    "scenarios[0].baseline.fit"
)]
#[case::known_otherwise(
    "/scenarios/0/baseline",
    json!({ "fit": "fits", "reason": "known", "fails": [{ "step": "send" }] }),
    "scenarios[0].baseline.fit"
)]
fn a_forged_field_is_refused_and_named(#[case] pointer: &str, #[case] forged: Value, #[case] field: &str) {
    let mut record = written(&honest().record());
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    record.pointer_mut(parent).unwrap()[name] = forged;
    let message = refusal(&record);
    assert!(message.starts_with(&format!("its field `{field}` says ")), "{message}");
}

#[rstest]
#[case::judging_step("/scenarios/0/steps", 2, "scenarios[0].steps")]
#[case::control("/scenarios/0/steps", 1, "scenarios[0].steps[1].step")]
#[case::case("/scenarios", 0, "scenarios")]
#[case::broken_clause("/clauses", 0, "clauses[0].id")]
#[case::last_clause("/clauses", 2, "clauses")]
fn what_was_removed_is_missed(#[case] pointer: &str, #[case] index: usize, #[case] field: &str) {
    let mut record = written(&honest().record());
    record.pointer_mut(pointer).unwrap().as_array_mut().unwrap().remove(index);
    let message = refusal(&record);
    assert!(message.starts_with(&format!("its field `{field}` says ")), "{message}");
}

#[rstest]
#[case::skipped(judging("pusher.b", V::Skipped))]
#[case::said(saying(judging("pusher.b", V::Skipped), "the run was interrupted"))]
fn an_interruption_cannot_be_hidden(#[case] last: crate::run::Step) {
    let mut run = Run::of(&[("pusher.b", Level::Must)]).case("server/b", vec![setup(V::Passed), last]);
    run.more.push(pushproof_record::Event::Interrupted);
    let record = run.record();
    let mut forged = written(&record);
    forged["interrupted"] = json!(false);
    let message = read(&forged, &canon_of(&record)).unwrap_err().to_string();
    assert!(message.starts_with("its field `interrupted` says false, but "), "{message}");
}

/// What a forger makes consistent is at least no better than its steps.
#[test]
fn a_case_that_nobody_left_out_leaves_the_run_not_judged() {
    let run = Run::of(&[("pusher.a", Level::Must), ("pusher.b", Level::Must)])
        .case("server/a", vec![judging("pusher.a", V::Passed)])
        .excluded("server/b", "pusher.b", Exclusion::NotSelected);
    assert_eq!(run.record().verdict, Verdict::NotJudged);
}

/// Levels and verdicts of another suite count for nothing: they are drawn anew, and that is told.
#[rstest]
#[case::older_version("version", "0.0.0")]
#[case::another_build("digest", "0f0f")]
fn another_suite_is_judged_by_this_one(#[case] field: &str, #[case] value: &str) {
    let honest = honest().record();
    let mut record = written(&honest);
    record["suite"][field] = json!(value);
    record["verdict"] = json!("conformant");
    record["clauses"][0]["level"] = json!("open");
    record["clauses"][0]["verdict"] = json!("observed");
    record["scenarios"][2]["steps"][0]["clause"] = json!("pusher.gone");
    let read = read(&record, &canon_of(&honest)).unwrap();
    assert_eq!(read.verdict, Verdict::NotConformant);
    assert_eq!((read.clauses[0].level, read.clauses[0].verdict), (Level::Must, ClauseVerdict::Broken));
    assert_eq!(read.clauses[1].verdict, ClauseVerdict::NotJudged);
    let anew = read.judged_anew.clone().unwrap();
    assert_eq!(anew.unknown.iter().map(ToString::to_string).collect::<Vec<_>>(), ["pusher.gone"]);
    assert_eq!(anew.otherwise.iter().map(ToString::to_string).collect::<Vec<_>>(), ["server/b"]);
    let markdown = render::rendering("markdown", "a").unwrap().of(&read);
    assert!(
        markdown.contains("judged anew by the clauses of pushproof 0.0.1, which has no pusher.gone"),
        "{markdown}"
    );
}

/// A baseline of another suite that does not say how cases fail excuses nothing.
#[test]
fn another_suite_excuses_nothing_without_saying_what() {
    let honest = honest().record();
    let mut record = written(&honest);
    record["suite"]["version"] = json!("0.0.0");
    record["scenarios"][0]["baseline"] = json!({ "fit": "fits", "reason": "known" });
    assert_eq!(exit_code::of(&read(&record, &canon_of(&honest)).unwrap()), 1);
}

/// Scenarios of one's own are told by their file, and judged like all others.
#[test]
fn scenarios_of_ones_own_are_read() {
    let mut run = honest().case("own/d", vec![judging("pusher.b", V::Failed)]);
    run.plan.as_mut().unwrap().last_mut().unwrap().file = Some("mine/own/d.yaml".into());
    let record = run.record();
    let canon = canon_of(&record);
    assert_eq!(read(&written(&record), &canon).unwrap(), record);
    let mut nameless = written(&record);
    nameless["scenarios"][4].as_object_mut().unwrap().remove("file");
    let message = read(&nameless, &canon).unwrap_err().to_string();
    assert!(message.starts_with("its field `scenarios[4].id` says \"own/d\", but "), "{message}");
}

#[rstest]
#[case::negative("/duration_ms", json!(-1))]
#[case::negative_step("/scenarios/0/steps/0/duration_ms", json!(-1))]
#[case::fraction("/scenarios/0/steps/0/at_ms", json!(1.5))]
#[case::infinite_shards("/missing_shards", json!([1_u64 << 40]))]
fn numbers_that_are_none_are_refused(#[case] pointer: &str, #[case] number: Value) {
    let mut record = written(&honest().record());
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    record.pointer_mut(parent).unwrap()[name] = number;
    assert!(refusal(&record).starts_with("it is not as a record should be: "));
}

#[test]
fn what_is_too_large_or_too_deep_is_refused() {
    let canon = canon_of(&honest().record());
    let refusal = |text: &str| Record::read(text.as_bytes(), &canon).unwrap_err().to_string();
    let many = format!("[{}0]", "0,".repeat(Record::MOST_VALUES));
    assert_eq!(refusal(&many), "it has more than 8000000 JSON values, the most that a record may have");
    // Commas in texts are none.
    let text = serde_json::to_string(&",:[{\\\"".repeat(Record::MOST_VALUES / 4)).unwrap();
    assert!(refusal(&text).starts_with("it has no `format:"));
    let large = " ".repeat(Record::MOST_BYTES + 1);
    assert_eq!(refusal(&large), "it is larger than 256 MiB, the most that a record may have");
    let deep = "[".repeat(1_000_000);
    assert!(refusal(&deep).starts_with("it is not the JSON of a record: recursion limit exceeded"));
}

#[rstest]
#[case("run")]
#[case("skip")]
fn a_selection_has_no_more_patterns_than_can_be_tried(#[case] name: &str) {
    let mut record = written(&honest().record());
    record["selection"][name] = json!(vec!["server/**"; 10_001]);
    let told = refusal(&record);
    assert!(told.contains(&format!("`selection.{name}` says 10001")), "{told}");
}
