//! Every settings event that a client writes is accounted for: it was asked for, or makes sure of the client's own. That
//! is looked at when a case ends, whatever the case is about.

use std::{collections::BTreeSet, time::Instant};

use pushproof_record::{StepOutcome, StepVerdict};
use pushproof_sinks::PusherKey;
use pushproof_vocabulary::PushState;
use serde_json::{Value, json};

use super::{
    Trial,
    grace::GRACE,
    journal::{Journalled, PusherSet, SettingsWrite},
};
use crate::{context::StepContext, http::Call, outcome::Missed, patience::pass_until};

/// The clause on a settings event that is there.
pub(crate) const OWN_SETTINGS_KEPT: &str = "client.ensures-event.keeps";

/// The clause on a pause: who ends it unasked does not obey it.
pub(crate) const PAUSE_OBEYED: &str = "client.paused-silences";

/// What is looked at when a case with a client ends: the word for it in plans, and the clause that it judges.
pub(crate) const AFTERWARDS: [(&str, &str); 2] =
    [("expect_own_settings_kept", OWN_SETTINGS_KEPT), ("expect_writes_asked_for", "client.writes-asked-for")];

/// What the looks of [`AFTERWARDS`] found.
#[derive(Debug)]
pub(crate) struct JudgedWrites {
    /// How they end.
    pub outcomes: [StepOutcome; 2],
    /// How the client ended its own pause, if it did and nobody had asked for that.
    pub resumed_itself: Option<String>,
}

/// What was found of a client's writes, as sentences.
#[derive(Debug)]
struct Found {
    /// What it overwrote of its own.
    overwritten: Option<String>,
    /// With what it ended its own pause.
    resumed: Option<String>,
    /// What it wrote for others unasked.
    unasked: Option<String>,
}

/// The client was asked to silence or to resume a device.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub device_id: String,
    /// What it is to be.
    pub to: PushState,
    /// The journal's end at that moment.
    pub from: u64,
}

/// Who the devices and pushers of a case belong to.
#[derive(Debug)]
struct Owners {
    /// Those on which the client was started.
    own: Vec<String>,
    /// All of its user, removed ones included.
    known: BTreeSet<String>,
    /// Those that are there.
    present: BTreeSet<String>,
    /// App id and push key of the pushers that the scenario set, with the id of the device that it set them by.
    pushers: Vec<(String, String, String)>,
}

impl Trial {
    /// The client is asked to silence or to resume a device: from now on it may write for it.
    pub(crate) fn wishes(&self, device_id: &str, to: PushState) {
        let mut seen = self.lock();
        let from = seen.mark;
        seen.wishes.push(Wish { device_id: device_id.to_owned(), to, from });
    }

    /// How the looks of [`AFTERWARDS`] end.
    pub(crate) async fn judge_writes(&self, ctx: StepContext<'_>) -> JudgedWrites {
        let judged = self.look_at_writes(ctx).await;
        let outcome = |verdict, message: Option<String>| {
            let message = message.map(|message| ctx.run.redactor.text(&message));
            StepOutcome { message, ..StepOutcome::new(verdict, ctx.run.now_ms(), 0) }
        };
        match judged {
            Err(missed) => {
                let missed = outcome(missed.verdict, Some(missed.message));
                JudgedWrites { outcomes: [missed.clone(), missed], resumed_itself: None }
            }
            Ok(Found { overwritten, resumed, unasked }) => {
                let kept = match overwritten {
                    Some(message) => outcome(StepVerdict::Failed, Some(message)),
                    None if self.declared.capabilities.pusherless => outcome(StepVerdict::Passed, None),
                    None => {
                        let message = "the driver does not declare it: pusherless";
                        outcome(StepVerdict::NotApplicable, Some(message.to_owned()))
                    }
                };
                let verdict = if unasked.is_some() { StepVerdict::Failed } else { StepVerdict::Passed };
                let resumed_itself = resumed.map(|how| ctx.run.redactor.text(&how));
                JudgedWrites { outcomes: [kept, outcome(verdict, unasked)], resumed_itself }
            }
        }
    }

