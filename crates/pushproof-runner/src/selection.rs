//! Which scenarios are run: patterns over `scenario` and `scenario:case`.

use pushproof_record::{ScenarioKey, ShardNumber};

/// A pattern over scenario ids. `*` stands for anything within one segment, `**` for any number of segments; a pattern
/// without a case takes all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    segments: Vec<String>,
    case: Option<String>,
}

impl Pattern {
    /// Reads a pattern. Every text is one.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let (id, case) = match text.split_once(':') {
            Some((id, case)) => (id, Some(case.to_owned())),
            None => (text, None),
        };
        Self { text: text.to_owned(), segments: id.split('/').map(str::to_owned).collect(), case }
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the pattern takes the scenario case.
    #[must_use]
    pub fn fits(&self, key: &ScenarioKey) -> bool {
        let id: Vec<&str> = key.id.split('/').collect();
        let segments: Vec<&str> = self.segments.iter().map(String::as_str).collect();
        let case = match (&self.case, &key.case) {
            (None, _) => true,
            (Some(pattern), Some(case)) => fits_segment(pattern, case),
            (Some(_), None) => false,
        };
        case && fits_segments(&segments, &id)
    }
}

fn fits_segments(pattern: &[&str], id: &[&str]) -> bool {
    match (pattern.split_first(), id.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => {
            fits_segments(rest, id) || !id.is_empty() && fits_segments(pattern, &id[1..])
        }
        (Some((first, rest)), Some((segment, others))) => {
            fits_segment(first, segment) && fits_segments(rest, others)
        }
        _ => false,
    }
}

/// Whether a segment fits, `*` standing for any text: the pieces between the stars must follow each other.
fn fits_segment(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut rest) = text.strip_prefix(head) else { return false };
    let mut pieces: Vec<&str> = tail.split('*').collect();
    let last = pieces.pop().unwrap_or_default();
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

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
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("server/pusher/state", "server/pusher/state", None, true)]
    #[case("server/pusher/state", "server/pusher/state", Some("http"), true)]
    #[case("server/pusher/state:http", "server/pusher/state", Some("http"), true)]
    #[case("server/pusher/state:http", "server/pusher/state", Some("email"), false)]
    #[case("server/pusher/state:http", "server/pusher/state", None, false)]
    #[case("server/*", "server/pusher/state", None, false)]
    #[case("server/*/state", "server/pusher/state", None, true)]
    #[case("server/**", "server/pusher/state", Some("http"), true)]
    #[case("**/state", "server/pusher/state", None, true)]
    #[case("**", "server/pusher/state", None, true)]
    #[case("**:h*p", "server/pusher/state", Some("http"), true)]
    #[case("server/pusher/st*te", "server/pusher/state", None, true)]
    #[case("server/pusher/*a*e", "server/pusher/state", None, true)]
    #[case("server/pusher/*x*", "server/pusher/state", None, false)]
    #[case("server/pusher/sta*ate", "server/pusher/state", None, false)]
    #[case("pusher/state", "server/pusher/state", None, false)]
    fn patterns(#[case] pattern: &str, #[case] id: &str, #[case] case: Option<&str>, #[case] fits: bool) {
        let key = ScenarioKey { id: id.to_owned(), case: case.map(str::to_owned) };
        assert_eq!(Pattern::new(pattern).fits(&key), fits);
    }

    #[test]
    fn a_pattern_that_takes_nothing_is_an_error() {
        let keys = [ScenarioKey { id: "a/b".to_owned(), case: None }];
        let selection =
            Selection { run: vec![Pattern::new("a/*")], skip: vec![Pattern::new("a/c")], shard: None };
        assert_eq!(selection.check(&keys), Err(NothingFits("a/c".to_owned())));
    }
}
