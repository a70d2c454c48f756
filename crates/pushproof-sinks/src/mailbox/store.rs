//! All that the mailbox keeps. Bounded, so that no subject can fill the machine that judges it; what is let go is the
//! oldest and is counted.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Instant,
};

use tokio::sync::Notify;

use super::{
    Mail, MailOddity, MailboxLimits, MailboxTally, OddityKind, address::AddressKey, mime::Said,
    session::Envelope,
};
use crate::loss::{Latest, Loss};

/// All that the mailbox keeps.
#[derive(Debug)]
pub(super) struct Store {
    limits: MailboxLimits,
    /// All mails, oldest first. Their numbers have no gaps.
    mails: VecDeque<Arc<Mail>>,
    /// The numbers of the mails to each address, oldest first; no address without any.
    by_address: BTreeMap<AddressKey, VecDeque<u64>>,
    envelope_bytes: usize,
    body_bytes: usize,
    /// The number of the oldest mail that has its body, or of the next mail.
    oldest_body: u64,
    oddities: Vec<MailOddity>,
    /// What was lost for whomever.
    lost: Latest,
    tally: MailboxTally,
    arrived: Arc<Notify>,
}

impl Store {
    pub(super) fn new(limits: MailboxLimits) -> Self {
        Self {
            limits,
            mails: VecDeque::new(),
            by_address: BTreeMap::new(),
            envelope_bytes: 0,
            body_bytes: 0,
            oldest_body: 1,
            oddities: Vec::new(),
            lost: Latest::default(),
            tally: MailboxTally::default(),
            arrived: Arc::default(),
        }
    }

    pub(super) fn limits(&self) -> MailboxLimits {
        self.limits
    }

    pub(super) fn oddities(&self) -> &[MailOddity] {
        &self.oddities
    }

    pub(super) fn tally(&self) -> MailboxTally {
        self.tally
    }

    /// What tells of every further mail.
    pub(super) fn arrived(&self) -> Arc<Notify> {
        Arc::clone(&self.arrived)
    }

    /// The mails to an address with a number above `seq`, oldest first.
    pub(super) fn after(&self, address: &AddressKey, seq: u64) -> impl Iterator<Item = &Arc<Mail>> {
        let seqs = self.by_address.get(address).into_iter().flat_map(move |seqs| {
            let start = seqs.partition_point(|&known| known <= seq);
            seqs.range(start..)
        });
        seqs.filter_map(|&seq| self.index(seq)).filter_map(|index| self.mails.get(index))
    }

    /// Takes note of what was lost just now, for whomever it was.
    pub(super) fn lose(&mut self, loss: Loss) {
        self.lost.note(Instant::now(), loss);
    }

    /// What may have come for an address at `since` or later that is not known as a whole.
    pub(super) fn lost_since(&self, address: &AddressKey, since: Instant) -> Option<Loss> {
        let has_no_body = |mail: &Arc<Mail>| mail.seq < self.oldest_body && mail.at >= since;
        let forgotten = || self.after(address, 0).any(has_no_body).then_some(Loss::Forgotten);
        self.lost.since(since).or_else(forgotten)
    }

    /// Keeps a mail, which arrives now: under the lock, so that numbers and times have one order.
    pub(super) fn keep(&mut self, envelope: Envelope, said: Said, size: usize) {
        self.tally.mails += 1;
        let seq = self.tally.mails;
        let mail = Mail::new(seq, Instant::now(), envelope, said, size);
        for address in addresses(&mail) {
            self.by_address.entry(address).or_default().push_back(seq);
        }
        self.envelope_bytes += mail.envelope_bytes();
        self.body_bytes += mail.body_bytes();
        self.mails.push_back(Arc::new(mail));
        self.make_room();
        self.arrived.notify_waiters();
    }

    /// Notes what is amiss.
    pub(super) fn note(&mut self, at: Instant, kind: OddityKind, reason: String, excerpt: String) {
        match kind {
            OddityKind::Breach => self.tally.breaches += 1,
            OddityKind::NoMail => {}
            OddityKind::Refused => {
                self.tally.refused += 1;
                self.lost.note(at, Loss::Refused);
            }
        }
        if self.oddities.len() < self.limits.oddities {
            self.oddities.push(MailOddity { at, kind, reason, excerpt });
        }
    }

    /// Where a mail stands, unless it is forgotten.
    fn index(&self, seq: u64) -> Option<usize> {
        let oldest = self.mails.front()?.seq;
        usize::try_from(seq.checked_sub(oldest)?).ok()
    }

    /// Lets go of the oldest bodies and mails until the rest is within bounds.
    fn make_room(&mut self) {
        while self.body_bytes > self.limits.body_bytes && self.drop_oldest_body() {}
        while self.mails.len() > self.limits.mails || self.envelope_bytes > self.limits.envelope_bytes {
            if !self.forget_oldest() {
                break;
            }
        }
    }

    /// Whether there was one.
    fn drop_oldest_body(&mut self) -> bool {
        let Some(mail) = self.index(self.oldest_body).and_then(|index| self.mails.get_mut(index)) else {
            return false;
        };
        self.body_bytes -= mail.body_bytes();
        *mail = Arc::new(mail.without_body());
        self.oldest_body += 1;
        self.tally.bodies_dropped += 1;
        true
    }

