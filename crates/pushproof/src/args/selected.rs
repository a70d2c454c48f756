//! Which scenarios are run.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct SelectedArgs {
    /// Run only these scenarios; `*` is one segment, `**` many, @FILE a list; repeatable
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', env = "PUSHPROOF_RUN")]
    pub(crate) run: Vec<String>,

    /// Do not run these scenarios; repeatable
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', env = "PUSHPROOF_SKIP")]
    pub(crate) skip: Vec<String>,
}
