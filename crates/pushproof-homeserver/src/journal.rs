//! What the server saw and did, for the inspection port: bounded in bytes, and without tokens and passwords. What was
//! dropped is counted, so that nobody takes the rest for all.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use pushproof_vocabulary::{
    control::{self, Happening, JournalEntry},
    json,
};
use serde_json::Value;

use crate::{json_text, memory::Memory, source::saturating_ms};

/// So many bytes are kept, or a quarter of the memory that the server may take; the oldest entries are dropped first.
const KEPT_BYTES: usize = 64 << 20;
/// What an entry counts beside its bodies.
const ENTRY_BYTES: usize = 512;
/// So many entries are told at a time, and of these as many as have so many bytes, but always one.
const PAGE: usize = 2000;
const PAGE_BYTES: usize = 8 << 20;
/// Fields of bodies, at any depth, and of queries that never enter the journal.
const SECRET: [&str; 6] =
    ["access_token", "client_secret", "new_password", "password", "refresh_token", "token"];

/// The journal of a server.
pub(crate) struct Journal {
    started: Instant,
    most: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    entries: VecDeque<(usize, JournalEntry)>,
    bytes: usize,
    next: u64,
}

impl Journal {
    /// An empty journal of a server with so much memory.
    pub(crate) fn new(memory: Option<Memory>) -> Self {
        let most = memory.map_or(KEPT_BYTES, |memory| KEPT_BYTES.min(memory.most / 4));
        Self { started: Instant::now(), most, kept: Mutex::default() }
    }

    /// Adds an entry.
    pub(crate) fn add(&self, what: Happening) {
        let at_ms = saturating_ms(self.started.elapsed().as_millis());
        let bytes = weight(&what);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let seq = kept.next;
        kept.next += 1;
        kept.bytes += bytes;
        kept.entries.push_back((bytes, JournalEntry { seq, at_ms, what }));
        while kept.bytes > self.most
            && let Some((bytes, _)) = kept.entries.pop_front()
        {
            kept.bytes -= bytes;
        }
    }

    /// The entries from number `since` on, a page of them.
    pub(crate) fn since(&self, since: u64) -> control::Journal {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let first = kept.entries.front().map_or(kept.next, |(_, entry)| entry.seq);
        let skipped = usize::try_from(since.saturating_sub(first)).unwrap_or(usize::MAX);
        let entries: Vec<JournalEntry> =
            kept.entries.iter().skip(skipped).take(PAGE).scan(0, page).cloned().collect();
        let next = entries.last().map_or(kept.next.max(since), |last| last.seq + 1);
        control::Journal { entries, next, dropped: first.saturating_sub(since) }
    }
}

/// The entries of a page, as long as it has room.
fn page<'a>(told: &mut usize, (bytes, entry): &'a (usize, JournalEntry)) -> Option<&'a JournalEntry> {
    let fits = *told == 0 || *told + bytes <= PAGE_BYTES;
    *told += bytes;
    fits.then_some(entry)
}

/// What an entry takes of memory, in bytes, as far as clients can make it large: JSON takes many times its text.
fn weight(what: &Happening) -> usize {
    ENTRY_BYTES
        + match what {
            Happening::Request { path, query, body, answer, .. } => {
                path.len()
                    + query.as_ref().map_or(0, String::len)
                    + json_text::weight(body)
                    + json_text::weight(answer)
            }
            Happening::WriteHeld { path, .. } => path.len(),
            Happening::SyncBegun { since, .. } => since.as_ref().map_or(0, String::len),
            Happening::Mail { to, subject, .. } => to.len() + subject.len(),
            Happening::Delivery { app_id, pushkey, .. } | Happening::Silence { app_id, pushkey, .. } => {
                app_id.len() + pushkey.len()
            }
        }
}

/// A JSON body without secrets; null when it is no JSON.
pub(crate) fn without_secrets(body: &[u8]) -> Value {
    let mut body = json::from_slice(body).unwrap_or_default();
    blot(&mut body);
    body
}

fn blot(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !SECRET.contains(&name.as_str()));
            fields.values_mut().for_each(blot);
        }
        Value::Array(items) => items.iter_mut().for_each(blot),
        _ => {}
    }
}

/// A query without secrets; `None` when nothing is left.
pub(crate) fn query_without_secrets(query: &str) -> Option<String> {
    let is_secret = |pair: &&str| SECRET.contains(&pair.split('=').next().unwrap_or_default());
    let kept: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && !is_secret(pair)).collect();
    (!kept.is_empty()).then(|| kept.join("&"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(body: Value) -> Happening {
        Happening::Request {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            query: None,
            user_id: None,
            device_id: None,
            body,
            status: 200,
            answer: Value::Null,
            cut_off: false,
        }
    }

    #[test]
    fn it_is_bounded_by_what_json_takes_and_tells_what_it_dropped() {
        let journal = Journal::new(None);
        // 32 KiB of text each.
        let body = json!({ "a": vec![1; 1 << 14] });
        let each = weight(&request(body.clone()));
        assert!(each > 1 << 19, "{each}");
        let more = KEPT_BYTES / each + 3;
        for _ in 0..more {
            journal.add(request(body.clone()));
        }
        let mut seen = 0;
        let mut since = 0;
        let dropped = journal.since(0).dropped;
        loop {
            let page = journal.since(since);
            assert!(page.entries.len() <= (PAGE_BYTES / each).max(1), "a page is bounded as well");
            if page.entries.is_empty() {
                break;
            }
            seen += page.entries.len();
            since = page.next;
        }
        assert_eq!(dropped + seen as u64, more as u64);
        assert!(seen * each <= KEPT_BYTES && dropped >= 3, "{seen} {dropped}");
    }
}
