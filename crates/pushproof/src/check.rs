//! `pushproof check`: one subject, all scenarios, one verdict.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    sync::Arc,
    time::Duration,
};

use camino::{Utf8Path, Utf8PathBuf};
use pushproof_record::{Fold, Pattern, Policy, shown_command};
use pushproof_runner::{Authorities, Ended, Options, Phase, Selection};
use pushproof_scenario::Need;
use pushproof_sinks::Mailbox;
use pushproof_vocabulary::{Catalogue, Dialect};
use serde_json::{Map, Value};
use tokio::sync::mpsc;

use crate::{
    Usage,
    args::CheckArgs,
    baseline::BaselineFile,
    conclude::{self, Outputs},
    consent, dialect, files, interrupt, registration,
    report::{self, Overwrite},
    run_id, scenarios, shard,
    state_file::{self, StateFile},
    subject::{self, Chosen, Running},
    terminal,
};

/// A free port that only this machine reaches.
pub(crate) const LOOPBACK: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));

/// How many cases run at the same time on a server that is not ours.
const JOBS: u16 = 16;

pub(crate) async fn run(args: CheckArgs) -> anyhow::Result<u8> {
    let stop = interrupt::stop("interrupted: cleaning up (interrupt again to stop at once)")?;
    let scenarios = scenarios::load(&args.scenarios)?;
    let chosen = Chosen::new(&args).await?;
    let (phase, state_file) = state_file::open(&args)?.unzip();
    let options = options(&args, &chosen, phase).await?;
    let overwrite = Overwrite::forced(args.force);
    let others: Vec<&Utf8Path> =
        args.state.iter().chain(&args.known.baseline).map(Utf8PathBuf::as_path).collect();
    let outputs = Outputs {
        targets: report::targets(&args.report, overwrite, &others)?,
        baseline: BaselineFile::open(&args.known, &scenarios, overwrite)?,
        verbose: args.verbose,
    };
    let catalogue = &Catalogue::embedded().clauses;
    let (events, received) = mpsc::unbounded_channel();
    let following = outputs.follow(received);
    let name = chosen.name();
    let begun = async {
        consent::given(&options.registration, args.yes, &stop.in_order).await?;
        chosen.start(&args, &options, &stop.in_order).await
    };
    let (ended, running) = match begun.await {
        Ok((subject, running)) => {
            (pushproof_runner::run(&subject, &options, &scenarios, catalogue, events, stop).await, running)
        }
        Err(_) if stop.in_order.is_cancelled() => {
            let ended = pushproof_runner::not_begun(name, &options, &scenarios, catalogue, &events);
            drop(events);
            (ended, Running::Elsewhere)
        }
        Err(error) => return Err(error),
    };
    let mut record = following.await?.and_then(Fold::finish);
    if let Ok(record) = &mut record {
        running.add_log(record, &options.redactor);
    }
    let concluded = match ended {
        Ok(ended) => record.map_err(Into::into).and_then(|record| {
            let exit_code = outputs.conclude(&ended, record)?;
            if let Some(next) = state_file.map(|file| close(file, &ended, &options)).transpose()?.flatten() {
                terminal::note(&next);
            }
            Ok(exit_code)
        }),
        Err(error) => conclude::without_run(error),
    };
    // The record comes first: who interrupts again does not wait for a container.
    running.stop().await;
    concluded
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
        _ => {}
    }
    Ok(None)
}

pub(crate) fn embedded_dialect() -> Dialect {
    Dialect::named("msc0000").cloned().unwrap_or_else(|| Dialect::stable().clone())
}

