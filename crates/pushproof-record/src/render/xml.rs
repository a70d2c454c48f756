//! Text for XML, which has no place for some characters, not even escaped.

use crate::plain;

/// The text as it is shown elsewhere, without the two characters that are seen nowhere and that XML does not have.
pub(super) fn valid(text: &str) -> String {
    plain(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    #[rstest]
    #[case("a\tb\n", "a b\n")]
    #[case("a\u{0}b\u{1b}", r"a\u{0}b\u{1b}")]
    #[case("\u{fffe}\u{ffff}\u{10ffff}", "\u{fffd}\u{fffd}\u{10ffff}")]
    fn what_xml_has_not_is_replaced(#[case] text: &str, #[case] valid: &str) {
        assert_eq!(super::valid(text), valid);
    }
}
