//! Restarts of a homeserver by a command of the user's: what works, and what is told of commands that do not.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use pushproof_homeserver::{Homeserver, Options};
use pushproof_vocabulary::control::Control;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{check, pushproof, verdicts};

/// The scenarios that restart the homeserver, and need no mail.
const RESTARTING: &str = "server/pusher/state-survives-restart,server/pusher/state-survives-restart-silent,\
    server/pusher/state-survives-restart-told,server/pusher/migration-state,server/pusher/migration-told";

/// A reference homeserver, and pipes by which a restart command reaches it.
struct Served {
    url: String,
    folder: tempfile::TempDir,
}

/// What the one at the other end of the pipes does.
#[derive(Clone, Copy)]
enum Obeys {
    /// What is wanted.
    All,
    /// It restarts the homeserver as it is.
    Restarts,
    /// It stops the homeserver for good.
    Stops,
}

impl Served {
    async fn start(obeys: Obeys) -> Self {
        let options = Options { inspect: Some(([127, 0, 0, 1], 0).into()), ..Options::default() };
        let homeserver = Homeserver::start_with(options).await.expect("the reference starts");
        let url = homeserver.url().to_string();
        let folder = tempfile::tempdir().expect("a temporary folder");
        for pipe in ["wanted", "done"] {
            make_pipe(&folder.path().join(pipe));
        }
        let path = folder.path().to_owned();
        let runtime = tokio::runtime::Handle::current();
        // A thread of its own: it waits for commands for as long as the test runs.
        std::thread::spawn(move || {
            let mut homeserver = Some(homeserver);
            while let Ok(wanted) = fs::read_to_string(path.join("wanted")) {
                let legacy = Control::SetLegacy(wanted.trim() == "legacy");
                runtime.block_on(async {
                    let Some(running) = homeserver.take() else { return };
                    match obeys {
                        Obeys::Stops => return running.stop().await,
                        Obeys::Restarts => {}
                        Obeys::All => control(&running, &legacy).await,
                    }
                    control(&running, &Control::Restart {}).await;
                    homeserver = Some(running);
                });
                if fs::write(path.join("done"), "it was done\n").is_err() {
                    break;
                }
            }
        });
        Self { url, folder }
    }

    /// The command that asks at the pipe.
    fn command(&self) -> String {
        let folder = self.folder.path().display();
        format!(
            "echo \"$PUSHPROOF_RESTART\" > {folder}/wanted; cat {folder}/done >&2; echo \"now it is $PUSHPROOF_RESTART\" >&2"
        )
    }

    /// Checks it with these arguments; exit code and record.
    async fn check(&self, args: &[&str]) -> (Option<i32>, Value) {
        let args: Vec<String> =
            [&[&self.url, "--run", RESTARTING], args].concat().into_iter().map(str::to_owned).collect();
        let folder = self.folder.path().to_owned();
        let checked = tokio::task::spawn_blocking(move || {
            check(&args.iter().map(String::as_str).collect::<Vec<_>>(), &folder)
        });
        let (output, record) = checked.await.expect("the check");
        (output.status.code(), record)
    }
}

fn make_pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo runs").success());
}

pub(crate) async fn control(homeserver: &Homeserver, control: &Control) {
    homeserver.control(control.clone()).await.expect("it obeys");
}

/// The clauses that a restart is needed for, and what was said where a case could not go on.
fn told(code: Option<i32>, record: &Value) -> String {
    let clauses = verdicts(record);
    let clauses = clauses.lines().filter(|line| line.contains("restart") || line.contains("migration"));
    let mut lines = vec![format!("exit code {}", code.unwrap_or(-1))];
    lines.extend(clauses.map(str::to_owned));
    for scenario in record["scenarios"].as_array().expect("scenarios") {
        let excluded = [&scenario["excluded"]["reason"], &scenario["excluded"]["hint"]];
        let steps = scenario["steps"].as_array().expect("steps").iter();
        let stopped = steps
            .filter(|step| !["passed", "skipped"].contains(&step["verdict"].as_str().unwrap_or_default()));
        let of_steps = stopped.flat_map(|step| [&step["message"], &step["hint"]]);
        for text in excluded.into_iter().chain(of_steps).filter_map(Value::as_str) {
            if !lines.iter().any(|line| line == text) {
                lines.push(text.to_owned());
            }
        }
    }
    lines.join("\n")
}

