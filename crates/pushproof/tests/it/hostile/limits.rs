//! Homeservers that limit rates: what that costs is told at once and in few lines, the run gives up in time, and can be
//! interrupted at any moment.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::{
    mischief::Mischief,
    proxy::{Point, Proxy},
};
use crate::support::{checking, record};

/// The accounts of the preflight and of a few cases are made; for the others there is a limit.
const REGISTRATIONS: Point = Point { method: "POST", path: "/register", after: 9 };

fn leftovers(record: &Value) -> &Vec<Value> {
    record["leftovers"].as_array().expect("leftovers")
}

#[cfg(unix)]
#[rstest::rstest]
#[case::interrupt("INT")]
#[case::terminate("TERM")]
#[tokio::test(flavor = "multi_thread")]
async fn a_wait_is_interrupted(#[case] signal: &'static str) {
    let proxy = Proxy::start(REGISTRATIONS, Mischief::LimitOfSeconds).await;
    let url = proxy.url.to_string();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().to_owned();
    let (code, took, told) = spawn_blocking(move || {
        let mut check = checking(&[&url, "--max-wait", "10m", "--without", "mail"], &path);
        check.wait_for("the homeserver limits registrations: ");
        check.signal(signal);
        let (code, took) = check.end();
        (code, took, check.told())
    })
    .await
    .expect("the check");
    assert_eq!(code, Some(130), "{told}");
    assert!(took < Duration::from_secs(30), "{took:?}: {told}");
    let record = record(folder.path());
    assert_eq!(record["interrupted"], json!(true));
    assert_eq!(leftovers(&record), &Vec::<Value>::new());
    let silent = record["scenarios"].as_array().expect("scenarios").iter().find(|scenario| {
        scenario["excluded"].is_null()
            && scenario["steps"]
                .as_array()
                .expect("steps")
                .iter()
                .any(|step| step["verdict"] != "passed" && step["message"].is_null())
    });
    assert_eq!(silent, None, "every step that did not run says why");
    for (user_id, user) in proxy.users().await.as_object().expect("users") {
        assert_eq!(user["devices"], json!({}), "{user_id} is still logged in");
    }
    proxy.stop().await;
}

/// Each wait is short; together they are too long.
#[tokio::test(flavor = "multi_thread")]
async fn the_whole_waiting_has_an_end() {
    let proxy = Proxy::start(REGISTRATIONS, Mischief::LimitOfSeconds).await;
    let url = proxy.url.to_string();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().to_owned();
    let (code, took, told) = spawn_blocking(move || {
        let mut check = checking(&[&url, "--max-wait", "5s", "--without", "mail"], &path);
        let (code, took) = check.end();
        (code, took, check.told())
    })
    .await
    .expect("the check");
    proxy.stop().await;
    assert_eq!(code, Some(3), "{told}");
    assert!(took < Duration::from_secs(40), "{took:?}: {told}");
    assert!(told.contains("take about") && told.contains("`rc_registration` in Synapse"), "{told}");
    assert!(told.contains("--max-wait is 5 s"), "{told}");
    let lines =
        told.lines().filter(|line| line.contains("rate limits met") || line.contains("limits registrations"));
    assert!(lines.count() < 8, "{told}");
    let record = record(folder.path());
    let waited_ms = record["rate_limited"]["waited_ms"].as_u64().expect("a number");
    assert!((2_000..7_000).contains(&waited_ms), "many waits at once are one: {waited_ms} ms");
}

/// The second interruption does not wait for a clean-up that hangs, and names what stays once.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_second_interruption_ends_at_once() {
    let hang = Point { method: "GET", path: "/account/whoami", after: 0 };
    let proxy = Proxy::start(hang, Mischief::Hang).await;
    let url = proxy.url.to_string();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().to_owned();
    let (code, took, told) = spawn_blocking(move || {
        let mut check = checking(&[&url, "--without", "mail"], &path);
        check.wait_for("passed: ");
        check.signal("INT");
        check.wait_for("interrupted: cleaning up");
        check.signal("INT");
        let (code, took) = check.end();
        (code, took, check.told())
    })
    .await
    .expect("the check");
    proxy.stop().await;
    assert_eq!(code, Some(130), "{told}");
    assert!(took < Duration::from_secs(20), "{took:?}: {told}");
    let record = record(folder.path());
    assert_eq!(record["interrupted"], json!(true));
    let what: Vec<&str> = leftovers(&record).iter().filter_map(|left| left["what"].as_str()).collect();
    assert!(what.iter().any(|what| what.contains(" devices of ") && what.contains(" more)")), "{what:?}");
    assert!(what.len() < 8, "{what:?}");
}

/// A report that nobody reads blocks its writing; the third interruption ends even that.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_third_interruption_ends_what_blocks() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs");
    assert!(made.success());
    spawn_blocking(move || {
        // Both ends are open here, so that whoever opens it to write does not wait, and nobody reads.
        let both = std::fs::OpenOptions::new().read(true).write(true).open(&pipe).expect("the pipe opens");
        let report = format!("html={}", pipe.display());
        let mut check = checking(&["--embedded", "--report", &report], pipe.parent().expect("a folder"));
        check.wait_for("passed: ");
        for told in ["interrupted: ", "interrupted again"] {
            check.signal("INT");
            check.wait_for(told);
        }
        check.signal("INT");
        let (code, took) = check.end();
        drop(both);
        assert_eq!(code, Some(130), "{}", check.told());
        assert!(took < Duration::from_secs(20), "{took:?}");
    })
    .await
    .expect("the check");
}
