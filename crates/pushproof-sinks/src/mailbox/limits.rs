//! How much a mailbox takes and keeps.

use std::time::Duration;

/// Bounds on what a mailbox takes and keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailboxLimits {
    /// The longest command, in bytes with its line end. A longer one ends the connection.
    pub command_bytes: usize,
    /// The largest mail that is taken, in bytes. Larger ones are read to their end and refused.
    pub mail_bytes: usize,
    /// How many bytes of mails may be under way at once, over all connections. Mails beyond are refused.
    pub underway_bytes: usize,
    /// How many recipients a mail may have.
    pub recipients: usize,
    /// How many commands are refused between two mails before the connection is closed.
    pub refusals: usize,
    /// How many connections are served at once. A further one takes the place of the one that has kept the mailbox waiting
    /// longest.
    pub connections: usize,
    /// How long a command, or the next piece of a mail, may take.
    pub idle: Duration,
    /// How many mails are kept. Beyond, the oldest are forgotten.
    pub mails: usize,
    /// How many bytes the mails may take without their bodies. Beyond, the oldest mails are forgotten.
    pub envelope_bytes: usize,
    /// How many bytes of bodies are kept. Beyond, the oldest mails lose theirs.
    pub body_bytes: usize,
    /// How many breaches and refusals are kept, the first ones.
    pub oddities: usize,
}

impl Default for MailboxLimits {
    fn default() -> Self {
        Self {
            command_bytes: 8 * 1024,
            mail_bytes: 10 * 1024 * 1024,
            underway_bytes: 64 * 1024 * 1024,
            recipients: 100,
            refusals: 50,
            connections: 256,
            idle: Duration::from_mins(1),
            mails: 20_000,
            envelope_bytes: 16 * 1024 * 1024,
            body_bytes: 32 * 1024 * 1024,
            oddities: 100,
        }
    }
}

/// How much arrived, and how much of that is no longer kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailboxTally {
    /// Mails that were accepted; one to several recipients counts once.
    pub mails: u64,
    /// Accepted mails that are forgotten.
    pub mails_dropped: u64,
    /// Accepted mails that have lost their body, the forgotten ones included.
    pub bodies_dropped: u64,
    /// Mails and recipients that were refused because they exceed a bound: what a subject sent and nobody has got.
    pub refused: u64,
    /// Breaches of the protocol.
    pub breaches: u64,
}
