//! Accounts on the subject: made anew, or leased from a list of dedicated ones.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use hmac::{Hmac, KeyInit, Mac};
use pushproof_record::Redactor;
use serde_json::{Value, json};
use sha1::Sha1;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    http::{Answer, Call, Caller, Http, NoAnswer},
    trace::Trace,
};

/// How accounts are had.
#[derive(Clone, Debug)]
pub enum Registration {
    /// Anybody may register, with at most a dummy stage (client-server API, "Account registration").
    Open,
    /// Registration wants this token (`m.login.registration_token`).
    Token(String),
    /// The admin endpoint of Synapse, which this secret opens.
    SharedSecret(String),
    /// These accounts, made for the suite alone: it logs them out and changes them.
    Users(Vec<Credentials>),
}

/// A dedicated account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The user id, or its local part.
    pub user: String,
    /// The password.
    pub password: String,
}

/// An account that the run may use, logged in on one device.
#[derive(Debug)]
pub(crate) struct Account {
    /// The whole user id.
    pub user_id: String,
    /// The password, as the run knows it.
    pub password: String,
    /// The access token of the first device.
    pub token: String,
    /// The id of the first device.
    pub device_id: String,
    /// A dedicated account, which goes back when this is dropped.
    lease: Option<Lease>,
}

#[derive(Debug)]
struct Lease {
    credentials: Credentials,
    free: Arc<Mutex<Vec<Credentials>>>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.free.lock().expect("no holder of this lock panics").push(self.credentials.clone());
    }
}

impl Account {
    /// The password that a dedicated account must have again when it goes back.
    #[must_use]
    pub(crate) fn original_password(&self) -> Option<&str> {
        self.lease.as_ref().map(|lease| lease.credentials.password.as_str())
    }
}

/// Why no account could be had.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum NoAccount {
    /// The subject gave no answer.
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    /// The subject refused.
    #[error("{tried} was refused: {answer}")]
    Refused {
        /// What was tried.
        tried: &'static str,
        /// The answer in a few words.
        answer: String,
        /// What to do.
        hint: String,
    },
}

impl NoAccount {
    fn refused(tried: &'static str, answer: &Answer, hint: impl Into<String>) -> Self {
        Self::Refused { tried, answer: answer.brief(), hint: hint.into() }
    }

    /// What to do about it.
    #[must_use]
    pub(crate) fn hint(&self) -> Option<&str> {
        match self {
            Self::Refused { hint, .. } => Some(hint),
            Self::NoAnswer(_) => None,
        }
    }
}

/// Gives out accounts.
#[derive(Debug)]
pub(crate) struct Accounts {
    registration: Registration,
    /// Part of every local part: unique to the run, so that runs against one server never meet.
    run: String,
    made: AtomicU64,
    free: Arc<Mutex<Vec<Credentials>>>,
    permits: Arc<Semaphore>,
    redactor: Arc<Redactor>,
}

impl Accounts {
    /// Accounts had in this way; `run` is a string unique to the run.
    #[must_use]
    pub(crate) fn new(registration: Registration, run: String, redactor: Arc<Redactor>) -> Self {
        let free = match &registration {
            Registration::Users(users) => users.clone(),
            _ => Vec::new(),
        };
        let permits = Arc::new(Semaphore::new(free.len()));
        Self {
            registration,
            run,
            made: AtomicU64::new(0),
            free: Arc::new(Mutex::new(free)),
            permits,
            redactor,
        }
    }

    /// How many accounts there are at most; `None` if they are made as needed.
    #[must_use]
    pub(crate) fn limit(&self) -> Option<usize> {
        match &self.registration {
            Registration::Users(users) => Some(users.len()),
            _ => None,
        }
    }

    /// Accounts for these people, each logged in on one device. Dedicated accounts are waited for, all at once, so that
    /// no two scenarios wait for each other.
    pub(crate) async fn take(
        &self,
        http: &Http,
        trace: &Trace,
        people: &[&str],
    ) -> Result<Vec<Account>, NoAccount> {
        let mut leases = self.lease(people.len()).await;
        let made = people.iter().map(|person| {
            let lease = leases.pop();
            async move {
                match lease {
                    Some(lease) => self.open(http, trace, person, lease).await,
                    None => self.make(http, trace, person).await,
                }
            }
        });
        futures_util::future::try_join_all(made.collect::<Vec<_>>()).await
    }

