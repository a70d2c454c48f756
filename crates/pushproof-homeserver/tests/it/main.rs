//! The homeserver over real HTTP.

mod accounts;
mod pushers;
mod support;
