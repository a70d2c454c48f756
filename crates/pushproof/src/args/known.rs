//! Which failures are known.

use camino::Utf8PathBuf;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct KnownArgs {
    /// Known failures: a run is red only for what is not among them, and for what does not fit any more
    #[arg(long, value_name = "FILE", env = "PUSHPROOF_BASELINE")]
    pub(crate) baseline: Option<Utf8PathBuf>,

    /// Write the baseline anew, as the run finds it; reasons, issues and expiries are kept
    #[arg(long, requires = "baseline", env = "PUSHPROOF_WRITE_BASELINE")]
    pub(crate) write_baseline: bool,
}
