//! The accept loop.

use std::{
    collections::HashMap,
    io,
    time::{Duration, Instant},
};

use tokio::{
    net::TcpListener,
    task::{AbortHandle, Id, JoinSet},
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use crate::{Limits, Phase, Stream, Turn};

/// How long no connection is taken after the system could not give one, as when too many files are open.
const PAUSE: Duration = Duration::from_millis(20);
/// How often is looked at who keeps the port waiting for too long.
const SWEEP: Duration = Duration::from_secs(1);

/// A connection that was ended, though its peer had not done so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Why.
    pub why: Why,
    /// How far it was.
    pub phase: Phase,
}

/// Why a connection was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It made room for another one.
    Crowded,
    /// It kept the port waiting for too long.
    Late,
}

struct Connection {
    /// Later ones have higher numbers.
    number: u64,
    task: AbortHandle,
    turn: Turn,
}

/// Takes connections until it is over, and ends them all before it returns. Each is served by `converse`; `cut` hears of
/// those that had to be ended.
pub async fn accept<F>(
    listener: TcpListener,
    limits: Limits,
    over: CancellationToken,
    mut converse: impl FnMut(Stream, Turn) -> F,
    mut cut: impl FnMut(Cut),
) where
    F: Future<Output = ()> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    let mut open = Open::default();
    let mut sweep = interval(SWEEP);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = over.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _peer)) => {
                    if open.connections.len() >= limits.connections {
                        open.give_way().into_iter().for_each(&mut cut);
                    }
                    // Answers are small and waited for: none may sit in a buffer. What has no such option works without.
                    let _ = stream.set_nodelay(true);
                    let turn = Turn::new();
                    let task = tasks.spawn(converse(Stream::new(stream, turn.clone()), turn.clone()));
                    open.add(task, turn);
                }
                Err(error) if is_the_peers(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "could not accept a connection");
                    open.give_way().into_iter().for_each(&mut cut);
                    tokio::time::sleep(PAUSE).await;
                }
            },
            Some(ended) = tasks.join_next_with_id() => {
                let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
                open.connections.remove(&id);
            }
            _ = sweep.tick(), if !open.connections.is_empty() => open.sweep(&limits, &mut cut),
        }
    }
    tasks.shutdown().await;
}

/// The connections that are served.
#[derive(Default)]
struct Open {
    connections: HashMap<Id, Connection>,
    taken: u64,
}

impl Open {
    fn add(&mut self, task: AbortHandle, turn: Turn) {
        self.taken += 1;
        self.connections.insert(task.id(), Connection { number: self.taken, task, turn });
    }

    /// Ends the connection that has kept the port waiting longest; if none does, the one that was asked over longest ago.
    fn give_way(&mut self) -> Option<Cut> {
        let place = |connection: &Connection| {
            let turn = &connection.turn;
            (turn.phase() == Phase::Answering, turn.since(), connection.number)
        };
        let (id, _) = self.connections.iter().min_by_key(|(_, connection)| place(connection))?;
        self.end(*id, Why::Crowded)
    }

    /// Ends the connections that have kept the port waiting for too long.
    fn sweep(&mut self, limits: &Limits, mut cut: impl FnMut(Cut)) {
        let now = Instant::now();
        let is_late = |turn: &Turn| {
            let allowed = match turn.phase() {
                Phase::Answering => return false,
                Phase::Arriving | Phase::Untaken => limits.request,
                Phase::Opened | Phase::Answered => limits.silence,
            };
            now.saturating_duration_since(turn.since()) > allowed
        };
        let late = self.connections.iter().filter(|(_, connection)| is_late(&connection.turn));
        let late: Vec<Id> = late.map(|(id, _)| *id).collect();
        late.into_iter().filter_map(|id| self.end(id, Why::Late)).for_each(&mut cut);
    }

    fn end(&mut self, id: Id, why: Why) -> Option<Cut> {
        let connection = self.connections.remove(&id)?;
        connection.task.abort();
        Some(Cut { why, phase: connection.turn.phase() })
    }
}

/// Whether a connection was given up by its peer before it could be taken: the system has no lack of anything.
fn is_the_peers(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    )
}
