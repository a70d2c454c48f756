//! `pushproof check`: one subject, all scenarios, one verdict.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    sync::Arc,
};

use camino::Utf8Path;
use pushproof_homeserver::Homeserver;
use pushproof_record::Policy;
use pushproof_runner::{Ended, Known, Lifetime, Options, Pattern, Phase, Restart, Selection, Subject};
use pushproof_scenario::Need;
use pushproof_sinks::Mailbox;
use pushproof_vocabulary::{Catalogue, Dialect};
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use url::Url;

use crate::{
    Usage,
    args::CheckArgs,
    baseline::BaselineFile,
    conclude::{self, Outputs},
    dialect, interrupt, registration, report, scenarios, serve, shard,
    state_file::{self, StateFile},
    terminal,
};

/// A free port that only this machine reaches.
pub(crate) const LOOPBACK: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));

/// How many cases run at the same time on a server that is not ours.
const JOBS: u16 = 16;

pub(crate) async fn run(args: CheckArgs) -> anyhow::Result<u8> {
    let cancel = interrupt::token("interrupted: cleaning up (interrupt again to stop at once)")?;
    let scenarios = scenarios::load(&args.scenarios)?;
    let mut options = options(&args).await?;
    let outputs = Outputs {
        targets: report::targets(&args.report)?,
        baseline: BaselineFile::open(args.baseline.clone(), args.write_baseline, &scenarios)?,
        verbose: args.verbose,
    };
    let state_file = state_file::open(&args)?.map(|(phase, file)| {
        if let Phase::Verify(prepared) = &phase {
            options.dialect = options.dialect.take().or_else(|| prepared.dialect.clone());
        }
        options.phase = Some(phase);
        file
    });
    let (subject, embedded) = subject(&args, &options).await?;

    let (events, received) = mpsc::unbounded_channel();
    let following = outputs.follow(received);
    let catalogue = &Catalogue::embedded().clauses;
    let ended = pushproof_runner::run(&subject, &options, &scenarios, catalogue, events, cancel).await;
    let fold = following.await??;
    if let Some(homeserver) = embedded {
        homeserver.stop().await;
    }
    let ended = match ended {
        Ok(ended) => ended,
        Err(error) => {
            if let Some(file) = state_file.filter(StateFile::is_new) {
                file.remove()?;
            }
            return conclude::without_run(error);
        }
    };
    let exit_code = outputs.conclude(&ended, fold)?;
    if let Some(next) = state_file.map(|file| close(file, &ended, &options)).transpose()?.flatten() {
        terminal::note(&next);
    }
    Ok(exit_code)
}

/// What becomes of the file of a run with a phase, and what is to be done next, if anything is.
fn close(file: StateFile, ended: &Ended, options: &Options) -> anyhow::Result<Option<String>> {
    match (ended, &options.phase) {
        (Ended::Prepared(prepared), _) => return file.keep(prepared).map(Some),
        // What was not run is still to be verified.
        (Ended::Complete, Some(Phase::Verify(prepared)))
            if prepared.keys().all(|key| options.selection.takes(key)) =>
        {
            file.remove()?;
        }
        _ if file.is_new() => file.remove()?,
        _ => {}
    }
    Ok(None)
}

/// The one subject; the embedded reference is started and kept.
async fn subject(args: &CheckArgs, options: &Options) -> anyhow::Result<(Subject, Option<Homeserver>)> {
    const WAYS: &str = "name one subject: a URL, as in `pushproof check http://localhost:8008`; or --embedded for the reference homeserver";
    // An unset variable in somebody's CI gives an empty word, and must not be taken for anything.
    let url = args.url.as_deref().filter(|url| !url.trim().is_empty());
    match (url, args.embedded) {
        (None, true) => {
            let options = pushproof_homeserver::Options {
                dialect: options.dialect.clone().unwrap_or_else(embedded_dialect),
                defects: args.defect.clone(),
                seed: args.seed,
                inspect: Some(LOOPBACK),
                smtp: options.mailbox.as_ref().map(|mailbox| mailbox.address().into()),
                ..pushproof_homeserver::Options::default()
            };
            let homeserver = serve::start(options).await?;
            Ok((reference(&homeserver), Some(homeserver)))
        }
        (Some(url), false) => {
            let parsed =
                Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
            let Some(parsed) = parsed else {
                return Err(Usage::new(format!("`{url}` is no address of a homeserver"))
                    .hint("it begins with http:// or https://, such as http://localhost:8008")
                    .into());
            };
            let restart = args
                .restart_cmd
                .clone()
                .map(|command| Restart::Command { command, patience: args.restart_patience });
            Ok((Subject { url: parsed, known: Known::Unknown, lifetime: Lifetime::Longer, restart }, None))
        }
        (Some(_), true) => Err(Usage::new("there are two subjects: a URL and --embedded").hint(WAYS).into()),
        (None, false) => Err(Usage::new("there is no subject to check").hint(WAYS).into()),
    }
}

