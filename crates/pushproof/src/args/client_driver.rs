//! `pushproof client-driver`: what the reference client does wrong.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct ClientDriverArgs {
    /// Do something wrong, or right in another way; repeatable. `pushproof list defects` names them
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) defect: Vec<String>,
}
