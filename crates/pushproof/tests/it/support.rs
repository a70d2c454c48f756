//! What the tests of the command share.

use std::{
    net::SocketAddr,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

/// The command in a clean environment.
pub(crate) fn pushproof() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pushproof"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PUSHPROOF_")) {
        command.env_remove(name);
    }
    // What runs these tests must not change what they find.
    for name in ["GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITLAB_CI", "BUILDKITE", "FORCE_COLOR"] {
        command.env_remove(name);
    }
    command.env("NO_COLOR", "1").env("COLUMNS", "100");
    command
}

/// An address that is free at the moment, for a mailbox that must be known before it is there.
pub(crate) fn free_address() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("a bound port")
}

/// Runs `check` with these arguments; its output and its record.
pub(crate) fn check(args: &[&str], folder: &Path) -> (Output, Value) {
    let path = folder.join("record.json");
    let report = format!("json={}", path.display());
    let output =
        pushproof().arg("check").args(args).args(["--report", &report]).output().expect("the command starts");
    let text = std::fs::read(&path).unwrap_or_else(|error| {
        panic!("there is no record: {error}\n{}", String::from_utf8_lossy(&output.stderr))
    });
    (output, serde_json::from_slice(&text).expect("the record is JSON"))
}

/// The verdict of every clause, a line each.
pub(crate) fn verdicts(record: &Value) -> String {
    let clauses = record["clauses"].as_array().expect("clauses");
    let lines = clauses.iter().map(|clause| {
        let text = |key: &str| clause[key].as_str().unwrap_or_default().to_owned();
        format!("{}: {}", text("id"), text("verdict"))
    });
    lines.collect::<Vec<_>>().join("\n")
}
