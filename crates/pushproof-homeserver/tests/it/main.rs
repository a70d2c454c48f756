//! The homeserver over real HTTP.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod accounts;
mod bad_input;
mod broken;
mod defects;
mod delivery;
mod devices;
mod gateway;
mod inspection;
mod mail;
mod mailbox;
mod pushers;
mod settings_events;
mod support;
mod sync;
