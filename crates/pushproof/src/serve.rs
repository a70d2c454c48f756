//! `pushproof serve`: the reference homeserver, until a signal ends it.

use camino::Utf8Path;
use pushproof_homeserver::{Era, Homeserver, Journalling, Options, Reading};
use pushproof_record::exit_code;
use pushproof_vocabulary::control::Token;

use crate::{Usage, args::ServeArgs, dialect, files, interrupt, memory, terminal};

/// What is said of an inspection port that others than this machine can reach.
const BEYOND_LOOPBACK: &str = "warning: the inspection port listens beyond loopback: whoever reaches it can read what the \
                               homeserver sees; steering takes the token. Give --inspect 127.0.0.1:PORT to keep it on this \
                               machine";

pub(crate) async fn run(args: ServeArgs) -> anyhow::Result<u8> {
    let stopped = interrupt::token("stopping")?;
    let is_token_fresh = args.inspect_token.is_none();
    let options = Options {
        listen: args.listen,
        inspect: args.inspect,
        inspect_token: args.inspect_token.as_deref().map(token).transpose()?,
        inspect_reading: Reading::Open,
        memory: Some(memory::bound(args.memory)),
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
        if is_token_fresh {
            terminal::out(&format!("inspection token: {}\n", homeserver.inspect_token().secret()))?;
        }
        if !args.inspect.is_some_and(|address| address.ip().is_loopback()) {
            terminal::note(BEYOND_LOOPBACK);
        }
    }
    stopped.cancelled().await;
    homeserver.stop().await;
    Ok(exit_code::CONFORMANT)
}

/// The token of the inspection port: `@FILE`, or from the environment the token itself. A flag is seen by everybody who lists
/// processes.
fn token(text: &str) -> Result<Token, Usage> {
    let secret = match text.strip_prefix('@') {
        Some(path) => files::read_text(Utf8Path::new(path))
            .map_err(|error| Usage::new(format!("cannot read the inspection token from {path}: {error}")))?,
        None if std::env::var("PUSHPROOF_INSPECT_TOKEN").is_ok_and(|set| set == text) => text.to_owned(),
        None => {
            return Err(Usage::new("the inspection token must not be given on the command line")
                .hint("put it into a file, --inspect-token @FILE, or into PUSHPROOF_INSPECT_TOKEN"));
        }
    };
    Token::new(secret.trim()).ok_or_else(|| {
        Usage::new("invalid inspection token")
            .hint(format!("it needs at least {} letters, digits and -._~+/=", Token::LEAST))
    })
}

/// Starts the reference; what it refuses is the user's fault.
pub(crate) async fn start(options: Options) -> Result<Homeserver, Usage> {
    Homeserver::start_with(options).await.map_err(|error| {
        Usage::new(error.to_string())
            .hint("`pushproof list defects` names the defects; port 0 takes a free port")
    })
}
