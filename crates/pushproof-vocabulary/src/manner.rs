//! How plainly a reference does something wrong.

/// How plainly something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Whenever the clause is about it.
    Direct,
    /// Only at times, in one respect, or where it does not show at once.
    Sly,
    /// Not at all: a variation.
    Harmless,
}

impl Manner {
    /// The name of the manner.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Sly => "sly",
            Self::Harmless => "harmless",
        }
    }
}
