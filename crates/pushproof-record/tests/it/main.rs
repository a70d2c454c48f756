//! The record as others see it: events in; verdicts, renderings and schema out.
#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod accounting;
mod audit;
mod baseline;
mod compare;
mod exit_codes;
mod fold;
mod laws;
mod merge;
mod renderings;
mod run;
mod sample;
mod schema;
mod snapshot;
mod terminal;
mod untrusted;
mod verdicts;
