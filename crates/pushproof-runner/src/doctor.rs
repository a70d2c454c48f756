//! Checks a driver's protocol alone, message by message: what `pushproof check-client --doctor` does.

mod room;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use pushproof_record::{Redactor, shown_command};
use pushproof_vocabulary::{
    Dialect,
    driver::{
        AskNotifications, Empty, Initialize, Initialized, ListedDevices, ListedPushers, Method,
        Notifications, PROTOCOL, SetPush, Settle, Start, Those, WireNames, code,
    },
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use url::Url;

use self::room::Room;
use crate::{
    driver::{Deadlines, Driver, Finding, Trouble, declares_otherwise, wrong_declaration, wrong_error},
    trace::Trace,
    trial::store,
};

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What.
    pub what: String,
    /// What is wrong with it, and what to do about it.
    pub wrong: Option<(String, String)>,
}

/// What was found of a driver.
#[derive(Clone, Debug, Default)]
pub struct Examination {
    /// What was looked at, in order.
    pub checks: Vec<Check>,
    /// What the driver wrote to stderr, without secrets.
    pub log: String,
}

impl Examination {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.checks.iter().all(|check| check.wrong.is_none())
    }

    /// Errors of drivers may repeat what they were given.
    fn redact(&mut self, redactor: &Redactor) {
        for (wrong, hint) in self.checks.iter_mut().filter_map(|check| check.wrong.as_mut()) {
            *wrong = redactor.message(wrong);
            *hint = redactor.message(hint);
        }
        self.log = redactor.text(&self.log);
    }

    fn note(&mut self, what: &str, wrong: Option<(String, String)>) {
        self.checks.push(Check { what: what.to_owned(), wrong });
    }
}

/// How a check ends: the driver's protocol goes on, or nothing that follows can be looked at.
type Went<T> = Result<T, ()>;

/// Examines the driver with this command; its client is shown to the homeserver at `homeserver`, where anybody may
/// register. It has `patience` to answer, twice as long to start. Err when the driver cannot be started or the homeserver
/// does not take part.
pub async fn examine(
    command: &[String],
    homeserver: &Url,
    dialect: &Dialect,
    patience: Duration,
    cancel: &CancellationToken,
) -> Result<Examination, String> {
    let redactor = Arc::new(Redactor::default());
    let epoch = Instant::now();
    let driver = Driver::start(command, Deadlines(patience), epoch, &redactor)
        .map_err(|error| format!("`{}` cannot be started: {error}", shown_command(&command.join(" "))))?;
    let store = store()?;
    let room = Room::made(homeserver, &redactor, epoch, cancel).await?;
    let start = Start {
        homeserver: homeserver.to_string(),
        user_id: room.owner.user_id.clone(),
        device_id: room.owner.device_id.clone(),
        access_token: room.owner.token.clone(),
        password: room.owner.password.clone(),
        store: store.path().to_string_lossy().into_owned(),
        dialect: WireNames::from(dialect),
    };
    let mut patient = Patient {
        again: Driver::start(command, Deadlines(patience), epoch, &redactor)
            .map_err(|error| error.to_string())?,
        driver,
        room,
        dialect,
        start: json!(start),
        trace: Trace::default(),
        seen: Examination::default(),
    };
    // Err says that what follows could not be looked at; what was found stands in the examination.
    let _ = cancel.run_until_cancelled(patient.examine()).await;
    if cancel.is_cancelled() {
        // Dropped, its processes end at once.
        return Ok(patient.seen);
    }
    patient.again.close().await;
    let by_itself = patient.driver.close().await;
    let hint = "end when stdin is closed: nothing more will be asked";
    patient.seen.note(
        "ends when its stdin is closed",
        (!by_itself).then(|| ("it was still there 5 s later".to_owned(), hint.to_owned())),
    );
    patient.seen.log = patient.driver.log().await;
    patient.seen.redact(&redactor);
    Ok(patient.seen)
}

/// The driver under examination.
struct Patient<'a> {
    driver: Driver,
    /// Another process of the same driver.
    again: Driver,
    room: Room,
    dialect: &'a Dialect,
    start: Value,
    trace: Trace,
    seen: Examination,
}