    async fn lease(&self, count: usize) -> Vec<Lease> {
        if self.limit().is_none() {
            return Vec::new();
        }
        let many = u32::try_from(count).unwrap_or(u32::MAX);
        let mut permit =
            Arc::clone(&self.permits).acquire_many_owned(many).await.expect("the semaphore is never closed");
        let mut free = self.free.lock().expect("no holder of this lock panics");
        (0..count)
            .filter_map(|_| {
                let credentials = free.pop()?;
                let permit = permit.split(1)?;
                Some(Lease { credentials, free: Arc::clone(&self.free), _permit: permit })
            })
            .collect()
    }

    /// Logs a dedicated account in, and every other device of it out.
    async fn open(
        &self,
        http: &Http,
        trace: &Trace,
        person: &str,
        lease: Lease,
    ) -> Result<Account, NoAccount> {
        let Credentials { user, password } = lease.credentials.clone();
        self.redactor.secret(&password, &password_variable(person));
        let first = log_in(http, trace, &self.redactor, person, &user, &password, None).await?;
        let token = first.str_at("/access_token").unwrap_or_default().to_owned();
        let caller = Caller { token, name: person.to_owned() };
        http.send(trace, &Call::post("/logout/all", json!({})).by(caller)).await?;
        let answer = log_in(http, trace, &self.redactor, person, &user, &password, None).await?;
        self.account(&answer, password, person, Some(lease))
    }

    async fn make(&self, http: &Http, trace: &Trace, person: &str) -> Result<Account, NoAccount> {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let localpart = format!("pp-{}-{number}-{person}", self.run);
        let password = format!("pp-{:032x}", rand::random::<u128>());
        self.redactor.secret(&password, &password_variable(person));
        let answer = match &self.registration {
            Registration::SharedSecret(secret) => {
                register_by_secret(http, trace, &self.redactor, secret, &localpart, &password).await?
            }
            Registration::Token(token) => {
                let stage = json!({ "type": "m.login.registration_token", "token": token });
                register(http, trace, &localpart, &password, Some(stage)).await?
            }
            _ => register(http, trace, &localpart, &password, None).await?,
        };
        self.account(&answer, password, person, None)
    }

    fn account(
        &self,
        answer: &Answer,
        password: String,
        person: &str,
        lease: Option<Lease>,
    ) -> Result<Account, NoAccount> {
        let field = |pointer| answer.str_at(pointer).map(str::to_owned);
        let (Some(user_id), Some(token), Some(device_id)) =
            (field("/user_id"), field("/access_token"), field("/device_id"))
        else {
            return Err(NoAccount::refused(
                "making an account",
                answer,
                "the answer lacks `user_id`, `access_token` or `device_id`, which the specification requires",
            ));
        };
        self.redactor.secret(&token, &crate::http::token_variable(person));
        Ok(Account { user_id, password, token, device_id, lease })
    }
}

/// The shell variable that stands for a password.
#[must_use]
pub(crate) fn password_variable(person: &str) -> String {
    token_stem(person) + "_PASSWORD"
}

fn token_stem(person: &str) -> String {
    crate::http::token_variable(person).trim_end_matches("_TOKEN").to_owned()
}

/// Logs in with a password (client-server API, `POST /login`).
pub(crate) async fn log_in(
    http: &Http,
    trace: &Trace,
    redactor: &Redactor,
    name: &str,
    user: &str,
    password: &str,
    device_id: Option<&str>,
) -> Result<Answer, NoAccount> {
    let answer = log_in_unless_refused(http, trace, redactor, name, user, password, device_id).await?;
    if answer.is_success() {
        return Ok(answer);
    }
    let hint = match answer.status {
        403 => "the homeserver does not take this user and password",
        _ => "the homeserver must let users log in with a password (`m.login.password`)",
    };
    Err(NoAccount::refused("logging in", &answer, hint))
}

/// The same, with a refusal as an answer like any other.
pub(crate) async fn log_in_unless_refused(
    http: &Http,
    trace: &Trace,
    redactor: &Redactor,
    name: &str,
    user: &str,
    password: &str,
    device_id: Option<&str>,
) -> Result<Answer, NoAnswer> {
    let mut body = json!({
        "type": "m.login.password",
        "identifier": { "type": "m.id.user", "user": user },
        "password": password,
        "initial_device_display_name": name,
    });
    if let Some(device_id) = device_id {
        body["device_id"] = device_id.into();
    }
    let answer = http.send(trace, &Call::post("/login", body)).await?;
    if let Some(token) = answer.str_at("/access_token") {
        redactor.secret(token, &crate::http::token_variable(name));
    }
    Ok(answer)
}

