//! `pushproof prove` tells what it found of each defect, and is red when that is not what the defect declares.

use rstest::rstest;

use crate::support::pushproof;

#[rstest]
#[case::found("found", &["--defect", "link-ignored,link-refused-on-create-only,link-refused-as-unknown", "--run", "server/link/rejected-*"], 0)]
#[case::not_looked_for("not-looked-for", &["--defect", "link-ignored", "--run", "server/link/http-required"], 1)]
fn the_matrix_holds_what_was_found(#[case] name: &str, #[case] args: &[&str], #[case] code: i32) {
    let output = pushproof().arg("prove").args(args).output().expect("the command starts");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(code), "{text}{}", String::from_utf8_lossy(&output.stderr));
    insta::assert_snapshot!(name, text);
}

#[test]
fn an_unknown_defect_is_a_mistake_of_usage() {
    let output = pushproof().args(["prove", "--defect", "nonsense"]).output().expect("the command starts");
    assert_eq!(output.status.code(), Some(2));
}
