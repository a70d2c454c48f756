//! Delivery: what waits for each pusher, and sending it, to the gateway (push gateway API, `POST
//! /_matrix/push/v1/notify`) or by mail.

mod gateway;
mod lanes;
mod letter;
mod mailer;
mod notification;
mod worker;

pub(crate) use gateway::{Answer, Gateway};
pub(crate) use lanes::{Gate, Lanes, Next, Push, Tidings};
pub(crate) use letter::Letter;
pub use mailer::SmtpRelay;
pub(crate) use mailer::{Mailer, is_mail_address};
pub(crate) use notification::{Delivery, Device};
pub(crate) use worker::{Outgoing, send_letter, work};