/// Registers by user-interactive authentication: asks for the flows, then takes the one that can be gone.
async fn register(
    http: &Http,
    trace: &Trace,
    localpart: &str,
    password: &str,
    token_stage: Option<Value>,
) -> Result<Answer, NoAccount> {
    let mut body = json!({
        "username": localpart,
        "password": password,
        "initial_device_display_name": "pushproof",
    });
    let mut answer = http.send(trace, &Call::post("/register", body.clone())).await?;
    let mut done: Vec<String> = Vec::new();
    // Each round completes one stage; two are the most that this suite can go through.
    while answer.status == 401 && done.len() < 3 {
        let uia = answer.json.clone().unwrap_or_default();
        let Some(stage) = next_stage(&uia, &done, token_stage.is_some()) else {
            return Err(NoAccount::refused(
                "registering an account",
                &answer,
                flows_hint(&uia, token_stage.is_some()),
            ));
        };
        let mut auth = match (stage.as_str(), &token_stage) {
            ("m.login.registration_token", Some(auth)) => auth.clone(),
            _ => json!({ "type": stage }),
        };
        if let Some(session) = uia.get("session") {
            auth["session"] = session.clone();
        }
        body["auth"] = auth;
        done.push(stage);
        answer = http.send(trace, &Call::post("/register", body.clone())).await?;
    }
    if answer.is_success() {
        return Ok(answer);
    }
    let hint = match answer.errcode() {
        Some("M_FORBIDDEN") => {
            "registration is closed: open it for the test, or use `--registration token=@FILE`, `shared-secret=@FILE` or `users=FILE`"
        }
        _ => {
            "accounts can also be had by `--registration token=@FILE`, `shared-secret=@FILE` or `users=FILE`"
        }
    };
    Err(NoAccount::refused("registering an account", &answer, hint))
}

/// The next stage of the first flow that this suite can go through.
fn next_stage(uia: &Value, done: &[String], has_token: bool) -> Option<String> {
    let can = |stage: &str| stage == "m.login.dummy" || has_token && stage == "m.login.registration_token";
    let flows = uia.get("flows")?.as_array()?;
    let mut stages = flows.iter().filter_map(|flow| {
        let stages: Option<Vec<&str>> = flow.get("stages")?.as_array()?.iter().map(Value::as_str).collect();
        stages.filter(|stages| stages.iter().all(|stage| can(stage)))
    });
    stages
        .find_map(|stages| stages.into_iter().find(|stage| !done.iter().any(|d| d == stage)))
        .map(str::to_owned)
}

fn flows_hint(uia: &Value, has_token: bool) -> String {
    let stages: Vec<&str> = uia
        .pointer("/flows")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|flow| flow.get("stages")?.as_array())
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if stages.contains(&"m.login.registration_token") && !has_token {
        return "registration wants a token: `--registration token=@FILE`".to_owned();
    }
    format!(
        "registration wants {}, which no suite can do: switch it off for the test, or use `--registration shared-secret=@FILE` or `users=FILE`",
        if stages.is_empty() { "a flow without stages".to_owned() } else { stages.join(", ") }
    )
}

/// Registers by Synapse's admin endpoint: a nonce, and an HMAC-SHA1 over nonce, name, password and role.
async fn register_by_secret(
    http: &Http,
    trace: &Trace,
    redactor: &Redactor,
    secret: &str,
    localpart: &str,
    password: &str,
) -> Result<Answer, NoAccount> {
    const PATH: &str = "/_synapse/admin/v1/register";
    const TRIED: &str = "registering an account by the shared secret";
    let answer = http.send(trace, &Call::get(PATH)).await?;
    let Some(nonce) = answer.str_at("/nonce") else {
        return Err(NoAccount::refused(
            TRIED,
            &answer,
            "the homeserver must have Synapse's admin endpoint, and `registration_shared_secret` set",
        ));
    };
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update([nonce, localpart, password, "notadmin"].join("\0").as_bytes());
    let mac = hex::encode(mac.finalize().into_bytes());
    redactor.secret(&mac, "REGISTRATION_MAC");
    let body =
        json!({ "nonce": nonce, "username": localpart, "password": password, "admin": false, "mac": mac });
    let answer = http.send(trace, &Call::post(PATH, body)).await?;
    if answer.is_success() {
        Ok(answer)
    } else {
        Err(NoAccount::refused(TRIED, &answer, "is it the homeserver's `registration_shared_secret`?"))
    }
}