    /// Whether there was one.
    fn forget_oldest(&mut self) -> bool {
        let Some(mail) = self.mails.pop_front() else { return false };
        for address in addresses(&mail) {
            if let Some(seqs) = self.by_address.get_mut(&address) {
                seqs.pop_front();
                if seqs.is_empty() {
                    self.by_address.remove(&address);
                }
            }
        }
        self.envelope_bytes -= mail.envelope_bytes();
        self.tally.mails_dropped += 1;
        self.lost.note(mail.at, Loss::Forgotten);
        if self.oldest_body == mail.seq {
            self.body_bytes -= mail.body_bytes();
            self.oldest_body += 1;
            self.tally.bodies_dropped += 1;
        }
        true
    }
}

/// What a mail is found by, each address once.
fn addresses(mail: &Mail) -> BTreeSet<AddressKey> {
    mail.to.iter().map(|to| AddressKey::new(to)).collect()
}

#[cfg(test)]
mod tests {
    use rstest::{fixture, rstest};

    use super::*;

    #[fixture]
    fn store() -> Store {
        Store::new(MailboxLimits { mails: 20, body_bytes: 100, oddities: 3, ..MailboxLimits::default() })
    }

    /// Keeps a mail of ten bytes.
    fn mail(store: &mut Store, to: &[&str]) {
        let envelope = Envelope { from: String::new(), to: to.iter().map(|&to| to.to_owned()).collect() };
        let said = Said { text: "ten bytes.".into(), ..Said::default() };
        store.keep(envelope, said, 10);
    }

    fn seqs(store: &Store, address: &str) -> Vec<u64> {
        store.after(&AddressKey::new(address), 0).map(|mail| mail.seq).collect()
    }

    fn with_body(store: &Store, address: &str) -> Vec<u64> {
        let address = AddressKey::new(address);
        let mails = store.after(&address, 0);
        mails.filter(|mail| !mail.text.is_empty()).map(|mail| mail.seq).collect()
    }

    #[rstest]
    fn a_mail_is_found_by_each_recipient_once(mut store: Store) {
        mail(&mut store, &["a@x", "b@x", "a@X"]);
        mail(&mut store, &["a@x"]);
        assert_eq!((seqs(&store, "a@x"), seqs(&store, "b@x")), (vec![1, 2], vec![1]));
        assert_eq!(store.after(&AddressKey::new("a@x"), 1).map(|mail| mail.seq).collect::<Vec<_>>(), [2]);
        assert!(seqs(&store, "c@x").is_empty());
    }

    #[rstest]
    fn the_oldest_bodies_go_first(mut store: Store) {
        (0..15).for_each(|_| mail(&mut store, &["a@x"]));
        assert_eq!(seqs(&store, "a@x"), (1..=15).collect::<Vec<_>>());
        assert_eq!(with_body(&store, "a@x"), (6..=15).collect::<Vec<_>>());
        assert_eq!((store.tally().bodies_dropped, store.tally().mails_dropped), (5, 0));
    }

    #[rstest]
    fn a_body_that_is_too_large_by_itself_goes_at_once(mut store: Store) {
        let envelope = Envelope { from: String::new(), to: vec!["a@x".into()] };
        let said = Said { html: Some("x".repeat(101)), ..Said::default() };
        store.keep(envelope, said, 101);
        assert!(with_body(&store, "a@x").is_empty());
        mail(&mut store, &["a@x"]);
        assert_eq!(with_body(&store, "a@x"), [2]);
    }

    #[rstest]
    fn the_oldest_mails_are_forgotten_beyond_their_number(mut store: Store) {
        mail(&mut store, &["first@x"]);
        (0..20).for_each(|_| mail(&mut store, &["a@x", "b@x"]));
        (0..4).for_each(|_| mail(&mut store, &["b@x"]));
        assert!(seqs(&store, "first@x").is_empty());
        assert_eq!(seqs(&store, "a@x"), (6..=21).collect::<Vec<_>>());
        assert_eq!(seqs(&store, "b@x"), (6..=25).collect::<Vec<_>>());
        assert_eq!(store.by_address.len(), 2);
        let tally = store.tally();
        assert_eq!((tally.mails, tally.mails_dropped, tally.bodies_dropped), (25, 5, 15));
    }

    #[test]
    fn the_oldest_mails_are_forgotten_beyond_the_size_of_their_envelopes() {
        let mut store = Store::new(MailboxLimits { envelope_bytes: 10_000, ..MailboxLimits::default() });
        let many: Vec<_> = (0..50).map(|n| format!("{n}@x")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        (0..10).for_each(|_| mail(&mut store, &many));
        assert_eq!(seqs(&store, "49@x"), [8, 9, 10]);
        assert!(store.envelope_bytes <= 10_000);
        assert_eq!(store.body_bytes, 30);
        assert_eq!(store.tally().bodies_dropped, 7);
    }

    #[rstest]
    fn oddities_are_counted_beyond_those_kept(mut store: Store) {
        for kind in [OddityKind::Breach, OddityKind::Refused, OddityKind::Breach, OddityKind::Breach] {
            store.note(Instant::now(), kind, "unknown command".into(), "GET\u{0} /".into());
        }
        assert_eq!(store.oddities().len(), 3);
        assert_eq!((store.tally().breaches, store.tally().refused), (3, 1));
        assert_eq!(store.oddities()[0].to_string(), "unknown command: GET\\0 /");
    }
}
