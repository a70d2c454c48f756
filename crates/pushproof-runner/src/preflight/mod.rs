//! What is found out before the scenarios: is there a homeserver, can accounts be made, which dialect, do pushes
//! arrive? Each failure names its likely cause and the cure, and stops only what needs it.

mod administrator;
mod gateway;
mod mail;
mod server;
mod upgrade;

use pushproof_record::{Event, PreflightCheck, PreflightVerdict, SubjectFacts};
use pushproof_scenario::Need;
use pushproof_vocabulary::{Dialect, Half};
use serde_json::{Map, Value};

use self::{
    gateway::try_gateway,
    mail::try_mail,
    server::{Version, reach, server_version},
};
use crate::{
    account::{Account, NoAccount},
    cleanup::Remains,
    context::RunContext,
    detect::{Detected, Obstacle, detect, obstacle_to_pushers},
    prepared::Phase,
    trace::Trace,
};

/// What the preflight found out.
#[derive(Debug)]
pub(crate) struct Findings {
    /// The dialect and what of it is missing.
    pub detected: Detected,
    /// Needs that the set-up offers but that do not work, with the reason.
    pub broken: Vec<(Need, String)>,
}

/// What the checks made on the subject, also when they were cut short.
#[derive(Debug, Default)]
pub(crate) struct Made {
    accounts: Vec<Account>,
    rooms: Vec<String>,
    /// Addresses that were bound to the first account.
    emails: Vec<String>,
}

impl Made {
    /// What is to be cleaned up.
    pub(crate) fn remains(self) -> impl Iterator<Item = Remains> {
        let mut emails = self.emails;
        self.accounts
            .into_iter()
            .map(move |account| Remains::of_account(account, self.rooms.clone(), std::mem::take(&mut emails)))
    }
}

/// The subject cannot be judged at all.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct CannotJudge {
    /// Why.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// What the preflight is to look for.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    /// The dialect that was asked for; otherwise it is found out.
    pub dialect: Option<&'a Dialect>,
    /// Whether the subject is known to implement the dialect asked for.
    pub known: Known,
    /// Whether somebody upgrades the subject before or after the run.
    pub phase: Option<&'a Phase>,
    /// Whether any scenario needs the push gateway.
    pub gateway: bool,
    /// Whether any scenario needs mail, and the set-up offers it.
    pub mail: bool,
    /// How many accounts the scenarios need in all, and the most that one needs.
    pub accounts: (usize, usize),
}

/// Whether a subject must show that it implements the proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// It is the reference, or one of its defects: every clause is judged.
    Implements,
    /// It may be a server without the proposal.
    Unknown,
}

/// Runs the checks in order and tells of each; `None` if the run was interrupted meanwhile. Accounts that are being made
/// are waited for: what was made can be cleaned up only when it is known.
pub(crate) async fn run(
    run: &RunContext,
    wanted: &Wanted<'_>,
    made: &mut Made,
) -> Option<Result<Findings, CannotJudge>> {
    let (advertised, header) = match run.cancel.run_until_cancelled(reach(run)).await? {
        Ok(reached) => reached,
        Err(cannot) => return Some(Err(cannot)),
    };
    let version = run.cancel.run_until_cancelled(server_version(run)).await?.or(header);
    made.accounts = match make_accounts(run, wanted).await {
        Ok(accounts) => accounts,
        Err(cannot) => return Some(Err(cannot)),
    };
    if run.accounts.limit().is_none() {
        run.cancel.run_until_cancelled(administrator::look(run, &made.accounts[0])).await?;
    }
    run.cancel.run_until_cancelled(try_out(run, wanted, made, version, &advertised)).await
}

/// The checks that an account can make.
async fn try_out(
    run: &RunContext,
    wanted: &Wanted<'_>,
    made: &mut Made,
    version: Option<Version>,
    advertised: &Map<String, Value>,
) -> Result<Findings, CannotJudge> {
    let detected = match wanted.phase {
        Some(Phase::Prepare) => upgrade::before(run, wanted, &made.accounts[0], advertised).await?,
        Some(Phase::Verify(_)) | None => find_dialect(run, wanted, &made.accounts[0], advertised).await?,
    };
    if let Some(Phase::Verify(prepared)) = wanted.phase {
        upgrade::after(run, prepared, &detected).await?;
    }
    run.tell(Event::Identified(Box::new(SubjectFacts {
        name: version.as_ref().map(|(name, _)| name.clone()),
        version: version.map(|(_, version)| version),
        dialect: detected.dialect.name.clone(),
        dialects_seen: detected.seen.clone(),
        undeclared: Vec::new(),
        missing: detected.missing.clone(),
    })));
    let mut broken = Vec::new();
    let are_pushers_refused = detected.obstacles.iter().any(|obstacle| obstacle.half == Half::Pushers);
    if wanted.gateway
        && !are_pushers_refused
        && let Err(reason) = try_gateway(run, &detected.dialect, made).await
    {
        broken.push((Need::PushGateway, reason));
    }
    if wanted.mail
        && !are_pushers_refused
        && let Err(reason) = try_mail(run, &detected.dialect, made).await
    {
        broken.push((Need::Mail, reason));
    }
    Ok(Findings { detected, broken })
}

