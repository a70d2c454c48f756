//! What the server saw and did, for the inspection port: bounded in bytes, and without tokens and passwords.

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

use crate::source::saturating_ms;

/// So many bytes of bodies are kept; the oldest entries are dropped first.
const KEPT_BYTES: usize = 32 << 20;
/// What an entry counts beside its bodies.
const ENTRY_BYTES: usize = 512;
/// So many entries are told at a time.
const PAGE: usize = 2000;
/// Fields of bodies, at any depth, and of queries that never enter the journal.
const SECRET: [&str; 6] =
    ["access_token", "client_secret", "new_password", "password", "refresh_token", "token"];

/// The journal of a server.
pub(crate) struct Journal {
    started: Instant,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    entries: VecDeque<(usize, JournalEntry)>,
    bytes: usize,
    next: u64,
}

impl Journal {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), kept: Mutex::default() }
    }

    /// Adds an entry; `bytes` is the size of its bodies.
    pub(crate) fn add(&self, what: Happening, bytes: usize) {
        let at_ms = saturating_ms(self.started.elapsed().as_millis());
        let bytes = bytes + ENTRY_BYTES;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let seq = kept.next;
        kept.next += 1;
        kept.bytes += bytes;
        kept.entries.push_back((bytes, JournalEntry { seq, at_ms, what }));
        while kept.bytes > KEPT_BYTES
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
            kept.entries.iter().skip(skipped).take(PAGE).map(|(_, entry)| entry.clone()).collect();
        let next = entries.last().map_or(kept.next.max(since), |last| last.seq + 1);
        control::Journal { entries, next, dropped: first.saturating_sub(since) }
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
