//! `pushproof list`: what is listed.

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// What to list
    #[arg(value_enum, default_value_t = Listing::Clauses)]
    pub(crate) what: Listing,

    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,

    /// A folder of further scenarios; repeatable
    #[arg(long, value_name = "DIR", env = "PUSHPROOF_SCENARIOS", value_delimiter = ',')]
    pub(crate) scenarios: Vec<Utf8PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Listing {
    /// Every clause, with its level and the scenarios that judge it
    Clauses,
    /// Every scenario case, with the clauses that it judges
    Scenarios,
    /// The dialects
    Dialects,
    /// What the reference homeserver can do wrong, or otherwise
    Defects,
}