    async fn look_at_writes(&self, ctx: StepContext<'_>) -> Result<Found, Missed> {
        let skipped = |why: &str| Missed { verdict: StepVerdict::Skipped, ..Missed::failed(why) };
        let (started, found) = {
            let seen = self.lock();
            (seen.started, seen.found)
        };
        let Some(started) = started else { return Err(skipped("the client was not started")) };
        if found {
            return Err(Missed::inconclusive("what the driver did against the protocol ended the case"));
        }
        // What it writes late is written as well.
        let until = (started + ctx.run.watch).max(Instant::now() + GRACE);
        if ctx.run.cancel.run_until_cancelled(pass_until(until)).await.is_none() {
            return Err(skipped("the run was interrupted"));
        }
        let owners = self.owners(ctx).await?;
        let journal = self.inspection.journal().await?;
        if !owners.own.iter().any(|device| journal.syncs(device).next().is_some()) {
            return Err(Missed::inconclusive("the client asked the homeserver for nothing"));
        }
        let pauses = |content: &Value| content[&ctx.world.dialect.paused] == true;
        Ok(Found {
            overwritten: self.overwritten(ctx, &journal, &owners, |_, _| true),
            resumed: self.overwritten(ctx, &journal, &owners, |from, to| pauses(from) && !pauses(to)),
            unasked: self.unasked(ctx, &journal, &owners),
        })
    }

    async fn owners(&self, ctx: StepContext<'_>) -> Result<Owners, Missed> {
        let mut own = self.lock().devices.clone();
        own.dedup();
        let (caller, mut known, pushers) = {
            let state = ctx.world.state();
            let actor = state
                .actors
                .values()
                .find(|actor| actor.devices.values().any(|device| own.contains(&device.id)));
            let Some(actor) = actor else { return Err(Missed::error("the client's user is unknown")) };
            let known: BTreeSet<String> = actor.devices.values().map(|device| device.id.clone()).collect();
            let pushers = state.pushers.values().filter_map(|pusher| {
                let by = state.device(&pusher.by).ok()?.id.clone();
                Some((pusher.key.app_id.clone(), pusher.key.pushkey.clone(), by))
            });
            let token = actor.devices.values().find_map(|device| device.token.clone());
            (token, known, pushers.collect())
        };
        let Some(token) = caller else {
            return Err(Missed::inconclusive("the client's user has no device left"));
        };
        let caller = crate::http::Caller { token, name: "client".to_owned() };
        let listed = ctx.send_ok(&Call::get("/devices").by(caller)).await?;
        let listed = listed.json.as_ref().and_then(|body| body["devices"].as_array()).into_iter().flatten();
        let present: BTreeSet<String> =
            listed.filter_map(|device| device["device_id"].as_str().map(str::to_owned)).collect();
        known.extend(present.iter().cloned());
        Ok(Owners { own, known, present, pushers })
    }

    fn was_asked(&self, device_id: &str, at: u64) -> bool {
        self.asked_for(device_id, at).is_some()
    }

    /// What the client was last asked to make of a device.
    fn asked_for(&self, device_id: &str, at: u64) -> Option<PushState> {
        let seen = self.lock();
        let mut of_device = seen.wishes.iter().filter(|wish| wish.device_id == device_id && wish.from <= at);
        of_device.next_back().map(|wish| wish.to)
    }

