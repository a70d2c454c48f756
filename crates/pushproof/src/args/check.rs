//! `pushproof check`: the subject, what the suite needs to reach it, what is run, and what is kept.

use std::{net::SocketAddr, time::Duration};

use super::{
    duration::{duration, watch},
    known::KnownArgs,
    selected::SelectedArgs,
};
use camino::Utf8PathBuf;
use clap::Args;

// Flags of a command line are what they are.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The homeserver's base address, such as <http://localhost:8008>
    #[arg(value_name = "URL", env = "PUSHPROOF_URL")]
    pub(crate) url: Option<String>,

    /// Check the embedded reference homeserver
    #[arg(long, env = "PUSHPROOF_EMBEDDED")]
    pub(crate) embedded: bool,

    /// Check a homeserver in a container that the run starts and removes: synapse, reference, dendrite, conduit, tuwunel;
    /// NAME=IMAGE for another image of one of these; or an IMAGE that needs no more to be one, with its API on port 8008
    #[arg(long, value_name = "NAME|IMAGE", conflicts_with_all = ["restart_cmd", "phase"], env = "PUSHPROOF_CONTAINER")]
    pub(crate) container: Option<String>,

    /// A defect or variation of the embedded reference; repeatable
    #[arg(long, value_name = "NAME", requires = "embedded", env = "PUSHPROOF_DEFECT", value_delimiter = ',')]
    pub(crate) defect: Vec<String>,

    /// What the delays of variations follow from [default: others each time]
    #[arg(long, value_name = "N", requires = "embedded", env = "PUSHPROOF_SEED")]
    pub(crate) seed: Option<u64>,

    /// Certificates (PEM) to trust beside those that the system trusts: of authorities, or of the homeserver itself
    #[arg(long, value_name = "FILE", env = "PUSHPROOF_CA")]
    pub(crate) ca: Option<Utf8PathBuf>,

    /// How accounts are had: open | token=@FILE | shared-secret=@FILE | users=FILE
    #[arg(long, value_name = "HOW", default_value = "open", env = "PUSHPROOF_REGISTRATION")]
    pub(crate) registration: String,

    /// Agree that the accounts of users=FILE are taken over: all their devices are logged out, and all their pushers and
    /// settings events deleted. Without a terminal nobody can be asked, and it has to be said
    #[arg(long, short, env = "PUSHPROOF_YES")]
    pub(crate) yes: bool,

    /// The names on the wire: stable | msc0000 | msc3881 | auto | FILE [default: auto; msc0000 if embedded]
    #[arg(long, value_name = "DIALECT", env = "PUSHPROOF_DIALECT")]
    pub(crate) dialect: Option<String>,

    /// What the set-up lacks: mail, restart, push-gateway; its clauses are then not applicable
    #[arg(long, value_name = "WHAT", value_delimiter = ',', env = "PUSHPROOF_WITHOUT")]
    pub(crate) without: Vec<String>,

    /// Where the push gateway listens; for a container by default where containers reach it
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0", env = "PUSHPROOF_GATEWAY_LISTEN")]
    pub(crate) gateway_listen: SocketAddr,

    /// The push gateway's base address as the homeserver reaches it; port 0 is the one where it listens [default: where
    /// it listens]
    #[arg(long, value_name = "URL", env = "PUSHPROOF_GATEWAY_URL")]
    pub(crate) gateway_url: Option<String>,

    /// Where the mailbox listens that takes the homeserver's mail; without, no mail is judged. Embedded, and for the
    /// containers that send mail: a free port
    #[arg(long, value_name = "ADDR", env = "PUSHPROOF_SMTP_LISTEN")]
    pub(crate) smtp_listen: Option<SocketAddr>,

    /// The command that restarts the homeserver and ends once the old one is gone, with `PUSHPROOF_RESTART` in its environment:
    /// `proposal` or `legacy`, whether the new one is to implement the proposal
    #[arg(
        long,
        value_name = "CMD",
        conflicts_with = "embedded",
        value_parser = clap::builder::NonEmptyStringValueParser::new(),
        env = "PUSHPROOF_RESTART_CMD"
    )]
    pub(crate) restart_cmd: Option<String>,

    /// How long a restart, or the start of a container, may take until the homeserver answers
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = duration, env = "PUSHPROOF_RESTART_PATIENCE")]
    pub(crate) restart_patience: Duration,

    /// Upgrade the homeserver by hand between two runs: prepare on one from before the proposal, verify on the new one
    #[arg(
        long,
        value_name = "PHASE",
        conflicts_with = "embedded",
        requires = "state",
        env = "PUSHPROOF_PHASE"
    )]
    pub(crate) phase: Option<PhaseName>,

    /// Where prepare leaves what verify needs, secrets among it
    #[arg(long, value_name = "FILE", requires = "phase", env = "PUSHPROOF_STATE")]
    pub(crate) state: Option<Utf8PathBuf>,

    /// How long to wait for what should come, such as 10s or 500ms
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration, env = "PUSHPROOF_PATIENCE")]
    pub(crate) patience: Duration,

    /// How long to watch at least that nothing comes where nothing may, and that what was read stays so: 2s to 60m; never less
    /// than half of --patience
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = watch, env = "PUSHPROOF_WATCH")]
    pub(crate) watch: Duration,

    /// How long rate limits may hold the run up in all; when it would be longer, the run gives up
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = duration, env = "PUSHPROOF_MAX_WAIT")]
    pub(crate) max_wait: Duration,

    /// How long cleaning up may take in all. It ends before when nothing more can be removed
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = duration, env = "PUSHPROOF_CLEANUP_TIME")]
    pub(crate) cleanup_time: Duration,

    /// How many scenarios run at the same time [default: 16; all if embedded]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), env = "PUSHPROOF_JOBS")]
    pub(crate) jobs: Option<u16>,

    #[command(flatten)]
    pub(crate) selected: SelectedArgs,

    /// Run only this part of what is selected: 1/4 | auto | auto/4, where auto asks the CI's variables
    #[arg(long, value_name = "SHARD", env = "PUSHPROOF_SHARD")]
    pub(crate) shard: Option<String>,

    /// What the shards of one run have in common, and no other run has [default: GitHub's, GitLab's, Buildkite's or
    /// CircleCI's id of the run]
    #[arg(long, value_name = "ID", env = "PUSHPROOF_RUN_ID")]
    pub(crate) run_id: Option<String>,

    /// A folder of further scenarios; repeatable
    #[arg(long, value_name = "DIR", value_delimiter = ',', env = "PUSHPROOF_SCENARIOS")]
    pub(crate) scenarios: Vec<Utf8PathBuf>,

    /// Write a report: json, junit, tap, html, markdown, badge (an image if PATH ends in .svg), har or ctrf; repeatable
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

    /// Do not fail a homeserver for lacking the proposal
    #[arg(long, env = "PUSHPROOF_ALLOW_UNIMPLEMENTED")]
    pub(crate) allow_unimplemented: bool,

    /// Fail, with exit code 1, when something stays behind on the homeserver
    #[arg(long, env = "PUSHPROOF_STRICT_CLEANUP")]
    pub(crate) strict_cleanup: bool,

    /// Show every exchange of what failed in full
    #[arg(long, short, env = "PUSHPROOF_VERBOSE")]
    pub(crate) verbose: bool,
}

/// The two runs around an upgrade by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum PhaseName {
    /// Before it
    Prepare,
    /// After it
    Verify,
}
