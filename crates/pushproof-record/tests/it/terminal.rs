//! The report on a terminal.

use pushproof_record::{
    Record,
    render::{Colour, Detail, TerminalOptions, json, terminal},
};
use rstest::rstest;

use crate::{sample, snapshot::assert_snapshot};

fn shown(record: &Record, colour: Colour, width: usize, detail: Detail) -> String {
    terminal(record, &TerminalOptions { colour, width, detail }).to_string()
}

#[rstest]
#[case::narrow("everything-60", sample::everything(), 60, Detail::Brief)]
#[case::wide("everything-120", sample::everything(), 120, Detail::Brief)]
#[case::full("everything-full", sample::everything(), 120, Detail::Full)]
#[case::conformant("conformant", sample::conformant(), 100, Detail::Brief)]
#[case::unreachable("unreachable", sample::unreachable(), 100, Detail::Brief)]
#[case::unimplemented("unimplemented", sample::unimplemented(), 100, Detail::Brief)]
#[case::part("part", sample::part(), 100, Detail::Brief)]
#[case::doubtful("doubtful", sample::doubtful(), 100, Detail::Brief)]
fn reports(#[case] name: &str, #[case] record: Record, #[case] width: usize, #[case] detail: Detail) {
    let text = shown(&record, Colour::Never, width, detail);
    assert_snapshot(&format!("terminal-{name}"), &text);
}

#[test]
fn the_record_as_json() {
    assert_snapshot("record", &json(&sample::everything()));
}

#[test]
fn colours_change_no_word() {
    let record = sample::everything();
    let coloured = shown(&record, Colour::Always, 100, Detail::Full);
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, sequence)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = sequence.split_once('m').unwrap().1;
    }
    plain.push_str(rest);
    assert_ne!(plain, coloured);
    let trimmed: Vec<_> = plain.lines().map(str::trim_end).collect();
    assert_eq!(trimmed.join("\n") + "\n", shown(&record, Colour::Never, 100, Detail::Full));
}

#[rstest]
#[case(60)]
#[case(80)]
#[case(120)]
fn only_what_is_copied_is_wider_than_the_terminal(#[case] width: usize) {
    let text = shown(&sample::everything(), Colour::Never, width, Detail::Brief);
    assert!(text.lines().any(|line| line.chars().count() > width * 3 / 4));
    for line in text.lines().filter(|line| line.chars().count() > width) {
        let copied = ["again: ", "http://", "scenarios/", "server/", "pusher.", "settings."];
        assert!(copied.iter().any(|part| line.contains(part)), "{line}");
    }
}
