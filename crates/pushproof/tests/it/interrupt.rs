//! A run that is interrupted cleans up after itself and writes its record.

use pushproof_homeserver::{Homeserver, Options};
use rstest::rstest;
use serde_json::{Value, json};

#[cfg(unix)]
#[rstest]
#[case::from_the_keyboard("INT")]
#[case::with_the_terminal("HUP")]
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_leaves_nothing_behind(#[case] signal: &'static str) {
    let options = Options { inspect: Some(([127, 0, 0, 1], 0).into()), ..Options::default() };
    let homeserver = Homeserver::start_with(options).await.expect("the reference starts");
    let url = homeserver.url().to_string();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let within = folder.path().to_owned();

    let (code, told) = tokio::task::spawn_blocking(move || {
        let mut check = crate::support::checking(&[&url], &within);
        // The first case has ended: others are in the midst of theirs.
        check.wait_for("passed: ");
        check.signal(signal);
        (check.end().0, check.told())
    })
    .await
    .expect("the check");

    assert_eq!(code, Some(130), "{told}");
    let record = crate::support::record(folder.path());
    assert_eq!(record["interrupted"], json!(true));
    assert_eq!(record["verdict"], json!("not-judged"));
    assert_eq!(record["leftovers"], json!([]));
    let skipped =
        record["scenarios"].as_array().expect("scenarios").iter().filter(|s| s["verdict"] == "inconclusive");
    assert_ne!(skipped.count(), 0, "some cases did not come to their end");

    let inspect = homeserver.inspect_url().expect("an inspection port");

    let state: Value = fetch(inspect.join("/state").expect("a path").as_str()).await;
    let text = state.to_string();
    assert!(!text.contains("org.pushproof."), "pushers stay behind: {text}");
}

/// What was found until then is told; there is no matrix.
#[cfg(unix)]
#[test]
fn a_proof_is_interrupted() {
    let mut command = crate::support::pushproof();
    command.args(["prove", "--run", "server/settings/stored:*"]);
    let mut proof = crate::support::Underway::start(command);
    proof.wait_for("✓ ");
    proof.signal("INT");
    let (code, took) = proof.end();
    assert_eq!(code, Some(130), "{}", proof.told());
    assert!(took < std::time::Duration::from_secs(25), "{took:?}");
}

/// The JSON at an address.
async fn fetch(url: &str) -> Value {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let body = reqwest::get(url).await.expect("an answer").text().await.expect("a body");
    serde_json::from_str(&body).expect("JSON")
}
