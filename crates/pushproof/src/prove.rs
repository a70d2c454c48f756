//! `pushproof prove`: the suite against the reference homeserver with every defect, one at a time.

use std::{collections::BTreeSet, fmt::Write, sync::Arc};

use pushproof_homeserver::{Defect, Homeserver};
use pushproof_record::{Policy, ScenarioKey, exit_code};
use pushproof_runner::{Breakage, Options, Pattern, Proof, Registration, Row, Selection, Subject, Workshop};
use pushproof_scenario::Need;
use pushproof_sinks::Mailbox;
use pushproof_vocabulary::{ClauseId, Dialect};

use crate::{Usage, args::ProveArgs, check, dialect, interrupt, scenarios, terminal};

/// So many cases run at the same time against each subject: many subjects that begin at once must not keep each other
/// waiting until a deadline passes.
const CASES_AT_ONCE: usize = 24;

/// A subject spends most of its time waiting for what must not come.
const SUBJECTS_PER_CORE: usize = 8;

fn subjects_at_once(asked: Option<u16>) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    asked.map_or_else(|| SUBJECTS_PER_CORE * cores(), usize::from)
}

pub(crate) async fn run(args: ProveArgs) -> anyhow::Result<u8> {
    let scenarios = scenarios::load(&args.scenarios)?;
    let dialect = dialect::parse(&args.dialect)?;
    let patterns: Vec<Pattern> = args.run.iter().map(|text| Pattern::new(text)).collect();
    let without: BTreeSet<Need> =
        args.without.iter().map(|name| check::need(name)).collect::<Result<_, _>>()?;
    let mailbox = check::mailbox((!without.contains(&Need::Mail)).then_some(check::LOOPBACK)).await?;
    let options = Options {
        dialect: Some(dialect.clone()),
        registration: Registration::Open,
        patience: args.patience,
        max_wait: args.patience,
        jobs: Some(CASES_AT_ONCE),
        gateway_listen: check::LOOPBACK,
        gateway_url: None,
        mailbox: mailbox.clone(),
        without,
        phase: None,
        policy: Policy::default(),
        selection: Selection { run: patterns, skip: Vec::new(), shard: None },
        shown: serde_json::Map::new(),
    };
    let breakages = breakages(&args.defect)?;
    let cancel = interrupt::token("interrupted")?;
    let bench = Bench { dialect, mailbox };
    let proof = pushproof_runner::prove(
        &bench,
        &breakages,
        &options,
        &scenarios,
        subjects_at_once(args.jobs),
        &cancel,
    )
    .await?;
    // With a choice of defects or scenarios, most cases have nothing to catch.
    let whole = args.defect.is_empty() && args.run.is_empty();
    let proof = if whole { proof } else { Proof { idle: Vec::new(), ..proof } };
    terminal::out(&matrix(&proof)?)?;
    Ok(if proof.holds() { exit_code::CONFORMANT } else { exit_code::NOT_CONFORMANT })
}

/// The defects and variations of these names; all if there are none.
fn breakages(names: &[String]) -> Result<Vec<Breakage>, Usage> {
    let all = || pushproof_homeserver::defects().iter().chain(pushproof_homeserver::variations());
    if names.is_empty() {
        return Ok(all().map(breakage).collect());
    }
    let find = |name: &String| {
        all().find(|defect| defect.name == name).map(breakage).ok_or_else(|| {
            Usage::new(format!("no defect is named `{name}`")).hint("`pushproof list defects` names them")
        })
    };
    names.iter().map(find).collect()
}

fn breakage(defect: &Defect) -> Breakage {
    Breakage {
        name: defect.name.to_owned(),
        description: defect.description.to_owned(),
        breaks: defect.breaks.iter().map(|clause| ClauseId((*clause).to_owned())).collect(),
    }
}

/// Makes broken references.
struct Bench {
    dialect: Dialect,
    /// Takes the mail of all of them: the addresses of each run are its own.
    mailbox: Option<Arc<Mailbox>>,
}

impl Workshop for Bench {
    type Keep = Homeserver;

    async fn start(&self, breakage: Option<&Breakage>) -> Result<(Subject, Homeserver), String> {
        let options = pushproof_homeserver::Options {
            dialect: self.dialect.clone(),
            defects: breakage.map(|breakage| breakage.name.clone()).into_iter().collect(),
            smtp: self.mailbox.as_ref().map(|mailbox| mailbox.address().into()),
            inspect: Some(check::LOOPBACK),
            ..pushproof_homeserver::Options::default()
        };
        let homeserver = Homeserver::start_with(options).await.map_err(|error| error.to_string())?;
        Ok((check::reference(&homeserver), homeserver))
    }
}

/// Defect by defect: the clauses that were found broken, and the cases that found them.
fn matrix(proof: &Proof) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    for row in &proof.rows {
        let mark = if row.holds() { "✓" } else { "✗" };
        writeln!(text, "{mark} {}: {}", row.name(), about(row))?;
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
