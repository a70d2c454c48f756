//! What receives: the [push gateway](PushGateway), which keeps all that arrives together with its time.

mod gateway;

pub use gateway::{BindError, Counts, Delivery, Limits, Malformed, PushGateway, PusherKey, Stray, Tally};
