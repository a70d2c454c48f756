//! `pushproof check-client`: which client, what is run, and what is kept.

use std::time::Duration;

use camino::Utf8PathBuf;
use clap::Args;

use super::{
    duration::{duration, watch},
    known::KnownArgs,
    selected::SelectedArgs,
};

// Flags of a command line are what they are.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Args)]
pub(crate) struct CheckClientArgs {
    /// The command that starts the driver, after `--`, or as a list in the file; as a variable a program alone
    #[arg(last = true, value_name = "COMMAND", env = "PUSHPROOF_COMMAND")]
    pub(crate) command: Vec<String>,

    /// Check the reference client
    #[arg(long, env = "PUSHPROOF_EMBEDDED")]
    pub(crate) embedded: bool,

    /// A defect or variation of the reference client; repeatable
    #[arg(long, value_name = "NAME", requires = "embedded", env = "PUSHPROOF_DEFECT", value_delimiter = ',')]
    pub(crate) defect: Vec<String>,

    /// Check the driver's protocol alone, message by message
    #[arg(long, env = "PUSHPROOF_DOCTOR")]
    pub(crate) doctor: bool,

    /// The names on the wire: stable | msc0000 | msc3881 | FILE [default: the first that the driver declares]
    #[arg(long, value_name = "DIALECT", env = "PUSHPROOF_DIALECT")]
    pub(crate) dialect: Option<String>,

    /// How long to wait for what should come, such as 10s or 500ms
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration, env = "PUSHPROOF_PATIENCE")]
    pub(crate) patience: Duration,

    /// How long to watch at least that nothing comes where nothing may, and that what was read stays so: 2s to 60m; never less
    /// than half of --patience
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = watch, env = "PUSHPROOF_WATCH")]
    pub(crate) watch: Duration,

    /// How long to wait for an answer of the driver; twice as long for the one to `start`
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration, env = "PUSHPROOF_DRIVER_PATIENCE")]
    pub(crate) driver_patience: Duration,

    /// How many scenarios run at the same time, each with a driver of its own
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..), env = "PUSHPROOF_JOBS")]
    pub(crate) jobs: u16,

    #[command(flatten)]
    pub(crate) selected: SelectedArgs,

    /// A folder of further scenarios; repeatable
    #[arg(long, value_name = "DIR", value_delimiter = ',', env = "PUSHPROOF_SCENARIOS")]
    pub(crate) scenarios: Vec<Utf8PathBuf>,

    /// Write a report: json=PATH; repeatable
    #[arg(long, value_name = "KIND=PATH", value_delimiter = ',', env = "PUSHPROOF_REPORT")]
    pub(crate) report: Vec<String>,

    /// Overwrite files at the paths of reports, and at that of the baseline, whatever they are
    #[arg(long, env = "PUSHPROOF_FORCE")]
    pub(crate) force: bool,

    #[command(flatten)]
    pub(crate) known: KnownArgs,

    /// Count what the proposal implies like what it states
    #[arg(long, env = "PUSHPROOF_STRICT")]
    pub(crate) strict: bool,

    /// Show every message and exchange of what failed in full
    #[arg(long, short, env = "PUSHPROOF_VERBOSE")]
    pub(crate) verbose: bool,
}
