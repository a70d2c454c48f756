//! `pushproof init`: where the configuration is written.

use camino::Utf8PathBuf;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The file
    #[arg(value_name = "FILE", default_value = crate::config::FILE)]
    pub(crate) path: Utf8PathBuf,

    /// Write over a file that is there
    #[arg(long)]
    pub(crate) force: bool,
}
