//! The scenarios that ship with the suite, embedded when this crate is compiled.

/// The text of a scenario file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// The scenario's id.
    pub id: &'static str,
    /// The path that messages show, such as `scenarios/server/pusher/state-optional.yaml`.
    pub path: &'static str,
    /// The text.
    pub text: &'static str,
}

/// The scenarios below `scenarios/`, by id.
#[must_use]
pub fn embedded() -> &'static [Source] {
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"))
}
