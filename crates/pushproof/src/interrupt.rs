//! SIGINT, SIGTERM and SIGHUP: the first ends the work in order, the second at once, the third without anything more.

use std::time::Duration;

use pushproof_record::exit_code;
use pushproof_runner::Stop;
use tokio_util::sync::CancellationToken;

use crate::{container, terminal};

/// How long the third signal gives the containers of the run to go.
const LAST: Duration = Duration::from_secs(3);

/// For a run, of which the first signal leaves a whole record, and the second one of what is known by then. The third is
/// for what hangs even so, such as a report that nobody reads.
pub(crate) fn stop(told: &'static str) -> anyhow::Result<Stop> {
    let stop = Stop::default();
    let again = "interrupted again: only the record is written (once more to end without)";
    follow([(told, stop.in_order.clone()), (again, stop.at_once.clone())])?;
    Ok(stop)
}

/// For what leaves no record: a token that is cancelled by the first signal.
pub(crate) fn token(told: &'static str) -> anyhow::Result<CancellationToken> {
    let token = CancellationToken::new();
    follow([(told, token.clone())])?;
    Ok(token)
}

/// Each signal tells something and cancels a token; the one after the last ends everything.
fn follow<const N: usize>(steps: [(&'static str, CancellationToken); N]) -> anyhow::Result<()> {
    let mut signals = Signals::new()?;
    tokio::spawn(async move {
        for (told, token) in steps {
            signals.next().await;
            terminal::note(told);
            token.cancel();
        }
        signals.next().await;
        exit().await;
    });
    Ok(())
}

async fn exit() {
    pushproof_runner::end_processes();
    let _ = tokio::time::timeout(LAST, container::remove_all()).await;
    std::process::exit(i32::from(exit_code::INTERRUPTED));
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// The terminal is gone; none for what was started to outlive it.
    hang_up: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: (!ignores_hang_ups()).then(|| signal(SignalKind::hangup())).transpose()?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            () = hung_up(self.hang_up.as_mut()) => {}
        }
    }
}

#[cfg(unix)]
async fn hung_up(signal: Option<&mut tokio::signal::unix::Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// Whether this was started with SIGHUP ignored, as by `nohup`; where that cannot be told, it was not.
#[cfg(unix)]
fn ignores_hang_ups() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & 1 == 1)
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        // Without a handler nobody can interrupt in order, and the work goes on.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
