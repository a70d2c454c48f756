//! How a step ends.

use pushproof_record::{Mismatch, Silence, StepVerdict};
use pushproof_scenario::Label;

use crate::{
    account::NoAccount,
    http::{Answer, NoAnswer},
    watch::Quietened,
};

/// A step that found what it looked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Passed {
    /// Which reading of an open clause the subject took.
    pub reading: Option<String>,
    /// The figures of a silence.
    pub silence: Option<Silence>,
    /// The silence that is to last.
    pub watched: Option<Quietened>,
    /// The event of which a client told nothing, and is to tell nothing later.
    pub unnotified: Option<Label>,
}

impl Passed {
    /// What was found is a reading of an open clause, or else simply what must be.
    #[must_use]
    pub(crate) fn reading(reading: Option<String>) -> Self {
        Self { reading, ..Self::default() }
    }
}

/// A step that did not.
#[derive(Clone, Debug)]
pub(crate) struct Missed {
    /// How it counts.
    pub verdict: StepVerdict,
    /// What happened instead.
    pub message: String,
    /// Where an answer differs from what was expected.
    pub mismatch: Option<Box<Mismatch>>,
    /// What to do, or where to look.
    pub hint: Option<String>,
    /// The figures of a silence that was broken.
    pub silence: Option<Silence>,
    /// A silence that proves nothing, but must last all the same.
    pub watched: Option<Box<Quietened>>,
    /// Whether to look again is of any use.
    pub again: Again,
    /// Whether the subject refused what it was asked for, though otherwise than it should have.
    pub refused: bool,
}

/// Whether what a look missed may be there at the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// It may.
    Worthwhile,
    /// The subject has said that there is no such thing.
    Useless,
}

/// The end of a step.
pub(crate) type StepResult = Result<Passed, Missed>;

impl Missed {
    /// The subject did otherwise than expected.
    #[must_use]
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self {
            verdict: StepVerdict::Failed,
            message: message.into(),
            mismatch: None,
            hint: None,
            silence: None,
            watched: None,
            again: Again::Worthwhile,
            refused: false,
        }
    }

    /// What the subject did tells nothing.
    #[must_use]
    pub(crate) fn inconclusive(message: impl Into<String>) -> Self {
        Self { verdict: StepVerdict::Inconclusive, ..Self::failed(message) }
    }

    /// The same, as something that tells nothing.
    #[must_use]
    pub(crate) fn tells_nothing(self) -> Self {
        Self { verdict: StepVerdict::Inconclusive, ..self }
    }

    /// The suite or the scenario is at fault.
    #[must_use]
    pub(crate) fn error(message: impl Into<String>) -> Self {
        Self { verdict: StepVerdict::Error, ..Self::failed(message) }
    }

    /// The subject lacks something that the proposal does not ask for.
    #[must_use]
    pub(crate) fn not_applicable(message: impl Into<String>) -> Self {
        Self { verdict: StepVerdict::NotApplicable, ..Self::failed(message) }
    }

    /// The same, by an answer. Where it says that the endpoint is not there, to look again is of no use.
    #[must_use]
    pub(crate) fn answered(self, answer: &Answer) -> Self {
        let again = if answer.lacks_endpoint() { Again::Useless } else { Again::Worthwhile };
        Self { again, refused: !answer.is_success(), ..self }
    }

    /// The same with advice.
    #[must_use]
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same with the place where an answer differs.
    #[must_use]
    pub(crate) fn mismatch(self, mismatch: Mismatch) -> Self {
        Self { mismatch: Some(Box::new(mismatch)), ..self }
    }
}

/// Without an answer nothing can be judged. Where the run ended, nothing was asked.
impl From<NoAnswer> for Missed {
    fn from(error: NoAnswer) -> Self {
        let verdict = match error {
            NoAnswer::Interrupted | NoAnswer::GaveUp(_) => StepVerdict::Skipped,
            _ => StepVerdict::Inconclusive,
        };
        Self { verdict, ..Self::failed(error.to_string()) }
    }
}

impl From<NoAccount> for Missed {
    fn from(error: NoAccount) -> Self {
        if let NoAccount::NoAnswer(ended @ (NoAnswer::Interrupted | NoAnswer::GaveUp(_))) = error {
            return ended.into();
        }
        let missed = Self::inconclusive(format!("no account: {error}"));
        match error.hint() {
            Some(hint) => missed.hint(hint),
            None => missed,
        }
    }
}
