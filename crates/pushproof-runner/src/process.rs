//! Processes that a run starts. Each leads a group of its own, so that what it starts in turn can be ended with it. The
//! only place that knows of groups and signals.

use std::{
    collections::BTreeSet,
    io,
    process::Stdio,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::{Child, Command},
    task::JoinHandle,
};

/// The groups that are to be ended with the run.
static LIVE: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// Ends every process that a run has started and not let go. For a program that is about to exit without the run
/// coming to its end.
pub fn end_processes() {
    let live = std::mem::take(&mut *LIVE.lock().expect("no holder of this lock panics"));
    live.into_iter().for_each(end_group);
}

/// The variables in which the suite is given secrets that are nobody else's.
const SECRETS: [&str; 2] = ["PUSHPROOF_REGISTRATION", "PUSHPROOF_INSPECT_TOKEN"];

/// A command of the user's for the shell.
#[must_use]
pub(crate) fn shell(command: &str) -> Command {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut shell = Command::new(shell);
    shell.arg(flag).arg(command);
    for secret in SECRETS {
        shell.env_remove(secret);
    }
    shell
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// With success. What it has left behind lives on.
    Well,
    /// With a failure, or it did not even start; how, as in "ended with exit status: 1".
    Badly(String),
    /// Not before the deadline.
    Late,
}

/// How long the output of a command that has ended is waited for: what it has left behind may hold the pipes for long.
pub(crate) const LAST_WORDS: Duration = Duration::from_millis(200);

/// Runs a command to its end, and gives what it wrote. Unless it succeeds, nothing of it is left.
pub(crate) async fn run(mut command: Command, deadline: Instant) -> (Ended, String) {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut group = match Group::start(command) {
        Ok(group) => group,
        Err(error) => return (Ended::Badly(format!("cannot be started: {error}")), String::new()),
    };
    let output = Output::default();
    let stdout = group.child.stdout.take().map(|pipe| output.drain(pipe));
    let stderr = group.child.stderr.take().map(|pipe| output.drain(pipe));
    let ended = match tokio::time::timeout_at(deadline.into(), group.child.wait()).await {
        Err(_) => Ended::Late,
        Ok(Err(error)) => Ended::Badly(format!("cannot be waited for: {error}")),
        Ok(Ok(status)) if status.success() => Ended::Well,
        Ok(Ok(status)) => Ended::Badly(format!("ended with {status}")),
    };
    match ended {
        Ended::Well => group.let_go(),
        Ended::Badly(_) | Ended::Late => drop(group),
    }
    let closed = futures_util::future::join_all(stdout.into_iter().chain(stderr));
    let _ = tokio::time::timeout(LAST_WORDS, closed).await;
    (ended, output.text())
}

/// A process and the group that it leads. Dropping it ends the whole group at once.
#[derive(Debug)]
pub(crate) struct Group {
    /// The process.
    pub child: Child,
    id: u32,
}

impl Group {
    /// Starts a process.
    pub(crate) fn start(mut command: Command) -> io::Result<Self> {
        command.kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let child = command.spawn()?;
        let id = child.id().unwrap_or_default();
        LIVE.lock().expect("no holder of this lock panics").insert(id);
        Ok(Self { child, id })
    }

    /// Asks the whole group to end.
    pub(crate) fn ask_to_end(&self) {
        signal_group(self.id, Asking::ToEnd);
    }

    /// Lets what the process has left behind live on.
    pub(crate) fn let_go(mut self) {
        self.forget();
        self.id = 0;
    }

    fn forget(&self) {
        LIVE.lock().expect("no holder of this lock panics").remove(&self.id);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if self.id != 0 {
            self.forget();
            end_group(self.id);
        }
    }
}

fn end_group(id: u32) {
    signal_group(id, Asking::ToEndAtOnce);
}

/// What a group is told.
#[derive(Clone, Copy, Debug)]
enum Asking {
    /// To end in order.
    ToEnd,
    /// To end at once; it is not asked.
    ToEndAtOnce,
}

#[cfg(unix)]
fn signal_group(id: u32, asking: Asking) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let signal = match asking {
        Asking::ToEnd => Signal::TERM,
        Asking::ToEndAtOnce => Signal::KILL,
    };
    if let Some(group) = i32::try_from(id).ok().and_then(Pid::from_raw) {
        // Err when nothing of it is left.
        let _ = kill_process_group(group, signal);
    }
}

#[cfg(not(unix))]
fn signal_group(_: u32, _: Asking) {}

/// The most that is kept of how an output begins, in bytes.
const HEAD: usize = 8 * 1024;
/// The most that is kept of how an output ends, in bytes.
const TAIL: usize = 24 * 1024;

/// What a process has written so far: how it began and how it ended. What is between goes, so that no process can fill
/// the memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Output(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    head: Vec<u8>,
    tail: Vec<u8>,
    dropped: usize,
}

impl Output {
    /// Takes in what comes through a pipe until its other end is closed: a process that outlives the run's interest in
    /// it must not find the pipe broken.
    pub(crate) fn drain(&self, mut pipe: impl AsyncRead + Unpin + Send + 'static) -> JoinHandle<()> {
        let kept = self.clone();
        tokio::spawn(async move {
            let mut buffer = vec![0; 8 * 1024];
            while let Ok(read @ 1..) = pipe.read(&mut buffer).await {
                kept.0.lock().expect("no holder of this lock panics").add(&buffer[..read]);
            }
        })
    }

    /// The text so far.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        let kept = self.0.lock().expect("no holder of this lock panics");
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        match kept.dropped {
            0 => text(&[&kept.head[..], &kept.tail[..]].concat()),
            dropped => {
                format!("{}\n[{dropped} bytes left out]\n{}", text(&kept.head), text(&kept.tail))
            }
        }
    }
}

impl Kept {
    fn add(&mut self, bytes: &[u8]) {
        let (head, rest) = bytes.split_at(bytes.len().min(HEAD - self.head.len()));
        self.head.extend_from_slice(head);
        self.tail.extend_from_slice(rest);
        let surplus = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..surplus);
        self.dropped += surplus;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_flood_the_beginning_and_the_end_are_kept() {
        let output = Output::default();
        let flood: Vec<u8> = (0..20_000).flat_map(|line| format!("{line}\n").into_bytes()).collect();
        flood.chunks(1000).for_each(|chunk| output.0.lock().unwrap().add(chunk));
        let text = output.text();
        assert!(text.starts_with("0\n1\n2\n"), "{text:.40}");
        assert!(text.ends_with("\n19998\n19999\n"));
        assert!(text.contains(&format!("\n[{} bytes left out]\n", flood.len() - HEAD - TAIL)));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn what_a_process_started_goes_with_it() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 1000 & echo $!; wait"]).stdout(Stdio::piped());
        let mut group = Group::start(command).unwrap();
        let mut pipe = group.child.stdout.take().unwrap();
        let mut line = [0; 16];
        let read = pipe.read(&mut line).await.unwrap();
        assert_ne!(read, 0, "the process says what it started");
        drop(group);
        // The pipe is closed when the last process that holds it is gone.
        while pipe.read(&mut line).await.unwrap() != 0 {}
    }
}
