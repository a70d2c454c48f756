//! Homeservers that do not let go of what a run has made.

use std::path::Path;

use pushproof_homeserver::Options;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::{
    mischief::Mischief,
    proxy::{Point, Proxy},
};

const CASES: &str =
    "server/settings/pruned:*,server/pusher/remote-toggle-state,server/pusher/disabled-no-notify:message";

async fn check(proxy: &Proxy, folder: &Path, args: &[&str]) -> (Option<i32>, String, Value) {
    let url = proxy.url.to_string();
    let args: Vec<String> = [&url, "--run", CASES].iter().chain(args).map(ToString::to_string).collect();
    let folder = folder.to_owned();
    let checked = spawn_blocking(move || {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        crate::support::check(&args, &folder)
    });
    let (output, record) = checked.await.expect("the check");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned(), record)
}

/// Where `/logout/all` does nothing, or fails, every device is logged out by itself.
#[rstest::rstest]
#[case::it_pretends(Mischief::Pretend)]
#[case::it_fails(Mischief::Failure)]
#[tokio::test(flavor = "multi_thread")]
async fn a_broken_logout_of_all_is_made_up_for(#[case] mischief: Mischief) {
    let point = Point { method: "POST", path: "/logout/all", after: 0 };
    let proxy = Proxy::start(point, mischief).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (_, told, record) =
        check(&proxy, folder.path(), &["--skip", "server/settings/pruned:logout-all"]).await;
    assert_eq!(record["leftovers"], json!([]), "{told}");
    for (user_id, user) in proxy.users().await.as_object().expect("users") {
        assert_eq!(user["devices"], json!({}), "{user_id} is still logged in: {told}");
        assert_eq!(user["pushers"], json!([]), "{user_id} still has pushers: {told}");
    }
    proxy.stop().await;
}

/// Settings events of devices that are gone are emptied where they are not pruned, those of the detection too.
#[tokio::test(flavor = "multi_thread")]
async fn settings_events_do_not_stay() {
    let defects = ["logout", "deletion"].map(|name| format!("{name}-prunes-nothing"));
    let defects = defects.into_iter().chain(["deletions-prune-nothing".to_owned()]).collect();
    let options = Options { defects, ..Options::default() };
    let nowhere = Point { method: "TRACE", path: "/", after: 0 };
    let proxy = Proxy::before(options, nowhere, Mischief::Close).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (_, told, _) = check(&proxy, folder.path(), &["--patience", "2s"]).await;
    let users = proxy.users().await;
    assert!(users.as_object().expect("users").len() >= 3, "{told}");
    for (user_id, user) in users.as_object().expect("users") {
        let full =
            user["settings_events"].as_object().expect("events").values().find(|event| **event != json!({}));
        assert_eq!(full, None, "{user_id}: {told}");
    }
    proxy.stop().await;
}

#[rstest::rstest]
#[case::strictly(&["--strict-cleanup"], Some(1))]
#[case::not_strictly(&[], Some(0))]
#[tokio::test(flavor = "multi_thread")]
async fn what_stays_is_named_once_and_red_if_asked_for(#[case] args: &[&str], #[case] expected: Option<i32>) {
    let proxy = Proxy::start(Point { method: "POST", path: "/leave", after: 0 }, Mischief::Failure).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (code, told, record) = check(&proxy, folder.path(), args).await;
    proxy.stop().await;
    assert_eq!(code, expected, "{told}");
    let leftovers = record["leftovers"].as_array().expect("leftovers");
    assert_eq!(leftovers.len(), 1, "{leftovers:?}");
    assert!(
        leftovers[0]["what"].as_str().is_some_and(|what| what.contains("joined rooms of")),
        "{leftovers:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_became_administrator_is_named() {
    let proxy =
        Proxy::start(Point { method: "GET", path: "/admin", after: 0 }, Mischief::Administrator).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (code, told, record) = check(&proxy, folder.path(), &[]).await;
    proxy.stop().await;
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("became an administrator of the homeserver"), "{told}");
    let checks = record["preflight"].as_array().expect("checks").iter();
    assert_eq!(checks.filter(|check| check["check"] == "administrator").count(), 1);
    let left = &record["leftovers"][0];
    assert_eq!(left["what"], json!("1 administrator of the homeserver"), "{}", record["leftovers"]);
}
