//! Two records compared, and several side by side.

use pushproof_record::{
    Comparison, Record, StepVerdict as V,
    render::{Colour, Column, Detail, TerminalOptions, comparison, matrix, rendering},
};
use pushproof_vocabulary::Level;
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
#[case::unreachable("unreachable", sample::everything(), sample::unreachable(), true)]
#[case::recovered("recovered", sample::unreachable(), sample::everything(), false)]
fn differences(#[case] name: &str, #[case] old: Record, #[case] new: Record, #[case] regressed: bool) {
    assert_eq!(Comparison::of(&old, &new).has_regressed(), regressed);
    assert_snapshot(&format!("diff-{name}"), &comparison(&old, &new, &OPTIONS));
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
