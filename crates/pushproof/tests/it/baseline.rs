//! `--baseline`: written, read again, kept true.

use std::path::Path;

use rstest::rstest;

use crate::support::{check, pushproof};

const RUN: [&str; 5] =
    ["--embedded", "--run", "server/link/rejected-on-create", "--run", "server/pusher/state-optional"];
const CASE: &str = "server/link/rejected-on-create:own-device";

fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&RUN, more].concat()
}

#[test]
fn a_baseline_is_written_kept_and_held() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("baseline.yaml");
    let baseline = ["--baseline", path.to_str().expect("UTF-8")];
    let broken = ["--defect", "link-ignored"];
    let write = ["--write-baseline"];
    let text = || std::fs::read_to_string(&path).expect("the baseline is there");

    let (output, record) = check(&arguments(&[&baseline[..], &broken, &write].concat()), folder.path());
    assert_eq!(output.status.code(), Some(0), "what was just written fits");
    assert_eq!(record["verdict"], "not-conformant", "what is known is broken all the same");
    insta::assert_snapshot!("written", text());

    let explained = text().replace("not explained yet: POST /pushers/set was answered 200", "known, and");
    std::fs::write(&path, format!("# a note\n{explained}")).expect("the baseline is written");
    let (output, record) = check(&arguments(&[&baseline[..], &broken].concat()), folder.path());
    assert_eq!(output.status.code(), Some(0));
    let cases = record["scenarios"].as_array().expect("scenarios");
    let failed: Vec<_> = cases.iter().filter(|case| case["verdict"] == "failed").collect();
    assert!(!failed.is_empty() && failed.iter().all(|case| case["baseline"]["fit"] == "fits"), "{failed:#?}");
    let shown = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(
        shown.contains("! not conformant (musts judged: ")
            && shown.contains("), of what was selected, as the baseline says"),
        "{shown}"
    );

    let (output, _) = check(&arguments(&baseline), folder.path());
    assert_eq!(output.status.code(), Some(1), "an unexpected pass is red");

    let (_, _) = check(&arguments(&[&baseline[..], &broken, &write].concat()), folder.path());
    assert_eq!(text(), explained, "what people wrote is kept");
    let (output, _) = check(&arguments(&[&baseline[..], &write].concat()), folder.path());
    assert_eq!((output.status.code(), text().as_str()), (Some(0), "{}\n"), "nothing is known any more");
}

#[rstest]
#[case::unknown_case(
    "unknown-case",
    "server/link/rejected-on-create:own-devise",
    "fails: [{ step: set_pusher }]"
)]
#[case::unknown_field("unknown-field", CASE, "expiry: \"2027-01-01\"")]
#[case::unknown_clause("unknown-clause", CASE, "fails: [{ step: set_pusher, clause: pusher.link.rejected }]")]
#[case::unknown_step("unknown-step", CASE, "fails: [{ step: set_pushers }]")]
#[case::no_day("no-day", CASE, "expires: \"2027-02-30\"")]
#[case::unquoted_day("unquoted-day", CASE, "expires: 2027-02-01")]
#[case::no_failure("no-failure", CASE, "fails: []")]
fn mistakes_point_at_their_place(#[case] name: &str, #[case] case: &str, #[case] line: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = format!("{case}:\n  reason: it is ignored\n  {line}\n");
    std::fs::write(folder.path().join("baseline.yaml"), text).expect("the baseline is written");
    insta::assert_snapshot!(format!("baseline-{name}"), refused(folder.path()));
}

#[test]
fn a_missing_baseline_is_a_mistake_unless_it_is_to_be_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    insta::assert_snapshot!("baseline-missing", refused(folder.path()));
}

fn refused(folder: &Path) -> String {
    let arguments = arguments(&["--baseline", "baseline.yaml"]);
    let output = pushproof().current_dir(folder).arg("check").args(arguments).output();
    let output = output.expect("the command starts");
    let message = String::from_utf8(output.stderr).expect("messages are UTF-8");
    assert_eq!(output.status.code(), Some(2), "{message}");
    message
}