async fn options(args: &CheckArgs, chosen: &Chosen, phase: Option<Phase>) -> anyhow::Result<Options> {
    let prepared = match &phase {
        Some(Phase::Verify(prepared)) => Some(prepared),
        Some(Phase::Prepare) | None => None,
    };
    let variable = |name: &str| std::env::var(name).ok();
    let dialect = match args.dialect.as_deref() {
        Some("auto") | None => chosen.dialect(),
        Some(name) => Some(dialect::parse(name)?),
    };
    let dialect = dialect.or_else(|| prepared?.dialect.clone());
    let without = args.without.iter().map(|name| need(name)).collect::<Result<BTreeSet<_>, _>>()?;
    let jobs = match (args.jobs, chosen) {
        (Some(jobs), _) => Some(usize::from(jobs)),
        (None, Chosen::Embedded) => None,
        (None, _) => Some(usize::from(JOBS)),
    };
    let has_mail = |_: &SocketAddr| !without.contains(&Need::Mail);
    let smtp_listen = prepared
        .and_then(|prepared| prepared.mailbox_listen.filter(has_mail))
        .or(args.smtp_listen)
        .or_else(|| chosen.mailbox().filter(has_mail));
    let gateway_listen = match chosen {
        Chosen::Container(plan) if args.gateway_listen == LOOPBACK => plan.listen(),
        _ => args.gateway_listen,
    };
    let gateway_url = match (&args.gateway_url, chosen) {
        (None, Chosen::Container(plan)) => Some(plan.gateway_url()),
        (Some(url), _) => Some(subject::address(url, "a push gateway")?.url().clone()),
        (None, _) => None,
    };
    Ok(Options {
        authorities: args.ca.as_deref().map(authorities).transpose()?.unwrap_or_default(),
        registration: registration::parse(&args.registration)?,
        patience: args.patience,
        watch: pushproof_runner::watch_time(args.watch, args.patience),
        max_wait: args.max_wait,
        cleanup_time: args.cleanup_time,
        jobs,
        gateway_listen,
        gateway_url,
        mailbox: mailbox(smtp_listen).await?,
        without,
        phase,
        policy: Policy {
            strict: args.strict,
            allow_unimplemented: args.allow_unimplemented,
            strict_cleanup: args.strict_cleanup,
        },
        selection: Selection {
            run: patterns(&args.selected.run)?,
            skip: patterns(&args.selected.skip)?,
            shard: args.shard.as_deref().map(|text| shard::parse(text, variable)).transpose()?,
        },
        run_id: run_id::find(args.run_id.as_deref(), args.shard.is_some(), variable),
        redactor: Arc::clone(terminal::secrets()),
        shown: shown(args, chosen),
        dialect,
    })
}

/// The certificates of `--ca FILE`.
fn authorities(path: &Utf8Path) -> Result<Authorities, Usage> {
    let wrong = |why: String| {
        let usage = Usage::new(format!("{path} {why}"));
        usage.hint("--ca takes certificates in PEM, of authorities or of the homeserver itself")
    };
    let file = files::read(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    Authorities::from_pem(&file).map_err(wrong)
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
    let most = pushproof_record::Selection::MOST_PATTERNS;
    if patterns.len() > most {
        return Err(Usage::new(format!("{} patterns select scenarios; at most {most} may", patterns.len()))
            .hint("a pattern can stand for many: `server/**`"));
    }
    Ok(patterns)
}

/// A time as the record shows options, in milliseconds.
pub(crate) fn millis(time: Duration) -> Value {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).into()
}

/// The options as the record shows them; no secret is among them.
fn shown(args: &CheckArgs, chosen: &Chosen) -> Map<String, Value> {
    let registration = args.registration.split('=').next().unwrap_or_default();
    let mut shown = Map::new();
    shown.insert("embedded".to_owned(), args.embedded.into());
    shown.insert("container".to_owned(), args.container.clone().into());
    shown.insert("defects".to_owned(), args.defect.clone().into());
    shown.insert("seed".to_owned(), args.seed.into());
    shown.insert("registration".to_owned(), registration.into());
    shown.insert("dialect".to_owned(), args.dialect.clone().into());
    shown.insert("patience_ms".to_owned(), millis(args.patience));
    shown.insert("watch_ms".to_owned(), millis(pushproof_runner::watch_time(args.watch, args.patience)));
    shown.insert("max_wait_ms".to_owned(), millis(args.max_wait));
    shown.insert("cleanup_time_ms".to_owned(), millis(args.cleanup_time));
    shown.insert("jobs".to_owned(), args.jobs.into());
    shown.insert("baseline".to_owned(), args.known.baseline.as_ref().map(|path| path.as_str()).into());
    shown.insert("ca".to_owned(), args.ca.as_ref().map(|path| path.as_str()).into());
    shown.insert("proxy".to_owned(), chosen.proxy().map(|proxy| proxy.to_string()).into());
    shown.insert("restart_cmd".to_owned(), args.restart_cmd.as_deref().map(shown_command).into());
    shown.insert("restart_patience_ms".to_owned(), millis(args.restart_patience));
    shown
}
