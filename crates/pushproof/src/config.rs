//! `pushproof.toml`: a table for a command, whose keys are the command's flags. What it says takes the place of the flags'
//! own defaults, so that the command line comes before the environment, and the environment before the file.

mod effects;
mod masked;

use std::{ffi::OsString, io::ErrorKind, ops::Range};

use camino::{Utf8Path, Utf8PathBuf};
use clap::{
    Arg, ArgAction, ArgMatches, Command,
    builder::{OsStr, Resettable},
    error::ErrorKind as Complaint,
    parser::ValueSource,
};
use pushproof_record::steers;
use pushproof_yaml::{Diagnostic, Span, list, nearest};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{Usage, files, terminal};
pub(crate) use effects::Effects;
use masked::masked;

/// The file that is read if it is there and no other is named.
pub(crate) const FILE: &str = "pushproof.toml";

/// The commands that have a table in the file.
pub(crate) const COMMANDS: [&str; 4] = ["check", "check-client", "prove", "serve"];

/// What says which subject is checked. One that is named leaves no room for another from the file.
const SUBJECTS: [&str; 4] = ["url", "embedded", "container", "command"];

/// What a file must not say: it would be said of every run, and some of it is agreement that only a person gives.
const NOT_IN_A_FILE: [&str; 6] = ["config", "force", "help", "version", "write_baseline", "yes"];

/// The command with what environment and file say, ready to read its arguments, and what the file has a say in.
pub(crate) fn apply(command: Command, arguments: &[OsString]) -> Result<(Command, Option<Effects>), Usage> {
    let mut command = without_empty_variables(command);
    // The command line cannot be told from its mistakes yet; what it says of the file and of the subject can be found.
    let said = command.clone().ignore_errors(true).try_get_matches_from(arguments).ok();
    let Some((path, text)) = read(said.as_ref().and_then(named))? else { return Ok((command, None)) };
    let mut effects = Effects::of(path.clone());
    let shown = |problem: Diagnostic| {
        let shown = terminal::diagnostic(&problem, path.as_str(), &masked(&text));
        Usage::new("the configuration has a mistake").showing(shown)
    };
    let root = DeTable::parse(&text).map_err(|error| {
        let span = span(&text, error.span().unwrap_or_default());
        shown(Diagnostic::error(span, error.message().lines().next().unwrap_or_default()))
    })?;
    for (name, table) in root.get_ref() {
        let known = COMMANDS.contains(&name.get_ref().as_ref());
        let (true, DeValue::Table(table)) = (known, table.get_ref()) else {
            return Err(shown(no_table(span(&text, name.span()), name.get_ref())));
        };
        let name = name.get_ref().to_string();
        let subject_is_named = said
            .as_ref()
            .and_then(|said| said.subcommand_matches(&name))
            .is_some_and(|said| SUBJECTS.iter().any(|id| is_said(said, id)));
        for (key, value) in table {
            let of_command = command.find_subcommand(&name).expect("commands with a table exist");
            let arg = find(of_command, key.get_ref())
                .ok_or_else(|| shown(no_key(span(&text, key.span()), key.get_ref(), of_command)))?;
            let values = values(of_command, arg, value)
                .map_err(|message| shown(Diagnostic::error(span(&text, value.span()), message)))?;
            let id = arg.get_id().as_str().to_owned();
            effects.note(&name, arg, key.get_ref(), &values);
            if !(subject_is_named && SUBJECTS.contains(&id.as_str())) {
                command = command.mut_subcommand(&name, |command| {
                    command.mut_arg(id, |arg| {
                        // Help would show it.
                        let hide = !is_switch(&arg);
                        arg.default_values(values).hide_default_value(hide)
                    })
                });
            }
        }
    }
    Ok((command, Some(effects)))
}

/// The flags and arguments of a command that a file can give, with their keys.
pub(crate) fn keys(command: &Command) -> impl Iterator<Item = (String, &Arg)> {
    let args = command.get_arguments().filter(|arg| !NOT_IN_A_FILE.contains(&arg.get_id().as_str()));
    args.map(|arg| (arg.get_long().unwrap_or(arg.get_id().as_str()).to_owned(), arg))
}

/// Whether an argument takes several values, and so a list in the file.
pub(crate) fn takes_several(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Append)
}

