//! What is amiss with conversations: what a preflight reads to say why no mail came.

use std::{fmt, time::Instant};

/// What kind of thing is amiss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OddityKind {
    /// The client broke the protocol, or asked for what there is none of here, like TLS and logins.
    Breach,
    /// The client said its name, heard what the mailbox offers, and left: it may insist on TLS or on a login.
    NoMail,
    /// The client kept to the protocol, but its mail, or a recipient of it, exceeds a bound of the mailbox.
    Refused,
}

/// Something amiss with one conversation.
#[derive(Clone, Debug)]
pub struct MailOddity {
    /// When it showed.
    pub at: Instant,
    /// What kind of thing it is.
    pub kind: OddityKind,
    /// What is wrong.
    pub reason: String,
    /// The beginning of the command, or sender and recipients of the mail, if there was any. Never a password.
    pub excerpt: String,
}

impl fmt::Display for MailOddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.excerpt.as_str() {
            "" => f.write_str(&self.reason),
            excerpt => write!(f, "{}: {}", self.reason, excerpt.escape_debug()),
        }
    }
}
