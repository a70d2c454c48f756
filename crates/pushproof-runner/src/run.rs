//! A whole run: preflight, plan, all cases at once, clean-up.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use pushproof_record::{Canon, Event, Exclusion, Policy, Redactor, RunStarted};
use pushproof_scenario::{Need, Scenario};
use pushproof_sinks::{Mailbox, PushGateway};
use pushproof_vocabulary::{Clause, Dialect, Side};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    account::{Accounts, Registration},
    address::Address,
    canon::canon,
    case::{self, Part},
    cleanup,
    cleanup::{Cleaner, Remains},
    context::RunContext,
    detect::Obstacle,
    ending::{self, Plan},
    http::{Authorities, Http, Way},
    jobs::Jobs,
    latency::Latency,
    plan::{Offer, PlannedCase, batches},
    preflight::{self, CannotJudge, Findings, Known, Made, Wanted},
    prepared::{Phase, Prepared, PreparedCase},
    restart::{Restart, Restarts},
    run_error::RunError,
    secrets,
    selection::Selection,
    stop::Stop,
    watch::Watches,
    world::World,
};

/// What is put under test.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The address of its client-server API.
    pub url: Address,
    /// Whether it must show that it implements the proposal.
    pub known: Known,
    /// Whether it lasts beyond the run.
    pub lifetime: Lifetime,
    /// How it is restarted, if the suite can.
    pub restart: Option<Restart>,
}

/// Whether a subject lasts beyond the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// It ends with the run, so that nothing needs to be cleaned up.
    Run,
    /// It goes on; the run cleans up after itself.
    Longer,
}

/// How a run is done.
#[derive(Clone, Debug)]
pub struct Options {
    /// The dialect; `None` finds it out.
    pub dialect: Option<Dialect>,
    /// Whom TLS trusts on the way to the subject.
    pub authorities: Authorities,
    /// How accounts are had.
    pub registration: Registration,
    /// How long is waited for what should come.
    pub patience: Duration,
    /// How long is watched at least what must last; see [`watch_time`](crate::watch_time).
    pub watch: Duration,
    /// How long rate limits may hold the run up in all.
    pub max_wait: Duration,
    /// The most time that cleaning up takes.
    pub cleanup_time: Duration,
    /// How many cases run at the same time; `None` for all.
    pub jobs: Option<usize>,
    /// Where the push gateway listens.
    pub gateway_listen: SocketAddr,
    /// The push gateway's base address as the subject reaches it; `None` if it is the one where it listens. Port 0 stands
    /// for the port on which it listens.
    pub gateway_url: Option<Url>,
    /// Where the subject sends mail, if it does. It listens already: a subject has to know its address to be started.
    pub mailbox: Option<Arc<Mailbox>>,
    /// What the set-up was declared to lack.
    pub without: BTreeSet<Need>,
    /// Which of the two runs around an upgrade by hand this is, if it is one.
    pub phase: Option<Phase>,
    /// How strictly is judged.
    pub policy: Policy,
    /// What is run.
    pub selection: Selection,
    /// What the parts of the run have in common, when it is divided.
    pub run_id: Option<String>,
    /// Keeps secrets out of what the run tells; whoever adds to its record uses it too.
    pub redactor: Arc<Redactor>,
    /// The options as records show them.
    pub shown: serde_json::Map<String, serde_json::Value>,
}

/// How a run ended, beyond what its events tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Everything that was planned was done, or has its reason in the record.
    Complete,
    /// The subject cannot be judged; the preflight tells why.
    CannotJudge(String),
    /// Everything before the upgrade was done, and can be verified after it.
    Prepared(Box<Prepared>),
    /// The run gave up: a rate limit would take too long, or the subject hangs.
    GaveUp(String),
    /// It was interrupted.
    Interrupted,
}

/// The cases that judge this side, of which the selection takes some.
pub(crate) fn cases_of(
    side: Side,
    scenarios: &[Arc<Scenario>],
    selection: &Selection,
) -> Result<Vec<PlannedCase>, RunError> {
    let mut cases = PlannedCase::all(scenarios);
    cases.retain(|case| case.scenario.is_about_clients() == (side == Side::Client));
    let keys: Vec<_> = cases.iter().map(|case| case.key.clone()).collect();
    selection.check(&keys)?;
    if !keys.iter().any(|key| selection.takes(key)) {
        return Err(RunError::NothingSelected(selection.shard));
    }
    Ok(cases)
}