/// Whether an argument is on or off.
pub(crate) fn is_switch(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::SetTrue)
}

fn find<'a>(command: &'a Command, key: &str) -> Option<&'a Arg> {
    keys(command).find(|(known, _)| known == key).map(|(_, arg)| arg)
}

/// An unset variable in somebody's CI gives an empty one, and must not be taken for anything.
fn without_empty_variables(command: Command) -> Command {
    command.mut_subcommands(|command| {
        command.mut_args(|arg| {
            let empty = arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
            if empty { arg.env(Resettable::<OsStr>::Reset) } else { arg }
        })
    })
}

fn is_said(matches: &ArgMatches, id: &str) -> bool {
    let known = matches.try_contains_id(id).unwrap_or(false);
    known && matches!(matches.value_source(id), Some(ValueSource::CommandLine | ValueSource::EnvVariable))
}

/// The file that the command line or the environment names.
fn named(said: &ArgMatches) -> Option<&Utf8Path> {
    said.get_one::<Utf8PathBuf>("config").map(Utf8PathBuf::as_path)
}

fn read(named: Option<&Utf8Path>) -> Result<Option<(Utf8PathBuf, String)>, Usage> {
    let path = named.unwrap_or(Utf8Path::new(FILE)).to_owned();
    match files::read_text(&path) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) if named.is_none() && error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Usage::new(format!("the configuration {path} cannot be read: {error}"))),
    }
}

/// What the file says, as the command line would say it.
fn values(command: &Command, arg: &Arg, value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, String> {
    let values = match value.get_ref() {
        DeValue::Boolean(on) if is_switch(arg) => return Ok(vec![on.to_string()]),
        _ if is_switch(arg) => return Err("expected true or false".to_owned()),
        DeValue::Array(items) if takes_several(arg) => {
            items.iter().map(|item| scalar(item.get_ref())).collect::<Option<Vec<_>>>()
        }
        value => scalar(value).map(|value| vec![value]),
    };
    let expected = if takes_several(arg) { "expected a list of texts" } else { "expected a text" };
    let values = values.ok_or_else(|| expected.to_owned())?;
    let hidden = values.iter().flat_map(|value| value.chars()).find(|c| steers(*c) && !"\n\t".contains(*c));
    if let Some(c) = hidden {
        return Err(format!("the value has a character that cannot be seen: {}", c.escape_unicode()));
    }
    values.iter().try_for_each(|value| try_out(command, arg, value))?;
    Ok(values)
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Lets the command read the value by itself; what else it misses does not matter here.
fn try_out(command: &Command, arg: &Arg, value: &str) -> Result<(), String> {
    let said = arg.get_long().map_or_else(|| value.to_owned(), |long| format!("--{long}={value}"));
    let tried = command.clone().try_get_matches_from([command.get_name(), &said]);
    match tried {
        Err(error) if matches!(error.kind(), Complaint::ValueValidation | Complaint::InvalidValue) => {
            let message = error.to_string();
            let first = message.lines().next().unwrap_or_default().trim_start_matches("error: ");
            // What is more than a word may be a secret: an address, a command.
            let is_word = value.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
            Err(if is_word { first.to_owned() } else { first.replace(value.trim(), "…") })
        }
        _ => Ok(()),
    }
}

fn no_table(span: Span, name: &str) -> Diagnostic {
    let tables = COMMANDS.map(|command| format!("[{command}]"));
    let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
    let message = format!("`{name}` is no table of this file");
    Diagnostic::error(span, message).with_hint(format!("expected {}", list(&tables)))
}

fn no_key(span: Span, name: &str, command: &Command) -> Diagnostic {
    let known: Vec<String> = keys(command).map(|(key, _)| key).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let expected = format!("expected {}", list(&known));
    let hint = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? Otherwise {expected}"),
        None => expected,
    };
    Diagnostic::error(span, format!("unknown key `{name}`")).with_hint(hint)
}

/// Where a range of bytes stands.
fn span(text: &str, bytes: Range<usize>) -> Span {
    let before = text.get(..bytes.start).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let marked = text.get(bytes).unwrap_or_default();
    Span {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        len: marked.lines().next().unwrap_or_default().chars().count().max(1),
    }
}
