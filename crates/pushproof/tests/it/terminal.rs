//! What a result looks like on terminals: coloured where it may be, and no wider than there is room.

use std::{fs, path::Path};

use rstest::rstest;

use crate::support::pushproof;

const ESCAPE: char = '\u{1b}';

/// The result of a run with every verdict, shown where the environment is this.
fn shown(environment: &[(&str, &str)]) -> String {
    let snapshot =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../pushproof-record/tests/snapshots/record.snap");
    let snapshot = fs::read_to_string(snapshot).expect("the record with every verdict is there");
    // Before the record stands what the snapshot is of.
    let record = snapshot.splitn(3, "---\n").nth(2).expect("a snapshot has a head");
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("record.json");
    fs::write(&path, record).expect("the record can be written");
    let mut command = pushproof();
    command.env_remove("NO_COLOR").env_remove("COLUMNS").env_remove("TERM").env_remove("CI");
    let output = command.arg("report").arg(&path).envs(environment.iter().copied()).output();
    String::from_utf8(output.expect("the command starts").stdout).expect("a result is UTF-8")
}

#[rstest]
#[case::into_a_file(&[], false)]
#[case::forced(&[("FORCE_COLOR", "1")], true)]
#[case::forced_off(&[("FORCE_COLOR", "0")], false)]
#[case::said_to_be_nothing(&[("FORCE_COLOR", "")], false)]
#[case::forbidden(&[("NO_COLOR", "1")], false)]
#[case::forbidden_and_forced(&[("NO_COLOR", "1"), ("FORCE_COLOR", "1")], false)]
#[case::dumb(&[("TERM", "dumb")], false)]
#[case::a_terminal_into_a_file(&[("TERM", "xterm-256color")], false)]
fn colours_are_as_the_user_has_them(#[case] environment: &[(&str, &str)], #[case] coloured: bool) {
    let text = shown(environment);
    assert_eq!(text.contains(ESCAPE), coloured, "{text}");
}

#[test]
fn colours_change_nothing_else() {
    let coloured = shown(&[("FORCE_COLOR", "1")]);
    let plain: String = anstream::adapter::strip_str(&coloured).to_string();
    assert_eq!(plain, shown(&[]));
}

#[rstest]
#[case::narrow("60")]
#[case::usual("100")]
#[case::wide("140")]
fn prose_keeps_to_the_width(#[case] columns: &str) {
    let text = shown(&[("COLUMNS", columns)]);
    let width: usize = columns.parse().expect("a number");
    // What cannot be broken sticks out: a line of curl, a name, a path, a value.
    let too_wide = text.lines().filter(|line| line.chars().count() > width);
    let prose: Vec<&str> =
        too_wide.filter(|line| !line.contains("curl") && line.split_whitespace().count() > 12).collect();
    assert!(prose.is_empty(), "{columns} columns: {prose:#?}");
}
