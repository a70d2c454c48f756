//! What is written where: results to stdout, everything else to stderr, colours as the user has them.

use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};
use pushproof_yaml::Style;

/// Takes `FORCE_COLOR` into account, which the library does not know. `NO_COLOR` is stronger.
pub(crate) fn choose_colours() {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    if is_set("FORCE_COLOR") && !is_set("NO_COLOR") {
        ColorChoice::Always.write_global();
    }
}

/// Whether a bar can be drawn on stderr.
pub(crate) fn stderr_draws() -> bool {
    use std::io::IsTerminal;
    io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Writes a result. A reader that went away, as `head` does, is no error.
pub(crate) fn out(text: &str) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Tells of something on the way.
pub(crate) fn note(text: &str) {
    // Nothing can be done when stderr is gone.
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Tells of an error, and what to do about it.
pub(crate) fn error(message: &str, hint: Option<&str>) {
    let style = anstyle::Style::new().bold().fg_color(Some(anstyle::AnsiColor::Red.into()));
    note(&format!("{style}error{style:#}: {message}"));
    if let Some(hint) = hint {
        note(&format!("hint: {hint}"));
    }
}

/// Whether stdout takes colours.
pub(crate) fn stdout_is_coloured() -> bool {
    AutoStream::choice(&io::stdout()) != ColorChoice::Never
}

/// How diagnostics are drawn on stderr.
pub(crate) fn stderr_style() -> Style {
    if AutoStream::choice(&io::stderr()) == ColorChoice::Never { Style::Plain } else { Style::Coloured }
}

/// The columns of the terminal; 100 where there is none.
pub(crate) fn width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    columns
        .or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)))
        .unwrap_or(100)
        .clamp(40, 140)
}

/// Text over as many lines as the terminal's width asks for; all but the first are indented.
pub(crate) fn wrapped(text: &str, indent: usize) -> String {
    let width = width().saturating_sub(indent);
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.join(&format!("\n{:indent$}", ""))
}
