//! Text of others before it is shown: a terminal obeys control characters, a reader is deceived by invisible ones, and a
//! CI system reads commands out of its own log. Here each of them becomes an escape that shows what was there.

use std::{fmt::Write, sync::LazyLock};

use regex::{Captures, Regex};

/// The text as it can stand on a terminal and in the log of a CI system: what steers a terminal or cannot be seen becomes
/// an escape such as `\u{1b}`, and so does a character of each command that a CI system would obey. Lines stay lines.
#[must_use]
pub fn plain(text: &str) -> String {
    guarded(&text.replace("\r\n", "\n").replace('\t', " "), Spelling::Rust)
}

/// The same in one line: a break in it becomes a space.
#[must_use]
pub fn plain_line(text: &str) -> String {
    let line = text.replace("\r\n", " ").replace(['\n', '\r'], " ");
    plain(line.trim_end())
}

/// JSON text with the same characters escaped as JSON does it. Whoever reads it finds the same values.
#[must_use]
pub fn plain_json(json: &str) -> String {
    guarded(json, Spelling::Json)
}

/// Whether a character steers what shows it, or cannot be seen: control characters, marks and overrides of the direction
/// of writing, separators of lines, fillers and tags. Joiners and the selectors of emoji belong to how people write.
#[must_use]
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// How an escape is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// `\u{1b}`.
    Rust,
    /// `\u001b`, in two halves beyond the basic plane.
    Json,
}

impl Spelling {
    fn escape(self, c: char, out: &mut String) {
        match self {
            Self::Rust => write!(out, "\\u{{{:x}}}", u32::from(c)).expect("a string takes everything"),
            Self::Json => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}").expect("a string takes everything");
                }
            }
        }
    }
}

fn guarded(text: &str, spelling: Spelling) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) && c != '\n' { spelling.escape(c, &mut shown) } else { shown.push(c) }
    }
    disarmed(&shown, spelling)
}

/// Breaks what CI systems read as commands: GitHub's and Azure's `::name::`, `##[name]` and `##vso[…]`, of which the
/// latter count anywhere in a line, TeamCity's `##teamcity[…]`, the folds of GitLab and Travis, and at the beginning of a
/// line the groups of Buildkite. A blank before a command keeps none of them from obeying it.
fn disarmed(text: &str, spelling: Spelling) -> String {
    static COMMAND: LazyLock<Regex> = LazyLock::new(|| {
        let pattern =
            r"(?im)^\s*(?:::|---|\+\+\+|~~~|\^\^\^)|##[a-z]*\[|section_(?:start|end):|travis_(?:fold|time):";
        Regex::new(pattern).expect("a test compiles the pattern")
    });
    let broken = COMMAND.replace_all(text, |found: &Captures<'_>| {
        let command = found[0].trim_start();
        let (blank, rest) = (&found[0][..found[0].len() - command.len()], command.chars());
        let mut broken = blank.to_owned();
        for (place, c) in rest.enumerate() {
            if place == 0 { spelling.escape(c, &mut broken) } else { broken.push(c) }
        }
        broken
    });
    broken.into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::text("Zoë wrote „👍🏽“ in 日本語, می‌خواهم", "Zoë wrote „👍🏽“ in 日本語, می‌خواهم")]
    #[case::colour("\u{1b}[31mred\u{7}", "\\u{1b}[31mred\\u{7}")]
    #[case::single_byte_sequence("a\u{9b}2Jb", "a\\u{9b}2Jb")]
    #[case::overwritten("wrong\rright\u{8}", "wrong\\u{d}right\\u{8}")]
    #[case::reversed("a\u{202e}b\u{2066}c\u{200f}", "a\\u{202e}b\\u{2066}c\\u{200f}")]
    #[case::unseen("a\u{200b}b\u{feff}c\u{e0041}", "a\\u{200b}b\\u{feff}c\\u{e0041}")]
    #[case::lines("a\r\nb\tc\u{2028}d", "a\nb c\\u{2028}d")]
    #[case::github("::error::x\n \t::stop-commands::y", "\\u{3a}:error::x\n  \\u{3a}:stop-commands::y")]
    #[case::github_before("a ##[error]x", "a \\u{23}#[error]x")]
    #[case::azure("a ###vso[task.complete]", "a #\\u{23}#vso[task.complete]")]
    #[case::team_city("##TeamCity[x]", "\\u{23}#TeamCity[x]")]
    #[case::gitlab("section_start:1:a", "\\u{73}ection_start:1:a")]
    #[case::buildkite(
        "--- a\n\n+++ b\n  ~~~ c\n^^^ +++",
        "\\u{2d}-- a\n\n\\u{2b}++ b\n  \\u{7e}~~ c\n\\u{5e}^^ +++"
    )]
    #[case::no_command("a::b ## c [d] --run e section 1:", "a::b ## c [d] --run e section 1:")]
    fn nothing_steers_what_shows_it(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(plain(text), shown);
    }

    #[test]
    fn one_line_stays_one() {
        assert_eq!(plain_line("a\r\n::error::b\n✓ conformant\n"), "a ::error::b ✓ conformant");
        assert_eq!(plain_line("\n::error::b"), " \\u{3a}:error::b");
    }

    /// What an adversary would send, more often than anything else.
    fn any_text() -> impl Strategy<Value = String> {
        let tricks = "(\u{1b}\\[31m|\u{9b}|\r|\n|\t|\u{2028}|\u{85}|\u{a0}|\u{202e}|\u{feff}|\u{e0041}|::|error|##|\\[|vso|-|\\+|~|\\^| |section_|start:|.)";
        proptest::string::string_regex(&format!("{tricks}{{0,24}}")).expect("a pattern")
    }

    proptest! {
        #[test]
        fn no_text_steers_or_commands(text in any_text()) {
            let shown = plain(&text);
            prop_assert!(!shown.chars().any(|c| steers(c) && c != '\n'), "{shown:?}");
            for line in shown.lines() {
                let line = line.trim_start().to_lowercase();
                for command in ["::", "---", "+++", "~~~", "^^^"] {
                    prop_assert!(!line.starts_with(command), "{line:?}");
                }
                for command in ["##[", "##vso[", "##teamcity[", "section_start:", "section_end:"] {
                    prop_assert!(!line.contains(command), "{line:?}");
                }
            }
            prop_assert_eq!(plain(&shown), shown);
            prop_assert_eq!(plain_line(&text).lines().count(), usize::from(!plain_line(&text).is_empty()));
        }

        #[test]
        fn json_says_the_same(text in any_text()) {
            let json = plain_json(&serde_json::to_string(&text).expect("a text is JSON"));
            prop_assert_eq!(plain(&json), json.clone());
            prop_assert_eq!(serde_json::from_str::<String>(&json).expect("it is JSON"), text);
        }
    }
}