    /// A write of the client into its own settings event while there was one, if its content before and after are of
    /// interest.
    fn overwritten(
        &self,
        ctx: StepContext<'_>,
        journal: &Journalled,
        owners: &Owners,
        of_interest: impl Fn(&Value, &Value) -> bool,
    ) -> Option<String> {
        let writes: Vec<SettingsWrite> =
            journal.settings_writes(&ctx.world.dialect.settings_prefix).collect();
        let starts = self.lock().starts.clone();
        writes.iter().enumerate().find_map(|(place, write)| {
            let is_own = owners.own.contains(&write.of_device);
            if self.is_the_suites(write.mark.as_deref())
                || !is_own
                || self.was_asked(&write.of_device, write.seq)
            {
                return None;
            }
            let before = writes[..place].iter().rev().find(|before| before.of_device == write.of_device)?;
            // What was written while the client ran it may not have heard of yet.
            let start = starts.iter().filter(|start| **start <= write.seq).max();
            let running = start.is_some_and(|start| *start <= before.seq);
            let by_another = self.is_the_suites(before.mark.as_deref());
            if running
                && by_another
                && !journal.told_of_account_data(&owners.own, &write.event_type, before.seq, write.seq)
            {
                return None;
            }
            of_interest(before.content, write.content).then(|| format!(
                "the client wrote {} into its own settings event, which held {}: nobody had asked for that",
                write.content, before.content
            ))
        })
    }

    /// A write of the client for another device that nobody asked for.
    fn unasked(&self, ctx: StepContext<'_>, journal: &Journalled, owners: &Owners) -> Option<String> {
        // A device with a pusher is toggled by that: settings that say otherwise are nobody's wish.
        let has_pusher = |device: &str| owners.pushers.iter().any(|(.., of)| of == device);
        let is_asked_for = |write: &SettingsWrite<'_>| {
            let pauses = write.content[&ctx.world.dialect.paused] == true;
            self.asked_for(&write.of_device, write.seq)
                .is_some_and(|to| pauses == (to == PushState::Disabled) || !has_pusher(&write.of_device))
        };
        let settings = journal.settings_writes(&ctx.world.dialect.settings_prefix).find(|write| {
            let of_another =
                owners.known.contains(&write.of_device) && !owners.own.contains(&write.of_device);
            let is_tidying = *write.content == json!({}) && !owners.present.contains(&write.of_device);
            of_another && !self.is_the_suites(write.mark.as_deref()) && !is_tidying && !is_asked_for(write)
        });
        if let Some(SettingsWrite { of_device, content, .. }) = settings {
            return Some(format!(
                "the client wrote {content} into the settings event of the device {of_device}: nobody had asked for that"
            ));
        }
        journal.pusher_sets().find_map(|PusherSet { seq, body, mark }| {
            let is_key = |app_id: &str, pushkey: &str| body["app_id"] == app_id && body["pushkey"] == pushkey;
            let (_, pushkey, of) =
                owners.pushers.iter().find(|(app_id, pushkey, _)| is_key(app_id, pushkey))?;
            let unasked =
                !self.is_the_suites(mark.as_deref()) && !owners.own.contains(of) && !self.was_asked(of, seq);
            unasked.then(|| {
                format!("the client set the pusher {pushkey} of the device {of}: nobody had asked for that")
            })
        })
    }

    /// The bodies of the client's sets of a pusher since it was last asked for something, oldest first: by whichever login,
    /// for it knows the password.
    pub(crate) async fn sets_of(&self, key: &PusherKey) -> Result<Vec<Value>, Missed> {
        let (journal, from) = (self.inspection.journal().await?, self.mark());
        let is_key =
            |body: &Value| body["app_id"] == key.app_id.as_str() && body["pushkey"] == key.pushkey.as_str();
        let sets = journal
            .pusher_sets()
            .filter(|set| set.seq >= from && is_key(set.body) && !self.is_the_suites(set.mark.as_deref()));
        Ok(sets.map(|set| set.body.clone()).collect())
    }

    /// Whether a request has the mark of the suite's own.
    fn is_the_suites(&self, mark: Option<&str>) -> bool {
        mark == Some(self.mark_of_suite.as_str())
    }

    /// The request with the mark of the suite's own, if it is one that a client could make as well.
    pub(crate) fn marked(&self, call: &Call) -> Option<Call> {
        let writes = call.path.contains("/account_data/") || call.path.ends_with("/pushers/set");
        writes.then(|| call.clone().query(super::journal::MARK, self.mark_of_suite.as_str()))
    }
}