/// The reference homeserver as a subject, which has an inspection port.
pub(crate) fn reference(homeserver: &Homeserver) -> Subject {
    Subject {
        url: homeserver.url(),
        known: Known::Implements,
        lifetime: Lifetime::Run,
        restart: homeserver.inspect_url().map(Restart::Inspection),
    }
}

pub(crate) fn embedded_dialect() -> Dialect {
    Dialect::named("msc0000").cloned().unwrap_or_else(|| Dialect::stable().clone())
}

async fn options(args: &CheckArgs) -> anyhow::Result<Options> {
    let variable = |name: &str| std::env::var(name).ok();
    let dialect = match args.dialect.as_deref() {
        Some("auto") | None if args.embedded => Some(embedded_dialect()),
        Some("auto") | None => None,
        Some(name) => Some(dialect::parse(name)?),
    };
    let without = args.without.iter().map(|name| need(name)).collect::<Result<BTreeSet<_>, _>>()?;
    let jobs = match (args.jobs, args.embedded) {
        (Some(jobs), _) => Some(usize::from(jobs)),
        (None, true) => None,
        (None, false) => Some(usize::from(JOBS)),
    };
    let smtp_listen = match args.smtp_listen {
        None if args.embedded && !without.contains(&Need::Mail) => Some(LOOPBACK),
        smtp_listen => smtp_listen,
    };
    Ok(Options {
        registration: registration::parse(&args.registration)?,
        patience: args.patience,
        max_wait: args.max_wait,
        jobs,
        gateway_listen: args.gateway_listen,
        gateway_url: args.gateway_url.clone(),
        mailbox: mailbox(smtp_listen).await?,
        without,
        phase: None,
        policy: Policy { strict: args.strict, allow_unimplemented: args.allow_unimplemented },
        selection: Selection {
            run: patterns(&args.run)?,
            skip: patterns(&args.skip)?,
            shard: args.shard.as_deref().map(|text| shard::parse(text, variable)).transpose()?,
        },
        shown: shown(args),
        dialect,
    })
}

/// The mailbox, if there is to be one.
pub(crate) async fn mailbox(listen: Option<SocketAddr>) -> Result<Option<Arc<Mailbox>>, Usage> {
    let Some(address) = listen else { return Ok(None) };
    let mailbox = Mailbox::bind(address).await.map_err(|error| {
        Usage::new(format!("the mailbox {error}"))
            .hint("another process may have the port; 0 takes a free one")
    })?;
    Ok(Some(Arc::new(mailbox)))
}

/// What `--without` may name.
pub(crate) fn need(name: &str) -> Result<Need, Usage> {
    let known = [Need::Mail, Need::Restart, Need::PushGateway];
    known.into_iter().find(|need| need.name() == name).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|need| need.name()).collect();
        let usage = Usage::new(format!("`{name}` is nothing that a set-up can lack"));
        usage.hint(format!("--without takes {}", pushproof_yaml::list(&names)))
    })
}

/// Patterns, and those in files: one a line, empty lines and those that begin with `#` left out.
pub(crate) fn patterns(texts: &[String]) -> Result<Vec<Pattern>, Usage> {
    let mut patterns = Vec::new();
    for text in texts.iter().filter(|text| !text.trim().is_empty()) {
        match text.strip_prefix('@') {
            None => patterns.push(Pattern::new(text)),
            Some(path) => {
                let lines = scenarios::read_text(Utf8Path::new(path))?;
                let lines =
                    lines.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
                patterns.extend(lines.map(Pattern::new));
            }
        }
    }
    Ok(patterns)
}

/// The options as the record shows them; no secret is among them.
fn shown(args: &CheckArgs) -> Map<String, Value> {
    let millis = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX).into();
    let registration = args.registration.split('=').next().unwrap_or_default();
    let mut shown = Map::new();
    shown.insert("embedded".to_owned(), args.embedded.into());
    shown.insert("defects".to_owned(), args.defect.clone().into());
    shown.insert("seed".to_owned(), args.seed.into());
    shown.insert("registration".to_owned(), registration.into());
    shown.insert("dialect".to_owned(), args.dialect.clone().into());
    shown.insert("patience_ms".to_owned(), millis(args.patience));
    shown.insert("max_wait_ms".to_owned(), millis(args.max_wait));
    shown.insert("jobs".to_owned(), args.jobs.into());
    shown.insert("baseline".to_owned(), args.baseline.as_ref().map(|path| path.as_str()).into());
    shown.insert("restart_cmd".to_owned(), args.restart_cmd.clone().into());
    shown.insert("restart_patience_ms".to_owned(), millis(args.restart_patience));
    shown
}
