//! The clients that requests are sent with: past which proxy, and whom TLS trusts.

use std::{sync::Arc, time::Duration};

use super::{
    authorities::Authorities,
    proxy::{BadProxy, Proxy},
};
use crate::address::Address;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// A way to a homeserver.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    pub(super) address: Address,
    tls: Arc<rustls::ClientConfig>,
    pub(super) proxy: Option<Proxy>,
}

impl Way {
    pub(crate) fn new(address: Address, authorities: &Authorities) -> Result<Self, BadProxy> {
        let proxy = Proxy::to(&address)?;
        // What the system trusts is read from many files.
        let needs_tls = address.url().scheme() == "https";
        let tls = if needs_tls { authorities.tls() } else { Arc::new(Authorities::none()) };
        Ok(Self { address, tls, proxy })
    }

    /// A client without connections yet.
    pub(super) fn client(&self) -> Result<reqwest::Client, reqwest::Error> {
        let builder = reqwest::Client::builder()
            .user_agent(concat!("pushproof/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .pool_max_idle_per_host(64)
            .tls_backend_preconfigured(rustls::ClientConfig::clone(&self.tls))
            // Which proxy is decided here alone.
            .no_proxy();
        match &self.proxy {
            Some(proxy) => builder.proxy(proxy.for_client()?).build(),
            None => builder.build(),
        }
    }
}

/// A client for what runs on this machine for the suite's sake, which no proxy is ever asked for.
pub(crate) fn local() -> reqwest::Client {
    let way = reqwest::Client::builder().no_proxy().tls_backend_preconfigured(Authorities::none());
    way.build().expect("a client without proxies, authorities and addresses needs nothing")
}
