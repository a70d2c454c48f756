//! A whole run against a client: its driver is asked what it can do, and then every case has a driver and a reference
//! homeserver of its own.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use pushproof_record::{
    Event, Policy, PreflightCheck, PreflightVerdict, Redactor, RunStarted, SubjectFacts, shown_command,
};
use pushproof_scenario::{Need, Scenario};
use pushproof_sinks::PushGateway;
use pushproof_vocabulary::{
    Clause, Dialect, Side,
    driver::{Initialize, Initialized, Method, PROTOCOL},
};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::Trial;
use crate::{
    account::{Accounts, Registration},
    canon::canon,
    case::{self, Part},
    cleanup::Cleaner,
    context::RunContext,
    driver::{Deadlines, Driver, Trouble, wrong_declaration},
    ending::Plan,
    http::{Authorities, Http, Way},
    inspection::Inspect,
    jobs::Jobs,
    latency::Latency,
    plan::{Offer, PlannedCase},
    restart::Restarts,
    run::{Ended, cases_of},
    run_error::RunError,
    selection::Selection,
    stop::Stop,
    trace::Trace,
    watch::Watches,
    world::World,
};

/// How long drivers may take to end when the run is interrupted.
const TO_END: Duration = Duration::from_secs(15);

/// The reference limits no rates, unless a defect has it do so.
const MAX_WAIT: Duration = Duration::from_mins(5);

/// A reference homeserver.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The address of its client-server API.
    pub url: Url,
    /// Its inspection port.
    pub inspect: Inspect,
}

/// Starts reference homeservers. What is returned with one lives as long as its case.
pub trait Stage: Sync {
    /// What keeps the homeserver alive.
    type Keep: Send;

    /// Starts a healthy one that speaks this dialect.
    fn open(&self, dialect: &Dialect)
    -> impl Future<Output = Result<(Reference, Self::Keep), String>> + Send;
}

/// How a client is tried.
#[derive(Clone, Debug)]
pub struct TrialOptions {
    /// The dialect; `None` takes the first that the driver declares.
    pub dialect: Option<Dialect>,
    /// How long is waited for what should come.
    pub patience: Duration,
    /// How long is watched at least what must last.
    pub watch: Duration,
    /// How long is waited for an answer of the driver; for the one to `start` it is twice as long.
    pub driver_patience: Duration,
    /// How many cases run at the same time.
    pub jobs: usize,
    /// How strictly is judged.
    pub policy: Policy,
    /// What is run.
    pub selection: Selection,
    /// Keeps secrets out of what the run tells; whoever writes its record asks it once more.
    pub redactor: Arc<Redactor>,
    /// The options as records show them.
    pub shown: serde_json::Map<String, serde_json::Value>,
}

/// What all cases of a run share.
struct Shared<'a, S> {
    command: Arc<[String]>,
    stage: &'a S,
    options: &'a TrialOptions,
    /// Whether the driver sends `notify`, as any process of it has shown.
    sends: Arc<AtomicBool>,
    gateway: Arc<PushGateway>,
    redactor: Arc<Redactor>,
    epoch: Instant,
    events: UnboundedSender<Event>,
    plan: Plan,
    cancel: CancellationToken,
}

/// Runs the client scenarios against the client behind the driver with this command. What is found is told as events
/// while it happens.
pub async fn try_client<S: Stage>(
    command: &[String],
    stage: &S,
    options: &TrialOptions,
    scenarios: &[Arc<Scenario>],
    catalogue: &[Clause],
    events: UnboundedSender<Event>,
    stop: Stop,
) -> Result<Ended, RunError> {
    let mut cases = cases_of(Side::Client, scenarios, &options.selection)?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let gateway = PushGateway::bind(address).await.map_err(|source| RunError::Gateway { address, source })?;
    let shared = Shared {
        command: command.into(),
        stage,
        options,
        sends: Arc::default(),
        gateway: Arc::new(gateway),
        redactor: Arc::clone(&options.redactor),
        epoch: Instant::now(),
        events,
        plan: Plan::default(),
        cancel: stop.in_order.clone(),
    };
    shared.tell(Event::Started(Box::new(RunStarted {
        suite: canon(catalogue, scenarios).suite().clone(),
        run_id: None,
        side: Side::Client,
        url: shown_command(&command.join(" ")),
        selection: options.selection.describe(),
        options: options.shown.clone(),
        started: jiff::Timestamp::now(),
        without: Vec::new(),
        policy: options.policy,
        catalogue: catalogue.iter().filter(|clause| clause.side == Side::Client).cloned().collect(),
        shard: None,
    })));
    let ended = tokio::select! {
        ended = shared.go(&mut cases) => ended,
        () = stop.overdue(TO_END) => Ended::Interrupted,
    };
    shared.plan.tell_not_begun(&shared.events, &mut cases, &options.selection);
    let ended = if shared.cancel.is_cancelled() { Ended::Interrupted } else { ended };
    if ended == Ended::Interrupted {
        shared.tell(Event::Interrupted);
    }
    shared.tell(Event::Finished { duration_ms: crate::http::millis(shared.epoch.elapsed()) });
    Ok(ended)
}

