//! `pushproof report`: the record, and what is made of it.

use camino::Utf8PathBuf;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// The record, as `check --report json=PATH` wrote it. Those of all shards of a run become one; of others a matrix
    /// is made, subjects by clauses
    #[arg(value_name = "RECORD", required = true)]
    pub(crate) records: Vec<Utf8PathBuf>,

    /// Write a report: json, junit, tap, html, markdown, badge (an image if PATH ends in .svg), har or ctrf; repeatable.
    /// Without any, the terminal's report is shown
    #[arg(long, value_name = "KIND=PATH")]
    pub(crate) report: Vec<String>,

    /// Overwrite files at the paths of reports, whatever they are
    #[arg(long)]
    pub(crate) force: bool,

    /// Show every exchange of what failed in full
    #[arg(long, short)]
    pub(crate) verbose: bool,
}
