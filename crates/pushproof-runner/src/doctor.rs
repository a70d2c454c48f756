//! Checks a driver's protocol alone, message by message: what `pushproof check-client --doctor` does.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use pushproof_record::Redactor;
use pushproof_vocabulary::{
    Dialect,
    driver::{
        AskNotifications, Empty, Initialize, Initialized, ListedDevices, ListedPushers, Method,
        Notifications, PROTOCOL, SetPush, Settle, Start, WireNames, code,
    },
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    account::{Account, Accounts, Registration},
    driver::{Deadlines, Driver, Finding, Trouble, wrong_declaration},
    http::{Call, Caller, Http},
    steps::encode,
    trace::Trace,
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
        .map_err(|error| format!("`{}` cannot be started: {error}", command.join(" ")))?;
    let store = tempfile::tempdir().map_err(|error| format!("no folder for the client's store: {error}"))?;
    let patient = Patient {
        room: Room::made(homeserver, &redactor, epoch, cancel).await?,
        start: json!(null),
        driver,
        trace: Trace::default(),
        seen: Examination::default(),
    };
    let start = Start {
        homeserver: homeserver.to_string(),
        user_id: patient.room.owner.user_id.clone(),
        device_id: patient.room.owner.device_id.clone(),
        access_token: patient.room.owner.token.clone(),
        password: patient.room.owner.password.clone(),
        store: store.path().to_string_lossy().into_owned(),
        dialect: WireNames::from(dialect),
    };
    let mut patient = Patient { start: json!(start), ..patient };
    // Err says that what follows could not be looked at; what was found stands in the examination.
    let _ = cancel.run_until_cancelled(patient.examine()).await;
    let by_itself = patient.driver.close().await;
    let hint = "end when stdin is closed: nothing more will be asked";
    patient.seen.note(
        "ends when its stdin is closed",
        (!by_itself).then(|| ("it was still there 5 s later".to_owned(), hint.to_owned())),
    );
    patient.seen.log = patient.driver.log().await;
    Ok(patient.seen)
}

/// The driver under examination.
struct Patient {
    driver: Driver,
    room: Room,
    start: Value,
    trace: Trace,
    seen: Examination,
}

impl Patient {
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
            self.notifications("tells of notifications after `stop`").await?;
        }
        if declared.capabilities.restart {
            let _: Empty =
                self.answers("starts again with its store", Method::Start, self.start.clone()).await?;
            let _: Empty = self.answers("stops again", Method::Stop, json!({})).await?;
        }
        Ok(())
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
            self.notifications("tells of notifications").await?;
        }
        if declared.capabilities.list_pushers {
            let _: ListedPushers = self.answers("lists pushers", Method::ListPushers, json!({})).await?;
        }
        if declared.capabilities.list_devices {
            let _: ListedDevices = self.answers("lists devices", Method::ListDevices, json!({})).await?;
        }
        if declared.capabilities.toggle {
            let wish = json!(SetPush { device_id: self.room.owner.device_id.clone(), enabled: true });
            let asked = self.driver.ask(&self.trace, Method::SetPush.name(), wish).await;
            self.judge("answers `set_push`", asked.map(drop).or_else(refusal_is_fine))?;
        }
        Ok(())
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
    async fn notifications(&mut self, what: &str) -> Went<()> {
        let asked = json!(AskNotifications::default());
        let answer = self.driver.call::<Notifications>(&self.trace, Method::Notifications, asked).await;
        let sends = !self.driver.notified().is_empty();
        let answer = match answer {
            Ok(_) if sends => Err(Finding::BothWays.into()),
            Err(trouble) if sends => refusal_is_fine(trouble),
            answer => answer.map(drop),
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

/// Where a refusal is as good as an answer.
fn refusal_is_fine(trouble: Trouble) -> Result<(), Trouble> {
    match trouble {
        Trouble::Refused { .. } => Ok(()),
        finding @ Trouble::Finding(_) => Err(finding),
    }
}

/// A room in which somebody else sends something to the client's user.
struct Room {
    http: Http,
    owner: Account,
    sender: Account,
    id: String,
}

impl Room {
    async fn made(
        homeserver: &Url,
        redactor: &Arc<Redactor>,
        epoch: Instant,
        cancel: &CancellationToken,
    ) -> Result<Self, String> {
        let (events, _) = tokio::sync::mpsc::unbounded_channel();
        let patience = Duration::from_secs(10);
        let http = Http::new(
            homeserver.clone(),
            epoch,
            Arc::clone(redactor),
            patience,
            patience,
            events,
            cancel.clone(),
        )
        .map_err(|error| error.to_string())?;
        let accounts = Accounts::new(Registration::Open, "doctor".to_owned(), Arc::clone(redactor));
        let trace = Trace::default();
        let made =
            accounts.take(&http, &trace, &["client", "sender"]).await.map_err(|error| error.to_string())?;
        let [owner, sender] =
            <[Account; 2]>::try_from(made).map_err(|_| "two accounts were asked for".to_owned())?;
        let mut room = Self { http, owner, sender, id: String::new() };
        let body = json!({ "preset": "private_chat", "invite": [room.owner.user_id] });
        let made = room.post(&room.sender, "/createRoom", body).await?;
        room.id = made["room_id"].as_str().unwrap_or_default().to_owned();
        let join = format!("/join/{}", encode(&room.id));
        room.post(&room.owner, &join, json!({})).await?;
        Ok(room)
    }

    async fn send(&self) -> Result<String, String> {
        let path = format!("/rooms/{}/send/m.room.message/examined", encode(&self.id));
        let body = json!({ "msgtype": "m.text", "body": "Can you see this?" });
        let sent = self.request(&self.sender, Call::put(path, body)).await?;
        Ok(sent["event_id"].as_str().unwrap_or_default().to_owned())
    }

    async fn post(&self, by: &Account, path: &str, body: Value) -> Result<Value, String> {
        self.request(by, Call::post(path, body)).await
    }

    async fn request(&self, by: &Account, call: Call) -> Result<Value, String> {
        let caller = Caller { token: by.token.clone(), name: "doctor".to_owned() };
        let path = call.path.clone();
        let answer =
            self.http.send(&Trace::default(), &call.by(caller)).await.map_err(|error| error.to_string())?;
        match answer.json {
            Some(ref body) if answer.is_success() => Ok(body.clone()),
            _ => Err(format!("{path} was answered {}", answer.brief())),
        }
    }
}
