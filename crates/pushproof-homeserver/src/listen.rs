//! Accepting connections, in a way that all of them can be closed at once.

use std::{convert::Infallible, sync::Arc};

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::net::TcpListener;
use warp::{Filter, Reply};

use crate::shared::Generation;

/// Serves connections until the generation is over.
pub(crate) async fn serve<F, R>(listener: TcpListener, filter: F, generation: Generation)
where
    F: Filter<Extract = (R,), Error = Infallible> + Clone + Send + Sync + 'static,
    F::Future: Send,
    R: Reply + Send,
{
    let builder = Arc::new(Builder::new(TokioExecutor::new()).http1_only());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = generation.over.cancelled() => return,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file descriptors, most likely: others must close before more can come.
                tracing::warn!(%error, "could not accept a connection");
                tokio::task::yield_now().await;
                continue;
            }
        };
        // Answers are small and waited for: none may sit in a buffer. What has no such option works without.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(warp::service(filter.clone()));
        let builder = Arc::clone(&builder);
        generation.spawn(async move {
            if let Err(error) = builder.serve_connection(TokioIo::new(stream), service).await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
}
