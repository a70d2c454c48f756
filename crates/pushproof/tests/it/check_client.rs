//! `pushproof check-client` judges a client by what it does: the reference client, broken ones, and drivers that only
//! pretend.

use std::{path::Path, process::Output};

use rstest::rstest;
use serde_json::Value;

use crate::support::{pushproof, verdicts};

/// Runs `check-client` with these arguments; its output and its record.
fn check_client(args: &[&str], folder: &Path) -> (Output, Value) {
    let path = folder.join("record.json");
    let report = format!("json={}", path.display());
    let output = pushproof()
        .args(["check-client", "--report", &report])
        .args(args)
        .output()
        .expect("the command starts");
    let text = std::fs::read(&path).unwrap_or_else(|error| {
        panic!("there is no record: {error}\n{}", String::from_utf8_lossy(&output.stderr))
    });
    (output, serde_json::from_slice(&text).expect("the record is JSON"))
}

/// The clauses with this verdict.
fn clauses_that_are(record: &Value, verdict: &str) -> Vec<String> {
    let clauses = record["clauses"].as_array().expect("clauses").iter();
    let found = clauses.filter(|clause| clause["verdict"] == verdict);
    found.map(|clause| clause["id"].as_str().expect("an id").to_owned()).collect()
}

#[rstest]
#[case("msc0000")]
#[case("msc3881")]
fn the_reference_client_keeps_to_every_clause(#[case] dialect: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (output, record) = check_client(&["--embedded", "--dialect", dialect, "--jobs", "24"], folder.path());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(record["subject"]["side"], "client");
    insta::assert_snapshot!("verdicts", verdicts(&record));
    let schema = include_str!("../../../../fixtures/schemas/record.json");
    let schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    assert!(validator.is_valid(&record), "the record keeps to the schema");
}

#[rstest]
#[case::silent("silent-without-event", "client/notify/no-event:message", "client.no-event-notifies")]
#[case::loud("pause-ignored", "client/notify/paused:message", "client.paused-silences")]
#[case::late("paused-notifies-late", "client/notify/paused:message", "client.paused-silences")]
#[case::very_late("paused-notifies-after-4s", "client/notify/paused:message", "client.paused-silences")]
#[case::lagging("rooms-before-settings", "client/notify/same-sync-*", "client.same-sync")]
#[case::half_done("first-pusher-toggled", "client/toggle/pusher", "client.toggle.state")]
#[case::flipped("toggle-flips", "client/toggle/pusher:already-silent", "client.toggle.state")]
#[case::flipped_by_settings("toggle-flips", "client/toggle/settings:already-silent", "client.toggle.paused")]
#[case::opposite_first("toggle-opposite-first", "client/toggle/pusher:silence", "client.toggle.state")]
#[case::opposite_settings_first(
    "toggle-opposite-first",
    "client/toggle/settings:silence",
    "client.toggle.paused"
)]
#[case::created_anew("toggle-creates-anew", "client/toggle/pusher:silence", "client.toggle.state")]
#[case::old_fields("toggle-as-at-start", "client/toggle/pusher-changing:fields", "client.toggle.state")]
#[case::old_list("toggle-as-at-start", "client/toggle/pusher-changing:added", "client.toggle.state")]
#[case::gone_pusher("toggle-as-at-start", "client/toggle/pusher-changing:removed", "client.toggle.state")]
#[case::ends_its_pause("event-resumed-later", "client/notify/paused-before-start", "client.paused-silences")]
fn a_broken_client_is_red(#[case] defect: &str, #[case] run: &str, #[case] clause: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (output, record) = check_client(&["--embedded", "--defect", defect, "--run", run], folder.path());
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(clauses_that_are(&record, "broken"), [clause]);
}

#[test]
fn a_client_that_writes_late_is_warned_of() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let args = ["--embedded", "--defect", "event-written-anew-later", "--run", "client/settings/kept"];
    let (output, record) = check_client(&args, folder.path());
    assert_eq!(
        clauses_that_are(&record, "warned"),
        ["client.ensures-event.keeps"],
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

/// A driver that says that it can do everything, and then answers each request with nothing.
const PRETENDS: &str = r#"while read -r line; do
  id=${line#*'"id":'}; id=${id%%,*}
  case $line in
    *'"initialize"'*) result='{"name":"none","version":"0","language":"sh","dialects":["*"],"capabilities":{"pusherless":true,"pusher":true,"list_pushers":true,"list_devices":true,"toggle":true,"restart":true},"effects":["sound","banner","lock_screen"],"kinds":["message","highlight","direct","invite","call","encrypted"]}' ;;
    *'"notifications"'*) result='{"notifications":[]}' ;;
    *'"list_pushers"'*) result='{"pushers":[]}' ;;
    *'"list_devices"'*) result='{"devices":[]}' ;;
    *) result='{}' ;;
  esac
  echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":$result}"
done"#;

/// A driver that declares nothing.
const IDLE: &str = r#"while read -r line; do
  id=${line#*'"id":'}; id=${id%%,*}
  echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":{\"name\":\"none\",\"version\":\"0\",\"language\":\"sh\",\"dialects\":[\"*\"],\"capabilities\":{}}}"
done"#;

#[rstest]
#[case::pretends(PRETENDS)]
#[case::idle(IDLE)]
#[case::gone("echo 'no configuration' >&2; exit 7")]
#[case::chatty("echo Hello; cat >/dev/null")]
fn a_driver_that_shows_nothing_is_never_conformant(#[case] script: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let args = ["--patience", "300ms", "--jobs", "24", "--", "sh", "-c", script];
    let (output, record) = check_client(&args, folder.path());
    let code = output.status.code();
    assert!(matches!(code, Some(1 | 3)), "{code:?}: {}", String::from_utf8_lossy(&output.stdout));
    let musts = ["client.paused-silences", "client.falsy-notifies", "client.no-event-notifies"];
    let held = clauses_that_are(&record, "holds");
    assert!(musts.iter().all(|must| !held.iter().any(|id| id == must)), "{held:?}");
}

#[test]
fn an_early_settle_leaves_the_run_unjudged_and_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = ["--patience", "300ms", "--run", "client/notify/paused:message", "--", "sh", "-c", PRETENDS];
    let (output, record) = check_client(&run, folder.path());
    assert_eq!(output.status.code(), Some(3));
    assert!(record["unjudgeable"][0].as_str().expect("a finding").contains("settle"), "{record:#}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(text.contains("before any /sync answer carried it"), "{text}");
}
