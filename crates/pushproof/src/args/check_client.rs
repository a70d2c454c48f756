//! `pushproof check-client`: which client, and how it is checked.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct CheckClientArgs {
    /// The command that starts the driver, after `--`
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,

    /// Check the reference client
    #[arg(long, env = "PUSHPROOF_EMBEDDED")]
    pub(crate) embedded: bool,

    /// A defect or variation of the reference client; repeatable
    #[arg(long, value_name = "NAME", requires = "embedded", env = "PUSHPROOF_DEFECT", value_delimiter = ',')]
    pub(crate) defect: Vec<String>,

    /// Check the driver's protocol alone, message by message
    #[arg(long, required = true)]
    pub(crate) doctor: bool,

    /// The names on the wire: stable | msc0000 | msc3881 | FILE
    #[arg(long, value_name = "DIALECT", default_value = "msc0000", env = "PUSHPROOF_DIALECT")]
    pub(crate) dialect: String,
}