/// Runs the scenarios against a subject. What is found is told as events while it happens.
pub async fn run(
    subject: &Subject,
    options: &Options,
    scenarios: &[Arc<Scenario>],
    catalogue: &[Clause],
    events: UnboundedSender<Event>,
    stop: Stop,
) -> Result<Ended, RunError> {
    let mut cases = cases_of(Side::Server, scenarios, &options.selection)?;
    let canon = canon(catalogue, scenarios);
    secrets::keep(subject, options, &canon);
    let (context, started) = start(subject, options, events, &stop.in_order).await?;
    context.tell(begin(subject.url.to_string(), options, &canon, started));
    // On the heap: it is large.
    let going = Box::pin(go(&context, subject, options, &mut cases));
    let ended = ending::in_time(&context, subject.lifetime, &stop, going).await;
    context.plan.tell_not_begun(&context.events, &mut cases, &options.selection);
    let ended = match context.http.given_up() {
        Some(reason) => Ended::GaveUp(reason),
        None if stop.in_order.is_cancelled() => Ended::Interrupted,
        None => ended,
    };
    if ended == Ended::Interrupted {
        context.tell(Event::Interrupted);
    }
    context.tell(Event::Finished { duration_ms: context.now_ms() });
    Ok(ended)
}

/// A run that was interrupted before there was a subject: it has a plan, and nothing else. `subject` is what is known of
/// its address.
pub fn not_begun(
    subject: String,
    options: &Options,
    scenarios: &[Arc<Scenario>],
    catalogue: &[Clause],
    events: &UnboundedSender<Event>,
) -> Result<Ended, RunError> {
    let mut cases = cases_of(Side::Server, scenarios, &options.selection)?;
    // Err when nobody listens, which is fine.
    let _ = events.send(begin(subject, options, &canon(catalogue, scenarios), jiff::Timestamp::now()));
    Plan::default().tell_not_begun(events, &mut cases, &options.selection);
    let _ = events.send(Event::Interrupted);
    let _ = events.send(Event::Finished { duration_ms: 0 });
    Ok(Ended::Interrupted)
}

/// The first event of a run.
fn begin(url: String, options: &Options, canon: &Canon, started: jiff::Timestamp) -> Event {
    let catalogue = canon.catalogue().iter().filter(|clause| clause.side == Side::Server);
    Event::Started(Box::new(RunStarted {
        suite: canon.suite().clone(),
        run_id: options.run_id.clone(),
        side: Side::Server,
        url,
        selection: options.selection.describe(),
        options: options.shown.clone(),
        started,
        without: options.without.iter().map(|need| need.name().to_owned()).collect(),
        policy: options.policy,
        catalogue: catalogue.cloned().collect(),
        shard: options.selection.shard,
    }))
}

/// What a run needs before its first request.
async fn start(
    subject: &Subject,
    options: &Options,
    events: UnboundedSender<Event>,
    cancel: &CancellationToken,
) -> Result<(Arc<RunContext>, jiff::Timestamp), RunError> {
    let epoch = Instant::now();
    let started = jiff::Timestamp::now();
    let redactor = Arc::clone(&options.redactor);
    let (address, gateway_url) = match &options.phase {
        // The pushers that were prepared have this address.
        Some(Phase::Verify(prepared)) => (prepared.gateway_listen, Some(prepared.gateway_url.clone())),
        Some(Phase::Prepare) | None => (options.gateway_listen, options.gateway_url.clone()),
    };
    let gateway = PushGateway::bind(address).await.map_err(|source| RunError::Gateway { address, source })?;
    let mut base = gateway_url.unwrap_or_else(|| gateway.url());
    if base.port() == Some(0) {
        // A URL that has a port can have another.
        let _ = base.set_port(Some(gateway.address().port()));
    }
    let gateway_url = base.join("/_matrix/push/v1/notify").unwrap_or(base);
    let http = Http::new(
        Way::new(subject.url.clone(), &options.authorities)?,
        epoch,
        Arc::clone(&redactor),
        options.patience,
        options.max_wait,
        events.clone(),
        cancel.clone(),
    )
    .map_err(RunError::Client)?;
    let unique = format!("{:08x}", rand::random::<u32>());
    let accounts = Accounts::new(options.registration.clone(), unique.clone(), Arc::clone(&redactor));
    if let Some(Phase::Verify(prepared)) = &options.phase {
        prepared.redact(&redactor);
        prepared.logins().for_each(|(user, device, token)| http.belongings().adopt(user, device, token));
        if let Some(user_id) = prepared.dedicated().find(|user_id| !accounts.reserve(user_id)) {
            return Err(RunError::NotGiven(user_id.to_owned()));
        }
    }
    let context = RunContext {
        cleaner: Cleaner::new(&http, options.cleanup_time),
        plan: Plan::default(),
        http,
        accounts,
        unique: format!("pp-{unique}"),
        gateway: Arc::new(gateway),
        gateway_url,
        mailbox: options.mailbox.clone(),
        patience: options.patience,
        push_latency: Latency::default(),
        mail_latency: Latency::default(),
        jobs: Jobs::new(options.jobs.unwrap_or(usize::MAX)),
        restarts: Restarts::new(subject.restart.clone()),
        watch: options.watch,
        watches: Watches::default(),
        redactor,
        events,
        epoch,
        cancel: cancel.clone(),
    };
    Ok((Arc::new(context), started))
}

