//! `pushproof`: arguments, wiring, exit codes; nothing else.

mod args;
mod baseline;
mod check;
mod check_client;
mod ci;
mod client_driver;
mod completions;
mod conclude;
mod config;
mod consent;
#[cfg_attr(not(feature = "container"), path = "container_absent.rs")]
mod container;
mod defects;
mod dialect;
mod diff;
mod doctor;
mod explain;
mod files;
mod init;
mod interrupt;
mod limits;
mod lint;
mod list;
mod man;
mod memory;
mod progress;
mod prove;
mod record_file;
mod registration;
mod report;
mod run_id;
mod scenarios;
mod serve;
mod shard;
mod state_file;
mod subject;
mod terminal;

use std::{ffi::OsString, process::ExitCode};

use args::{Args, Command};
use clap::FromArgMatches;
use pushproof_record::{Painted, exit_code};
use pushproof_runner::Address;

/// A fault of the user's: told in one line, exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Usage {
    message: String,
    /// The lines of a file that are wrong.
    shown: Option<Painted>,
    hint: Option<String>,
}

impl Usage {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), shown: None, hint: None }
    }

    fn showing(self, shown: Painted) -> Self {
        Self { shown: Some(shown), ..self }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

fn main() -> ExitCode {
    terminal::choose_colours();
    terminal::tell_of_panics();
    limits::raise_open_files();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    keep_addresses_secret(&arguments);
    let (command, effects) = match config::apply(args::command(), &arguments) {
        Ok(applied) => applied,
        Err(usage) => return fail(&usage.into()),
    };
    let args = command.try_get_matches_from(arguments);
    if let (Ok(matches), Some(effects)) = (&args, effects) {
        effects.tell(matches);
    }
    let args = match args.and_then(|args| Args::from_arg_matches(&args)) {
        Ok(args) => args,
        Err(error) => return terminal::usage(&error).map_or(ExitCode::FAILURE, ExitCode::from),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&anyhow::Error::new(error).context("the runtime cannot start")),
    };
    let result = runtime.block_on(async {
        limits::outlive_small_files();
        match args.command {
            Command::Check(args) => check::run(*args).await,
            Command::CheckClient(args) => check_client::run(*args).await,
            Command::ClientDriver(args) => client_driver::run(&args).await,
            Command::Prove(args) => prove::run(args).await,
            Command::Serve(args) => serve::run(args).await,
            Command::List(args) => list::run(&args),
            Command::Explain(args) => explain::run(&args),
            Command::Lint(args) => lint::run(&args),
            Command::Report(args) => report::run(&args),
            Command::Diff(args) => diff::run(&args),
            Command::Init(args) => init::run(&args),
            Command::Completions(args) => completions::run(&args),
            Command::Man(args) => man::run(&args),
        }
    });
    // A request that nobody waits for any more must not keep the process.
    runtime.shutdown_background();
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => fail(&error),
    }
}

/// Addresses among arguments and variables may hold credentials, which nothing may repeat, not even the complaint that they
/// are no addresses.
fn keep_addresses_secret(arguments: &[OsString]) {
    let variables = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PUSHPROOF_"));
    for word in variables.map(|(_, value)| value).chain(arguments.iter().cloned()) {
        let word = word.to_string_lossy();
        let value =
            word.strip_prefix("--").and_then(|flag| flag.split_once('=')).map_or(&*word, |(_, value)| value);
        // Without a scheme it is none; it has what `user:password@` has all the same.
        let has_password = value.split_once('@').is_some_and(|(user, _)| user.contains(':'));
        let whole = if has_password && !value.contains("://") { &format!("http://{value}") } else { value };
        if let Some(address) = Address::parse(whole) {
            address.keep_secret(terminal::secrets(), "URL");
        }
    }
}

/// Tells of an error on stderr: usage is 2, everything else is the suite's own fault.
fn fail(error: &anyhow::Error) -> ExitCode {
    let usage = error.downcast_ref::<Usage>();
    let shown = usage.and_then(|usage| usage.shown.as_ref());
    terminal::error(&format!("{error:#}"), None);
    if let Some(shown) = shown {
        terminal::note_painted(shown);
    }
    if let Some(hint) = usage.and_then(|usage| usage.hint.as_deref()) {
        terminal::note(&format!("hint: {hint}"));
    }
    ExitCode::from(if usage.is_some() { exit_code::USAGE } else { exit_code::INTERNAL })
}