impl<S: Stage> Shared<'_, S> {
    /// Tells of something. After the run's end nobody listens, which is fine.
    fn tell(&self, event: Event) {
        let _ = self.events.send(event);
    }

    async fn go(&self, cases: &mut [PlannedCase]) -> Ended {
        let introduced = self.cancel.run_until_cancelled(self.introduce()).await;
        let (declared, offer) = match introduced {
            Some(Ok(introduced)) => introduced,
            Some(Err(reason)) => {
                let selection = &self.options.selection;
                self.plan.tell_unjudged(&self.events, cases, selection, (&reason, None));
                return Ended::CannotJudge(reason);
            }
            None => return Ended::Interrupted,
        };
        for case in cases.iter_mut() {
            case.exclude(&self.options.selection, &offer);
        }
        self.plan.tell(&self.events, cases);
        let declared = Arc::new(declared);
        let runs = cases.iter().filter(|case| case.excluded.is_none()).enumerate();
        let runs = runs.map(|(number, case)| self.run_case(case, number, &offer.dialect, &declared));
        let runs: Vec<_> = runs.collect();
        futures_util::stream::iter(runs)
            .buffer_unordered(self.options.jobs.max(1))
            .collect::<Vec<()>>()
            .await;
        Ended::Complete
    }

    /// Asks the driver what it can do, and what it thereby offers to scenarios.
    async fn introduce(&self) -> Result<(Initialized, Offer), String> {
        let trace = Trace::default();
        let found = self.ask_driver(&trace).await;
        let (verdict, message, hint) = match &found {
            Ok((declared, dialect)) => {
                let Initialized { name, version, language, .. } = declared;
                let message =
                    format!("{name} {version}, driven in {language}, in the dialect {}", dialect.name);
                (PreflightVerdict::Passed, message, None)
            }
            Err((message, hint)) => (PreflightVerdict::Failed, message.clone(), hint.clone()),
        };
        let evidence = trace.take();
        self.tell(Event::Preflight(PreflightCheck {
            check: "driver".to_owned(),
            verdict,
            message,
            hint,
            evidence,
        }));
        let (declared, dialect) = found.map_err(|(message, _)| message)?;
        let offer = offer(&declared, dialect);
        self.tell(Event::Identified(Box::new(SubjectFacts {
            name: Some(declared.name.clone()),
            version: Some(declared.version.clone()),
            dialect: offer.dialect.name.clone(),
            dialects_seen: declared.dialects.clone(),
            missing: Vec::new(),
            undeclared: undeclared(&offer, &declared),
        })));
        Ok((declared, offer))
    }

    async fn ask_driver(&self, trace: &Trace) -> Result<(Initialized, Dialect), (String, Option<String>)> {
        let deadlines = Deadlines(self.options.driver_patience);
        let driver =
            Driver::start(&self.command, deadlines, self.epoch, &self.redactor).map_err(|error| {
                (format!("`{}` cannot be started: {error}", shown_command(&self.command.join(" "))), None)
            })?;
        let asked = Initialize { protocol: PROTOCOL };
        let declared = driver.call::<Initialized>(trace, Method::Initialize, asked).await;
        driver.close().await;
        driver.logged().await.into_iter().for_each(|log| trace.add(log));
        let declared = match declared {
            Ok(declared) => match wrong_declaration(&declared) {
                None => declared,
                Some(finding) => return Err((finding.to_string(), Some(finding.hint().to_owned()))),
            },
            Err(Trouble::Finding(finding)) => {
                let log = driver.log().await;
                let said = match log.lines().last() {
                    Some(line) => format!("{finding}; its stderr ends with: {line}"),
                    None => finding.to_string(),
                };
                return Err((said, Some(finding.hint().to_owned())));
            }
            Err(refused) => return Err((refused.to_string(), None)),
        };
        let dialect = dialect(&declared, self.options.dialect.as_ref())
            .map_err(|reason| (reason, Some("choose one with --dialect".to_owned())))?;
        Ok((declared, dialect))
    }

    async fn run_case(
        &self,
        case: &PlannedCase,
        number: usize,
        dialect: &Dialect,
        declared: &Arc<Initialized>,
    ) {
        if self.cancel.is_cancelled() {
            return;
        }
        let opened = self.open(number, dialect, declared).await;
        let (context, world, _keep) = match opened {
            Ok(opened) => opened,
            Err(reason) => {
                self.tell(Event::Unjudgeable { reason: format!("{}: {reason}", case.key) });
                return;
            }
        };
        case::run(&context, case, &world, Part::Whole).await;
        if let Some(trial) = &world.trial {
            trial.end().await;
        }
    }

    /// The homeserver of a case, and its world.
    async fn open(
        &self,
        number: usize,
        dialect: &Dialect,
        declared: &Arc<Initialized>,
    ) -> Result<(RunContext, Arc<World>, S::Keep), String> {
        let (reference, keep) = self.stage.open(dialect).await?;
        let told = |error: &dyn std::fmt::Display| error.to_string();
        let http = Http::new(
            Way::new(reference.url.clone().into(), &Authorities::default()).map_err(|error| told(&error))?,
            self.epoch,
            Arc::clone(&self.redactor),
            self.options.patience,
            MAX_WAIT,
            self.events.clone(),
            self.cancel.child_token(),
        )
        .map_err(|error| told(&error))?;
        let unique = format!("{:08x}", rand::random::<u32>());
        let trial = Trial::new(
            reference.url,
            reference.inspect,
            Arc::clone(&self.command),
            Deadlines(self.options.driver_patience),
            Arc::clone(declared),
            Arc::clone(&self.sends),
        )?;
        let gateway_url = self.gateway.url();
        let context = RunContext {
            cleaner: Cleaner::new(&http, Duration::ZERO),
            plan: Plan::default(),
            http,
            accounts: Accounts::new(Registration::Open, unique.clone(), Arc::clone(&self.redactor)),
            unique: format!("pp-{unique}"),
            gateway: Arc::clone(&self.gateway),
            gateway_url: gateway_url.join("/_matrix/push/v1/notify").unwrap_or(gateway_url),
            mailbox: None,
            patience: self.options.patience,
            push_latency: Latency::default(),
            mail_latency: Latency::default(),
            // How many clients run at the same time is counted where they are started.
            jobs: Jobs::new(usize::MAX),
            restarts: Restarts::new(None),
            watch: self.options.watch,
            watches: Watches::default(),
            redactor: Arc::clone(&self.redactor),
            events: self.events.clone(),
            epoch: self.epoch,
            cancel: self.cancel.clone(),
        };
        let world = World::new(format!("pp-{unique}-{number}"), dialect.clone()).with_trial(trial);
        Ok((context, Arc::new(world), keep))
    }
}

