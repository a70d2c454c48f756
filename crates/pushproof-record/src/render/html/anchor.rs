//! Places in a report that can be linked to: the id of a clause, the name of a case, and the number of a step in it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::ScenarioKey;

/// What stands for itself in the fragment of an address.
const FRAGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/').remove(b':');

/// The anchor of a case.
pub(super) fn case(key: &ScenarioKey) -> String {
    id(&key.to_string())
}

/// The anchor of a step, counted from 1.
pub(super) fn step(key: &ScenarioKey, number: usize) -> String {
    id(&format!("{key}/{number}"))
}

/// An id for an element: anything but white space.
pub(super) fn id(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join("_")
}

/// The address of an anchor within the report.
pub(super) fn link(anchor: &str) -> String {
    format!("#{}", utf8_percent_encode(anchor, FRAGMENT))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("server/pusher/bad-type:string", "#server/pusher/bad-type:string")]
    #[case("a b\"<é", "#a_b%22%3C%C3%A9")]
    fn links(#[case] name: &str, #[case] address: &str) {
        assert_eq!(link(&id(name)), address);
    }
}
