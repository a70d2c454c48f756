//! `pushproof check-client`: one client behind a driver, all client scenarios, one verdict.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use pushproof_homeserver::{Homeserver, Reading};
use pushproof_record::Policy;
use pushproof_runner::{Reference, Selection, Stage, TrialOptions};
use pushproof_vocabulary::{Catalogue, Dialect};
use serde_json::{Map, Value};
use tokio::sync::mpsc;

use crate::{
    Usage,
    args::CheckClientArgs,
    baseline::BaselineFile,
    check,
    conclude::{self, Outputs},
    dialect, doctor, interrupt, memory, report, scenarios, subject, terminal,
};

/// So many MiB the whole trial may allocate before homeservers refuse to keep more.
const MEMORY_MIB: u32 = 2048;

pub(crate) async fn run(args: CheckClientArgs) -> anyhow::Result<u8> {
    let command = command(&args)?;
    let dialect = args.dialect.as_deref().map(dialect::parse).transpose()?;
    if args.doctor {
        return doctor::run(&command, dialect.as_ref(), args.driver_patience).await;
    }
    let stop = interrupt::stop("interrupted: ending the drivers (interrupt again to stop at once)")?;
    let scenarios = scenarios::load(&args.scenarios)?;
    let overwrite = report::Overwrite::forced(args.force);
    let others: Vec<&Utf8Path> = args.known.baseline.iter().map(Utf8PathBuf::as_path).collect();
    let outputs = Outputs {
        targets: report::targets(&args.report, overwrite, &others)?,
        baseline: BaselineFile::open(&args.known, &scenarios, overwrite)?,
        verbose: args.verbose,
    };
    let options = TrialOptions {
        dialect,
        patience: args.patience,
        watch: pushproof_runner::watch_time(args.watch, args.patience),
        driver_patience: args.driver_patience,
        jobs: usize::from(args.jobs),
        policy: Policy { strict: args.strict, ..Policy::default() },
        selection: Selection {
            run: check::patterns(&args.selected.run)?,
            skip: check::patterns(&args.selected.skip)?,
            shard: None,
        },
        redactor: Arc::clone(terminal::secrets()),
        shown: shown(&args),
    };
    let (events, received) = mpsc::unbounded_channel();
    let following = outputs.follow(received);
    let catalogue = &Catalogue::embedded().clauses;
    let ended =
        pushproof_runner::try_client(&command, &References, &options, &scenarios, catalogue, events, stop)
            .await;
    let fold = following.await??;
    match ended {
        Ok(ended) => outputs.conclude(&ended, fold.finish()?),
        Err(error) => conclude::without_run(error),
    }
}

/// The command of the one driver.
fn command(args: &CheckClientArgs) -> anyhow::Result<Vec<String>> {
    const WAYS: &str = "name one client: the command of its driver, as in `pushproof check-client -- node driver.mjs`; \
                        or --embedded for the reference client";
    // An unset variable in somebody's CI gives an empty word, and must not be taken for anything.
    let is_named = args.command.iter().any(|word| !word.trim().is_empty());
    match (is_named, args.embedded) {
        (true, false) => Ok(args.command.clone()),
        (false, true) => Ok(reference_client(&args.defect)?),
        (true, true) => Err(Usage::new("there are two clients: a command and --embedded").hint(WAYS).into()),
        (false, false) => Err(Usage::new("there is no client to check").hint(WAYS).into()),
    }
}

/// The command of the reference client with these defects.
pub(crate) fn reference_client(defects: &[String]) -> anyhow::Result<Vec<String>> {
    pushproof_client::behaviour(defects)
        .map_err(|error| Usage::new(error.to_string()).hint("`pushproof list defects` names them"))?;
    let own = std::env::current_exe()?;
    let mut command = vec![own.to_string_lossy().into_owned(), "client-driver".to_owned()];
    for defect in defects {
        command.extend(["--defect".to_owned(), defect.clone()]);
    }
    Ok(command)
}

/// Starts reference homeservers for clients.
pub(crate) struct References;

impl Stage for References {
    type Keep = Homeserver;

    async fn open(&self, dialect: &Dialect) -> Result<(Reference, Homeserver), String> {
        let options = pushproof_homeserver::Options {
            dialect: dialect.clone(),
            inspect: Some(check::LOOPBACK),
            // A driver that finds the port must not answer from what the homeserver saw.
            inspect_reading: Reading::WithToken,
            // A client that asks for ever is to be refused before the machine has no memory left.
            memory: Some(memory::bound(MEMORY_MIB)),
            ..pushproof_homeserver::Options::default()
        };
        let homeserver = Homeserver::start_with(options).await.map_err(|error| error.to_string())?;
        let inspect = subject::inspect(&homeserver).ok_or("the reference has no inspection port")?;
        Ok((Reference { url: homeserver.url(), inspect }, homeserver))
    }
}

/// The options as the record shows them.
fn shown(args: &CheckClientArgs) -> Map<String, Value> {
    let mut shown = Map::new();
    shown.insert("embedded".to_owned(), args.embedded.into());
    shown.insert("defects".to_owned(), args.defect.clone().into());
    shown.insert("dialect".to_owned(), args.dialect.clone().into());
    shown.insert("patience_ms".to_owned(), check::millis(args.patience));
    let watch = pushproof_runner::watch_time(args.watch, args.patience);
    shown.insert("watch_ms".to_owned(), check::millis(watch));
    shown.insert("driver_patience_ms".to_owned(), check::millis(args.driver_patience));
    shown.insert("jobs".to_owned(), args.jobs.into());
    shown
}