impl Patient<'_> {
    async fn examine(&mut self) -> Went<()> {
        let unknown = json!(Initialize { protocol: PROTOCOL + 1000 });
        self.refuses(
            "refuses an unknown version of the protocol",
            "initialize",
            unknown,
            code::INVALID_PARAMS,
        )
        .await?;
        let declared: Initialized = self
            .answers("answers `initialize`", Method::Initialize, json!(Initialize { protocol: PROTOCOL }))
            .await?;
        self.seen.note(
            "declares what belongs together",
            wrong_declaration(&declared).map(|finding| (finding.to_string(), finding.hint().to_owned())),
        );
        self.declares_the_same(&declared).await?;
        self.refuses(
            "refuses a method that there is not",
            "no_such_method",
            json!({}),
            code::METHOD_NOT_FOUND,
        )
        .await?;
        self.refuses("refuses `start` without parameters", "start", json!({}), code::INVALID_PARAMS).await?;
        if declared.capabilities.pusherless {
            let nothing = json!(AskNotifications::default());
            self.refuses(
                "has no notifications before the first start",
                "notifications",
                nothing,
                code::FAILED,
            )
            .await?;
        }
        let _: Empty = self.answers("starts", Method::Start, self.start.clone()).await?;
        self.refuses("refuses to start while it runs", "start", self.start.clone(), code::FAILED).await?;
        self.runs(&declared).await?;
        let _: Empty = self.answers("stops", Method::Stop, json!({})).await?;
        let _: Empty = self.answers("stops once more", Method::Stop, json!({})).await?;
        if declared.capabilities.pusherless {
            self.notifications(&declared, "tells of notifications after `stop`").await?;
        }
        if declared.capabilities.restart {
            let _: Empty =
                self.answers("starts again with its store", Method::Start, self.start.clone()).await?;
            let _: Empty = self.answers("stops again", Method::Stop, json!({})).await?;
        }
        Ok(())
    }

    /// Every case has a process of its own, in all of which the driver has to declare the same.
    async fn declares_the_same(&mut self, declared: &Initialized) -> Went<()> {
        let asked = Initialize { protocol: PROTOCOL };
        let again = self.again.call::<Initialized>(&self.trace, Method::Initialize, asked).await;
        let differs = again.and_then(|again| {
            declares_otherwise(declared, &again).map_or(Ok(()), |finding| Err(finding.into()))
        });
        self.judge("declares the same in another process", differs)
    }

    /// What a client answers while it runs.
    async fn runs(&mut self, declared: &Initialized) -> Went<()> {
        if declared.capabilities.pusherless {
            let event = self.room.send().await;
            let Ok(event_id) = event else {
                self.seen.note(
                    "settles",
                    event.err().map(|error| (error, "this is the suite's own fault".to_owned())),
                );
                return Err(());
            };
            let settle = |event_id: &str, deadline_ms| {
                json!(Settle {
                    room_id: self.room.id.clone(),
                    event_id: Some(event_id.to_owned()),
                    deadline_ms
                })
            };
            let (known, unknown) = (settle(&event_id, 20_000), settle("$no-such-event", 300));
            let _: Empty = self.answers("settles an event", Method::Settle, known).await?;
            self.refuses("gives up on an event that does not come", "settle", unknown, code::FAILED).await?;
            self.notifications(declared, "tells of notifications").await?;
        }
        let mut devices = Vec::new();
        for those in [Those::DevicesWithAPusher, Those::PusherlessDevices, Those::DevicesWithNeither] {
            match self.room.device(those, self.dialect).await {
                Ok(device) => devices.push((those, device)),
                Err(error) => {
                    let fault = Some((error, "this is the suite's own fault".to_owned()));
                    self.seen.note(&format!("can be asked of {}", those.name()), fault);
                    return Err(());
                }
            }
        }
        let does = |capability: bool, method| capability && !declared.lacks_all_of(method);
        let capabilities = declared.capabilities;
        if does(capabilities.list_pushers, Method::ListPushers) {
            self.lists::<ListedPushers>("lists pushers", Method::ListPushers).await?;
        }
        if does(capabilities.list_devices, Method::ListDevices) {
            self.lists::<ListedDevices>("lists devices", Method::ListDevices).await?;
        }
        for (those, device_id) in devices {
            if capabilities.toggle && declared.lack(Method::SetPush, those).is_none() {
                let wish = json!(SetPush { device_id, enabled: true });
                let asked = self.driver.ask(&self.trace, Method::SetPush.name(), wish).await;
                let what = format!("answers `set_push` for {}", those.name());
                self.judge(&what, asked.map(drop).or_else(refusal_is_fine))?;
            }
        }
        Ok(())
    }

    /// A client may refuse a list, but its driver may not say that it cannot list.
    async fn lists<T: serde::de::DeserializeOwned>(&mut self, what: &str, method: Method) -> Went<()> {
        let answer = self.driver.call::<T>(&self.trace, method, json!({})).await;
        let answer = answer.map(drop).map_err(finding_first);
        self.judge(what, answer)
    }

    /// Asks for something that must be answered in this form.
    async fn answers<T: serde::de::DeserializeOwned>(
        &mut self,
        what: &str,
        method: Method,
        params: Value,
    ) -> Went<T> {
        let answer = self.driver.call(&self.trace, method, params).await;
        self.judge(what, answer)
    }

    /// Asks for something that must be refused with this code.
    async fn refuses(&mut self, what: &str, method: &str, params: Value, wanted: i64) -> Went<()> {
        let answer = self.driver.ask(&self.trace, method, params).await;
        let hint = format!("answer with an error whose code is {wanted}");
        match answer {
            Err(Trouble::Refused { code, .. }) if code == wanted => self.seen.note(what, None),
            Err(Trouble::Refused { code, .. }) => {
                self.seen.note(what, Some((format!("it did so with the code {code}"), hint)));
            }
            Err(Trouble::Finding(finding)) => return self.judge(what, Err(finding.into())),
            Ok(_) => self.seen.note(what, Some(("it answered with a result".to_owned(), hint))),
        }
        Ok(())
    }

    /// One who sends `notify` need not answer.
    async fn notifications(&mut self, declared: &Initialized, what: &str) -> Went<()> {
        let asked = json!(AskNotifications::default());
        let answer = self.driver.call::<Notifications>(&self.trace, Method::Notifications, asked).await;
        let sent = !self.driver.notified().is_empty();
        let answer = match answer {
            Ok(_) if sent => Err(Finding::BothWays.into()),
            Err(Trouble::Refused { .. }) if sent || declared.lacks_all_of(Method::Notifications) => Ok(()),
            answer => answer.map(drop).map_err(finding_first),
        };
        self.judge(what, answer)
    }

    fn judge<T>(&mut self, what: &str, answer: Result<T, Trouble>) -> Went<T> {
        match answer {
            Ok(answer) => {
                self.seen.note(what, None);
                Ok(answer)
            }
            Err(trouble) => {
                let hint = match &trouble {
                    Trouble::Finding(finding) => finding.hint().to_owned(),
                    Trouble::Refused { .. } => "answer with a result; its stderr may say more".to_owned(),
                };
                self.seen.note(what, Some((trouble.to_string(), hint)));
                Err(())
            }
        }
    }
}

/// Where a refusal of the client is as good as an answer. That it cannot do what it declared is none.
fn refusal_is_fine(trouble: Trouble) -> Result<(), Trouble> {
    match finding_first(trouble) {
        Trouble::Refused { .. } => Ok(()),
        finding @ Trouble::Finding(_) => Err(finding),
    }
}

/// An error that answers a valid request may be a finding.
fn finding_first(trouble: Trouble) -> Trouble {
    match &trouble {
        Trouble::Refused { method, code, message } => {
            wrong_error(method, *code, message).map_or(trouble, Trouble::Finding)
        }
        Trouble::Finding(_) => trouble,
    }
}