async fn go(
    context: &Arc<RunContext>,
    subject: &Subject,
    options: &Options,
    cases: &mut [PlannedCase],
) -> Ended {
    let selected = || cases.iter().filter(|case| options.selection.takes(&case.key));
    let wants = |wanted: Need| {
        !options.without.contains(&wanted)
            && selected().any(|case| case.scenario.needs.iter().any(|need| need.value == wanted))
    };
    let wanted = Wanted {
        dialect: options.dialect.as_ref(),
        known: subject.known,
        phase: options.phase.as_ref(),
        gateway: wants(Need::PushGateway),
        mail: options.mailbox.is_some() && wants(Need::Mail),
        accounts: (
            selected().map(|case| case.scenario.actors.len()).sum(),
            selected().map(|case| case.scenario.actors.len()).max().unwrap_or(0),
        ),
    };
    context.accounts.expect(&context.http, selected());
    let mut made = Made::default();
    let found = preflight::run(context, &wanted, &mut made).await;
    let mut remains: Vec<Remains> = made.remains().collect();
    if context.accounts.limit().is_some() {
        // Dedicated accounts are few: the cases may need those of the preflight.
        cleanup::clean(context, std::mem::take(&mut remains)).await;
    }
    let ended = match found {
        Some(Ok(findings)) => {
            let dialect = findings.detected.dialect.clone();
            let obstacles = findings.detected.obstacles.clone();
            exclude(subject, options, cases, findings);
            tell_obstacles(context, &obstacles, cases);
            context.plan.tell(&context.events, cases);
            context.accounts.expect(&context.http, cases.iter().filter(|case| case.excluded.is_none()));
            let left = match &options.phase {
                Some(Phase::Prepare) => prepare(context, subject, options, cases, &dialect).await,
                Some(Phase::Verify(_)) | None => {
                    Left::behind(run_cases(context, options, cases, &dialect).await)
                }
            };
            // The last looks need the people that are cleaned up after.
            context.watches.close_all(context).await;
            remains.extend(left.worlds.iter().flat_map(|world| Remains::of(world)));
            left.prepared.map_or(Ended::Complete, |prepared| Ended::Prepared(Box::new(prepared)))
        }
        Some(Err(CannotJudge { message, hint })) => {
            let why = (message.as_str(), hint.as_deref());
            context.plan.tell_unjudged(&context.events, cases, &options.selection, why);
            Ended::CannotJudge(message)
        }
        None => {
            if let Some(reason) = context.http.given_up() {
                context.plan.tell_unjudged(&context.events, cases, &options.selection, (&reason, None));
            }
            Ended::Interrupted
        }
    };
    if subject.lifetime == Lifetime::Longer {
        cleanup::clean(context, remains).await;
        let kept = match &ended {
            Ended::Prepared(prepared) => prepared.people().map(|(user_id, _)| user_id.to_owned()).collect(),
            _ => BTreeSet::new(),
        };
        cleanup::clean_abandoned(context, &kept).await;
    }
    ended
}

/// Says of each case why it is not run, if anything speaks against it.
fn exclude(subject: &Subject, options: &Options, cases: &mut [PlannedCase], findings: Findings) {
    let Findings { detected, broken } = findings;
    let mail = options.mailbox.as_ref().map(|_| Need::Mail);
    let offer = Offer {
        has: std::iter::once(Need::PushGateway)
            .chain(mail)
            .chain(subject.restart.as_ref().map(|_| Need::Restart))
            .collect(),
        without: options.without.clone(),
        undeclared: BTreeSet::new(),
        dialect: detected.dialect,
        missing: detected.missing,
        obstacles: detected.obstacles,
        broken,
    };
    // Who upgrades by hand offers the restart that goes with it.
    let mut by_hand = offer.clone();
    by_hand.has.insert(Need::Restart);
    by_hand.without.remove(&Need::Restart);
    for case in cases {
        match &options.phase {
            Some(Phase::Prepare) if case.upgrade().is_none() => {
                case.excluded = Some(Exclusion::NotSelected);
            }
            Some(Phase::Prepare) => case.exclude(&options.selection, &by_hand),
            Some(Phase::Verify(prepared)) if prepared.case(case).is_some() => {
                case.exclude(&options.selection, &by_hand);
            }
            Some(Phase::Verify(_)) | None => case.exclude(&options.selection, &offer),
        }
    }
}

