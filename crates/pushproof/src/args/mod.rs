//! The command line, a file a command. Every flag of a command that runs something can be given as a variable of the
//! environment too, and in the file of [`crate::config`]; the flag wins, then the variable.

mod check;
mod check_client;
mod client_driver;
mod completions;
mod diff;
mod duration;
mod explain;
mod init;
mod known;
mod lint;
mod list;
mod man;
mod prove;
mod report;
mod selected;
mod serve;

use camino::Utf8PathBuf;
use clap::{CommandFactory, Parser, Subcommand};

pub(crate) use self::{
    check::{CheckArgs, PhaseName},
    check_client::CheckClientArgs,
    client_driver::ClientDriverArgs,
    completions::CompletionsArgs,
    diff::DiffArgs,
    explain::ExplainArgs,
    init::InitArgs,
    known::KnownArgs,
    lint::LintArgs,
    list::{ListArgs, Listing},
    man::ManArgs,
    prove::ProveArgs,
    report::ReportArgs,
    serve::ServeArgs,
};

/// Tells whether a Matrix homeserver lets users toggle the push notifications of their other devices as the proposal
/// has it.
#[derive(Debug, Parser)]
#[command(name = "pushproof", version, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Args {
    /// What flags and variables do not say [default: pushproof.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE", env = "PUSHPROOF_CONFIG")]
    pub(crate) config: Option<Utf8PathBuf>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The command line. Help names variables and never says what they hold: that may be secret, and help is shown around.
pub(crate) fn command() -> clap::Command {
    let hide = |arg: clap::Arg| arg.hide_env_values(true);
    Args::command().mut_args(hide).mut_subcommands(|command| command.mut_args(hide))
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check a homeserver against the proposal
    Check(Box<CheckArgs>),
    /// Check a client against the proposal, through a driver
    CheckClient(Box<CheckClientArgs>),
    /// Prove the suite against the reference homeserver, or client, with every defect
    Prove(ProveArgs),
    /// Start the reference homeserver
    Serve(ServeArgs),
    /// List clauses, scenarios, dialects or defects
    List(ListArgs),
    /// Explain a clause, a scenario or a defect
    Explain(ExplainArgs),
    /// Check scenario files for mistakes
    Lint(LintArgs),
    /// Render the record of an earlier run, or several side by side
    Report(ReportArgs),
    /// Compare two records: what regressed, was fixed, came or went
    Diff(DiffArgs),
    /// Be the driver of the reference client, for `check-client`
    #[command(hide = true)]
    ClientDriver(ClientDriverArgs),
    /// Write a pushproof.toml that explains itself
    Init(InitArgs),
    /// Print what a shell needs to complete the command line
    Completions(CompletionsArgs),
    /// Write the manual pages
    Man(ManArgs),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    /// Flag, variable and key of the file are one name in three spellings.
    #[test]
    fn every_flag_has_its_variable() {
        let command = Args::command();
        let mut wrong = Vec::new();
        for name in config::COMMANDS {
            for (key, arg) in config::keys(command.find_subcommand(name).expect("the command is there")) {
                let variable = format!("PUSHPROOF_{}", key.to_uppercase().replace('-', "_"));
                if arg.get_env().is_none_or(|found| found != variable.as_str()) {
                    wrong.push(format!("{name} --{key}: {variable} instead of {:?}", arg.get_env()));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
