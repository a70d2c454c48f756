//! Push delivery: what waits for each pusher, and sending it to the gateway (push gateway API, `POST
//! /_matrix/push/v1/notify`).

mod gateway;
mod lanes;
mod notification;
mod worker;

pub(crate) use gateway::{Answer, Gateway};
pub(crate) use lanes::{Gate, Lanes, Next, Push, Tidings};
pub(crate) use notification::{Delivery, Device};
pub(crate) use worker::work;
