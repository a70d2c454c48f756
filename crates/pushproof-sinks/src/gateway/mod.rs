//! A push gateway of the [push gateway API](https://spec.matrix.org/v1.3/push-gateway-api/). It accepts every
//! notification, tells no device to anyone, and keeps what it was told.

mod inbox;
mod limits;
mod notify;
mod oddities;
mod serve;
mod store;

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard},
    time::Instant,
};

use tokio::{net::TcpListener, task::JoinHandle};
use url::Url;

pub use inbox::Delivery;
pub use limits::{Limits, Tally};
pub use notify::Counts;
pub use oddities::{Malformed, Stray};
use store::Store;

use crate::Loss;

/// The only path of a push gateway.
pub const NOTIFY: &str = "/_matrix/push/v1/notify";

/// What names a pusher to its push gateway. The path of a gateway is fixed, so deliveries are told apart by this alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PusherKey {
    /// The application.
    pub app_id: String,
    /// The key that the application's platform gave to the device.
    pub pushkey: String,
}

/// Why the gateway cannot listen.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct BindError {
    /// Where.
    pub address: SocketAddr,
    /// What the system said.
    pub source: std::io::Error,
}

/// A push gateway that is listening. Dropping it closes its socket and every connection.
#[derive(Debug)]
pub struct PushGateway {
    address: SocketAddr,
    store: Arc<Mutex<Store>>,
    server: JoinHandle<()>,
}

impl PushGateway {
    /// Listens on `address`; port 0 takes a free one. Must be called in a tokio runtime.
    pub async fn bind(address: SocketAddr) -> Result<Self, BindError> {
        Self::bind_with(address, Limits::default()).await
    }

    /// The same with other bounds on what is kept.
    pub async fn bind_with(address: SocketAddr, limits: Limits) -> Result<Self, BindError> {
        let failed = |source| BindError { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let store = Arc::new(Mutex::new(Store::new(limits)));
        let server = tokio::spawn(serve::serve(listener, Arc::clone(&store)));
        Ok(Self { address, store, server })
    }

    /// Where the gateway listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base of the gateway's address as it is reached from this machine.
    #[must_use]
    pub fn url(&self) -> Url {
        let mut address = self.address;
        // No request can be sent to "every interface".
        match address {
            SocketAddr::V4(v4) if v4.ip().is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            SocketAddr::V6(v6) if v6.ip().is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        Url::parse(&format!("http://{address}/")).expect("a socket address makes a URL")
    }

    /// The deliveries for a pusher that were sent to the right path, oldest first.
    #[must_use]
    pub fn deliveries(&self, key: &PusherKey) -> Vec<Arc<Delivery>> {
        let store = self.store();
        let all = store.inbox(key).into_iter().flat_map(inbox::Inbox::iter);
        all.filter(|delivery| delivery.is_in_place()).cloned().collect()
    }

    /// All that named a push key, in upper or lower case, under whichever app id and at whichever path, oldest first.
    #[must_use]
    pub fn deliveries_to(&self, pushkey: &str) -> Vec<Arc<Delivery>> {
        self.store().deliveries_to(pushkey)
    }

    /// Keeps what comes for this pusher, however many others the gateway is told of.
    pub fn watch(&self, key: &PusherKey) {
        self.store().inbox_to_watch(key);
    }

    /// How many deliveries for a pusher arrived at `since` or later.
    #[must_use]
    pub fn count_since(&self, key: &PusherKey, since: Instant) -> usize {
        self.store()
            .inbox(key)
            .map_or(0, |inbox| inbox.iter().filter(|delivery| delivery.at >= since).count())
    }

    /// Why something may have come for this pusher at `since` or later that is not known, if so. The pusher must be
    /// [watched](Self::watch).
    #[must_use]
    pub fn lost_since(&self, key: &PusherKey, since: Instant) -> Option<Loss> {
        self.store().lost_since(key, since)
    }

    /// Waits for a delivery for a pusher, sent to the right path, that fits `predicate`, also one that came before; forever,
    /// if none comes.
    pub async fn wait_for(&self, key: &PusherKey, predicate: impl Fn(&Delivery) -> bool) -> Arc<Delivery> {
        let arrived = self.store().inbox_to_watch(key).arrived();
        let mut seen = 0;
        loop {
            // Registered before looking, so that nothing can arrive unnoticed in between.
            let mut arrival = std::pin::pin!(arrived.notified());
            arrival.as_mut().enable();
            let new = self.store().inbox_to_watch(key).after(seen);
            if let Some(found) = new.iter().find(|delivery| delivery.is_in_place() && predicate(delivery)) {
                return Arc::clone(found);
            }
            seen = new.last().map_or(seen, |delivery| delivery.seq);
            arrival.await;
        }
    }

    /// Requests that were not `POST /_matrix/push/v1/notify`, each distinct method and path once, oldest first.
    #[must_use]
    pub fn strays(&self) -> Vec<Stray> {
        self.store().strays().to_vec()
    }

    /// The first requests to the right path that were no notifications, oldest first.
    #[must_use]
    pub fn malformed(&self) -> Vec<Malformed> {
        self.store().malformed().to_vec()
    }

    /// How much arrived in all, and how much of that is no longer kept.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.store().tally()
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().expect("no holder of this lock panics")
    }
}

/// How many pushers a body names.
#[cfg(feature = "fuzz")]
pub(crate) fn named(body: &[u8]) -> Result<usize, String> {
    match notify::Notification::parse(body) {
        Ok(notification) => Ok(notification.devices.len()),
        Err(nothing) => Err(nothing.reason),
    }
}

impl Drop for PushGateway {
    fn drop(&mut self) {
        self.server.abort();
    }
}
