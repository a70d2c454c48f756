//! `pushproof explain`: what is explained.

use camino::Utf8PathBuf;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A clause such as pusher.state.optional, a scenario, or a defect
    pub(crate) id: String,

    /// A folder of further scenarios; repeatable
    #[arg(long, value_name = "DIR", env = "PUSHPROOF_SCENARIOS", value_delimiter = ',')]
    pub(crate) scenarios: Vec<Utf8PathBuf>,
}
