//! One mail, as it is kept.

use std::time::Instant;

use url::Url;

use super::{links, mime::Said, session::Envelope};

/// What a mail takes beside its texts, roughly and in bytes.
const MAIL_BYTES: usize = 512;

/// A mail that was accepted.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The number of the mail; all mails to a mailbox are numbered from 1 on, in the order of their arrival.
    pub seq: u64,
    /// When the mail had arrived as a whole and was read.
    pub at: Instant,
    /// The address of the sender, from the envelope; empty for mails that no answer may be sent to.
    pub from: String,
    /// The addresses of all recipients, from the envelope.
    pub to: Vec<String>,
    /// The subject, decoded, up to 1 KiB of it; empty if there is none.
    pub subject: String,
    /// The plain text, decoded; made of the HTML where there is none. Empty once it had to make room for newer mails.
    pub text: String,
    /// The HTML, decoded. `None` also once it had to make room for newer mails.
    pub html: Option<String>,
    /// The size of the mail as it was sent, header included, in bytes.
    pub size: usize,
}

impl Mail {
    pub(super) fn new(seq: u64, at: Instant, envelope: Envelope, said: Said, size: usize) -> Self {
        let Envelope { from, to } = envelope;
        let Said { subject, text, html } = said;
        Self { seq, at, from, to, subject, text, html, size }
    }

    /// The `http` and `https` links in text and HTML, in their order, each once.
    #[must_use]
    pub fn links(&self) -> Vec<Url> {
        let mut links = links::in_text(&self.text);
        links.extend(self.html.as_deref().map(links::in_html).unwrap_or_default());
        let mut once: Vec<Url> = Vec::with_capacity(links.len());
        for link in links {
            if !once.contains(&link) {
                once.push(link);
            }
        }
        once
    }

    /// The same mail without its body.
    pub(super) fn without_body(&self) -> Self {
        Self {
            seq: self.seq,
            at: self.at,
            from: self.from.clone(),
            to: self.to.clone(),
            subject: self.subject.clone(),
            text: String::new(),
            html: None,
            size: self.size,
        }
    }

    /// What the body takes, in bytes.
    pub(super) fn body_bytes(&self) -> usize {
        self.text.len() + self.html.as_ref().map_or(0, String::len)
    }

    /// What the rest takes, in bytes.
    pub(super) fn envelope_bytes(&self) -> usize {
        // Each recipient stands in the mail, and is what the mail is found by.
        let recipients: usize = self.to.iter().map(|to| 2 * (to.len() + size_of::<String>())).sum();
        MAIL_BYTES + self.from.len() + self.subject.len() + recipients
    }
}
