//! The command line. Every flag can be given as an environment variable; the flag wins.

use std::{net::SocketAddr, time::Duration};

use camino::Utf8PathBuf;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use url::Url;

/// Tells whether a Matrix homeserver lets users toggle the push notifications of their other devices as the proposal
/// has it.
#[derive(Debug, Parser)]
#[command(name = "pushproof", version, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check a homeserver against the proposal
    Check(Box<CheckArgs>),
    /// Prove the suite against the reference homeserver with every defect
    Prove(ProveArgs),
    /// Start the reference homeserver
    Serve(ServeArgs),
    /// List clauses, scenarios, dialects or defects
    List(ListArgs),
    /// Explain a clause, a scenario or a defect
    Explain(ExplainArgs),
    /// Check scenario files for mistakes
    Lint(LintArgs),
    /// Render the record of an earlier run
    Report(ReportArgs),
}

// Flags of a command line are what they are.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, ClapArgs)]
pub(crate) struct CheckArgs {
    /// The homeserver's base address, such as <http://localhost:8008>
    #[arg(value_name = "URL", env = "PUSHPROOF_URL")]
    pub(crate) url: Option<String>,

    /// Check the embedded reference homeserver
    #[arg(long, env = "PUSHPROOF_EMBEDDED")]
    pub(crate) embedded: bool,

    /// A defect or variation of the embedded reference; repeatable
    #[arg(long, value_name = "NAME", requires = "embedded", env = "PUSHPROOF_DEFECT", value_delimiter = ',')]
    pub(crate) defect: Vec<String>,

    /// How accounts are had: open | token=@FILE | shared-secret=@FILE | users=FILE
    #[arg(long, value_name = "HOW", default_value = "open", env = "PUSHPROOF_REGISTRATION")]
    pub(crate) registration: String,

    /// The names on the wire: stable | msc0000 | msc3881 | auto | FILE [default: auto; msc0000 if embedded]
    #[arg(long, value_name = "DIALECT", env = "PUSHPROOF_DIALECT")]
    pub(crate) dialect: Option<String>,

    /// What the set-up lacks: mail, restart, push-gateway; its clauses are then not applicable
    #[arg(long, value_name = "WHAT", value_delimiter = ',', env = "PUSHPROOF_WITHOUT")]
    pub(crate) without: Vec<String>,

    /// Where the push gateway listens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0", env = "PUSHPROOF_GATEWAY_LISTEN")]
    pub(crate) gateway_listen: SocketAddr,

    /// The push gateway's base address as the homeserver reaches it [default: where it listens]
    #[arg(long, value_name = "URL", env = "PUSHPROOF_GATEWAY_URL")]
    pub(crate) gateway_url: Option<Url>,

