//! Reports as the command writes them, beside each other and compared.

use std::{fs, path::Path, process::Output};

use crate::support::pushproof;

const RUN: [&str; 2] = ["--run", "server/link/**"];

/// The record of a short run against the reference with these arguments.
fn record(folder: &Path, name: &str, args: &[&str]) -> String {
    let path = folder.join(name).to_str().expect("UTF-8").to_owned();
    let report = format!("json={path}");
    let output = pushproof()
        .args(["check", "--embedded"])
        .args(RUN)
        .args(args)
        .args(["--report", &report])
        .output()
        .expect("the command starts");
    assert!(Path::new(&path).exists(), "{}", String::from_utf8_lossy(&output.stderr));
    path
}

fn run(args: &[&str]) -> Output {
    pushproof().args(args).output().expect("the command starts")
}

#[test]
fn a_record_gives_the_reports_of_its_run_to_the_byte() {
    let kinds = ["json", "junit", "tap", "html", "markdown", "badge", "har", "ctrf"];
    let folder = tempfile::tempdir().expect("a temporary folder");
    let reports = |when: &str| -> Vec<String> {
        kinds
            .iter()
            .map(|kind| format!("{kind}={}", folder.path().join(format!("{when}-{kind}")).display()))
            .collect()
    };
    let mut command = pushproof();
    command.args(["check", "--embedded", "--defect", "link-ignored"]).args(RUN);
    for report in reports("run") {
        command.args(["--report", &report]);
    }
    assert_eq!(command.output().expect("the command starts").status.code(), Some(1));
    let mut command = pushproof();
    command.arg("report").arg(folder.path().join("run-json"));
    for report in reports("later") {
        command.args(["--report", &report]);
    }
    assert_eq!(command.output().expect("the command starts").status.code(), Some(0));
    for kind in kinds {
        let read = |when: &str| fs::read(folder.path().join(format!("{when}-{kind}"))).expect("a report");
        assert!(read("run") == read("later"), "{kind} differs");
        assert!(!read("run").is_empty(), "{kind} is empty");
    }
}

#[test]
fn records_are_compared_and_shown_side_by_side() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let healthy = record(folder.path(), "healthy.json", &[]);
    let broken = record(folder.path(), "broken.json", &["--defect", "link-ignored"]);
    let diff = |old: &str, new: &str| {
        let output = run(&["diff", old, new]);
        (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
    };
    let (code, text) = diff(&healthy, &broken);
    assert_eq!(code, Some(1));
    assert!(text.contains("pusher.link.rejected-on-set\n    holds → broken"), "{text}");
    assert_eq!(diff(&broken, &healthy).0, Some(0));
    assert_eq!(diff(&broken, &broken).0, Some(0));
    assert_eq!(diff(&broken, "/no/such/record").0, Some(2));

    let text = String::from_utf8(run(&["report", &healthy, &broken]).stdout).expect("UTF-8");
    assert!(text.contains("1: healthy") && text.contains("2: broken"), "{text}");
    let junit = format!("junit={}", folder.path().join("a.xml").display());
    let output = run(&["report", &healthy, &broken, "--report", &junit]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`junit` shows one record, and there are 2"));
}

#[test]
fn github_is_told_in_annotations_and_a_summary() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let summary = folder.path().join("summary");
    fs::write(&summary, "of another command\n").expect("a file");
    let output = pushproof()
        .args(["check", "--embedded", "--defect", "link-ignored"])
        .args(RUN)
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", &summary)
        .output()
        .expect("the command starts");
    assert_eq!(output.status.code(), Some(1));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(
        out.contains("\n::error ") && out.contains("pushproof%3A pusher.link.rejected-on-set::"),
        "{out}"
    );
    assert!(err.contains("::group::") && err.contains("::endgroup::"), "{err}");
    let summary = fs::read_to_string(&summary).expect("a file");
    assert!(summary.starts_with("of another command\n## ❌ not conformant"), "{summary}");
}
