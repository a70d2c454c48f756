//! Two records compared, and several side by side.

use pushproof_record::{
    Comparison, Record, Selection, ShardNumber, StepVerdict as V,
    render::{Colour, Column, Detail, TerminalOptions, comparison, matrix, rendering},
};
use pushproof_vocabulary::{Level, Side};
use rstest::rstest;

use crate::{
    run::{Run, judging, reading, saying},
    sample,
    snapshot::assert_snapshot,
};

const OPTIONS: TerminalOptions = TerminalOptions { colour: Colour::Never, width: 100, detail: Detail::Brief };

fn run(state: V, link: V, open: &str) -> Run {
    Run::of(&[
        ("pusher.state.optional", Level::Must),
        ("pusher.link.http-required", Level::Must),
        ("pusher.state.null", Level::Open),
    ])
    .case("server/state:http", vec![saying(judging("pusher.state.optional", state), "answered 500")])
    .case("server/state:email", vec![judging("pusher.state.optional", V::Passed)])
    .case("server/link", vec![saying(judging("pusher.link.http-required", link), "it has no link")])
    .case("server/null", vec![reading(judging("pusher.state.null", V::Passed), open)])
}

/// The record with every verdict, of everything.
fn whole() -> Record {
    Record { selection: Selection::default(), ..sample::everything() }
}

fn before() -> Record {
    run(V::Passed, V::Failed, "refused").case("server/gone", Vec::new()).record()
}

fn after() -> Record {
    run(V::Failed, V::Passed, "ignored").case("server/new", Vec::new()).record()
}

#[rstest]
#[case::both_ways("mixed", before(), after(), true)]
#[case::same("same", before(), before(), false)]
#[case::fixed("fixed", run(V::Failed, V::Passed, "a").record(), run(V::Passed, V::Passed, "a").record(), false)]
#[case::unsure("unsure", run(V::Passed, V::Passed, "a").record(), run(V::Inconclusive, V::Passed, "a").record(), true)]
#[case::unreachable("unreachable", whole(), sample::unreachable(), true)]
#[case::recovered("recovered", sample::unreachable(), whole(), false)]
fn differences(#[case] name: &str, #[case] old: Record, #[case] new: Record, #[case] worse: bool) {
    let found = Comparison::of(&old, &new).unwrap();
    assert_eq!(found.is_worse(), worse);
    assert_snapshot(&format!("diff-{name}"), &comparison(&old, &new, &found, &OPTIONS));
}

/// What is judged no more may have been broken since.
#[rstest]
#[case::case_is_no_more(run(V::Passed, V::Passed, "a").case("server/gone", Vec::new()).record())]
#[case::another_case_is_no_more(further().record())]
fn what_is_gone_is_worse_unless_it_may_be(#[case] old: Record) {
    let found = Comparison::of(&old, &run(V::Passed, V::Passed, "a").record()).unwrap();
    assert!(found.is_worse());
    assert!(!found.allowing_gone(true).is_worse());
}

fn further() -> Run {
    run(V::Passed, V::Passed, "a").case("server/further", vec![judging("pusher.state.optional", V::Passed)])
}

#[rstest]
#[case::side(|run: &mut Run| run.started.side = Side::Client, "the side of the proposal: the old one has \"server\", the new one \"client\"")]
#[case::dialect(|run: &mut Run| run.facts.dialect = "stable".into(), "the dialect: the old one has msc3881, the new one stable")]
#[case::selection(
    |run: &mut Run| run.started.selection.run = vec!["server/**".into()],
    r#"what was selected: the old one has all scenarios, the new one {"run":["server/**"],"skip":[]}"#
)]
#[case::shard(
    |run: &mut Run| run.started.shard = Some(ShardNumber { index: 1, total: 2 }),
    "the part of the run: the old one has the whole, the new one shard 1/2"
)]
fn unlike_records_are_not_compared(#[case] change: fn(&mut Run), #[case] message: &str) {
    let mut other = run(V::Passed, V::Passed, "a");
    change(&mut other);
    let unlike = Comparison::of(&run(V::Passed, V::Passed, "a").record(), &other.record()).unwrap_err();
    assert_eq!(unlike.to_string(), format!("they differ in {message}"));
}

#[test]
fn a_whole_is_not_compared_with_one_that_lacks_a_shard() {
    let whole = run(V::Passed, V::Passed, "a").record();
    let lacking = Record { missing_shards: vec![2], ..whole.clone() };
    assert!(Comparison::of(&whole, &lacking).is_err());
}

fn columns() -> Vec<Column> {
    [
        ("everything", sample::everything()),
        ("conformant", sample::conformant()),
        ("without <the> proposal", sample::unimplemented()),
        ("unreachable", sample::unreachable()),
    ]
    .map(|(name, record)| Column { name: name.to_owned(), record })
    .into()
}

#[test]
fn several_records_make_a_matrix() {
    assert_snapshot("matrix", &matrix(&columns(), &OPTIONS));
    let narrow = TerminalOptions { width: 60, ..OPTIONS };
    assert_snapshot("matrix-60", &matrix(&columns(), &narrow));
    for (kind, ending) in [("markdown", "md"), ("html", "html")] {
        let text = rendering(kind, "a").unwrap().of_several(&columns()).unwrap();
        assert_snapshot(&format!("matrix.{ending}"), &text);
    }
    assert!(rendering("junit", "a").unwrap().of_several(&columns()).is_none());
}
