//! What the tests of the command share.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

/// The command that is tested: the one that PUSHPROOF names, such as a release build of the same sources, or that which cargo
/// has made for these tests.
pub(crate) fn binary() -> String {
    std::env::var("PUSHPROOF").unwrap_or_else(|_| env!("CARGO_BIN_EXE_pushproof").to_owned())
}

/// The command in a clean environment.
pub(crate) fn pushproof() -> Command {
    let mut command = Command::new(binary());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PUSHPROOF_")) {
        command.env_remove(name);
    }
    // What runs these tests must not change what they find.
    for name in
        ["GITHUB_ACTIONS", "GITHUB_RUN_ID", "GITHUB_STEP_SUMMARY", "GITLAB_CI", "BUILDKITE", "FORCE_COLOR"]
    {
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

/// How long something that must come is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// A command that is watched while it runs, and interrupted.
pub(crate) struct Underway {
    child: Child,
    stderr: Receiver<String>,
    said: Vec<String>,
}

impl Underway {
    /// Starts a command.
    pub(crate) fn start(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the command starts");
        let pipe = child.stderr.take().expect("a pipe");
        let (sender, stderr) = channel();
        thread::spawn(move || {
            let lines = BufReader::new(pipe).lines().map_while(Result::ok);
            // Err when nobody watches any more.
            lines.for_each(|line| drop(sender.send(line)));
        });
        Self { child, stderr, said: Vec::new() }
    }

    /// Waits for a line on stderr that has this.
    pub(crate) fn wait_for(&mut self, part: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let line = self.stderr.recv_timeout(end.saturating_duration_since(Instant::now()));
            let line = line.unwrap_or_else(|error| panic!("no {part:?}: {error}\n{}", self.told()));
            self.said.push(line);
            if self.said.last().is_some_and(|line| line.contains(part)) {
                return;
            }
        }
    }

    /// Sends SIGINT, or the signal of this name.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &id]).status().expect("kill runs");
        assert!(sent.success());
    }

    /// Waits for the end; the exit code and how long that took.
    pub(crate) fn end(&mut self) -> (Option<i32>, Duration) {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                self.said.extend(self.stderr.iter());
                return (status.code(), begun.elapsed());
            }
            if begun.elapsed() > PATIENCE {
                let _ = self.child.kill();
                panic!("it does not end:\n{}", self.told());
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// What it has written to stderr so far.
    pub(crate) fn told(&self) -> String {
        self.said.join("\n")
    }
}

/// Starts a `check` with these arguments; it writes its record into the folder.
pub(crate) fn checking(args: &[&str], folder: &Path) -> Underway {
    let mut command = pushproof();
    command
        .arg("check")
        .args(args)
        .args(["--report", &format!("json={}", folder.join("record.json").display())]);
    Underway::start(command)
}

/// The record that was written into a folder.
pub(crate) fn record(folder: &Path) -> Value {
    let text = std::fs::read(folder.join("record.json")).expect("a record");
    serde_json::from_slice(&text).expect("the record is JSON")
}
