//! The clients that requests are sent with: past which proxy, and whom TLS trusts.

use std::{sync::Arc, time::Duration};

use hyper_util::client::proxy::matcher::Matcher;
use pushproof_record::Redactor;
use url::Url;

use super::authorities::Authorities;
use crate::address::{self, Address};

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// A way to a homeserver.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    pub(super) address: Address,
    tls: Arc<rustls::ClientConfig>,
    /// The proxy on the way, without its credentials.
    pub(super) proxy: Option<Url>,
}

impl Way {
    pub(crate) fn new(address: Address, authorities: &Authorities) -> Self {
        let proxy = proxy(&address);
        // What the system trusts is read from many files.
        let needs_tls = address.url().scheme() == "https";
        let tls = if needs_tls { authorities.tls() } else { Arc::new(Authorities::none()) };
        Self { address, tls, proxy }
    }

    /// A client without connections yet.
    pub(super) fn client(&self) -> Result<reqwest::Client, reqwest::Error> {
        let builder = reqwest::Client::builder()
            .user_agent(concat!("pushproof/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .pool_max_idle_per_host(64)
            .tls_backend_preconfigured(rustls::ClientConfig::clone(&self.tls));
        if self.proxy.is_some() { builder.build() } else { builder.no_proxy().build() }
    }
}

/// A client for what runs on this machine for the suite's sake, which no proxy is ever asked for.
pub(crate) fn local() -> reqwest::Client {
    let way = reqwest::Client::builder().no_proxy().tls_backend_preconfigured(Authorities::none());
    way.build().expect("a client without proxies, authorities and addresses needs nothing")
}

/// The proxy that the environment names for an address, as curl reads it, without credentials. There is none on the way to
/// this machine: it would be asked for a homeserver of its own.
#[must_use]
pub fn proxy(address: &Address) -> Option<Url> {
    if address.is_loopback() {
        return None;
    }
    let target = address.shown().as_str().parse().ok()?;
    let proxy = Matcher::from_system().intercept(&target)?;
    let mut proxy = Url::parse(&proxy.uri().to_string()).ok()?;
    // Err only of addresses without a host.
    let _ = proxy.set_username("");
    let _ = proxy.set_password(None);
    proxy.set_query(None);
    Some(proxy)
}

/// Keeps the credentials of the proxies that the environment names out of everything that the suite tells.
pub(crate) fn keep_proxies_secret(redactor: &Redactor) {
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        let Ok(value) = std::env::var(name) else { continue };
        let whole = if value.contains("://") { value } else { format!("http://{value}") };
        if let Ok(url) = Url::parse(&whole) {
            address::keep_secret(&url, redactor, "PROXY");
        }
    }
}
