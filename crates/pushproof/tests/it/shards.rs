//! A run in parts, and the parts put together.

use std::path::Path;

use serde_json::Value;

use crate::support::{check, pushproof, verdicts};

const RUN: [&str; 3] = ["--embedded", "--run", "server/link/**"];

/// Runs one shard; its record goes into a file of its own.
fn shard(name: &str, arguments: &[&str], folder: &Path) -> Value {
    let (_, record) = check(&[&RUN, arguments].concat(), folder);
    std::fs::rename(folder.join("record.json"), folder.join(name)).expect("the record is there");
    record
}

/// Puts records together: exit code, stdout, stderr.
fn report(names: &[&str], folder: &Path) -> (Option<i32>, String, String) {
    let run = |more: &[&str]| {
        let mut command = pushproof();
        command.current_dir(folder).arg("report").args(names).args(more).output().expect("the command starts")
    };
    let (output, shown) = (run(&["--report", "json=all.json"]), run(&[]));
    assert_eq!(output.status.code(), shown.status.code());
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(shown.stdout), text(output.stderr))
}

#[test]
fn shards_find_together_what_one_run_finds() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let whole = shard("whole.json", &[], folder);
    let first = shard("1.json", &["--shard", "1/2"], folder);
    let second = shard("2.json", &["--shard", "2/2"], folder);
    assert_eq!(first["shard"]["plan_digest"], second["shard"]["plan_digest"]);

    let (code, _, message) = report(&["2.json", "1.json"], folder);
    assert_eq!(code, Some(0), "{message}");
    let text = std::fs::read_to_string(folder.join("all.json")).expect("the report is written");
    let merged: Value = serde_json::from_str(&text).expect("the record is JSON");
    assert_eq!(verdicts(&merged), verdicts(&whole));
    assert_eq!(merged["verdict"], whole["verdict"]);

    let (code, shown, _) = report(&["1.json"], folder);
    assert_eq!(code, Some(3), "half of it is no verdict");
    assert!(shown.contains("shard 2 is missing"), "{shown}");
    assert!(shown.contains("the record of shard 2/2 is missing"), "{shown}");

    let (code, _, message) = report(&["1.json", "1.json"], folder);
    assert_eq!(code, Some(2));
    insta::assert_snapshot!("shard-twice", message);
    let (code, _, message) = report(&["1.json", "whole.json"], folder);
    assert_eq!(code, Some(2));
    insta::assert_snapshot!("shard-and-whole", message);
}

#[test]
fn the_variables_of_a_ci_are_asked_only_when_told_to() {
    let run = |arguments: &[&str]| {
        let mut command = pushproof();
        command.env("CI_NODE_INDEX", "1").env("CI_NODE_TOTAL", "64");
        let run = ["check", "--embedded", "--run", "server/names/advertised"];
        command.args(run).args(arguments).output().expect("the command starts")
    };
    let output = run(&["--shard", "auto"]);
    let message = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(4), "{message}");
    assert!(message.contains("nothing is selected that belongs to shard 1/64"), "{message}");
    assert_eq!(run(&[]).status.code(), Some(0));
}
