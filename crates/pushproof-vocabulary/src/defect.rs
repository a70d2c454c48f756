//! What a reference does wrong by name.

/// One thing that is wrong with a reference whose behaviour is a `B`.
#[derive(Debug)]
pub struct Defect<B> {
    /// The name, as `--defect` takes it.
    pub name: &'static str,
    /// What is wrong, in one line.
    pub description: &'static str,
    /// How plainly it is wrong.
    pub manner: Manner,
    /// The ids of the clauses that it breaks, all of them. Empty for a variation and an obstacle.
    pub breaks: &'static [&'static str],
    /// Makes a behaviour have it.
    pub apply: fn(&mut B),
}

// Derived, both would ask the same of `B`.
impl<B> Clone for Defect<B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B> Copy for Defect<B> {}

/// How plainly something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Whenever the clause is about it.
    Direct,
    /// Only at times, in one respect, or where it does not show at once.
    Sly,
    /// Not at all: a variation.
    Harmless,
    /// Not at all, but it keeps a part from being judged: an obstacle.
    Obstructive,
}

impl Manner {
    /// The name of the manner.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Sly => "sly",
            Self::Harmless => "harmless",
            Self::Obstructive => "obstructive",
        }
    }
}
