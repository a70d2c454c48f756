//! `pushproof prove`: the suite against the reference homeserver, or the reference client, with every defect, one at a
//! time.

use std::{collections::BTreeSet, fmt::Write, sync::Arc, time::Duration};

use pushproof_homeserver::Homeserver;
use pushproof_record::{Event, Pattern, Policy, ScenarioKey, exit_code};
use pushproof_runner::{
    Authorities, Breakage, Options, Proof, ProveError, Registration, Row, Selection, Stop, TrialOptions,
    Workshop,
};
use pushproof_scenario::{Need, Scenario};
use pushproof_vocabulary::{Catalogue, ClauseId, Dialect, Manner};
use tokio::sync::mpsc::UnboundedSender;

use crate::{
    Usage,
    args::ProveArgs,
    check,
    check_client::{self, References},
    defects::{self, Defect},
    dialect, interrupt, scenarios, subject, terminal,
};

/// So many cases run at the same time against each subject: many subjects that begin at once must not keep each other
/// waiting until a deadline passes.
const CASES_AT_ONCE: usize = 24;

/// So many cases of one client: each has a process and a homeserver of its own, and waits.
const CASES_OF_A_CLIENT: usize = 12;

/// A subject spends most of its time waiting for what must not come.
const SUBJECTS_PER_CORE: usize = 8;

/// How many clients are examined at the same time.
const CLIENTS_AT_ONCE: usize = 24;

/// The variations that limit rates do so for moments.
const MAX_WAIT: Duration = Duration::from_mins(5);

fn subjects_at_once(asked: Option<u16>) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    asked.map_or_else(|| SUBJECTS_PER_CORE * cores(), usize::from)
}

pub(crate) async fn run(args: ProveArgs) -> anyhow::Result<u8> {
    let scenarios = scenarios::load(&args.scenarios)?;
    let dialect = dialect::parse(&args.dialect)?;
    let patterns: Vec<Pattern> = args.run.iter().map(|text| Pattern::new(text)).collect();
    let canon = Arc::new(pushproof_runner::canon(&Catalogue::embedded().clauses, &scenarios));
    let selection = Selection { run: patterns, skip: Vec::new(), shard: None };
    let in_order = interrupt::token("interrupted")?;
    let stop = Stop { in_order, ..Stop::default() };
    let proof = if args.client {
        let options = TrialOptions {
            dialect: Some(dialect),
            patience: args.patience,
            watch: pushproof_runner::watch_time(args.watch, args.patience),
            driver_patience: pushproof_runner::DRIVER_PATIENCE,
            jobs: CASES_OF_A_CLIENT,
            policy: Policy::default(),
            selection,
            redactor: Arc::default(),
            shown: serde_json::Map::new(),
        };
        let breakages = breakages(&args.defect, &defects::of_client())?;
        let at_once = args.jobs.map_or(CLIENTS_AT_ONCE, usize::from);
        let clients = Clients { options, scenarios };
        pushproof_runner::prove(Arc::new(clients), &breakages, canon, at_once, told, &stop).await
    } else {
        let without: BTreeSet<Need> =
            args.without.iter().map(|name| check::need(name)).collect::<Result<_, _>>()?;
        let mailbox = check::mailbox((!without.contains(&Need::Mail)).then_some(check::LOOPBACK)).await?;
        let options = Options {
            dialect: Some(dialect.clone()),
            authorities: Authorities::default(),
            registration: Registration::Open,
            patience: args.patience,
            watch: pushproof_runner::watch_time(args.watch, args.patience),
            max_wait: MAX_WAIT,
            cleanup_time: Duration::ZERO,
            jobs: Some(CASES_AT_ONCE),
            gateway_listen: check::LOOPBACK,
            gateway_url: None,
            mailbox,
            without,
            phase: None,
            policy: Policy::default(),
            selection,
            run_id: None,
            redactor: Arc::default(),
            shown: serde_json::Map::new(),
        };
        let breakages = breakages(&args.defect, &defects::of_homeserver())?;
        let at_once = subjects_at_once(args.jobs);
        let homeservers = Homeservers { dialect, options, scenarios };
        pushproof_runner::prove(Arc::new(homeservers), &breakages, canon, at_once, told, &stop).await
    };
    let proof = match proof {
        // What was found until then is told already.
        Err(ProveError::Interrupted) => return Ok(exit_code::INTERRUPTED),
        proof => proof?,
    };
    // With a choice of defects or scenarios, most cases have nothing to catch.
    let whole = args.defect.is_empty() && args.run.is_empty();
    let proof = if whole { proof } else { Proof { idle: Vec::new(), ..proof } };
    terminal::out(&matrix(&proof)?)?;
    Ok(if proof.holds() { exit_code::CONFORMANT } else { exit_code::NOT_CONFORMANT })
}

/// Tells on the way what was found of a subject.
fn told(row: &Row) {
    terminal::note(&format!("{} {}", mark(row), row.name()));
}

fn mark(row: &Row) -> &'static str {
    if row.holds() { "✓" } else { "✗" }
}

/// The defects and variations of these names; all if there are none.
fn breakages(names: &[String], all: &[Defect]) -> Result<Vec<Breakage>, Usage> {
    if names.is_empty() {
        return Ok(all.iter().map(breakage).collect());
    }
    let find = |name: &String| {
        all.iter().find(|defect| defect.name == name).map(breakage).ok_or_else(|| {
            Usage::new(format!("no defect is named `{name}`")).hint("`pushproof list defects` names them")
        })
    };
    names.iter().map(find).collect()
}