/// What keeps any case from being judged is said with the verdict.
fn tell_obstacles(context: &RunContext, obstacles: &[Obstacle], cases: &[PlannedCase]) {
    for obstacle in obstacles {
        let is_its = |case: &PlannedCase| match &case.excluded {
            Some(Exclusion::NotJudged { reason, .. }) => *reason == obstacle.reason,
            _ => false,
        };
        if cases.iter().any(is_its) {
            context.tell(Event::Unjudgeable { reason: obstacle.reason.clone() });
        }
    }
}

/// Runs all cases that are not excluded at the same time, as many as the jobs allow; what they leave behind.
async fn run_cases(
    context: &Arc<RunContext>,
    options: &Options,
    cases: &[PlannedCase],
    dialect: &Dialect,
) -> Vec<Arc<World>> {
    let prepared = |case: &PlannedCase| match &options.phase {
        Some(Phase::Verify(prepared)) => prepared.case(case),
        Some(Phase::Prepare) | None => None,
    };
    let to_run: Vec<_> = cases.iter().filter(|case| case.excluded.is_none()).enumerate().collect();
    let prefix = format!("{:08x}", rand::random::<u32>());
    let case = |(number, planned)| {
        let (world, part) = match prepared(planned) {
            Some(begun) => (begun.world(dialect, &context.accounts), Part::AfterUpgrade(&begun.done)),
            None => (World::new(format!("pp-{prefix}-{number}"), dialect.clone()), Part::Whole),
        };
        context.jobs.run(run_case(context, planned, Arc::new(world), part))
    };
    let mut worlds = Vec::new();
    for together in batches(to_run, context.accounts.limit(), |case| prepared(case).is_some()) {
        let together = together.into_iter().map(case).collect();
        worlds.extend(context.restarts.run_together(context, together).await);
    }
    worlds
}

/// What stays when the cases have ended.
struct Left {
    worlds: Vec<Arc<World>>,
    prepared: Option<Prepared>,
}

impl Left {
    fn behind(worlds: Vec<Arc<World>>) -> Self {
        Self { worlds, prepared: None }
    }
}

/// Runs the cases up to the upgrade, all at the same time since they wait for it together. Unless all of them come so far
/// there is nothing to verify, and what they made is left to be cleaned up.
async fn prepare(
    context: &Arc<RunContext>,
    subject: &Subject,
    options: &Options,
    cases: &[PlannedCase],
    dialect: &Dialect,
) -> Left {
    let to_run: Vec<_> = cases.iter().filter(|case| case.excluded.is_none()).collect();
    let hopeless = cases.iter().any(|case| matches!(case.excluded, Some(Exclusion::NotJudged { .. })));
    let prefix = format!("{:08x}", rand::random::<u32>());
    let runs = to_run.iter().enumerate().map(async |(number, planned)| {
        let world = Arc::new(World::new(format!("pp-{prefix}-{number}"), dialect.clone()));
        let done = case::run(context, planned, &world, Part::BeforeUpgrade).await;
        (done.map(|done| PreparedCase::of(planned.key.clone(), done, &world)), world)
    });
    let (begun, worlds): (Vec<_>, Vec<_>) = futures_util::future::join_all(runs).await.into_iter().unzip();
    let begun: Option<Vec<PreparedCase>> = begun.into_iter().collect();
    match begun.filter(|begun| !hopeless && !begun.is_empty()) {
        Some(cases) => {
            let prepared = Prepared {
                format: Prepared::FORMAT.to_owned(),
                version: Prepared::VERSION,
                url: subject.url.url().clone(),
                dialect: options.dialect.clone(),
                gateway_listen: context.gateway.address(),
                gateway_url: context.gateway_url.clone(),
                mailbox_listen: context.mailbox.as_ref().map(|mailbox| mailbox.address()),
                cases,
            };
            Left { worlds: Vec::new(), prepared: Some(prepared) }
        }
        None => Left::behind(worlds),
    }
}

/// Runs one case; the world that it leaves behind.
async fn run_case(
    context: &RunContext,
    planned: &PlannedCase,
    world: Arc<World>,
    part: Part<'_>,
) -> Arc<World> {
    case::run(context, planned, &world, part).await;
    if context.accounts.limit().is_some() {
        // A dedicated account goes to the next case, so its watches end now and it is cleaned at once.
        context.watches.close_case(context, &planned.key).await;
        cleanup::clean(context, Remains::of(&world)).await;
    }
    world
}
