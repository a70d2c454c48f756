//! Reports as the command writes them, beside each other and compared.

use std::{fs, path::Path, process::Output};

use serde_json::{Value, json};

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

/// Whatever is written: a file that is something else is refused before the run, and is as it was.
#[test]
fn nothing_but_our_own_is_overwritten() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    record(folder.path(), "record.json", &[]);
    let mine = folder.path().join("mine");
    let run = |arguments: &[&str]| {
        let output = pushproof().current_dir(folder.path()).args(arguments).output();
        output.expect("the command starts").status.code()
    };
    let before = "# My project\n\nIt has `\"format\": \"pushproof-record\"` in it.\n";
    for kind in ["json", "junit", "tap", "html", "markdown", "badge", "har", "ctrf"] {
        fs::write(&mine, before).expect("a file");
        let report = format!("{kind}=mine");
        assert_eq!(run(&["check", "--embedded", "--report", &report]), Some(2), "{kind}");
        let report = ["report", "record.json", "--report", &report];
        assert_eq!(run(&report), Some(2), "{kind}");
        assert_eq!(fs::read_to_string(&mine).expect("a file"), before, "{kind}");
        assert_eq!(run(&[&report[..], &["--force"]].concat()), Some(0), "{kind}");
        assert_ne!(fs::read_to_string(&mine).expect("a file"), before, "{kind}");
        // Its own report, once more.
        assert_eq!(run(&report), Some(0), "{kind}");
    }
    fs::write(&mine, "# what I want to do\n").expect("a file");
    let baseline = ["check", "--embedded", "--baseline", "./mine", "--write-baseline"];
    assert_eq!(run(&baseline), Some(2));
    assert_eq!(run(&[&baseline[..], &["--report", "json=mine", "--force"]].concat()), Some(2));
    assert_eq!(fs::read_to_string(&mine).expect("a file"), "# what I want to do\n");
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

#[test]
fn forged_records_are_refused_and_the_field_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = record(folder.path(), "broken.json", &["--defect", "link-ignored"]);
    let honest: Value = serde_json::from_slice(&fs::read(&path).expect("a record")).expect("JSON");
    let is = |value: &Value, name: &str, wanted: &str| value[name] == wanted;
    let cases = honest["scenarios"].as_array().expect("cases");
    let failed = cases.iter().position(|case| is(case, "verdict", "failed")).expect("a failed case");
    let steps = cases[failed]["steps"].as_array().expect("steps");
    let broken = steps.iter().position(|step| is(step, "verdict", "failed")).expect("a failed step");
    let clauses = honest["clauses"].as_array().expect("clauses");
    let clause = clauses.iter().position(|clause| is(clause, "verdict", "broken")).expect("a broken clause");

    let forgeries = [
        ("/verdict".to_owned(), json!("conformant"), "verdict".to_owned()),
        (format!("/clauses/{clause}/verdict"), json!("holds"), format!("clauses[{clause}].verdict")),
        (format!("/clauses/{clause}/level"), json!("open"), format!("clauses[{clause}].level")),
        (format!("/scenarios/{failed}/verdict"), json!("passed"), format!("scenarios[{failed}].verdict")),
        (
            format!("/scenarios/{failed}/steps/{broken}/verdict"),
            json!("passed"),
            format!("scenarios[{failed}].steps[{broken}].verdict"),
        ),
        (
            format!("/scenarios/{failed}/steps/{broken}/role"),
            json!("control"),
            format!("scenarios[{failed}].steps[{broken}].role"),
        ),
        (format!("/scenarios/{failed}/id"), json!("server/a\u{1}b"), format!("scenarios[{failed}].id")),
    ];
    let forged = folder.path().join("forged.json");
    let forged = forged.to_str().expect("UTF-8");
    for (pointer, value, field) in forgeries {
        let mut record = honest.clone();
        *record.pointer_mut(&pointer).expect("a field") = value;
        fs::write(forged, record.to_string()).expect("a file");
        for arguments in [vec!["report", forged], vec!["diff", &path, forged]] {
            let output = run(&arguments);
            assert_eq!(output.status.code(), Some(2), "{pointer}");
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(
                told.contains(&format!("forged.json is refused as a record: its field `{field}` says ")),
                "{told}"
            );
        }
    }
}

#[test]
fn what_is_no_record_ends_with_a_message() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("record.json");
    let named = path.to_str().expect("UTF-8");
    let refusals = [
        ("{".to_owned(), "EOF while parsing"),
        ("[".repeat(1_000_000), "recursion limit exceeded"),
        (format!("[{}0]", "0,".repeat(8_000_001)), "more than 8000000 JSON values"),
    ];
    for (text, message) in refusals {
        fs::write(&path, text).expect("a file");
        let output = run(&["report", named]);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(message));
    }
    let huge = fs::File::create(&path).expect("a file");
    huge.set_len(8 << 30).expect("a file with a hole");
    let output = run(&["report", named]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("larger than 256 MiB"));
}

