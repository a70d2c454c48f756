//! Which scenarios are run: patterns over `scenario` and `scenario:case`.

use pushproof_record::{Pattern, ScenarioKey, ShardNumber};

/// What is run and what is skipped; everything if nothing is said.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only what one of these takes; everything if there are none.
    pub run: Vec<Pattern>,
    /// Not what one of these takes.
    pub skip: Vec<Pattern>,
    /// Of that, only this part; all of it if there is none.
    pub shard: Option<ShardNumber>,
}

/// A pattern that takes nothing, most likely misspelled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no scenario fits the pattern `{0}`; `pushproof list` shows them all")]
pub struct NothingFits(pub String);

impl Selection {
    /// Whether the scenario case is run.
    #[must_use]
    pub fn takes(&self, key: &ScenarioKey) -> bool {
        (self.run.is_empty() || self.run.iter().any(|pattern| pattern.fits(key)))
            && !self.skip.iter().any(|pattern| pattern.fits(key))
            && self.shard.is_none_or(|shard| shard.takes(key))
    }

    /// Finds the patterns that take nothing.
    pub fn check(&self, keys: &[ScenarioKey]) -> Result<(), NothingFits> {
        for pattern in self.run.iter().chain(&self.skip) {
            if !keys.iter().any(|key| pattern.fits(key)) {
                return Err(NothingFits(pattern.as_str().to_owned()));
            }
        }
        Ok(())
    }

    /// The patterns as records show them.
    #[must_use]
    pub fn describe(&self) -> pushproof_record::Selection {
        let texts =
            |patterns: &[Pattern]| patterns.iter().map(|pattern| pattern.as_str().to_owned()).collect();
        pushproof_record::Selection { run: texts(&self.run), skip: texts(&self.skip) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_takes_nothing_is_an_error() {
        let keys = [ScenarioKey { id: "a/b".to_owned(), case: None }];
        let selection =
            Selection { run: vec![Pattern::new("a/*")], skip: vec![Pattern::new("a/c")], shard: None };
        assert_eq!(selection.check(&keys), Err(NothingFits("a/c".to_owned())));
    }
}
