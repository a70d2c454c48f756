//! `pushproof serve`: the reference homeserver, until a signal ends it.

use pushproof_homeserver::{Era, Homeserver, Journalling, Options};
use pushproof_record::exit_code;

use crate::{Usage, args::ServeArgs, dialect, interrupt, terminal};

pub(crate) async fn run(args: ServeArgs) -> anyhow::Result<u8> {
    let stopped = interrupt::token("stopping")?;
    let options = Options {
        listen: args.listen,
        inspect: args.inspect,
        journal: if args.inspect.is_some() { Journalling::Kept } else { Journalling::Off },
        dialect: dialect::parse(&args.dialect)?,
        era: if args.legacy { Era::Legacy } else { Era::Proposal },
        defects: args.defect,
        seed: args.seed,
        server_name: args.server_name,
        smtp: args.smtp,
    };
    let homeserver = start(options).await?;
    terminal::out(&format!("homeserver: {}\n", homeserver.url()))?;
    if let Some(url) = homeserver.inspect_url() {
        terminal::out(&format!("inspection: {url}\n"))?;
    }
    stopped.cancelled().await;
    homeserver.stop().await;
    Ok(exit_code::CONFORMANT)
}

/// Starts the reference; what it refuses is the user's fault.
pub(crate) async fn start(options: Options) -> Result<Homeserver, Usage> {
    Homeserver::start_with(options).await.map_err(|error| {
        Usage::new(error.to_string())
            .hint("`pushproof list defects` names the defects; port 0 takes a free port")
    })
}
