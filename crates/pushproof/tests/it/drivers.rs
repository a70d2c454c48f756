//! Drivers that die, hang, flood or talk nonsense: the trial ends in time, names what was wrong, judges nothing, has what
//! the driver logged, and leaves no process behind.

use std::{
    fmt::Write,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rstest::rstest;
use serde_json::Value;

use crate::support::{Underway, pushproof, record};

/// Ample for a trial of a second, on a machine that has other things to do.
const AMPLE: Duration = Duration::from_mins(1);

/// A driver that answers in the right form until it is asked for a method; what it does then.
fn until(method: &str, does: &str) -> String {
    let declares = r#"{"name":"none","version":"0","language":"sh","dialects":["*"],"capabilities":{"pusherless":true},"effects":["banner"],"kinds":["message"]}"#;
    let mut script =
        String::from("while read -r line; do\n  id=${line#*'\"id\":'}; id=${id%%,*}\n  result={}\n");
    let _ = writeln!(script, "  case $line in");
    let _ = writeln!(script, "    *'\"{method}\"'*) {does} ;;");
    let _ = writeln!(script, "    *'\"initialize\"'*) result='{declares}' ;;");
    let _ = writeln!(script, "    *'\"notifications\"'*) result='{{\"notifications\":[]}}' ;;");
    let _ = writeln!(script, "  esac");
    let _ = writeln!(script, r#"  echo "{{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":$result}}""#);
    script + "done"
}

/// Tries a driver that need not be waited for; what the command says, and the record.
fn tried(script: &str, folder: &Path) -> (String, Value) {
    tried_for("30s", script, folder)
}

/// Tries a driver, each of whose answers is waited for so long.
fn tried_for(patience: &str, script: &str, folder: &Path) -> (String, Value) {
    let (record, processes) = (folder.join("record.json"), folder.join("processes"));
    let log = r#"echo "driver $$" | tee -a "$processes" >&2"#;
    let script = format!("processes='{}'; {log}\n{script}", processes.display());
    let begun = Instant::now();
    let output = pushproof()
        .args(["check-client", "--run", "client/notify/paused:message", "--patience", "300ms"])
        .args(["--driver-patience", patience, "--report", &format!("json={}", record.display())])
        .args(["--", "sh", "-c", &script])
        .output()
        .expect("the command starts");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(begun.elapsed() < AMPLE, "it took {:?}", begun.elapsed());
    let record = std::fs::read(&record).expect("there is a record");
    (text, serde_json::from_slice(&record).expect("the record is JSON"))
}

/// One finding that names the driver, in what is said and in the record, beside the log; nothing judged, nothing left.
fn assert_not_judged(finding: &str, (text, record): &(String, Value), folder: &Path) {
    let spoken: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(spoken.contains(finding), "{finding} is not named:\n{text}");
    let whole = record.to_string();
    assert!(whole.contains(&finding.replace('"', "\\\"")), "{record:#}");
    let processes = std::fs::read_to_string(folder.join("processes")).expect("the driver says who it is");
    for driver in processes.lines().filter(|process| process.starts_with("driver ")) {
        assert!(whole.contains(driver), "the log of {driver} is missing: {record:#}");
    }
    let schema = include_str!("../../../../fixtures/schemas/record.json");
    let schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
    assert!(jsonschema::is_valid(&schema, record), "the record is whole");
    assert_eq!(record["verdict"], "not-judged");
    let judged = |clause: &&Value| clause["verdict"] == "holds" || clause["verdict"] == "broken";
    let clauses = record["clauses"].as_array().expect("clauses");
    assert_eq!(clauses.iter().find(judged), None);
    assert_all_gone(&processes);
}

/// Looks again and again until there is nothing to say against it.
fn wait_while(against: impl Fn() -> Option<String>) {
    let begun = Instant::now();
    while let Some(against) = against() {
        assert!(begun.elapsed() < AMPLE, "{against}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Every process, one a line, has ended, or does so soon: whoever inherits it has to notice.
fn assert_all_gone(processes: &str) {
    if !cfg!(target_os = "linux") {
        return;
    }
    let lives = |process: &&str| {
        let pid = process.split(' ').next_back().unwrap_or_default();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let state = status.lines().find(|line| line.starts_with("State:")).unwrap_or_default().to_owned();
        !(state.is_empty() || state.contains("zombie") || state.contains("dead"))
    };
    wait_while(|| processes.lines().find(lives).map(|process| format!("{process} is left over")));
}

#[rstest]
#[case::before_initialize("exit 7".to_owned(), "the driver ended before it answered `initialize`")]
#[case::in_initialize(until("initialize", "exit 7"), "the driver ended before it answered `initialize`")]
#[case::in_start(until("start", "exit 7"), "the driver ended before it answered `start`")]
#[case::in_settle(until("settle", "exit 7"), "the driver ended before it answered `settle`")]
#[case::closes_stdout("exec >&-; cat >/dev/null".to_owned(), "the driver ended before it answered `initialize`")]
fn one_that_dies(#[case] script: String, #[case] finding: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    assert_not_judged(finding, &tried(&script, folder.path()), folder.path());
}

/// A child in the driver's group that listens to nobody, and holds the driver's stdout and stderr open.
const CHILD: &str = r#"(trap '' TERM; exec sleep 1000) & echo "child $!" >>"$processes""#;

#[rstest]
#[case::at_once(format!("{CHILD}; exit 7"), "the driver ended before it answered `initialize`")]
#[case::in_start(until("start", &format!("{CHILD}; exit 7")), "the driver ended before it answered `start`")]
#[case::lives_itself(until("settle", &format!("{CHILD}; result=7")), "the driver's answer to `settle` is wrong")]
fn one_that_leaves_a_child_behind(#[case] script: String, #[case] finding: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    assert_not_judged(finding, &tried(&script, folder.path()), folder.path());
}

#[rstest]
#[case::initialize("the driver did not answer `initialize` within 2 s")]
#[case::start("the driver did not answer `start` within 4 s")]
#[case::settle("the driver did not answer `settle` within 2 s")]
fn one_that_never_answers(#[case] finding: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let method = finding.split('`').nth(1).expect("a method");
    let tried = tried_for("2s", &until(method, "continue"), folder.path());
    assert_not_judged(finding, &tried, folder.path());
}

#[rstest]
#[case::a_line("tr '\\0' x </dev/zero", "the driver wrote a line of more than 1048576 bytes")]
#[case::lines("yes", "the driver wrote a line that is no message of the protocol: \"y\"")]
#[case::empty_lines("yes ''", "the driver wrote a line that is no message of the protocol: \"\"")]
#[case::notifications(
    r#"yes '{"jsonrpc":"2.0","method":"notify","params":{"room_id":"!r","effects":["sound"]}}'"#,
    "the driver told of more than 10000 notifications"
)]
fn one_that_floods(#[case] flood: &str, #[case] finding: &str) {
    for script in [flood.to_owned(), until("start", flood)] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert_not_judged(finding, &tried(&script, folder.path()), folder.path());
    }
}

/// Of a flood on stderr the beginning and the end are kept.
#[test]
fn one_that_floods_its_log() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let flood = "yes 'on and on' | head -c 20000000 >&2; echo 'and the end' >&2; exit 7";
    let tried = tried(&until("start", flood), folder.path());
    assert_not_judged("the driver ended before it answered `start`", &tried, folder.path());
    let whole = tried.1.to_string();
    assert!(whole.contains("bytes left out") && whole.contains("and the end"), "{whole:.2000}");
    assert!(whole.len() < 1_000_000, "the record has {} bytes", whole.len());
}

#[rstest]
#[case::no_text(r"printf '\377\376\n'", "the driver wrote a line that is no message of the protocol")]
#[case::no_json("echo Hello", "the driver wrote a line that is no message of the protocol: \"Hello\"")]
#[case::no_message("echo '{\"hello\":1}'", "the driver wrote a line that is no message of the protocol")]
#[case::a_number("echo 7", "the driver wrote a line that is no message of the protocol: \"7\"")]
#[case::a_batch(
    r#"echo "[{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":{}}]""#,
    "the driver wrote a line that is no message of the protocol"
)]
#[case::deep(
    "head -c 100000 /dev/zero | tr '\\0' '['; echo",
    "the driver wrote a line that is no message of the protocol"
)]
#[case::wrong_id(
    r#"echo "{\"jsonrpc\":\"2.0\",\"id\":99,\"result\":{}}""#,
    "the driver answered a request with the id 99, which waits for no answer"
)]
#[case::twice(
    r#"echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":{}}"; echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":{}}""#,
    "which waits for no answer"
)]
fn one_that_talks_nonsense(#[case] nonsense: &str, #[case] finding: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    assert_not_judged(finding, &tried(&until("start", nonsense), folder.path()), folder.path());
}

