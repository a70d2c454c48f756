//! Decisions of answers as such: nothing here breaks a clause.

use crate::source::Source;

/// How answers look and how long they take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// How long an answer takes.
    pub pace: Pace,
    /// Whether objects carry fields that nobody defined.
    pub spare_fields: SpareFields,
    /// What fresh identifiers look like.
    pub identifiers: Identifiers,
    /// How bodies and connections are handled.
    pub wire: Wire,
    /// Whether requests are limited.
    pub limits: Limits,
    /// Which device ids a login may ask for.
    pub device_ids: DeviceIds,
}

/// How bodies and connections are handled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wire {
    /// Compact JSON over connections that stay.
    #[default]
    Usual,
    /// Indented JSON with a line at its end, over a connection for each answer.
    IndentedThenClosed,
}

/// Whether requests are limited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limits {
    /// No.
    #[default]
    None,
    /// One in five is answered with 429 and a short `retry_after_ms`.
    NowAndThen,
}

/// Which device ids a login may ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceIds {
    /// Any.
    #[default]
    Any,
    /// Those of letters, digits and `_`; others are refused.
    Simple,
    /// None: the server chooses, whatever is asked for.
    Chosen,
}

/// How long something is held back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// Not at all.
    #[default]
    AtOnce,
    /// At random, up to two seconds.
    UpToTwoSeconds,
    /// Three seconds.
    ThreeSeconds,
}

impl Pace {
    /// How long something is held back this time, in milliseconds.
    pub(crate) fn pause_ms(self, source: &mut dyn Source) -> u64 {
        match self {
            Self::AtOnce => 0,
            Self::UpToTwoSeconds => source.below(2000),
            Self::ThreeSeconds => 3000,
        }
    }
}

/// Whether objects carry fields that nobody defined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpareFields {
    /// No.
    #[default]
    Absent,
    /// Yes.
    Present,
}

/// What fresh identifiers look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Identifiers {
    /// Letters and digits.
    #[default]
    Plain,
    /// With every other character that the specification allows.
    Unusual,
}
