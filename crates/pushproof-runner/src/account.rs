//! Accounts on the subject: made anew, or leased from a list of dedicated ones.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use pushproof_record::Redactor;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    cleanup::{Devices, log_out_everywhere},
    http::{Answer, Caller, Http, NoAnswer, token_variable},
    login::Login,
    plan::PlannedCase,
    registration::{register, register_by_secret},
    trace::Trace,
    world::localpart,
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
    /// The mail addresses that the account has.
    pub addresses: Vec<String>,
}

impl Credentials {
    /// Whether they are those of this user.
    fn is(&self, user_id: &str) -> bool {
        self.user == user_id || self.user.trim_start_matches('@') == localpart(user_id)
    }
}

/// An account that the run may use, logged in on one device.
#[derive(Debug)]
pub(crate) struct Account {
    /// The whole user id.
    pub user_id: String,
    /// The password, as the run knows it.
    pub password: String,
    /// The password that it has instead if a change of it, which was interrupted, was done all the same.
    pub next_password: Option<String>,
    /// The access token of the first device.
    pub token: String,
    /// The id of the first device.
    pub device_id: String,
    /// The mail addresses that the account had and that nothing uses yet.
    addresses: Vec<String>,
    /// A dedicated account, which goes back when this is dropped.
    lease: Option<Lease>,
}

/// A dedicated account that is in use.
#[derive(Debug)]
pub(crate) struct Lease {
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
    /// A mail address that the account had before the run, each once; `None` when there is none, or none left.
    pub(crate) fn free_address(&mut self) -> Option<String> {
        self.addresses.pop()
    }

    /// An account that an earlier run logged in.
    #[must_use]
    pub(crate) fn restored(
        user_id: String,
        password: String,
        token: String,
        device_id: String,
        lease: Option<Lease>,
    ) -> Self {
        Self { user_id, password, next_password: None, token, device_id, addresses: Vec::new(), lease }
    }

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
    pub(crate) fn refused(tried: &'static str, answer: &Answer, hint: impl Into<String>) -> Self {
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
    /// Dedicated accounts that an earlier run has begun to use, by user id.
    reserved: Mutex<BTreeMap<String, Lease>>,
    /// The passwords of accounts that were asked for, by local part: whatever becomes of the request, they are known.
    passwords: Mutex<HashMap<String, String>>,
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
            reserved: Mutex::default(),
            passwords: Mutex::default(),
            redactor,
        }
    }

    /// Keeps a dedicated account for the case that an earlier run began with it. Gives whether it is among those that
    /// this run was given.
    pub(crate) fn reserve(&self, user_id: &str) -> bool {
        let mut free = self.free.lock().expect("no holder of this lock panics");
        let (Some(at), Ok(permit)) =
            (free.iter().position(|known| known.is(user_id)), Arc::clone(&self.permits).try_acquire_owned())
        else {
            return false;
        };
        let lease = Lease { credentials: free.remove(at), free: Arc::clone(&self.free), _permit: permit };
        drop(free);
        self.reserved.lock().expect("no holder of this lock panics").insert(user_id.to_owned(), lease);
        true
    }

    /// The dedicated account that was kept.
    pub(crate) fn reserved(&self, user_id: &str) -> Option<Lease> {
        self.reserved.lock().expect("no holder of this lock panics").remove(user_id)
    }

    /// How many accounts there are at most; `None` if they are made as needed.
    #[must_use]
    pub(crate) fn limit(&self) -> Option<usize> {
        match &self.registration {
            Registration::Users(users) => Some(users.len()),
            _ => None,
        }
    }

    /// Says how many accounts and further logins these cases need.
    pub(crate) fn expect<'a>(&self, http: &Http, cases: impl Iterator<Item = &'a PlannedCase>) {
        let people = cases.flat_map(|case| &case.scenario.actors);
        let (accounts, further) = people.fold((0, 0), |(accounts, further), (_, devices)| {
            (accounts + 1, further + devices.len().saturating_sub(1))
        });
        match self.limit() {
            // A dedicated account is logged in twice: to be logged out everywhere, and to be used.
            Some(_) => http.expect(0, 2 * accounts + further),
            None => http.expect(accounts, further),
        }
    }

    /// Whether an account is one of those that the run was given.
    #[must_use]
    pub(crate) fn is_dedicated(&self, account: &Account) -> bool {
        let Registration::Users(users) = &self.registration else { return false };
        users.iter().any(|known| known.is(&account.user_id))
    }

    /// An account that nobody holds any more, to be cleaned up.
    #[must_use]
    pub(crate) fn abandoned(&self, user_id: String) -> Account {
        let passwords = self.passwords.lock().expect("no holder of this lock panics");
        let password = passwords.get(localpart(&user_id)).cloned().unwrap_or_default();
        Account::restored(user_id, password, String::new(), String::new(), None)
    }

    fn remember(&self, name: &str, password: &str) {
        let mut passwords = self.passwords.lock().expect("no holder of this lock panics");
        passwords.insert(localpart(name).to_owned(), password.to_owned());
    }

    /// Accounts for these people, each logged in on one device. Dedicated accounts are waited for, all at once, so that
    /// no two scenarios wait for each other.
    pub(crate) async fn take(
        &self,
        http: &Http,
        trace: &Trace,
        people: &[&str],
    ) -> Result<Vec<Account>, NoAccount> {
        let mut leases = http.unless_over(self.lease(people.len())).await?;
        let made = people.iter().map(|person| {
            let lease = leases.pop();
            async move {
                match lease {
                    Some(lease) => self.open(http, trace, person, lease).await,
                    None => self.make(http, trace, person).await,
                }
            }
        });
        // Each to its end: who is made while another is refused can be cleaned up only when it is known.
        futures_util::future::join_all(made.collect::<Vec<_>>()).await.into_iter().collect()
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
        let Credentials { user, password, addresses } = lease.credentials.clone();
        self.redactor.secret(&password, &password_variable(person));
        self.remember(&user, &password);
        let login = Login { name: person, user: &user, password: &password, device_id: None };
        let first = login.make(http, trace, &self.redactor).await?;
        let token = first.str_at("/access_token").unwrap_or_default().to_owned();
        let user_id = first.str_at("/user_id").unwrap_or(&user);
        let devices = Devices { user_id, password: &password, tokens: Vec::new() };
        let caller = Caller { token, name: person.to_owned() };
        // What stays logged in is in nobody's way but that of the cases, which say so.
        let _ = log_out_everywhere(http, trace, &caller, devices).await;
        let answer = login.make(http, trace, &self.redactor).await?;
        let account = self.account(&answer, password, person, Some(lease))?;
        Ok(Account { addresses, ..account })
    }

    async fn make(&self, http: &Http, trace: &Trace, person: &str) -> Result<Account, NoAccount> {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let localpart = format!("pp-{}-{number}-{person}", self.run);
        let password = format!("pp-{:032x}", rand::random::<u128>());
        self.redactor.secret(&password, &password_variable(person));
        self.remember(&localpart, &password);
        let answer = match &self.registration {
            Registration::SharedSecret(secret) => {
                register_by_secret(http, trace, &self.redactor, secret, &localpart, &password).await?
            }
            Registration::Token(token) => register(http, trace, &localpart, &password, Some(token)).await?,
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
        self.redactor.secret(&token, &token_variable(person));
        Ok(Account { user_id, password, next_password: None, token, device_id, addresses: Vec::new(), lease })
    }
}

/// The shell variable that stands for a password.
#[must_use]
pub(crate) fn password_variable(person: &str) -> String {
    format!("{}_PASSWORD", token_variable(person).trim_end_matches("_TOKEN"))
}