/// What the command wrote, as the record has it.
fn logs(record: &Value) -> Vec<String> {
    let scenarios = record["scenarios"].as_array().expect("scenarios").iter();
    let steps = scenarios.flat_map(|scenario| scenario["steps"].as_array().expect("steps"));
    let evidence = steps.filter_map(|step| step["evidence"].as_array()).flatten();
    let logs = evidence.filter(|piece| piece["kind"] == "server-log");
    logs.filter_map(|piece| piece["text"].as_str().map(str::to_owned)).collect()
}

fn snapshot(name: &str, text: &str) {
    let filters = vec![
        (r"127\.0\.0\.1:\d+", "HOST"),
        (r"\(os error \d+\)", "(os error N)"),
        (r"\(line \d+\)", "(line N)"),
    ];
    insta::with_settings!({ filters => filters }, { insta::assert_snapshot!(name, text) });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_homeserver_that_is_restarted_as_is_wanted_is_judged() {
    let served = Served::start(Obeys::All).await;
    let (code, record) = served.check(&["--restart-cmd", &served.command()]).await;
    snapshot("restarted", &told(code, &record));
    assert_eq!(record["leftovers"], json!([]));
    let mut logs = logs(&record);
    logs.dedup();
    // A restart as it is for six cases, then one into each era for two.
    let written = |era: &str| format!("it was done\nnow it is {era}\n");
    assert!(logs.contains(&written("proposal")) && logs.contains(&written("legacy")), "{logs:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_homeserver_that_stays_as_it_is_is_not_judged_on_migration() {
    let served = Served::start(Obeys::Restarts).await;
    let (code, record) = served.check(&["--restart-cmd", &served.command()]).await;
    snapshot("restarted-as-it-is", &told(code, &record));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_homeserver_that_does_not_come_back_is_not_judged() {
    let served = Served::start(Obeys::Stops).await;
    let args = ["--restart-cmd", &served.command(), "--restart-patience", "5s"];
    let (code, record) = served.check(&args).await;
    snapshot("did-not-come-back", &told(code, &record));
}

#[rstest]
#[case::fails("fails", &["--restart-cmd", "echo no such service; exit 7"])]
#[case::hangs("hangs", &["--restart-cmd", "echo stopping; sleep 1000", "--restart-patience", "5s"])]
#[case::floods("floods", &["--restart-cmd", "seq 100000; exit 1"])]
#[case::not_offered("not-offered", &[])]
#[case::declared("declared", &["--without", "restart"])]
#[tokio::test(flavor = "multi_thread")]
async fn a_restart_that_cannot_be(#[case] name: &str, #[case] args: &[&str]) {
    let served = Served::start(Obeys::All).await;
    let (code, record) = served.check(args).await;
    snapshot(name, &told(code, &record));
    assert!(logs(&record).iter().all(|log| log.len() < 40_000), "a flood is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_restart_leaves_no_process_behind() {
    let served = Served::start(Obeys::All).await;
    let path: PathBuf = served.folder.path().join("pids");
    make_pipe(&path);
    let report = served.folder.path().join("record.json");
    // The command tells its own id and that of what it has started, which would outlive it.
    let command = format!("sleep 1000 & echo $$ $! > {}; wait", path.display());
    let mut child = pushproof()
        .args(["check", &served.url, "--run", RESTARTING, "--restart-cmd", &command])
        .args(["--report", &format!("json={}", report.display())])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command starts");
    let code = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        BufReader::new(fs::File::open(&path).expect("the pipe")).read_line(&mut line).expect("a line");
        kill("-INT", &child.id().to_string());
        let code = child.wait().expect("the command ends").code();
        let alive: Vec<&str> = line.split_whitespace().filter(|pid| is_alive(pid)).collect();
        assert_eq!(alive, [""; 0], "processes are left behind");
        code
    });
    assert_eq!(code.await.expect("the check"), Some(130));
    let record: Value = serde_json::from_slice(&fs::read(report).expect("a record")).expect("JSON");
    assert_eq!(record["interrupted"], true);
    assert_eq!(record["leftovers"][0]["what"], "the homeserver itself");
}

fn kill(signal: &str, pid: &str) {
    assert!(Command::new("kill").args([signal, pid]).status().expect("kill runs").success());
}

/// Whether a process is there and no mere remnant that nobody has waited for.
fn is_alive(pid: &str) -> bool {
    let state = Command::new("ps").args(["-o", "stat=", "-p", pid]).output().expect("ps runs");
    let state = String::from_utf8_lossy(&state.stdout).trim().to_owned();
    !state.is_empty() && !state.starts_with('Z')
}
