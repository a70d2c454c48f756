//! Which cases are run: patterns over `scenario` and `scenario:case`.

use crate::{ScenarioKey, Selection};

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

/// Whether the segments fit, `**` standing for any number of them. As `fits_segment`, without going back further than to
/// the last `**`: a pattern of many costs no more time than segments times pattern.
fn fits_segments(pattern: &[&str], id: &[&str]) -> bool {
    let (mut at, mut place) = (0, 0);
    let mut last: Option<(usize, usize)> = None;
    while place < id.len() {
        match pattern.get(at) {
            Some(&"**") => {
                last = Some((at, place));
                at += 1;
            }
            Some(segment) if fits_segment(segment, id[place]) => (at, place) = (at + 1, place + 1),
            _ => match &mut last {
                Some((any, taken)) => {
                    *taken += 1;
                    (at, place) = (*any + 1, *taken);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|segment| *segment == "**")
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

impl Selection {
    /// Whether the patterns of this selection take a case.
    pub(crate) fn takes(&self, key: &ScenarioKey) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|text| Pattern::new(text).fits(key));
        (self.run.is_empty() || any(&self.run)) && !any(&self.skip)
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
    #[case("server/**/**/state", "server/pusher/state", None, true)]
    #[case("**/pusher/**/x", "server/pusher/state", None, false)]
    #[case("**/state", "server/pusher/state", None, true)]
    #[case("**/state/**", "server/pusher/state", None, true)]
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

    /// A record can bring any pattern; none may cost time without end.
    #[test]
    fn many_stars_cost_little() {
        let key = ScenarioKey { id: ["a"; 60].join("/"), case: None };
        assert!(!Pattern::new(&format!("{}/b", ["**"; 40].join("/"))).fits(&key));
    }
}
