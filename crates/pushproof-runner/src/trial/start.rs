//! The driver of one case: started when it is first needed, asked, and ended with the case.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, atomic::AtomicBool},
    time::{Duration, Instant},
};

use pushproof_record::{Event, Evidence, StepOutcome};
use pushproof_scenario::DeviceRef;
use pushproof_vocabulary::driver::{
    Effect, Empty, Initialize, Initialized, Kind, Method, PROTOCOL, Start, WireNames,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use url::Url;

use super::{Watch, journal::Inspection, told::Told, writes::Wish};
use crate::{
    context::StepContext,
    driver::{Deadlines, Driver, Finding, Trouble, declares_otherwise, wrong_error},
    inspection::Inspect,
    outcome::Missed,
};

/// A client on trial in one case.
#[derive(Debug)]
pub(crate) struct Trial {
    /// What the reference homeserver saw.
    pub inspection: Inspection,
    /// What the driver declares.
    pub declared: Arc<Initialized>,
    /// Whether the driver sends `notify`, as any process of it has shown.
    pub(super) sends: Arc<AtomicBool>,
    /// What marks the suite's own writes; a client cannot know it.
    pub(super) mark_of_suite: String,
    homeserver: Url,
    command: Arc<[String]>,
    deadlines: Deadlines,
    store: tempfile::TempDir,
    driver: tokio::sync::OnceCell<Driver>,
    seen: Mutex<Seen>,
}

/// What was seen of the client so far.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The journal's end when the client was last started or asked to silence or resume.
    pub mark: u64,
    /// The pushers as they were listed before the client was last asked to silence or resume.
    pub listed: Vec<Value>,
    /// The kinds of events that it told of, by all effects that it has to.
    pub kinds: BTreeSet<Kind>,
    /// The effects by which it told of events of each kind.
    pub effects: BTreeMap<Kind, BTreeSet<Effect>>,
    /// The ids of the devices that it was started on.
    pub devices: Vec<String>,
    /// When it was last started, and the journal's end each time that it was.
    pub started: Option<Instant>,
    pub starts: Vec<u64>,
    /// What it was asked to silence or to resume.
    pub wishes: Vec<Wish>,
    /// What its driver says that it told of.
    pub told: Told,
    /// Whether its driver did anything against the protocol.
    pub found: bool,
    /// Whether it was given malformed events, after it had borne the same ones in the right form.
    pub malformed: bool,
    pub watches: Vec<Watch>,
    pub closed: Vec<Closed>,
}

/// A silence that is no longer looked at.
#[derive(Clone, Debug)]
pub(super) struct Closed {
    /// The step that found it.
    pub step: usize,
    /// The kind of the event that was not told of.
    pub kind: Kind,
    /// How the step ends.
    pub outcome: StepOutcome,
}

/// A client did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// The code of the error.
    pub code: i64,
    /// What its driver said.
    pub message: String,
    /// The same as a sentence.
    pub sentence: String,
}

/// A folder for the client to keep its data in.
pub(crate) fn store() -> Result<tempfile::TempDir, String> {
    tempfile::Builder::new().prefix("pushproof-").tempdir().map_err(|error| {
        let folder = std::env::temp_dir();
        format!(
            "no folder for the client's store can be made in {}, which TMPDIR names if it is set: {error}",
            folder.display()
        )
    })
}

impl Trial {
    pub(crate) fn new(
        homeserver: Url,
        inspect: Inspect,
        command: Arc<[String]>,
        deadlines: Deadlines,
        declared: Arc<Initialized>,
        sends: Arc<AtomicBool>,
    ) -> Result<Self, String> {
        Ok(Self {
            inspection: Inspection::new(inspect),
            declared,
            sends,
            mark_of_suite: format!("{:016x}", rand::random::<u64>()),
            homeserver,
            command,
            deadlines,
            store: store()?,
            driver: tokio::sync::OnceCell::new(),
            seen: Mutex::default(),
        })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().expect("no holder of this lock panics")
    }

    /// The number of the journal's entry from which on the client's doings count.
    pub(crate) fn mark(&self) -> u64 {
        self.lock().mark
    }

    /// From now on the client's doings count.
    pub(crate) async fn set_mark(&self) -> Result<(), Missed> {
        let end = self.inspection.journal().await?.end();
        self.lock().mark = end;
        Ok(())
    }

    /// Remembers that the client is given malformed events.
    pub(crate) fn is_given_malformed(&self) {
        self.lock().malformed = true;
    }

    /// Remembers how pushers were listed.
    pub(crate) fn remember_pushers(&self, listed: Vec<Value>) {
        self.lock().listed = listed;
    }

    /// The pushers as they were remembered.
    pub(crate) fn remembered_pushers(&self) -> Vec<Value> {
        self.lock().listed.clone()
    }

    /// Remembers that the client told of an event of this kind, by all effects that it has to.
    pub(crate) fn told_of(&self, kind: Kind) {
        self.lock().kinds.insert(kind);
    }

    /// Remembers by which effects it told of an event of this kind.
    pub(crate) fn told_by(&self, kind: Kind, effects: &[Effect]) {
        self.lock().effects.entry(kind).or_default().extend(effects);
    }

    /// Whether it told of an event of this kind by any of these effects.
    pub(crate) fn has_told_by(&self, kind: Kind, effects: &[Effect]) -> bool {
        let seen = self.lock();
        seen.effects.get(&kind).is_some_and(|told| effects.iter().any(|effect| told.contains(effect)))
    }

