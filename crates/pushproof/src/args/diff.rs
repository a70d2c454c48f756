//! `pushproof diff`: two records.

use camino::Utf8PathBuf;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The record of before, as `check --report json=PATH` wrote it
    #[arg(value_name = "OLD")]
    pub(crate) old: Utf8PathBuf,

    /// The record of now. Exit code 1 if anything is worse than before, or not judged any more
    #[arg(value_name = "NEW")]
    pub(crate) new: Utf8PathBuf,

    /// Accept that the new record does not judge what the old one does
    #[arg(long)]
    pub(crate) allow_gone: bool,
}
