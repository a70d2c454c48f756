//! The homeserver over real HTTP.

mod accounts;
mod delivery;
mod devices;
mod gateway;
mod pushers;
mod settings_events;
mod support;
mod sync;
