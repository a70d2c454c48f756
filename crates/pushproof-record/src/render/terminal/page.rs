//! Lines of text with colours, as wide as the terminal.

use anstyle::{AnsiColor, Style};

use super::{Colour, Detail, TerminalOptions};
use crate::{Painted, plain_line, render::words};

/// The longest line that a full report shows of what was seen; the record has the rest.
const LONGEST_LINE: usize = 1_000;

/// What a part of a line is, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Strong,
    Faint,
    Good,
    Warning,
    Bad,
}

impl Tone {
    fn style(self) -> Style {
        let coloured = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Faint => Style::new().dimmed(),
            Self::Good => coloured(AnsiColor::Green),
            Self::Warning => coloured(AnsiColor::Yellow),
            Self::Bad => coloured(AnsiColor::Red).bold(),
        }
    }
}

/// The report as far as it is written. All text that enters becomes plain.
#[derive(Debug)]
pub(super) struct Page {
    text: String,
    options: TerminalOptions,
}

impl Page {
    pub(super) fn new(options: &TerminalOptions) -> Self {
        Self { text: String::new(), options: *options }
    }

    pub(super) fn width(&self) -> usize {
        self.options.width
    }

    pub(super) fn is_full(&self) -> bool {
        self.options.detail == Detail::Full
    }

    pub(super) fn finish(self) -> Painted {
        Painted::made(self.text)
    }

    /// An empty line, unless the page has just begun.
    pub(super) fn blank(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    /// A heading with an empty line before it.
    pub(super) fn heading(&mut self, title: &str) {
        self.blank();
        self.wrapped(0, (Tone::Plain, ""), (Tone::Strong, title));
    }

    /// A line of parts, however long.
    pub(super) fn line(&mut self, indent: usize, parts: &[(Tone, &str)]) {
        self.push_indent(indent);
        let whole: String = parts.iter().map(|(_, text)| *text).collect();
        let shown = plain_line(&whole);
        // Where there is something to be shown that is not there, the line does without colours.
        if shown == whole.trim_end_matches(' ') {
            for (tone, text) in parts {
                self.push(*tone, text);
            }
        } else {
            self.push(Tone::Plain, &shown);
        }
        self.text.truncate(self.text.trim_end_matches(' ').len());
        self.text.push('\n');
    }

    /// A text in as many lines as it needs. Lines after the first begin under its first word that is no mark.
    pub(super) fn wrapped(&mut self, indent: usize, mark: (Tone, &str), text: (Tone, &str)) {
        let hang = mark.1.chars().count() + usize::from(!mark.1.is_empty());
        let room = self.width().saturating_sub(indent + hang).max(20);
        let mut first = true;
        for paragraph in text.1.lines() {
            for line in wrap(&plain_line(paragraph), room) {
                match (first, mark.1) {
                    (true, "") => self.line(indent, &[(text.0, &line)]),
                    (true, sign) => self.line(indent, &[(mark.0, sign), (Tone::Plain, " "), (text.0, &line)]),
                    (false, _) => self.line(indent + hang, &[(text.0, &line)]),
                }
                first = false;
            }
        }
    }

    /// Lines as they are, cut where they are too long. A brief report leaves out what comes after `most` lines.
    pub(super) fn verbatim(&mut self, indent: usize, mark: &str, text: &str, most: usize) {
        let lines: Vec<&str> = text.lines().collect();
        // To say that a line was left out takes a line too.
        let shown = if self.is_full() || lines.len() <= most + 2 { lines.len() } else { most };
        let room = self.width().saturating_sub(indent + mark.chars().count() + 1).max(20);
        let room = if self.is_full() { room.max(LONGEST_LINE) } else { room };
        for line in &lines[..shown] {
            self.line(indent, &[(Tone::Faint, mark), (Tone::Plain, " "), (Tone::Plain, &cut(line, room))]);
        }
        if shown < lines.len() {
            let rest = format!("… {}", words::count(lines.len() - shown, "more line"));
            self.line(indent, &[(Tone::Faint, mark), (Tone::Plain, " "), (Tone::Faint, &rest)]);
        }
    }

    fn push_indent(&mut self, indent: usize) {
        self.text.extend(std::iter::repeat_n(' ', indent));
    }

    fn push(&mut self, tone: Tone, text: &str) {
        match self.options.colour {
            Colour::Never => self.text.push_str(text),
            Colour::Always if tone == Tone::Plain => self.text.push_str(text),
            Colour::Always => {
                let style = tone.style();
                self.text.extend([style.render().to_string().as_str(), text, "\u{1b}[0m"]);
            }
        }
    }
}

/// The text in at most `room` characters.
pub(super) fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// The text in lines of at most `room` characters, parted between words. A longer word has a line for itself.
fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn page(colour: Colour, detail: Detail) -> Page {
        Page::new(&TerminalOptions { colour, width: 30, detail })
    }

    #[rstest]
    #[case("\u{1b}[31mred\u{7}", "\\u{1b}[31mred\\u{7}\n")]
    #[case("a\u{202e}b\u{9b}c", "a\\u{202e}b\\u{9b}c\n")]
    #[case("a\tb\n", "a b\n")]
    #[case("::error::a", "\\u{3a}:error::a\n")]
    fn nothing_steers_the_terminal(#[case] text: &str, #[case] shown: &str) {
        for colour in [Colour::Never, Colour::Always] {
            let mut page = page(colour, Detail::Full);
            page.line(0, &[(Tone::Bad, text), (Tone::Plain, "")]);
            let painted = page.finish();
            assert_eq!(painted.replace("\u{1b}[1m\u{1b}[31m", "").replace("\u{1b}[0m", ""), shown);
        }
    }

    #[test]
    fn no_word_becomes_a_command_at_the_beginning_of_its_line() {
        let mut page = page(Colour::Never, Detail::Full);
        page.wrapped(0, (Tone::Plain, ""), (Tone::Plain, "as many words as fit in ::error::a"));
        assert_eq!(&*page.finish(), "as many words as fit in\n\\u{3a}:error::a\n");
    }

    #[test]
    fn long_texts_hang_under_their_beginning() {
        let mut page = page(Colour::Never, Detail::Brief);
        page.wrapped(2, (Tone::Bad, "hint:"), (Tone::Plain, "raise the limit of the rate or wait"));
        assert_eq!(&*page.finish(), "  hint: raise the limit of the\n        rate or wait\n");
    }

    #[rstest]
    #[case("a\nb\nc\nd", Detail::Brief, "> a\n> … 3 more lines\n")]
    #[case("a\nb\nc\nd", Detail::Full, "> a\n> b\n> c\n> d\n")]
    #[case("a\nb\nc", Detail::Brief, "> a\n> b\n> c\n")]
    fn many_lines_are_cut_short(#[case] text: &str, #[case] detail: Detail, #[case] shown: &str) {
        let mut page = page(Colour::Never, detail);
        page.verbatim(0, ">", text, 1);
        assert_eq!(&*page.finish(), shown);
    }

    #[test]
    fn colours_are_ended() {
        let mut page = page(Colour::Always, Detail::Brief);
        page.line(0, &[(Tone::Good, "fine"), (Tone::Plain, "!")]);
        assert_eq!(&*page.finish(), "\u{1b}[32mfine\u{1b}[0m!\n");
    }
}
