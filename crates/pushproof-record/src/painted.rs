//! Text with colours: the one kind of text that reaches a terminal with escape sequences in it.

use std::{fmt, ops::Deref, sync::LazyLock};

use regex::Regex;

use crate::plain::plain;

/// Text that a terminal may get as it is: nothing in it steers one but colours that this project has chosen, and no CI
/// system reads a command in it but those that this project gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Painted(String);

impl Painted {
    /// Text that was painted by a library, from texts without escape sequences. A line in which anything but colours
    /// would steer the terminal or command the CI system loses its colours and shows what is in it.
    #[must_use]
    pub fn by_library(text: &str) -> Self {
        static COLOUR: LazyLock<Regex> =
            LazyLock::new(|| Regex::new("\u{1b}\\[[0-9;]*m").expect("a test compiles the pattern"));
        let lines = text.lines().map(|line| {
            let bare = COLOUR.replace_all(line, "");
            let shown = plain(&bare);
            if shown == bare { line.to_owned() } else { shown }
        });
        Self(lines.collect::<Vec<_>>().join("\n"))
    }

    /// Text that a rendering has made of parts that are plain.
    pub(crate) fn made(text: String) -> Self {
        Self(text)
    }
}

impl Deref for Painted {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Painted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::colours("\u{1b}[1m\u{1b}[91merror\u{1b}[0m: a\n  \u{1b}[94m|\u{1b}[0m", None)]
    #[case::cursor("\u{1b}[1ma\u{1b}[0m\u{1b}[2J\nb", Some("a\\u{1b}[2J\nb"))]
    #[case::title("\u{1b}]0;x\u{7}", Some("\\u{1b}]0;x\\u{7}"))]
    #[case::command("\u{1b}[1m::error::x\u{1b}[0m", Some("\\u{3a}:error::x"))]
    #[case::command_in_pieces("#\u{1b}[1m#[error]x", Some("\\u{23}#[error]x"))]
    fn colours_are_all_that_steers(#[case] text: &str, #[case] shown: Option<&str>) {
        assert_eq!(&*Painted::by_library(text), shown.unwrap_or(text));
    }
}
