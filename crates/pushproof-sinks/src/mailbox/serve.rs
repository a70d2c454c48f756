//! The network side of the mailbox.

use std::{
    io,
    ops::ControlFlow,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use pushproof_listen::{Limits, Room, Stream, Turn};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::{timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;

use super::{
    mime::Said,
    session::{Effect, Session},
    store::Store,
};
use crate::Loss;

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
    // A session knows by itself how long it waits, and says so before it ends.
    let of_port = Limits { connections: limits.connections, request: Duration::MAX, silence: Duration::MAX };
    let converse = |stream, turn| {
        let session = Session::new(limits, Arc::clone(&room));
        let store = Arc::clone(&store);
        async move {
            if let Err(error) = converse(stream, session, &turn, limits.idle, store).await {
                tracing::debug!(%error, "a connection to the mailbox broke");
            }
        }
    };
    // Whoever made room for another one may have been about to send a mail.
    let cut = |_| store.lock().expect("no holder of this lock panics").lose(Loss::CutOff);
    pushproof_listen::accept(listener, of_port, CancellationToken::new(), converse, cut).await;
}

async fn converse(
    mut stream: Stream,
    mut session: Session,
    turn: &Turn,
    idle: Duration,
    store: Shared,
) -> io::Result<()> {
    let heard = listen(&mut stream, &mut session, turn, idle, &store).await;
    // Whatever ended the conversation, half a mail is to be told of. Nobody is left to reply to.
    let _nothing_to_send = act(session.hung_up(), &store);
    heard
}

async fn listen(
    stream: &mut Stream,
    session: &mut Session,
    turn: &Turn,
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
        if !session.receives_mail() && !replies.is_empty() {
            turn.answered();
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
