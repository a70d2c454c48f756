//! A run that is interrupted cleans up after itself and writes its record.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use pushproof_homeserver::{Homeserver, Options};
use serde_json::{Value, json};

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_leaves_nothing_behind() {
    let options = Options { inspect: Some(([127, 0, 0, 1], 0).into()), ..Options::default() };
    let homeserver = Homeserver::start_with(options).await.expect("the reference starts");
    let url = homeserver.url().to_string();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("record.json");
    let report = format!("json={}", path.display());

    let (code, rest) = tokio::task::spawn_blocking(move || {
        let mut check = crate::support::pushproof()
            .args(["check", &url, "--report", &report])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let mut stderr = BufReader::new(check.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
        // The first case has ended: others are in the midst of theirs.
        stderr.find(|line| line.starts_with("passed: ")).expect("a case ends");
        let killed =
            Command::new("kill").args(["-INT", &check.id().to_string()]).status().expect("kill runs");
        assert!(killed.success());
        let rest: Vec<String> = stderr.collect();
        (check.wait().expect("the command ends").code(), rest)
    })
    .await
    .expect("the check");

    assert_eq!(code, Some(130), "{rest:?}");
    let record: Value = serde_json::from_slice(&std::fs::read(&path).expect("a record")).expect("JSON");
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

/// The JSON at an address.
async fn fetch(url: &str) -> Value {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let body = reqwest::get(url).await.expect("an answer").text().await.expect("a body");
    serde_json::from_str(&body).expect("JSON")
}
