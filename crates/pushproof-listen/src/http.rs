//! HTTP/1.1 over the accept loop.

use std::convert::Infallible;

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use warp::{Filter, Reply};

use crate::{Cut, Limits, Turn, accept};

/// The line and the headers of a request have so many bytes, give or take what is read at once; there are a hundred headers at most, which is hyper's
/// own bound.
const HEAD_BYTES: usize = 64 * 1024;

/// Serves HTTP until it is over. `filter` makes what answers on one connection; it reads bodies through
/// [`Turn::until_arrived`], and `cut` hears of connections that had to be ended.
pub async fn serve<F, R>(
    listener: TcpListener,
    limits: Limits,
    over: CancellationToken,
    filter: impl Fn(Turn) -> F,
    cut: impl FnMut(Cut),
) where
    F: Filter<Extract = (R,), Error = Infallible> + Clone + Send + Sync + 'static,
    F::Future: Send,
    R: Reply + Send + 'static,
{
    let mut builder = http1::Builder::new();
    builder.max_buf_size(HEAD_BYTES);
    let converse = |stream, turn: Turn| {
        let answering = TowerToHyperService::new(warp::service(filter(turn.clone())));
        let service = service_fn(move |request| {
            // Its head was read along with the request before, if none was heard.
            turn.heard();
            let answer = hyper::service::Service::call(&answering, request);
            let turn = turn.clone();
            async move {
                let answer = answer.await;
                turn.answered();
                answer
            }
        });
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
        }
    };
    accept(listener, limits, over, converse, cut).await;
}
