//! The parsers without their networks, for the fuzz targets in `ci/fuzz`.

use crate::{gateway, mailbox};

/// How many pushers a body of a request to the push gateway names; why it is no notification if it names none.
pub fn notification(body: &[u8]) -> Result<usize, String> {
    gateway::named(body)
}

/// What the mailbox does when a client sends these pieces, in words.
#[must_use]
pub fn conversation(pieces: &[&[u8]]) -> Vec<String> {
    mailbox::conversation(pieces)
}
