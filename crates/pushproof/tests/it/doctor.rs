//! `pushproof check-client --doctor` tells what is wrong with a driver, whatever that is, and leaves nothing behind.

use std::process::Output;

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::pushproof;

fn doctor(args: &[&str]) -> (Output, String) {
    let output =
        pushproof().args(["check-client", "--doctor"]).args(args).output().expect("the command starts");
    let text = String::from_utf8(output.stdout.clone()).expect("UTF-8");
    (output, text)
}

#[test]
fn the_reference_client_keeps_to_the_protocol() {
    let (output, text) = doctor(&["--embedded"]);
    assert_eq!(output.status.code(), Some(0), "{text}");
    insta::assert_snapshot!(text);
}

/// Answers every request with an empty result.
const EMPTY: &str = r#"while read -r line; do
  id=${line#*'"id":'}; id=${id%%,*}
  echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":{}}"
done"#;

#[rstest]
#[case::empty("empty", EMPTY)]
#[case::chatty("chatty", "echo Listening on port 80; echo 'this is the log' >&2; cat >/dev/null")]
#[case::gone("gone", "echo 'cannot find its configuration' >&2; exit 7")]
#[case::endless_line("endless-line", "tr '\\0' x </dev/zero")]
#[case::not_asked("not-asked", r#"echo '{"jsonrpc":"2.0","id":99,"result":{}}'; cat >/dev/null"#)]
fn what_is_wrong_with_a_driver_is_told(#[case] name: &str, #[case] script: &str) {
    let (output, text) = doctor(&["--", "sh", "-c", script]);
    assert_eq!(output.status.code(), Some(3), "{text}");
    insta::assert_snapshot!(name, text);
}

#[rstest]
#[case::none(&[])]
#[case::empty(&["--", ""])]
#[case::two(&["--embedded", "--", "true"])]
#[case::no_such_program(&["--", "/no/such/program"])]
#[case::no_such_defect(&["--defect", "nonsense"])]
fn what_names_no_client_is_a_mistake_of_usage(#[case] args: &[&str]) {
    let (output, _) = doctor(args);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The children of a driver go with it, also when they close nothing and listen to nobody.
#[cfg(target_os = "linux")]
#[test]
fn nothing_is_left_of_a_driver() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pid = folder.path().join("pid");
    let script =
        format!("trap '' TERM; sleep 1000 & echo $! >{}; echo nonsense; cat >/dev/null", pid.display());
    let (output, text) = doctor(&["--", "sh", "-c", &script]);
    assert_eq!(output.status.code(), Some(3), "{text}");
    let pid = std::fs::read_to_string(pid).expect("the driver says what it started");
    // One that was ended may still be listed until whoever inherited it has noticed.
    let status = std::fs::read_to_string(format!("/proc/{}/status", pid.trim())).unwrap_or_default();
    let state = status.lines().find(|line| line.starts_with("State:")).unwrap_or("State: gone");
    assert!(["State: gone", "State:\tZ (zombie)", "State:\tX (dead)"].contains(&state), "{state}");
}

/// The lines of the reference client, and those of the suite, keep to the schema.
#[test]
fn the_schema_knows_the_messages() {
    let schema: Value = serde_json::from_str(include_str!("../../../../fixtures/schemas/driver.json"))
        .expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    let mut driver = pushproof()
        .arg("client-driver")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("the command starts");
    let requests = [
        json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "protocol": 1 } }),
        json!({ "jsonrpc": "2.0", "id": 2, "method": "list_pushers", "params": {} }),
        json!({ "jsonrpc": "2.0", "id": 3, "method": "stop", "params": {} }),
    ];
    let lines: Vec<String> = requests.iter().map(Value::to_string).collect();
    let text = lines.join("\n") + "\n";
    let mut stdin = driver.stdin.take().expect("a pipe");
    std::io::Write::write_all(&mut stdin, text.as_bytes()).expect("the driver listens");
    drop(stdin);
    let output = driver.wait_with_output().expect("the driver ends");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let answers = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let messages: Vec<Value> = requests.into_iter().chain(answers).collect();
    assert_eq!(messages.len(), 6, "{text}");
    for message in messages {
        assert!(validator.is_valid(&message), "{message}");
    }
    let wrong = json!({ "jsonrpc": "2.0", "id": 1, "result": "nothing" });
    assert!(!validator.is_valid(&wrong), "{wrong}");
}
