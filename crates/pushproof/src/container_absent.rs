//! `--container` in a pushproof that was built without the feature `container`: there is none.
#![expect(clippy::unused_async, reason = "with the feature there is something to be waited for")]

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use pushproof_record::{Record, Redactor};
use pushproof_runner::Restart;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::Usage;

/// No container can be planned.
pub(crate) struct Plan(Infallible);

impl Plan {
    pub(crate) async fn new(_: &str) -> Result<Self, Usage> {
        Err(Usage::new("this pushproof was built without --container")
            .hint("build it with `--features container`, or start the homeserver yourself and give its URL"))
    }

    pub(crate) fn listen(&self) -> SocketAddr {
        match self.0 {}
    }

    pub(crate) fn gateway_url(&self) -> Url {
        match self.0 {}
    }

    pub(crate) fn dialect(&self) -> Option<&str> {
        match self.0 {}
    }

    pub(crate) fn sends_mail(&self) -> bool {
        match self.0 {}
    }

    pub(crate) async fn start(
        self,
        _: Option<SocketAddr>,
        _: Duration,
        _: &CancellationToken,
    ) -> anyhow::Result<Container> {
        match self.0 {}
    }
}

/// No container runs.
pub(crate) struct Container(Infallible);

impl Container {
    pub(crate) fn url(&self) -> Url {
        match self.0 {}
    }

    pub(crate) fn restart(&self, _: Duration) -> Option<Restart> {
        match self.0 {}
    }

    pub(crate) fn add_log(&self, _: &mut Record, _: &Redactor) {
        match self.0 {}
    }

    pub(crate) async fn remove(self) {
        match self.0 {}
    }
}

/// There is nothing to remove.
pub(crate) async fn remove_all() {}
