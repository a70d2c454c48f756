//! The network side of the mailbox.

use std::{
    io,
    ops::ControlFlow,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{timeout, timeout_at},
};

use super::{
    mime::Said,
    session::{Effect, Session},
    store::Store,
    underway::Room,
};
use crate::Loss;

/// How long no connection is taken after the system could not give one, as when it has too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);
/// How long what a client still sends is read and thrown away after the last word: closed at once, the connection
/// would be reset, and the client might never read why.
const LINGER: Duration = Duration::from_secs(1);
/// How much is read at once, in bytes.
const PIECE_BYTES: usize = 16 * 1024;

type Shared = Arc<Mutex<Store>>;

/// Takes connections until the task is aborted; its connections end with it.
pub(super) async fn serve(listener: TcpListener, store: Shared) {
    let limits = store.lock().expect("no holder of this lock panics").limits();
    let room = Room::new(limits.underway_bytes);
    let mut connections = JoinSet::new();
    loop {
        let full = connections.len() >= limits.connections;
        if full {
            leave_unheard(&store);
        }
        tokio::select! {
            accepted = listener.accept(), if !full => match accepted {
                Ok((stream, _peer)) => {
                    let session = Session::new(limits, Arc::clone(&room));
                    let store = Arc::clone(&store);
                    connections.spawn(async move {
                        if let Err(error) = converse(stream, session, limits.idle, store).await {
                            tracing::debug!(%error, "a connection to the mailbox broke");
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "the mailbox could not take a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_ended) = connections.join_next() => if full {
                leave_unheard(&store);
            }
        }
    }
}

/// Takes note that there is room for no connection: as this begins, and as it ends.
fn leave_unheard(store: &Shared) {
    store.lock().expect("no holder of this lock panics").lose(Loss::Unheard);
}

async fn converse(
    mut stream: TcpStream,
    mut session: Session,
    idle: Duration,
    store: Shared,
) -> io::Result<()> {
    let heard = listen(&mut stream, &mut session, idle, &store).await;
    // Whatever ended the conversation, half a mail is to be told of. Nobody is left to reply to.
    let _nothing_to_send = act(session.hung_up(), &store);
    heard
}

async fn listen(
    stream: &mut TcpStream,
    session: &mut Session,
    idle: Duration,
    store: &Shared,
) -> io::Result<()> {
    let mut piece = vec![0; PIECE_BYTES];
    let mut effects = vec![Session::greeting()];
    let mut deadline = tokio::time::Instant::now() + idle;
    loop {
        let (replies, flow) = act(effects, store);
        timeout(idle, stream.write_all(replies.as_bytes())).await??;
        if flow.is_break() {
            stream.shutdown().await?;
            // An error as well as the time-out ends what is thrown away.
            let _ = timeout(LINGER, async {
                while stream.read(&mut piece).await? > 0 {}
                io::Result::Ok(())
            })
            .await;
            return Ok(());
        }
        effects = match timeout_at(deadline, stream.read(&mut piece)).await {
            Ok(read) => match read? {
                0 => return Ok(()),
                read => session.receive(&piece[..read]),
            },
            Err(_elapsed) => session.timed_out(),
        };
        if !effects.is_empty() || session.receives_mail() {
            deadline = tokio::time::Instant::now() + idle;
        }
    }
}

/// Keeps and notes what is to be kept and noted. Gives what is to be sent, and whether the conversation goes on.
fn act(effects: impl IntoIterator<Item = Effect>, store: &Shared) -> (String, ControlFlow<()>) {
    let locked = || store.lock().expect("no holder of this lock panics");
    let (mut replies, mut flow) = (String::new(), ControlFlow::Continue(()));
    for effect in effects {
        match effect {
            Effect::Reply(reply) => replies.push_str(&reply.to_string()),
            Effect::Keep(envelope, content) => {
                let said = Said::read(&content.bytes);
                locked().keep(envelope, said, content.bytes.len());
            }
            Effect::Note { kind, reason, excerpt } => locked().note(Instant::now(), kind, reason, excerpt),
            Effect::Close => flow = ControlFlow::Break(()),
        }
    }
    (replies, flow)
}
