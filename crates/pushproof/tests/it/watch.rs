//! What comes late breaks the step that found nothing, whatever is selected; and what is watched is in the record.

use rstest::rstest;
use serde_json::Value;

use crate::support::{check, pushproof};

/// The clauses that are broken, or warned of.
fn broken(record: &Value) -> Vec<&str> {
    let clauses = record["clauses"].as_array().expect("clauses");
    let broken =
        clauses.iter().filter(|clause| clause["verdict"] == "broken" || clause["verdict"] == "warned");
    broken.filter_map(|clause| clause["id"].as_str()).collect()
}

/// The steps of all cases.
fn steps(record: &Value) -> impl Iterator<Item = &Value> {
    let scenarios = record["scenarios"].as_array().expect("scenarios");
    scenarios.iter().flat_map(|scenario| scenario["steps"].as_array().expect("steps"))
}

#[rstest]
#[case::push(
    "disabled-notifies-after-4s",
    "server/pusher/disabled-no-notify:message",
    "pusher.disabled.no-notify"
)]
#[case::mail(
    "disabled-mails-after-4s",
    "server/pusher/disabled-no-email:message",
    "pusher.disabled.no-email"
)]
#[case::event_back("settings-back", "server/settings/pruned:logout", "settings.pruned.logout")]
#[case::event_of_another(
    "others-pruned-later",
    "server/settings/pruned-only-its-own",
    "settings.pruned.only-that-device"
)]
#[case::refused_set(
    "link-refused-but-applied-later",
    "server/link/rejected-on-update:own-device",
    "pusher.link.rejection-changes-nothing"
)]
#[case::refused_deletion(
    "link-refused-but-deletes-later",
    "server/link/rejected-on-update-email*",
    "pusher.link.rejection-changes-nothing"
)]
#[case::bad_state(
    "bad-state-refused-but-applied-later",
    "server/pusher/state-bad-type:string",
    "pusher.state.bad-type"
)]
#[case::pusher_back("deleted-comes-back", "server/pusher/state-deletion-by-another", "pusher.state.deletion")]
#[case::email_pusher_back(
    "deleted-email-comes-back",
    "server/pusher/state-deletion-email",
    "pusher.state.deletion"
)]
#[case::removed_pusher_back(
    "pushers-back-after-removal",
    "server/pusher/removed-with-device-list:logout",
    "pusher.removed-with-device"
)]
#[case::link(
    "link-follows-setter-later",
    "server/link/after-remote-toggle*",
    "pusher.link.after-remote-toggle"
)]
fn what_comes_late_is_red(#[case] defect: &str, #[case] run: &str, #[case] clause: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (output, record) = check(&["--embedded", "--defect", defect, "--run", run], folder.path());
    assert_eq!(broken(&record), [clause], "{}", String::from_utf8_lossy(&output.stdout));
}

#[rstest]
#[case::counts(
    "disabled-alone-counts",
    "server/pusher/disabled-no-counts:own-device",
    "pusher.disabled.no-counts"
)]
#[case::invites(
    "disabled-alone-invites",
    "server/pusher/disabled-no-notify-of-invites",
    "pusher.disabled.no-notify"
)]
#[case::calls("disabled-alone-calls", "server/pusher/disabled-no-notify:call", "pusher.disabled.no-notify")]
#[case::encrypted(
    "disabled-alone-encrypted",
    "server/pusher/disabled-no-notify:encrypted",
    "pusher.disabled.no-notify"
)]
#[case::on_disabling(
    "disabling-tells-counts",
    "server/pusher/disabled-no-notify:message",
    "pusher.disabled.no-notify"
)]
#[case::another_path(
    "disabled-notifies-other-path",
    "server/pusher/disabled-no-notify:message",
    "pusher.disabled.no-notify"
)]
#[case::another_app(
    "disabled-notifies-other-app",
    "server/pusher/disabled-no-notify:message",
    "pusher.disabled.no-notify"
)]
#[case::any_mail(
    "disabled-mails-hints",
    "server/pusher/disabled-no-email:message",
    "pusher.disabled.no-email"
)]
fn a_presence_is_never_excused(#[case] defect: &str, #[case] run: &str, #[case] clause: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let args = ["--embedded", "--defect", defect, "--run", run, "--patience", "2s"];
    let (output, record) = check(&args, folder.path());
    assert_eq!(broken(&record), [clause], "{}", String::from_utf8_lossy(&output.stdout));
}

#[rstest]
#[case::counts("no-counts", "server/pusher/disabled-no-counts")]
#[case::invites(
    "neither-invites-nor-calls",
    "server/pusher/disabled-no-notify-of-invites,server/pusher/disabled-no-notify:call"
)]
fn what_nobody_is_told_of_proves_nothing(#[case] variation: &str, #[case] run: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let args = ["--embedded", "--defect", variation, "--run", run, "--patience", "2s"];
    let (_, record) = check(&args, folder.path());
    let scenarios = record["scenarios"].as_array().expect("scenarios");
    let run: Vec<&Value> = scenarios.iter().filter(|scenario| scenario.get("excluded").is_none()).collect();
    assert!(!run.is_empty());
    for scenario in run {
        assert_eq!(scenario["verdict"], "not-applicable", "{scenario:#}");
    }
}

#[test]
fn the_record_says_how_long_was_watched() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run =
        "server/pusher/disabled-no-notify:message,server/settings/pruned:logout,server/pusher/state-deletion";
    let (_, record) = check(&["--embedded", "--watch", "2500ms", "--run", run], folder.path());
    assert_eq!(record["options"]["watch_ms"], 5000, "half of the patience is more");
    let (_, record) =
        check(&["--embedded", "--watch", "2500ms", "--patience", "4s", "--run", run], folder.path());
    assert_eq!(record["options"]["watch_ms"], 2500);
    let silences: Vec<u64> = steps(&record).filter_map(|step| step["silence"]["open_ms"].as_u64()).collect();
    let states: Vec<u64> = steps(&record).filter_map(|step| step["watched_ms"].as_u64()).collect();
    assert_eq!(silences.len(), 1);
    assert!(states.len() >= 2, "{states:?}");
    assert!(silences.iter().chain(&states).all(|watched| *watched >= 2500), "{silences:?}, {states:?}");
}

#[rstest]
#[case("1s", "at least 2 s")]
#[case("0s", "above 0")]
#[case("61m", "at most 60 minutes")]
#[case("99999999999999999999s", "at most a day")]
#[case("soon", "a number and a unit")]
fn a_watch_of_no_sense_is_refused(#[case] watch: &str, #[case] why: &str) {
    for command in ["check", "check-client"] {
        let output = pushproof().args([command, "--embedded", "--watch", watch]).output().expect("it starts");
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn explain_says_how_long_silence_is_watched() {
    for clause in ["pusher.disabled.no-notify", "settings.pruned.logout", "client.paused-silences"] {
        let output = pushproof().args(["explain", clause]).output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("at least 5 s (--watch)"), "{said}");
    }
}
