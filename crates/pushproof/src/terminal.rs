//! What is written where: results to stdout, everything else to stderr, colours as the user has them. All that is written
//! passes here, and becomes plain unless it was painted: no text of others steers a terminal or commands a CI system.

use std::{
    fs::File,
    io::{self, Write},
    os::fd::AsFd,
    sync::{Arc, LazyLock},
};

use anstream::{AutoStream, ColorChoice};
use clap::error::ErrorKind;
use indicatif::ProgressBar;
use pushproof_record::{Painted, Redactor, exit_code, plain, plain_line};
use pushproof_yaml::{Diagnostic, Style};

/// The secrets of this process. What it tells on the way is told without them, whoever has the words.
pub(crate) fn secrets() -> &'static Arc<Redactor> {
    static SECRETS: LazyLock<Arc<Redactor>> = LazyLock::new(Arc::default);
    &SECRETS
}

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

/// Whether somebody is there who can be asked.
pub(crate) fn can_ask() -> bool {
    use std::io::IsTerminal;
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Writes a result, of which nothing steers the terminal. A reader that went away, as `head` does, is no error.
pub(crate) fn out(text: &str) -> io::Result<()> {
    write(&plain(text))
}

/// A copy of stdout, for a report that is sent there.
pub(crate) fn copy_of_results() -> io::Result<File> {
    io::stdout().as_fd().try_clone_to_owned().map(File::from)
}

/// A copy of stderr, for a report that is sent there.
pub(crate) fn copy_of_messages() -> io::Result<File> {
    io::stderr().as_fd().try_clone_to_owned().map(File::from)
}

/// Writes a result that was painted.
pub(crate) fn show(text: &Painted) -> io::Result<()> {
    write(text)
}

fn write(text: &str) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Tells of something on the way.
pub(crate) fn note(text: &str) {
    tell(&plain(text));
}

/// Tells of something on the way, in one line, while a bar is drawn.
pub(crate) fn note_above(bar: &ProgressBar, text: &str) {
    bar.println(secrets().message(&plain_line(text)));
}

/// Tells of something that was painted.
pub(crate) fn note_painted(text: &Painted) {
    tell(text);
}

/// Tells of an error, and what to do about it.
pub(crate) fn error(message: &str, hint: Option<&str>) {
    let style = anstyle::Style::new().bold().fg_color(Some(anstyle::AnsiColor::Red.into()));
    tell(&format!("{style}error{style:#}: {}", plain(message)));
    if let Some(hint) = hint {
        note(&format!("hint: {hint}"));
    }
}

fn tell(text: &str) {
    // Nothing can be done when stderr is gone.
    let _ = writeln!(anstream::stderr().lock(), "{}", secrets().message(text));
}

/// Gives a CI system a command of our own, which no filter of colours may touch.
pub(crate) fn command(text: &str) {
    // Nothing can be done when stderr is gone.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// What is wrong with a file, with the lines that it is about.
pub(crate) fn diagnostic(problem: &Diagnostic, path: &str, source: &str) -> Painted {
    let drawn = |style: Style| problem.render(&plain_line(path), source, style);
    let texts = [source, &problem.message, problem.hint.as_deref().unwrap_or_default()];
    let coloured = AutoStream::choice(&io::stderr()) != ColorChoice::Never;
    // Colours of a file's own could not be told from those of its diagnostic.
    if coloured && !texts.iter().any(|text| text.contains('\u{1b}')) {
        Painted::by_library(&drawn(Style::Coloured))
    } else {
        Painted::by_library(&drawn(Style::Plain))
    }
}

/// Tells of what clap has to say, be it help or a mistake in the arguments; the exit code.
pub(crate) fn usage(error: &clap::Error) -> io::Result<u8> {
    let text = error.render();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            show(&Painted::by_library(&text.ansi().to_string()))?;
            out("\n")?;
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            note_painted(&Painted::by_library(&text.ansi().to_string()));
        }
        // Without colours: a mistake quotes arguments and variables, which may have colours of their own.
        _ => self::error(text.to_string().trim_end().trim_start_matches("error: "), None),
    }
    Ok(u8::try_from(error.exit_code()).unwrap_or(exit_code::USAGE))
}

/// Lets a panic tell of itself like any other error.
pub(crate) fn tell_of_panics() {
    std::panic::set_hook(Box::new(|panic| {
        error(&format!("pushproof itself failed: {panic}"), Some("please report this"));
        let backtrace = std::backtrace::Backtrace::capture();
        if backtrace.status() == std::backtrace::BacktraceStatus::Captured {
            note(&backtrace.to_string());
        }
    }));
}

/// Whether stdout takes colours.
pub(crate) fn stdout_is_coloured() -> bool {
    AutoStream::choice(&io::stdout()) != ColorChoice::Never
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
