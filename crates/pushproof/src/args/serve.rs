//! `pushproof serve`: where the reference listens, and what it is.

use std::net::SocketAddr;

use clap::Args;
use pushproof_homeserver::SmtpRelay;

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8008", env = "PUSHPROOF_LISTEN")]
    pub(crate) listen: SocketAddr,

    /// Where the inspection port listens; there is none otherwise
    #[arg(long, value_name = "ADDR", env = "PUSHPROOF_INSPECT")]
    pub(crate) inspect: Option<SocketAddr>,

    /// The inspection port's token, which steering takes: @FILE, or in the variable the token itself [default: a fresh one,
    /// which is printed]
    #[arg(
        long,
        value_name = "@FILE",
        env = "PUSHPROOF_INSPECT_TOKEN",
        hide_env_values = true,
        requires = "inspect"
    )]
    pub(crate) inspect_token: Option<String>,

    /// How much memory it may allocate, in MiB; what would take more is refused
    #[arg(long, value_name = "MIB", default_value = "1024", env = "PUSHPROOF_MEMORY",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) memory: u32,

    /// The names on the wire: stable | msc0000 | msc3881 | FILE
    #[arg(long, value_name = "DIALECT", default_value = "msc0000", env = "PUSHPROOF_DIALECT")]
    pub(crate) dialect: String,

    /// Act as a homeserver from before the proposal
    #[arg(long, env = "PUSHPROOF_LEGACY")]
    pub(crate) legacy: bool,

    /// Do something wrong, or right in another way; repeatable. `pushproof list defects` names them
    #[arg(long, value_name = "NAME", value_delimiter = ',', env = "PUSHPROOF_DEFECT")]
    pub(crate) defect: Vec<String>,

    /// What the delays of variations follow from [default: others each time]
    #[arg(long, value_name = "N", env = "PUSHPROOF_SEED")]
    pub(crate) seed: Option<u64>,

    /// The server's part of user ids
    #[arg(long, value_name = "NAME", default_value = "localhost", env = "PUSHPROOF_SERVER_NAME")]
    pub(crate) server_name: String,

    /// The SMTP relay that takes its mail, such as localhost:1025; it sends none otherwise
    #[arg(long, value_name = "HOST:PORT", env = "PUSHPROOF_SMTP")]
    pub(crate) smtp: Option<SmtpRelay>,
}
