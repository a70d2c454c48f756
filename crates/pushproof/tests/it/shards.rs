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
fn shards_of_different_runs_are_not_put_together() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    shard("1.json", &["--shard", "1/2", "--run-id", "nightly-7"], folder);
    let honest = shard("2.json", &["--shard", "2/2", "--run-id", "nightly-7"], folder);
    assert_eq!(honest["run_id"], "nightly-7");
    assert_eq!(report(&["1.json", "2.json"], folder).0, Some(0));

    for (pointer, value, message) in [
        (
            "/run_id",
            Value::from("nightly-8"),
            "they differ in the id of the run (\"nightly-7\", \"nightly-8\")",
        ),
        (
            "/subject/url",
            "http://elsewhere:8008/".into(),
            "they differ in the subject's address (http://127.0.0.1, http://elsewhere)",
        ),
        ("/subject/version", "9.9".into(), "they differ in the version of the subject ("),
        ("/started", "2020-01-01T00:00:00Z".into(), "they differ in when they began ("),
        ("/options/seed", 7.into(), "they differ in the option `seed` (null, 7)"),
        ("/shard/total", 0.into(), "its field `shard.total` says 0, but "),
        ("/shard/total", 4_000_000_000_u32.into(), "its field `shard.total` says 4000000000, but "),
        ("/shard/index", 3.into(), "its field `shard.index` says 3, but "),
        ("/shard/index", 1.into(), "its field `scenarios["),
        ("/shard/plan_digest", "0f".into(), "its field `shard.plan_digest` says "),
    ] {
        let mut forged = honest.clone();
        *forged.pointer_mut(pointer).expect("a field") = value;
        std::fs::write(folder.join("2.json"), forged.to_string()).expect("a file");
        let (code, _, told) = report(&["1.json", "2.json"], folder);
        assert_eq!(code, Some(2), "{pointer}");
        assert!(told.contains(message), "{told}");
    }
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