    /// Starts the client on a device.
    pub(crate) async fn start(&self, ctx: StepContext<'_>, on: &DeviceRef) -> Result<(), Missed> {
        self.close_watches(ctx).await;
        let device_id = ctx.world.device_id(on)?;
        let (user_id, password) = ctx.world.credentials(&on.actor)?;
        let token = ctx.world.caller(on)?.token;
        let store = self.store.path().join(on.device.to_string());
        std::fs::create_dir_all(&store)
            .map_err(|error| Missed::error(format!("no folder for the client's store: {error}")))?;
        self.set_mark().await?;
        let start = Start {
            homeserver: self.homeserver.to_string(),
            user_id,
            device_id: device_id.clone(),
            access_token: token,
            password,
            store: store.to_string_lossy().into_owned(),
            dialect: WireNames::from(&ctx.world.dialect),
        };
        {
            let mut seen = self.lock();
            seen.told.start();
            seen.devices.push(device_id.clone());
            seen.started = Some(Instant::now());
            let mark = seen.mark;
            seen.starts.push(mark);
        }
        let driver = self.driver(ctx).await?;
        let Err(trouble) = driver.call::<Empty>(ctx.trace, Method::Start, start).await else {
            return Ok(());
        };
        let waits = matches!(trouble, Trouble::Refused { .. } | Trouble::Finding(Finding::Late { .. }));
        if waits && self.inspection.journal().await?.holds_a_write(&device_id, self.mark()) {
            return Err(self.found(ctx, &Finding::StartWaits { how: trouble.to_string() }));
        }
        Err(Missed::failed(self.refused(ctx, trouble)?.sentence))
    }

    /// Asks the driver for something.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        ctx: StepContext<'_>,
        method: Method,
        params: impl Serialize,
    ) -> Result<T, Missed> {
        self.ask(ctx, method, params).await?.map_err(|refused| Missed::failed(refused.sentence))
    }

    /// Asks the driver for something that the client may refuse. Refused is as good as not done; that it cannot do what
    /// it declared is a finding.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        ctx: StepContext<'_>,
        method: Method,
        params: impl Serialize,
    ) -> Result<Result<T, Refused>, Missed> {
        let driver = self.driver(ctx).await?;
        match driver.call(ctx.trace, method, params).await {
            Ok(result) => Ok(Ok(result)),
            Err(trouble) => self.refused(ctx, trouble).map(Err),
        }
    }

    /// The refusal of the client, unless what its driver did is a finding.
    fn refused(&self, ctx: StepContext<'_>, trouble: Trouble) -> Result<Refused, Missed> {
        let sentence = trouble.to_string();
        match trouble {
            Trouble::Finding(finding) => Err(self.found(ctx, &finding)),
            Trouble::Refused { method, code, message } => match wrong_error(&method, code, &message) {
                Some(finding) => Err(self.found(ctx, &finding)),
                None => Ok(Refused { code, message, sentence }),
            },
        }
    }

    /// A finding: nothing can be judged by what the driver says, neither here nor in the whole run.
    /// But where the end of a driver follows on an event that was malformed on purpose, it is the client that it befell.
    pub(crate) fn found(&self, ctx: StepContext<'_>, finding: &Finding) -> Missed {
        let message = ctx.run.redactor.text(&finding.to_string());
        if self.lock().malformed && matches!(finding, Finding::Ended { .. } | Finding::Late { .. }) {
            return Missed::failed(format!("{message}: a malformed event was too much for the client"));
        }
        self.lock().found = true;
        ctx.run.tell(Event::Unjudgeable { reason: message.clone() });
        Missed::inconclusive(message).hint(finding.hint())
    }

    /// What the driver wrote to stderr, if it was started and wrote anything.
    pub(crate) async fn logged(&self) -> Option<Evidence> {
        self.driver.get()?.logged().await
    }

    /// How long the driver is given to settle, where so long is waited for what should come.
    pub(crate) fn settle_deadline(&self, patience: Duration) -> Duration {
        patience.min(self.deadlines.longest_settle())
    }

    /// Ends the driver.
    pub(crate) async fn end(&self) {
        if let Some(driver) = self.driver.get() {
            driver.close().await;
        }
    }

    /// The driver of the case. It declares what the first one declared.
    pub(super) async fn driver(&self, ctx: StepContext<'_>) -> Result<&Driver, Missed> {
        self.driver
            .get_or_try_init(|| async {
                let redactor = &ctx.run.redactor;
                let driver = Driver::start(&self.command, self.deadlines, ctx.run.epoch, redactor)
                    .map_err(|error| Missed::error(format!("the driver cannot be started: {error}")))?;
                let asked = Initialize { protocol: PROTOCOL };
                let introduced = driver.call::<Initialized>(ctx.trace, Method::Initialize, asked).await;
                let finding = match introduced {
                    Ok(declared) => match declares_otherwise(&self.declared, &declared) {
                        None => return Ok(driver),
                        Some(finding) => finding,
                    },
                    Err(Trouble::Finding(finding)) => finding,
                    // It introduced itself once, and has to do so always.
                    Err(Trouble::Refused { method, .. }) => Finding::Selective { method },
                };
                driver.logged().await.into_iter().for_each(|log| ctx.trace.add(log));
                Err(self.found(ctx, &finding))
            })
            .await
    }
}
