//! `pushproof prove`: which defects, and how they are looked for.

use std::time::Duration;

use camino::Utf8PathBuf;
use clap::Args;

use super::duration::{duration, watch};

#[derive(Debug, Args)]
pub(crate) struct ProveArgs {
    /// Prove the client scenarios against the reference client
    #[arg(long, env = "PUSHPROOF_CLIENT")]
    pub(crate) client: bool,

    /// Only this defect or variation; repeatable
    #[arg(long, value_name = "NAME", value_delimiter = ',', env = "PUSHPROOF_DEFECT")]
    pub(crate) defect: Vec<String>,

    /// Only these scenarios; repeatable
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', env = "PUSHPROOF_RUN")]
    pub(crate) run: Vec<String>,

    /// The names on the wire: stable | msc0000 | msc3881 | FILE
    #[arg(long, value_name = "DIALECT", default_value = "msc0000", env = "PUSHPROOF_DIALECT")]
    pub(crate) dialect: String,

    /// What the set-up lacks: mail, restart, push-gateway
    #[arg(long, value_name = "WHAT", value_delimiter = ',', env = "PUSHPROOF_WITHOUT")]
    pub(crate) without: Vec<String>,

    /// How long to wait for what should come
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration, env = "PUSHPROOF_PATIENCE")]
    pub(crate) patience: Duration,

    /// How long to watch at least that nothing comes where nothing may, and that what was read stays so: 2s to 60m; never less
    /// than half of --patience
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = watch, env = "PUSHPROOF_WATCH")]
    pub(crate) watch: Duration,

    /// How many subjects are examined at the same time; eight for each core, or eight clients, if left out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), env = "PUSHPROOF_JOBS")]
    pub(crate) jobs: Option<u16>,

    /// A folder of further scenarios; repeatable
    #[arg(long, value_name = "DIR", value_delimiter = ',', env = "PUSHPROOF_SCENARIOS")]
    pub(crate) scenarios: Vec<Utf8PathBuf>,
}
