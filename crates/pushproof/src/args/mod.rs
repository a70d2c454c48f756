//! The command line, a file a command. Every flag can be given as an environment variable; the flag wins.

mod check;
mod check_client;
mod client_driver;
mod duration;
mod explain;
mod lint;
mod list;
mod prove;
mod report;
mod serve;

use clap::{Parser, Subcommand};

pub(crate) use self::{
    check::CheckArgs,
    check_client::CheckClientArgs,
    client_driver::ClientDriverArgs,
    explain::ExplainArgs,
    lint::LintArgs,
    list::{ListArgs, Listing},
    prove::ProveArgs,
    report::ReportArgs,
    serve::ServeArgs,
};

/// Tells whether a Matrix homeserver lets users toggle the push notifications of their other devices as the proposal
/// has it.
#[derive(Debug, Parser)]
#[command(name = "pushproof", version, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check a homeserver against the proposal
    Check(Box<CheckArgs>),
    /// Check a client against the proposal, through a driver
    CheckClient(Box<CheckClientArgs>),
    /// Prove the suite against the reference homeserver with every defect
    Prove(ProveArgs),
    /// Start the reference homeserver
    Serve(ServeArgs),
    /// List clauses, scenarios, dialects or defects
    List(ListArgs),
    /// Explain a clause, a scenario or a defect
    Explain(ExplainArgs),
    /// Check scenario files for mistakes
    Lint(LintArgs),
    /// Render the record of an earlier run
    Report(ReportArgs),
    /// Be the driver of the reference client, for `check-client`
    #[command(hide = true)]
    ClientDriver(ClientDriverArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }
}
