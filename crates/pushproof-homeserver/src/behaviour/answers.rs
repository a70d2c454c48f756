//! Decisions of answers as such: nothing here breaks a clause.

/// How answers look and how long they take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// How long an answer takes.
    pub pace: Pace,
    /// Whether objects carry fields that nobody defined.
    pub spare_fields: SpareFields,
    /// What fresh identifiers look like.
    pub identifiers: Identifiers,
}

/// How long something is held back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// Not at all.
    #[default]
    AtOnce,
    /// At random, up to two seconds.
    UpToTwoSeconds,
}

impl Pace {
    /// The longest that something is held back, in milliseconds.
    pub(crate) fn bound_ms(self) -> u64 {
        match self {
            Self::AtOnce => 0,
            Self::UpToTwoSeconds => 2000,
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