    /// How long to wait for what should come, such as 10s or 500ms
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration, env = "PUSHPROOF_PATIENCE")]
    pub(crate) patience: Duration,

    /// How long one request may be put off by rate limits
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = duration, env = "PUSHPROOF_MAX_WAIT")]
    pub(crate) max_wait: Duration,

    /// How many scenarios run at the same time [default: 16; all if embedded]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), env = "PUSHPROOF_JOBS")]
    pub(crate) jobs: Option<u16>,

    /// Run only these scenarios; `*` is one segment, `**` many, @FILE a list; repeatable
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', env = "PUSHPROOF_RUN")]
    pub(crate) run: Vec<String>,

    /// Do not run these scenarios; repeatable
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', env = "PUSHPROOF_SKIP")]
    pub(crate) skip: Vec<String>,

    /// A folder of further scenarios; repeatable
    #[arg(long, value_name = "DIR", value_delimiter = ',', env = "PUSHPROOF_SCENARIOS")]
    pub(crate) scenarios: Vec<Utf8PathBuf>,

    /// Write a report: json=PATH; repeatable
    #[arg(long, value_name = "KIND=PATH", value_delimiter = ',', env = "PUSHPROOF_REPORT")]
    pub(crate) report: Vec<String>,

    /// Count what the proposal implies like what it states
    #[arg(long, env = "PUSHPROOF_STRICT")]
    pub(crate) strict: bool,

    /// Do not fail a homeserver for lacking the proposal
    #[arg(long, env = "PUSHPROOF_ALLOW_UNIMPLEMENTED")]
    pub(crate) allow_unimplemented: bool,

    /// Show every exchange of what failed in full
    #[arg(long, short, env = "PUSHPROOF_VERBOSE")]
    pub(crate) verbose: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ServeArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8008", env = "PUSHPROOF_LISTEN")]
    pub(crate) listen: SocketAddr,

    /// Where the inspection port listens; there is none otherwise
    #[arg(long, value_name = "ADDR", env = "PUSHPROOF_INSPECT")]
    pub(crate) inspect: Option<SocketAddr>,

    /// The names on the wire: stable | msc0000 | msc3881 | FILE
    #[arg(long, value_name = "DIALECT", default_value = "msc0000", env = "PUSHPROOF_DIALECT")]
    pub(crate) dialect: String,

    /// Act as a homeserver from before the proposal
    #[arg(long, env = "PUSHPROOF_LEGACY")]
    pub(crate) legacy: bool,

    /// Do something wrong, or right in another way; repeatable. `pushproof list defects` names them
    #[arg(long, value_name = "NAME", value_delimiter = ',', env = "PUSHPROOF_DEFECT")]
    pub(crate) defect: Vec<String>,

    /// The server's part of user ids
    #[arg(long, value_name = "NAME", default_value = "localhost", env = "PUSHPROOF_SERVER_NAME")]
    pub(crate) server_name: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ProveArgs {
    /// Only this defect or variation; repeatable
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) defect: Vec<String>,

    /// Only these scenarios; repeatable
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    pub(crate) run: Vec<String>,

    /// The names on the wire: stable | msc0000 | msc3881 | FILE
    #[arg(long, value_name = "DIALECT", default_value = "msc0000", env = "PUSHPROOF_DIALECT")]
    pub(crate) dialect: String,

    /// What the set-up lacks: mail, restart, push-gateway
    #[arg(long, value_name = "WHAT", value_delimiter = ',', env = "PUSHPROOF_WITHOUT")]
    pub(crate) without: Vec<String>,

    /// How long to wait for what should come
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    pub(crate) patience: Duration,

    /// How many subjects are examined at the same time
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: u16,

    /// A folder of further scenarios; repeatable
    #[arg(long, value_name = "DIR", value_delimiter = ',', env = "PUSHPROOF_SCENARIOS")]
    pub(crate) scenarios: Vec<Utf8PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ListArgs {
    /// What to list
    #[arg(value_enum, default_value_t = Listing::Clauses)]
    pub(crate) what: Listing,

    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,

    /// A folder of further scenarios; repeatable
    #[arg(long, value_name = "DIR", env = "PUSHPROOF_SCENARIOS", value_delimiter = ',')]
    pub(crate) scenarios: Vec<Utf8PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Listing {
    /// Every clause, with its level and the scenarios that judge it
    Clauses,
    /// Every scenario case, with the clauses that it judges
    Scenarios,
    /// The dialects
    Dialects,
    /// What the reference homeserver can do wrong, or otherwise
    Defects,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ExplainArgs {
    /// A clause such as pusher.state.optional, a scenario, or a defect
    pub(crate) id: String,

    /// A folder of further scenarios; repeatable
    #[arg(long, value_name = "DIR", env = "PUSHPROOF_SCENARIOS", value_delimiter = ',')]
    pub(crate) scenarios: Vec<Utf8PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct LintArgs {
    /// Scenario files, or folders of them
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<Utf8PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ReportArgs {
    /// The record, as `check --report json=PATH` wrote it
    #[arg(value_name = "RECORD")]
    pub(crate) record: Utf8PathBuf,

    /// Write a report: json=PATH; repeatable. Without any, the terminal's report is shown
    #[arg(long, value_name = "KIND=PATH")]
    pub(crate) report: Vec<String>,

    /// Show every exchange of what failed in full
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

/// Reads a time such as `10s`, `500ms`, `5m`.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| "write a number and a unit, such as 10s".to_owned())?;
    let duration = match unit {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        "m" if number <= 24 * 60 => Duration::from_secs(60 * number),
        _ => return Err("the unit must be ms, s or m, such as 10s".to_owned()),
    };
    if duration.is_zero() || duration > Duration::from_hours(24) {
        return Err("the time must be above 0 and at most a day".to_owned());
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use rstest::rstest;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[rstest]
    #[case("500ms", Some(500))]
    #[case("10s", Some(10_000))]
    #[case("5m", Some(300_000))]
    #[case("0s", None)]
    #[case("10", None)]
    #[case("s", None)]
    #[case("-1s", None)]
    #[case("1h", None)]
    #[case("99999999999999999999s", None)]
    #[case("18446744073709551615m", None)]
    fn times(#[case] text: &str, #[case] millis: Option<u64>) {
        assert_eq!(duration(text).ok(), millis.map(Duration::from_millis));
    }
}
