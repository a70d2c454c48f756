//! What receives: the [push gateway](PushGateway) and the [mailbox](Mailbox), which keep all that arrives together with
//! its time.

#[cfg(feature = "fuzz")]
pub mod fuzz;
mod gateway;
mod loss;
mod mailbox;

pub use gateway::{
    BindError, Counts, Delivery, Limits, Malformed, NOTIFY, PushGateway, PusherKey, Stray, Tally,
};
pub use loss::Loss;
pub use mailbox::{Mail, MailOddity, Mailbox, MailboxLimits, MailboxTally, OddityKind};
