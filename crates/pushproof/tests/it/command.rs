//! The command as its users meet it: what it says to mistakes, and with which exit code it ends.

use std::process::Output;

use rstest::rstest;

/// Runs the command.
fn pushproof(args: &[&str]) -> Output {
    crate::support::pushproof().args(args).output().expect("the command starts")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("no signal ended the command")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("messages are UTF-8")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("results are UTF-8")
}

#[rstest]
#[case::no_subject("no-subject", &["check"])]
#[case::empty_subject("empty-subject", &["check", ""])]
#[case::two_subjects("two-subjects", &["check", "http://localhost:1", "--embedded"])]
#[case::three_subjects("three-subjects", &["check", "http://localhost:1", "--embedded", "--container", "synapse"])]
#[case::no_address("no-address", &["check", "localhost:8008"])]
#[case::unknown_dialect("unknown-dialect", &["check", "--embedded", "--dialect", "msc9999"])]
#[case::unknown_lack("unknown-lack", &["check", "--embedded", "--without", "post"])]
#[case::unknown_defect("unknown-defect", &["check", "--embedded", "--defect", "nonsense"])]
#[case::secret_in_the_open("secret-in-the-open", &["check", "--embedded", "--registration", "token=abc"])]
#[case::unknown_registration("unknown-registration", &["check", "--embedded", "--registration", "magic"])]
#[case::missing_secret_file("missing-secret-file", &["check", "--embedded", "--registration", "token=@/nonexistent"])]
#[case::unknown_report("unknown-report", &["check", "--embedded", "--report", "pdf=out.pdf"])]
#[case::report_nowhere("report-nowhere", &["check", "--embedded", "--report", "json=/nonexistent/out.json"])]
#[case::pattern_without_scenario("pattern-without-scenario", &["check", "--embedded", "--run", "server/nothing/**"])]
#[case::bad_time("bad-time", &["check", "--embedded", "--patience", "10"])]
#[case::unknown_explained("unknown-explained", &["explain", "pusher.state.optionl"])]
#[case::lint_nothing("lint-nothing", &["lint", "/nonexistent"])]
fn mistakes_of_usage_are_told(#[case] name: &str, #[case] args: &[&str]) {
    let output = pushproof(args);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
    insta::assert_snapshot!(name, stderr(&output));
}

/// With the feature, it is the container engine that is missed; the subject is named rightly in either case.
#[test]
fn containers_are_told_of_where_there_can_be_none() {
    let command = ["check", "--container", "synapse"];
    let output = crate::support::pushproof()
        .args(command)
        .env("DOCKER_HOST", "unix:///nonexistent/engine.sock")
        .output()
        .expect("the command starts");
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    let name = if cfg!(feature = "container") { "no-container-engine" } else { "no-containers" };
    insta::assert_snapshot!(name, stderr(&output));
}

#[test]
fn selecting_nothing_is_no_success() {
    let output = pushproof(&["check", "--embedded", "--skip", "**"]);
    assert_eq!(code(&output), 4, "{}", stderr(&output));
}

#[rstest]
#[case("clauses")]
#[case("scenarios")]
#[case("dialects")]
#[case("defects")]
fn everything_can_be_listed_as_text_and_as_json(#[case] what: &str) {
    let text = pushproof(&["list", what]);
    assert_eq!(code(&text), 0, "{}", stderr(&text));
    let json = pushproof(&["list", what, "--json"]);
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&json.stdout).expect("the list is JSON");
    assert!(!rows.is_empty());
    assert_eq!(rows.len(), stdout(&text).lines().count());
}

#[test]
fn a_clause_is_explained_with_its_checks_and_its_defects() {
    let output = pushproof(&["explain", "pusher.state.default-on-update"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = stdout(&output);
    for part in ["level    must", "checked by", "broken by the defects"] {
        assert!(text.contains(part), "{part:?} is missing in:\n{text}");
    }
}