#[test]
fn one_that_answers_everything_with_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tried = tried(&until("initialize", "result={}"), folder.path());
    assert_not_judged("the driver's answer to `initialize` is wrong", &tried, folder.path());
}

/// Whatever it is asked when the run is interrupted, and however deaf it is.
#[cfg(unix)]
#[rstest]
#[case("initialize")]
#[case("start")]
fn a_driver_that_hangs_does_not_keep_an_interrupted_trial(#[case] method: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (hangs, processes) = (folder.path().join("hangs"), folder.path().join("processes"));
    let hang = format!("trap '' TERM; : > '{}'; while :; do sleep 1; done", hangs.display());
    let script = format!("echo \"driver $$\" >> '{}'\n{}", processes.display(), until(method, &hang));
    let mut command = pushproof();
    let report = format!("json={}", folder.path().join("record.json").display());
    command.args(["check-client", "--run", "client/notify/paused:message", "--report", &report]);
    command.args(["--", "sh", "-c", &script]);
    let mut trial = Underway::start(command);
    wait_while(|| (!hangs.exists()).then(|| format!("it is not asked {method}")));
    trial.signal("INT");
    let (code, took) = trial.end();
    assert_eq!(code, Some(130), "{}", trial.told());
    assert!(took < Duration::from_secs(25), "{took:?}");
    let record = record(folder.path());
    assert_eq!(record["interrupted"], true);
    assert!(!record["scenarios"].as_array().expect("the plan").is_empty());
    assert_all_gone(&std::fs::read_to_string(&processes).expect("the driver says who it is"));
}
