//! The driver of one case: started when it is first needed, asked, and ended with the case.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use pushproof_record::{Event, Evidence, StepOutcome};
use pushproof_scenario::DeviceRef;
use pushproof_vocabulary::driver::{
    AskNotifications, Empty, Initialize, Initialized, Kind, Method, Notifications, Notified, PROTOCOL, Start,
    WireNames, code,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use url::Url;

use super::{Watch, journal::Inspection};
use crate::{
    context::StepContext,
    driver::{Deadlines, Driver, Finding, Trouble},
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
    /// The kinds of events that it told of.
    pub kinds: BTreeSet<Kind>,
    pub watches: Vec<Watch>,
    pub closed: Vec<(usize, StepOutcome)>,
}

impl Trial {
    pub(crate) fn new(
        homeserver: Url,
        inspect: Inspect,
        command: Arc<[String]>,
        deadlines: Deadlines,
        declared: Arc<Initialized>,
    ) -> std::io::Result<Self> {
        Ok(Self {
            inspection: Inspection::new(inspect),
            declared,
            homeserver,
            command,
            deadlines,
            store: tempfile::tempdir()?,
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

    /// Whether it told of an event of this kind before.
    pub(crate) fn has_told_of(&self, kind: Kind) -> bool {
        self.lock().kinds.contains(&kind)
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
            device_id,
            access_token: token,
            password,
            store: store.to_string_lossy().into_owned(),
            dialect: WireNames::from(&ctx.world.dialect),
        };
        let _: Empty = self.call(ctx, Method::Start, start).await?;
        Ok(())
    }

    /// Asks the driver for something.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        ctx: StepContext<'_>,
        method: Method,
        params: impl Serialize,
    ) -> Result<T, Missed> {
        self.ask(ctx, method, params).await?.map_err(Missed::failed)
    }

    /// Asks the driver for something that the client may refuse. What it says it cannot do does not apply to it.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        ctx: StepContext<'_>,
        method: Method,
        params: impl Serialize,
    ) -> Result<Result<T, String>, Missed> {
        let driver = self.driver(ctx).await?;
        match driver.call(ctx.trace, method, params).await {
            Ok(result) => Ok(Ok(result)),
            Err(Trouble::Refused { code: code::METHOD_NOT_FOUND, message, .. }) => {
                Err(Missed::not_applicable(format!("the driver does not support it: {message}")))
            }
            Err(trouble @ Trouble::Refused { .. }) => Ok(Err(trouble.to_string())),
            Err(Trouble::Finding(finding)) => Err(found(ctx, &finding)),
        }
    }

    /// What the client has told of since its latest start, however its driver tells of it.
    pub(crate) async fn notifications(&self, ctx: StepContext<'_>) -> Result<Vec<Notified>, Missed> {
        let driver = self.driver(ctx).await?;
        let unasked = driver.notified();
        let params = AskNotifications::default();
        match driver.call::<Notifications>(ctx.trace, Method::Notifications, params).await {
            Ok(answered) if unasked.is_empty() => Ok(answered.notifications),
            Ok(answered) if answered.notifications.is_empty() => Ok(unasked),
            Ok(_) => Err(found(ctx, &Finding::BothWays)),
            Err(Trouble::Refused { .. }) => Ok(unasked),
            Err(Trouble::Finding(finding)) => Err(found(ctx, &finding)),
        }
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

    async fn driver(&self, ctx: StepContext<'_>) -> Result<&Driver, Missed> {
        self.driver
            .get_or_try_init(|| async {
                let redactor = &ctx.run.redactor;
                let driver = Driver::start(&self.command, self.deadlines, ctx.run.epoch, redactor)
                    .map_err(|error| Missed::error(format!("the driver cannot be started: {error}")))?;
                let introduced = driver.call::<Initialized>(
                    ctx.trace,
                    Method::Initialize,
                    Initialize { protocol: PROTOCOL },
                );
                let Err(trouble) = introduced.await else { return Ok(driver) };
                driver.logged().await.into_iter().for_each(|log| ctx.trace.add(log));
                Err(match trouble {
                    Trouble::Finding(finding) => found(ctx, &finding),
                    refused @ Trouble::Refused { .. } => Missed::inconclusive(refused.to_string()),
                })
            })
            .await
    }
}

/// A finding: nothing can be judged by what the driver says, neither here nor in the whole run.
pub(crate) fn found(ctx: StepContext<'_>, finding: &Finding) -> Missed {
    let message = ctx.run.redactor.text(&finding.to_string());
    ctx.run.tell(Event::Unjudgeable { reason: message.clone() });
    Missed::inconclusive(message).hint(finding.hint())
}
