//! Afterwards: account data is emptied, pushers are deleted, mail addresses taken off, rooms left, devices logged out.
//! What could not be removed is named, once.

mod left;
mod logout;
mod person;

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::StreamExt;
use pushproof_record::Event;

pub(crate) use self::{
    left::{Left, What},
    logout::{Devices, log_out_everywhere},
};
use crate::{
    account::Account,
    context::RunContext,
    http::{Answer, Call, Http, NoAnswer},
    trace::Trace,
    world::{Actor, World},
};

/// How many accounts are cleaned at the same time.
const ACCOUNTS_AT_ONCE: usize = 16;

/// How long cleaning up goes on without anything being removed.
const WITHOUT_PROGRESS: Duration = Duration::from_secs(30);

/// What one person leaves behind on the subject.
#[derive(Debug)]
pub(crate) struct Remains {
    account: Account,
    token: Option<String>,
    rooms: Vec<String>,
    emails: Vec<String>,
}

impl Remains {
    /// What the people of a case leave behind.
    pub(crate) fn of(world: &World) -> Vec<Self> {
        let actors = std::mem::take(&mut world.state().actors);
        let remains = actors.into_values().map(|Actor { account, devices, rooms, emails }| Self {
            token: devices.into_values().find_map(|device| device.token),
            rooms,
            emails,
            account,
        });
        remains.collect()
    }

    /// What an account of the preflight leaves behind.
    #[must_use]
    pub(crate) fn of_account(account: Account, rooms: Vec<String>, emails: Vec<String>) -> Self {
        Self { token: Some(account.token.clone()), account, rooms, emails }
    }
}

/// Cleans up, however the run has ended: its requests are sent when those of the run are not any more.
#[derive(Debug)]
pub(crate) struct Cleaner {
    http: Http,
    /// The most time that cleaning up takes.
    longest: Duration,
    /// How many requests had success.
    removed: AtomicU64,
    left: Mutex<Vec<Left>>,
}

impl Cleaner {
    /// A cleaner that takes as much time as this at the most.
    pub(crate) fn new(http: &Http, longest: Duration) -> Self {
        Self { http: http.afterwards(), longest, removed: AtomicU64::new(0), left: Mutex::default() }
    }

    /// The most time that cleaning up takes.
    pub(crate) fn longest(&self) -> Duration {
        self.longest
    }

    /// Something stays behind.
    pub(crate) fn leave(&self, left: Left) {
        self.left.lock().expect("no holder of this lock panics").push(left);
    }

    async fn send(&self, trace: &Trace, call: &Call) -> Result<Answer, NoAnswer> {
        let answer = self.http.send(trace, call).await;
        self.count(answer.as_ref().is_ok_and(Answer::is_success));
        answer
    }

    fn count(&self, success: bool) {
        self.removed.fetch_add(u64::from(success), Ordering::Relaxed);
    }

    /// Passes when nothing was removed for a while.
    async fn stalled(&self) {
        loop {
            let before = self.removed.load(Ordering::Relaxed);
            tokio::time::sleep(WITHOUT_PROGRESS).await;
            if self.removed.load(Ordering::Relaxed) == before {
                return;
            }
        }
    }
}

/// Cleans up after these people, as long as it makes progress.
pub(crate) async fn clean(run: &RunContext, remains: Vec<Remains>) {
    let cleaner = &run.cleaner;
    if run.cancel.is_cancelled() {
        run.http.settle().await;
    }
    let under_way: Mutex<BTreeSet<String>> =
        Mutex::new(remains.iter().map(|remains| remains.account.user_id.clone()).collect());
    let all =
        futures_util::stream::iter(remains).for_each_concurrent(ACCOUNTS_AT_ONCE, async |mut remains| {
            person::clean(run, &mut remains).await;
            // Before a dedicated account goes back, so that nothing of whoever has it next is forgotten.
            let user_id = &remains.account.user_id;
            run.http.belongings().forget(user_id);
            under_way.lock().expect("no holder of this lock panics").remove(user_id);
        });
    let reason = tokio::select! {
        () = all => return,
        () = tokio::time::sleep(cleaner.longest) => {
            format!("cleaning up took longer than {} s (--cleanup-time)", cleaner.longest.as_secs_f64())
        }
        () = cleaner.stalled() => {
            format!("nothing more could be removed within {} s", WITHOUT_PROGRESS.as_secs())
        }
    };
    for user_id in under_way.into_inner().expect("no holder of this lock panics") {
        leave_all(run, &user_id, &reason);
    }
}

/// Cleans up after whoever has anything that is in nobody's hands: what was made for a case that was interrupted
/// meanwhile.
pub(crate) async fn clean_abandoned(run: &RunContext, kept: &BTreeSet<String>) {
    let abandoned = run.http.belongings().all().into_keys().filter(|user_id| !kept.contains(user_id));
    let remains: Vec<Remains> = abandoned
        .map(|user_id| Remains {
            account: run.accounts.abandoned(user_id),
            token: None,
            rooms: Vec::new(),
            emails: Vec::new(),
        })
        .collect();
    if !remains.is_empty() {
        clean(run, remains).await;
    }
    leave_perhaps(run, "its registration was not answered");
}

/// Everything stays behind for this reason.
pub(crate) fn abandon_all(run: &RunContext, reason: &str) {
    for user_id in run.http.belongings().all().into_keys() {
        leave_all(run, &user_id, reason);
    }
    leave_perhaps(run, reason);
}

/// The accounts that may have been made stay behind.
fn leave_perhaps(run: &RunContext, reason: &str) {
    for user_id in run.http.belongings().perhaps() {
        let reason = reason.to_owned();
        run.cleaner.leave(Left { what: What::PerhapsAccount, count: 1, user_id, reason });
    }
}

/// Whatever a user has stays behind.
fn leave_all(run: &RunContext, user_id: &str, reason: &str) {
    let belonging = run.http.belongings().of(user_id);
    Left::all_of(user_id, &belonging, reason).for_each(|left| run.cleaner.leave(left));
    run.http.belongings().forget(user_id);
}

/// Tells what stays behind: each kind and reason once.
pub(crate) fn tell(run: &RunContext) {
    let left = std::mem::take(&mut *run.cleaner.left.lock().expect("no holder of this lock panics"));
    for mut leftover in left::grouped(left) {
        leftover.reason = run.redactor.text(&leftover.reason);
        run.tell(Event::Leftover(leftover));
    }
}