#[test]
fn what_is_gone_is_worse_unless_it_may_be() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let old = record(folder.path(), "old.json", &[]);
    let new = record(folder.path(), "new.json", &["--without", "mail"]);
    assert_eq!(run(&["diff", &old, &new]).status.code(), Some(1));
    assert_eq!(run(&["diff", &old, &new, "--allow-gone"]).status.code(), Some(0));
    assert_eq!(run(&["diff", &new, &old]).status.code(), Some(0));

    let part = record(folder.path(), "part.json", &["--shard", "1/2"]);
    let output = run(&["diff", &old, &part]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("they differ in the part of the run: the old one has the whole"), "{told}");
}

/// A scenario of one's own that judges the other side is refused wherever it stands; others are judged, and their
/// records are read.
#[test]
fn scenarios_of_ones_own_judge_the_side_that_they_run_against() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(folder.path().join("own")).expect("a folder");
    let write = |clause: &str| {
        let step = format!("  - set_pusher: {{ by: alice.phone, pusher: main{clause} }}");
        let text = format!("title: Mine\nactors: {{ alice: [phone] }}\nsteps:\n{step}\n");
        fs::write(folder.path().join("own/mine.yaml"), text).expect("a file");
    };
    let check = || {
        let mut command = pushproof();
        command.current_dir(folder.path()).args(["check", "--embedded", "--strict", "--scenarios", "."]);
        command.args(["--run", "own/**", "--report", "json=r.json"]).output().expect("the command starts")
    };
    for (clause, message) in [
        (", clause: client.live", "the clause `client.live` binds clients, in a scenario about servers"),
        ("", "no step judges a clause"),
        (", clause: text.motivation", "the clause `text.motivation` cannot be tested"),
    ] {
        write(clause);
        let output = check();
        assert_eq!(output.status.code(), Some(2), "{clause}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(message), "{clause}");
    }
    write(", clause: pusher.state.optional");
    let output = check();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    assert!(shown.contains("✓ conformant (musts judged: 1 of "), "{shown}");
    let path = folder.path().join("r.json");
    let record: Value = serde_json::from_slice(&fs::read(&path).expect("a record")).expect("JSON");
    let own = record["scenarios"].as_array().expect("cases").iter().filter(|case| case["file"].is_string());
    assert_eq!(own.count(), 1);
    assert_eq!(run(&["report", path.to_str().expect("UTF-8")]).status.code(), Some(0));
}

/// What cannot be shown or written is told in the end, and keeps no report from being there.
#[test]
fn the_reports_are_there_whatever_else_cannot_be_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("record.json");
    let report = format!("json={}", path.display());
    let check = |change: &dyn Fn(&mut std::process::Command)| {
        let mut command = pushproof();
        command.current_dir(folder.path()).args(["check", "--embedded"]).args(RUN);
        command.args(["--report", &report]);
        change(&mut command);
        let output = command.output().expect("the command starts");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let record: Value = serde_json::from_slice(&fs::read(&path).expect("a record")).expect("JSON");
        assert_eq!(record["format"], "pushproof-record");
        fs::remove_file(&path).expect("it is there");
        (output.status.code(), told)
    };
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").expect("a device");
    let (code, told) = check(&|command| {
        command.stdout(full());
    });
    assert_eq!(code, Some(70), "{told}");
    assert!(told.contains("the report cannot be shown: "), "{told}");
    // Nobody asked for this one, and the verdict is worth more.
    for (defect, verdict) in [(None, 0), (Some("link-ignored"), 1)] {
        let (code, told) = check(&|command| {
            command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", "/dev/full");
            command.args(defect.into_iter().flat_map(|defect| ["--defect", defect]));
        });
        assert_eq!(code, Some(verdict), "{told}");
        assert!(told.contains("cannot be written to /dev/full, which GITHUB_STEP_SUMMARY names"), "{told}");
    }
}

/// A report to stdout stands with what else is written there, also where that is a file.
#[test]
fn a_report_to_stdout_takes_nothing_away() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("all.txt");
    let all = fs::File::create(&path).expect("a file");
    let mut command = pushproof();
    command.args(["check", "--embedded"]).args(RUN).args(["--report", "tap=/dev/stdout"]).stdout(all);
    assert_eq!(command.status().expect("the command starts").code(), Some(0));
    let text = fs::read_to_string(&path).expect("a file");
    assert!(text.contains("TAP version 14") && text.contains("conformant (musts judged"), "{text}");
}
