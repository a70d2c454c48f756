//! The driver of a client: a process that answers the suite's requests, one line each
//! ([`pushproof_vocabulary::driver`]). What it does against the protocol is a [`Finding`], after which nothing that it
//! says counts.

mod connection;
mod declaration;
mod finding;
mod line;
mod message;

pub use self::{connection::DRIVER_PATIENCE, finding::Finding};
pub(crate) use self::{
    connection::{Deadlines, Driver, Trouble},
    declaration::{declares_otherwise, wrong_declaration, wrong_error},
};