/// Tells how a check ended.
fn tell(run: &RunContext, check: &str, trace: &Trace, result: Result<String, (String, Option<String>)>) {
    let (verdict, message, hint) = match result {
        Ok(message) => (PreflightVerdict::Passed, message, None),
        Err((message, hint)) => (PreflightVerdict::Failed, message, hint),
    };
    let evidence = trace.take();
    run.tell(Event::Preflight(PreflightCheck { check: check.to_owned(), verdict, message, hint, evidence }));
}

/// Ends the preflight: the check failed, and nothing can be judged without it.
fn stop<T>(
    run: &RunContext,
    check: &str,
    trace: &Trace,
    message: String,
    hint: Option<String>,
) -> Result<T, CannotJudge> {
    tell(run, check, trace, Err((message.clone(), hint.clone())));
    Err(CannotJudge { message, hint })
}

/// Two accounts for the checks that follow.
async fn make_accounts(run: &RunContext, wanted: &Wanted<'_>) -> Result<Vec<Account>, CannotJudge> {
    const CHECK: &str = "accounts";
    let trace = Trace::default();
    let (total, most) = wanted.accounts;
    let needed = most.max(2);
    if let Some(limit) = run.accounts.limit().filter(|limit| *limit < needed) {
        let message =
            format!("the list of users has {limit}, and the scenarios need {needed} at the same time");
        return stop(
            run,
            CHECK,
            &trace,
            message,
            Some("add dedicated accounts to the file of --registration users=FILE".to_owned()),
        );
    }
    match run.accounts.take(&run.http, &trace, &["probe", "peer"]).await {
        Ok(accounts) => {
            let how = match run.accounts.limit() {
                Some(limit) => format!("{limit} dedicated accounts are used in turn"),
                None => format!("accounts can be made; this run makes {}", total + accounts.len()),
            };
            tell(run, CHECK, &trace, Ok(how));
            Ok(accounts)
        }
        Err(error) => {
            let hint = match &error {
                NoAccount::Refused { hint, .. } => Some(hint.clone()),
                NoAccount::NoAnswer(_) => None,
            };
            let message = format!("no account can be had, the scenarios need {}: {error}", total + 2);
            stop(run, CHECK, &trace, message, hint)
        }
    }
}

async fn find_dialect(
    run: &RunContext,
    wanted: &Wanted<'_>,
    probe: &Account,
    advertised: &Map<String, Value>,
) -> Result<Detected, CannotJudge> {
    const CHECK: &str = "dialect";
    let trace = Trace::default();
    let found = match (wanted.dialect, wanted.known) {
        (Some(dialect), Known::Implements) => {
            obstacle_to_pushers(run, &trace, probe, dialect).await.map(|obstacle| Detected {
                dialect: dialect.clone(),
                seen: vec![dialect.name.clone()],
                missing: Vec::new(),
                obstacles: obstacle.into_iter().collect(),
            })
        }
        _ => detect(run, &trace, probe, advertised, wanted.dialect).await,
    };
    let detected = match found {
        Ok(detected) => detected,
        Err(error) => {
            return stop(run, CHECK, &trace, format!("the dialect cannot be found out: {error}"), None);
        }
    };
    for Obstacle { half, reason, hint } in &detected.obstacles {
        let check = match half {
            Half::Pushers => "pushers",
            Half::Settings => "settings events",
        };
        tell(run, check, &Trace::default(), Err((reason.clone(), Some(hint.clone()))));
    }
    if wanted.known == Known::Implements && wanted.dialect.is_some() {
        return Ok(detected);
    }
    let seen = if detected.seen.is_empty() { "none".to_owned() } else { detected.seen.join(", ") };
    let name = &detected.dialect.name;
    let result = match (&detected.missing[..], wanted.dialect) {
        ([], _) => Ok(format!("{name} (seen: {seen})")),
        ([_, _, ..], Some(asked)) => {
            let hint = match &detected.seen[..] {
                [] => "the names may differ: --dialect FILE takes a dialect of your own".to_owned(),
                [other, ..] => format!("try --dialect {other}"),
            };
            Err((format!("the homeserver does not speak the dialect {}; seen: {seen}", asked.name), Some(hint)))
        }
        ([_, _, ..], None) => Err((
            "the homeserver does not implement the proposal in any known dialect".to_owned(),
            Some("it may have to be switched on; Synapse needs `experimental_features: {msc3881_enabled: true, msc3391_enabled: true, msc3890_enabled: true}`".to_owned()),
        )),
        ([half], _) => {
            let missing = half_name(*half);
            Err((match &detected.obstacles[..] {
                [] => format!("{name}, but only one half of the proposal: the {missing} are missing (seen: {seen})"),
                _ => format!("{name}: the {missing} are missing, and the other half cannot be judged (seen: {seen})"),
            }, None))
        }
    };
    tell(run, CHECK, &trace, result);
    Ok(detected)
}

fn half_name(half: Half) -> &'static str {
    match half {
        Half::Pushers => "state and link of pushers",
        Half::Settings => "pruned settings events",
    }
}
