//! A mailbox: an SMTP server ([RFC 5321](https://www.rfc-editor.org/rfc/rfc5321)) that takes mail for anyone, hands none
//! on, and keeps what it was sent.

mod address;
mod command;
mod data;
mod limits;
mod links;
mod mail;
mod mime;
mod oddities;
mod reply;
mod serve;
mod session;
mod store;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Instant,
};

use tokio::{net::TcpListener, task::JoinHandle};

use crate::{BindError, Loss};
use address::AddressKey;
pub use limits::{MailboxLimits, MailboxTally};
pub use mail::Mail;
pub use oddities::{MailOddity, OddityKind};
use store::Store;

/// A mailbox that is listening. Dropping it closes its socket and every connection.
///
/// A mail belongs to the addresses of its envelope, whatever its header says. Addresses are compared without angle
/// brackets, their domains without regard to case, their local parts as they are.
#[derive(Debug)]
pub struct Mailbox {
    address: SocketAddr,
    store: Arc<Mutex<Store>>,
    server: JoinHandle<()>,
}

impl Mailbox {
    /// Listens on `address`; port 0 takes a free one. Must be called in a tokio runtime.
    pub async fn bind(address: SocketAddr) -> Result<Self, BindError> {
        Self::bind_with(address, MailboxLimits::default()).await
    }

    /// The same with other bounds on what is taken and kept.
    pub async fn bind_with(address: SocketAddr, limits: MailboxLimits) -> Result<Self, BindError> {
        let failed = |source| BindError { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let store = Arc::new(Mutex::new(Store::new(limits)));
        let server = tokio::spawn(serve::serve(listener, Arc::clone(&store)));
        Ok(Self { address, store, server })
    }

    /// Where it listens, with the port that was taken.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The mails to a mail address, oldest first.
    #[must_use]
    pub fn mails(&self, address: &str) -> Vec<Arc<Mail>> {
        self.store().after(&AddressKey::new(address), 0).cloned().collect()
    }

    /// How many mails to a mail address arrived at `since` or later.
    #[must_use]
    pub fn count_since(&self, address: &str, since: Instant) -> usize {
        self.store().after(&AddressKey::new(address), 0).filter(|mail| mail.at >= since).count()
    }

    /// Why something may have come for a mail address at `since` or later that is not known, if so.
    #[must_use]
    pub fn lost_since(&self, address: &str, since: Instant) -> Option<Loss> {
        self.store().lost_since(&AddressKey::new(address), since)
    }

    /// Waits for a mail to a mail address that fits `predicate`, also one that came before; forever, if none comes.
    pub async fn wait_for(&self, address: &str, predicate: impl Fn(&Mail) -> bool) -> Arc<Mail> {
        let address = AddressKey::new(address);
        let arrived = self.store().arrived();
        let mut seen = 0;
        loop {
            // Registered before looking, so that nothing can arrive unnoticed in between.
            let mut arrival = std::pin::pin!(arrived.notified());
            arrival.as_mut().enable();
            // Collected, so that the predicate runs without the lock.
            let new: Vec<_> = self.store().after(&address, seen).cloned().collect();
            if let Some(found) = new.iter().find(|mail| predicate(mail)) {
                return Arc::clone(found);
            }
            seen = new.last().map_or(seen, |mail| mail.seq);
            arrival.await;
        }
    }

    /// The first breaches of the protocol and refusals of mails, oldest first.
    #[must_use]
    pub fn oddities(&self) -> Vec<MailOddity> {
        self.store().oddities().to_vec()
    }

    /// How much arrived in all, and how much of that is no longer kept.
    #[must_use]
    pub fn tally(&self) -> MailboxTally {
        self.store().tally()
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().expect("no holder of this lock panics")
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// What a conversation with a client comes to; the mails are read.
#[cfg(feature = "fuzz")]
pub(crate) fn conversation(pieces: &[&[u8]]) -> Vec<String> {
    let limits = MailboxLimits::default();
    let mut session = session::Session::new(limits, pushproof_listen::Room::new(limits.underway_bytes));
    let effects: Vec<session::Effect> = pieces.iter().flat_map(|piece| session.receive(piece)).collect();
    let told = effects.into_iter().chain(session.hung_up()).map(|effect| match effect {
        session::Effect::Keep(envelope, content) => {
            let said = mime::Said::read(&content.bytes);
            let mail = Mail::new(1, Instant::now(), envelope, said, content.bytes.len());
            format!("{:?} {:?} {} {:?} {:?}", mail.from, mail.to, mail.subject, mail.text, mail.links())
        }
        other => format!("{other:?}"),
    });
    told.collect()
}
