//! Why there was no run.

use std::net::SocketAddr;

use pushproof_record::ShardNumber;

use crate::{http::BadProxy, selection::NothingFits};

/// Why there was no run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The selection takes nothing at all.
    #[error("nothing is selected{}", .0.map(|shard| format!(" that belongs to shard {shard}")).unwrap_or_default())]
    NothingSelected(Option<ShardNumber>),
    /// A pattern of the selection takes nothing.
    #[error(transparent)]
    NothingFits(#[from] NothingFits),
    /// The push gateway cannot listen.
    #[error("the push gateway cannot listen on {address}: {source}")]
    Gateway {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: pushproof_sinks::BindError,
    },
    /// A dedicated account that was prepared is not among those that the run was given.
    #[error("{0} was prepared as a dedicated account, and is not among those of this run")]
    NotGiven(String),
    /// The environment names a proxy that is none.
    #[error(transparent)]
    Proxy(#[from] BadProxy),
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made: {0}")]
    Client(reqwest::Error),
}
