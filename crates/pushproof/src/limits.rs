//! What the machine allows a process, which no verdict is to depend on.

use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

/// Every connection is an open file, of which some systems give a process 256 unless it asks for more. Nothing is lost where
/// it gets no more.
pub(crate) fn raise_open_files() {
    /// More than all cases at once need. Beyond 10,240 macOS refuses whatever its limit says.
    const ENOUGH: u64 = 10_240;
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(ENOUGH, |most| most.min(ENOUGH));
    if limit.current.is_some_and(|current| current < wanted) {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..limit });
    }
}

/// A file that may grow no further is an error of the write, which can be told, and not the end of the process with all that
/// it found. The handler stays, for what it is told is dropped.
pub(crate) fn outlive_small_files() {
    let _ = signal(SignalKind::from_raw(Signal::XFSZ.as_raw()));
}