/// What the driver does not declare, and what it declares that its client lacks beyond that.
fn undeclared(offer: &Offer, declared: &Initialized) -> Vec<String> {
    let needs = offer.undeclared.iter().map(|need| need.name().to_owned());
    let lacks = declared.lacks.iter().filter(|lack| lack.of.is_some()).map(ToString::to_string);
    needs.chain(lacks).collect()
}

/// The dialect that the client is tried in: the one asked for, if the driver speaks it.
fn dialect(declared: &Initialized, asked: Option<&Dialect>) -> Result<Dialect, String> {
    let takes = |name: &str| declared.dialects.iter().any(|dialect| dialect == "*" || dialect == name);
    let spoken = declared.dialects.join(", ");
    match asked {
        Some(dialect) if takes(&dialect.name) => Ok(dialect.clone()),
        Some(dialect) => Err(format!("the client does not speak the dialect {}, but {spoken}", dialect.name)),
        None => {
            let known = Dialect::embedded().iter().find(|dialect| takes(&dialect.name));
            known
                .cloned()
                .ok_or_else(|| format!("the client speaks no dialect that the suite knows: {spoken}"))
        }
    }
}

/// What a client offers to scenarios.
fn offer(declared: &Initialized, dialect: Dialect) -> Offer {
    let capabilities = declared.capabilities;
    let does = |capability: bool, method| capability && !declared.lacks_all_of(method);
    let all = [
        (Need::Pusherless, capabilities.pusherless),
        (Need::ListsPushers, does(capabilities.pusher && capabilities.list_pushers, Method::ListPushers)),
        (Need::ListsDevices, does(capabilities.list_devices, Method::ListDevices)),
        (Need::Toggles, does(capabilities.toggle, Method::SetPush)),
        (Need::ClientRestarts, capabilities.restart),
    ];
    let with = |offered: bool| {
        all.iter().filter(move |(_, has)| *has == offered).map(|(need, _)| *need).collect::<BTreeSet<_>>()
    };
    Offer {
        has: with(true),
        without: BTreeSet::new(),
        undeclared: with(false),
        dialect,
        missing: Vec::new(),
        obstacles: Vec::new(),
        broken: Vec::new(),
    }
}
