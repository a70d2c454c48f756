//! A check of a bad subject, watched from outside: its time, its memory, its record.

use std::{process::Stdio, sync::LazyLock, time::Duration};

use serde_json::Value;
use tokio::io::AsyncReadExt;

use super::{
    mischief::Mischief,
    proxy::{Point, Proxy},
};

/// Cases that together ask for everything that the suite asks a homeserver for.
const CASES: &str = "server/link/rejected-on-create:own-device,server/pusher/disabled-counts-kept-*,\
    server/pusher/disabled-no-counts,server/pusher/disabled-no-notify:message,\
    server/pusher/disabled-no-notify-of-invites,server/pusher/remote-toggle-state,\
    server/pusher/state-always-returned:omitted,server/settings/pruned:*,server/settings/pruned-delete-devices,\
    server/settings/pruned-initial-sync,server/settings/pruned-incremental-sync,server/settings/stored:own-device";

/// The deadline of a request is five seconds with a patience of one, and a case asks a dozen times at most after its
/// subject has gone bad: what takes longer than this hangs.
const DEADLINE: Duration = Duration::from_secs(150);

/// The most memory that a run may take, in KiB.
const MEMORY_KIB: u64 = 400 * 1024;

/// The schema of records.
static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let schema = include_str!("../../../../../fixtures/schemas/record.json");
    let schema = serde_json::from_str(schema).expect("the schema is JSON");
    jsonschema::validator_for(&schema).expect("the schema is a schema")
});

/// How a check ended.
pub(super) struct Ended {
    pub(super) code: Option<i32>,
    pub(super) record: Value,
    stderr: String,
    peak_kib: u64,
}

/// Checks a subject that is healthy up to a point, and says what is wrong with how that ended.
pub(super) async fn check(point: Point, mischief: Mischief) -> Result<Ended, String> {
    check_cases(point, mischief, CASES).await
}

/// The same with these cases.
pub(super) async fn check_cases(point: Point, mischief: Mischief, cases: &str) -> Result<Ended, String> {
    let proxy = Proxy::start(point, mischief).await;
    let ended = watch(proxy.url.as_str(), &["--run", cases]).await;
    proxy.stop().await;
    ended
}

/// Checks a subject with these arguments, and says what is wrong with how that ended.
pub(super) async fn watch(url: &str, args: &[&str]) -> Result<Ended, String> {
    let ended = tokio::time::timeout(DEADLINE, run(url, args)).await;
    let ended = ended.map_err(|_| format!("it takes longer than {} s", DEADLINE.as_secs()))?;
    ended.look()?;
    Ok(ended)
}

async fn run(url: &str, args: &[&str]) -> Ended {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("record.json");
    let mut command = tokio::process::Command::from(crate::support::pushproof());
    command
        .args(["check", url, "--dialect", "msc0000", "--verbose"])
        .args(args)
        .args([
            "--patience",
            "1s",
            "--watch",
            "2s",
            "--max-wait",
            "2s",
            "--report",
            &format!("json={}", path.display()),
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().expect("the command starts");
    let id = child.id().expect("it has only just begun");
    let mut pipe = child.stderr.take().expect("a pipe");
    let mut stderr = String::new();
    let mut peak_kib = 0;
    let reading = pipe.read_to_string(&mut stderr);
    let watching = async {
        loop {
            // The high-water mark: what is missed is what comes after the last look.
            peak_kib = peak_kib.max(high_water_mark(id));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::select! {
        read = reading => drop(read.expect("UTF-8")),
        () = watching => {}
    }
    let status = child.wait().await.expect("it ends");
    let record = std::fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok());
    Ended { code: status.code(), record: record.unwrap_or_default(), stderr, peak_kib }
}

/// The most memory that a process ever had, in KiB; 0 where the system does not tell.
fn high_water_mark(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

impl Ended {
    /// What must hold of every end.
    fn look(&self) -> Result<(), String> {
        let told = || self.stderr.lines().rev().take(5).collect::<Vec<_>>().join(" | ");
        if !matches!(self.code, Some(0 | 1 | 3)) || self.stderr.contains("panicked") {
            return Err(format!("it ends with {:?}: {}", self.code, told()));
        }
        if self.peak_kib > MEMORY_KIB {
            return Err(format!("it took {} MiB", self.peak_kib / 1024));
        }
        if let Some(error) = SCHEMA.iter_errors(&self.record).next() {
            return Err(format!("its record does not fit the schema: {error}"));
        }
        let expected = match self.record["verdict"].as_str() {
            Some("conformant") => 0,
            Some("not-judged") => 3,
            _ => 1,
        };
        if self.code != Some(expected) {
            return Err(format!(
                "its record says {} and it ends with {:?}",
                self.record["verdict"], self.code
            ));
        }
        let silent = |scenario: &&Value| {
            let quiet = |step: &Value| step["verdict"] != "passed" && step["message"].is_null();
            let steps = scenario["steps"].as_array().map_or(&[][..], Vec::as_slice);
            scenario["excluded"].is_null() && (steps.is_empty() || steps.iter().any(quiet))
        };
        let scenarios = self.record["scenarios"].as_array().map_or(&[][..], Vec::as_slice);
        if scenarios.is_empty() {
            return Err("its record lacks the plan".to_owned());
        }
        match scenarios.iter().find(silent) {
            Some(scenario) => Err(format!("{} ended without a reason", scenario["id"])),
            None => Ok(()),
        }
    }

    /// The ids of the clauses that were found broken, or broken and only warned of.
    pub(super) fn broken(&self) -> Vec<&str> {
        let clauses = self.record["clauses"].as_array().map_or(&[][..], Vec::as_slice);
        let broken =
            clauses.iter().filter(|clause| matches!(clause["verdict"].as_str(), Some("broken" | "warned")));
        broken.filter_map(|clause| clause["id"].as_str()).collect()
    }

    /// The verdicts of the cases of scenarios whose ids begin so.
    pub(super) fn verdicts(&self, start: &str) -> Vec<&str> {
        let scenarios = self.record["scenarios"].as_array().map_or(&[][..], Vec::as_slice);
        let chosen = scenarios.iter().filter(|scenario| {
            scenario["excluded"].is_null() && scenario["id"].as_str().is_some_and(|id| id.starts_with(start))
        });
        chosen.filter_map(|scenario| scenario["verdict"].as_str()).collect()
    }

    /// Whether something of the selection is not judged. Where the proposal only implies it, a run that is not strict is
    /// conformant all the same, and says so.
    pub(super) fn is_in_doubt(&self) -> bool {
        let clauses = self.record["clauses"].as_array().map_or(&[][..], Vec::as_slice);
        clauses.iter().any(|clause| clause["verdict"] == "not-judged")
    }
}