fn breakage(defect: &Defect) -> Breakage {
    Breakage {
        name: defect.name.to_owned(),
        description: defect.description.to_owned(),
        obstructs: defect.manner == Manner::Obstructive,
        breaks: defect.breaks.iter().map(|clause| ClauseId((*clause).to_owned())).collect(),
    }
}

/// The names of what is wrong with a subject.
fn wrong_with(breakage: Option<&Breakage>) -> Vec<String> {
    breakage.map(|breakage| breakage.name.clone()).into_iter().collect()
}

/// Why a subject could not be started.
fn not_started(breakage: Option<&Breakage>, reason: String) -> ProveError {
    let name = breakage.map_or_else(|| "healthy".to_owned(), |breakage| breakage.name.clone());
    ProveError::Start { name, reason }
}

/// Makes broken reference homeservers.
struct Homeservers {
    dialect: Dialect,
    options: Options,
    scenarios: Vec<Arc<Scenario>>,
}

impl Workshop for Homeservers {
    async fn examine(
        &self,
        breakage: Option<&Breakage>,
        events: UnboundedSender<Event>,
        stop: Stop,
    ) -> Result<(), ProveError> {
        let options = pushproof_homeserver::Options {
            dialect: self.dialect.clone(),
            defects: wrong_with(breakage),
            // One mailbox takes the mail of all of them: the addresses of each run are its own.
            smtp: self.options.mailbox.as_ref().map(|mailbox| mailbox.address().into()),
            inspect: Some(check::LOOPBACK),
            ..pushproof_homeserver::Options::default()
        };
        let homeserver = Homeserver::start_with(options).await;
        let homeserver = homeserver.map_err(|error| not_started(breakage, error.to_string()))?;
        let subject = subject::reference(&homeserver);
        let catalogue = &Catalogue::embedded().clauses;
        // The secrets of one subject are none of another's.
        let options = Options { redactor: Arc::default(), ..self.options.clone() };
        pushproof_runner::run(&subject, &options, &self.scenarios, catalogue, events, stop).await?;
        Ok(())
    }
}

/// Makes broken reference clients, each in a process of its own.
struct Clients {
    options: TrialOptions,
    scenarios: Vec<Arc<Scenario>>,
}

impl Workshop for Clients {
    async fn examine(
        &self,
        breakage: Option<&Breakage>,
        events: UnboundedSender<Event>,
        stop: Stop,
    ) -> Result<(), ProveError> {
        let command = check_client::reference_client(&wrong_with(breakage))
            .map_err(|error| not_started(breakage, error.to_string()))?;
        let catalogue = &Catalogue::embedded().clauses;
        let scenarios = &self.scenarios;
        // As above.
        let options = TrialOptions { redactor: Arc::default(), ..self.options.clone() };
        pushproof_runner::try_client(&command, &References, &options, scenarios, catalogue, events, stop)
            .await?;
        Ok(())
    }
}

/// Defect by defect: the clauses that were found broken, and the cases that found them.
fn matrix(proof: &Proof) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    for row in &proof.rows {
        writeln!(text, "{} {}: {}", mark(row), row.name(), about(row))?;
        for (clause, cases) in &row.broken {
            writeln!(text, "    {clause}")?;
            for (scenario, cases) in by_scenario(cases) {
                writeln!(
                    text,
                    "        {scenario}{}{}",
                    if cases.is_empty() { "" } else { ": " },
                    cases.join(", ")
                )?;
            }
        }
        let (missed, surplus) = row.differences();
        for clause in missed {
            writeln!(text, "    NOT FOUND: {clause} is declared broken")?;
        }
        for clause in surplus {
            writeln!(text, "    FALSE ALARM: {clause} is not declared broken")?;
        }
        if !row.holds() {
            for (clause, reason) in &row.not_judged {
                writeln!(text, "    not judged: {clause}: {reason}")?;
            }
        }
        for case in &row.errors {
            writeln!(text, "    ERROR of the suite in {case}")?;
        }
        if let Some(contradiction) = &row.contradiction {
            writeln!(text, "    ERROR of the suite: {contradiction}")?;
        }
    }
    for case in &proof.idle {
        writeln!(text, "✗ {case} catches no defect")?;
    }
    let held = proof.rows.iter().filter(|row| row.holds()).count();
    writeln!(
        text,
        "{held} of {} subjects judged rightly, {} idle cases",
        proof.rows.len(),
        proof.idle.len()
    )?;
    Ok(text)
}

/// The cases of each scenario on a line of their own, in the order of the plan.
fn by_scenario(keys: &[ScenarioKey]) -> Vec<(&str, Vec<&str>)> {
    let mut scenarios: Vec<(&str, Vec<&str>)> = Vec::new();
    for key in keys {
        if scenarios.last().is_none_or(|(id, _)| *id != key.id) {
            scenarios.push((&key.id, Vec::new()));
        }
        if let Some((_, cases)) = scenarios.last_mut() {
            cases.extend(key.case.as_deref());
        }
    }
    scenarios
}

fn about(row: &Row) -> &str {
    match &row.breakage {
        None => "nothing is wrong",
        Some(breakage) => &breakage.description,
    }
}
