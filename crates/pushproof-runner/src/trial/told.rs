//! What a client told of, as its driver says: by sending `notify` as things happen, or by answering `notifications`. It
//! does the one or the other, always; whoever does so now and then, or forgets, could leave out what would be found.

use std::sync::atomic::Ordering;

use pushproof_vocabulary::driver::{AskNotifications, Method, Notifications, Notified, code};

use super::Trial;
use crate::{
    context::StepContext,
    driver::{Finding, Trouble, wrong_error},
    outcome::Missed,
    world::{Event, World},
};

/// What a process of a driver told of so far, and how.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The latest answer to `notifications` since the client was last started.
    answered: Vec<Notified>,
    /// How many `notify` had come when it was last looked, and how many of them before the client was last started.
    sent: usize,
    sent_before_start: usize,
    /// What it told of that is no event of the scenario, until it was last heard to speak.
    strange: Vec<Notified>,
    /// Whether it ever answered.
    answers: bool,
    /// Whether it ever refused to without having sent anything.
    refused: bool,
}

impl Trial {
    /// What the client has told of since its latest start, however its driver tells of it.
    pub(crate) async fn notifications(&self, ctx: StepContext<'_>) -> Result<Vec<Notified>, Missed> {
        let driver = self.driver(ctx).await?;
        let params = AskNotifications::default();
        let answer = driver.call::<Notifications>(ctx.trace, Method::Notifications, params).await;
        let sent = driver.notified();
        let sends = if sent.is_empty() {
            self.sends.load(Ordering::Relaxed) || self.declared.lacks_all_of(Method::Notifications)
        } else {
            self.sends.store(true, Ordering::Relaxed);
            true
        };
        let told = match answer {
            Ok(Notifications { notifications }) => self.lock().told.answer(notifications, sent),
            Err(Trouble::Refused { code, message, .. }) => {
                self.lock().told.refuse(code, &message, sent, sends)
            }
            Err(Trouble::Finding(finding)) => Err(finding),
        };
        let told = told.map_err(|finding| self.found(ctx, &finding))?;
        self.make_sense(ctx, &told).await?;
        Ok(told)
    }

    /// What breaks the client's silence about an event, of all that it told of: that event, and what it says of things that
    /// are no events of the scenario. A leak is a leak under any other name. What it told of while it spoke is none.
    pub(crate) fn breaking(&self, world: &World, event: &Event, told: &[Notified]) -> Vec<Notified> {
        let spoken = self.lock().told.strange.clone();
        let breaks = |one: &&Notified| {
            event.is_told_by(one) || is_strange(world, one) && !spoken.iter().any(|said| said == *one)
        };
        told.iter().filter(breaks).cloned().collect()
    }

    /// Notes that the client speaks, and what it told of until now.
    pub(crate) fn speaks(&self, world: &World, told: &[Notified]) {
        self.lock().told.strange = told.iter().filter(|one| is_strange(world, one)).cloned().collect();
    }

    /// A client tells of what it was told of.
    async fn make_sense(&self, ctx: StepContext<'_>, told: &[Notified]) -> Result<(), Missed> {
        if told.is_empty() {
            return Ok(());
        }
        let journal = self.inspection.journal().await?;
        let devices = self.lock().devices.clone();
        let unknown = told.iter().find(|one| {
            let event_id = one.event_id.as_deref();
            !devices.iter().any(|device| journal.carried(device, &one.room_id, event_id))
        });
        unknown.map_or(Ok(()), |one| {
            let reason = format!("no /sync answer told the client of {}", named(one));
            let method = Method::Notifications.name().to_owned();
            Err(self.found(ctx, &Finding::Senseless { method, reason }))
        })
    }
}

impl Told {
    /// The client is started anew: what it tells of begins anew.
    pub(super) fn start(&mut self) {
        self.answered.clear();
        self.strange.clear();
        self.sent_before_start = self.sent;
    }

    /// Each effect of an event is sent once. Whoever could send it again could ring for what must not be told.
    fn sent(&mut self, sent: &[Notified]) -> Result<(), Finding> {
        self.sent = sent.len();
        let since = sent.get(self.sent_before_start..).unwrap_or_default();
        let again = |(place, one): (usize, &Notified)| {
            let mut earlier = since[..place].iter().filter(|before| same_event(before, one));
            earlier.any(|before| before.effects.iter().any(|effect| one.effects.contains(effect)))
        };
        match since.iter().enumerate().find(|(place, one)| again((*place, one))) {
            None => Ok(()),
            Some((_, twice)) => {
                let reason = format!("{} is told of twice, by the same effect", named(twice));
                Err(Finding::Senseless { method: "notify".to_owned(), reason })
            }
        }
    }

    fn answer(&mut self, answered: Vec<Notified>, sent: Vec<Notified>) -> Result<Vec<Notified>, Finding> {
        self.sent(&sent)?;
        if !sent.is_empty() && !answered.is_empty() {
            return Err(Finding::BothWays);
        }
        if self.refused {
            return Err(Finding::Selective { method: Method::Notifications.name().to_owned() });
        }
        if let Some(twice) = answered.iter().enumerate().find_map(|(place, one)| {
            answered[..place].iter().any(|before| same_event(before, one)).then_some(one)
        }) {
            let reason = format!("{} is listed twice", named(twice));
            return Err(Finding::Senseless { method: Method::Notifications.name().to_owned(), reason });
        }
        let still = |before: &Notified| {
            let now = answered.iter().find(|one| same_event(one, before));
            now.is_some_and(|now| before.effects.iter().all(|effect| now.effects.contains(effect)))
        };
        if let Some(forgotten) = self.answered.iter().find(|before| !still(before)) {
            return Err(Finding::Forgets { what: named(forgotten) });
        }
        self.answers = true;
        self.answered.clone_from(&answered);
        Ok(if sent.is_empty() { answered } else { sent })
    }

    /// Refused is right for one that sends `notify`, with any error.
    fn refuse(
        &mut self,
        number: i64,
        message: &str,
        sent: Vec<Notified>,
        sends: bool,
    ) -> Result<Vec<Notified>, Finding> {
        let method = Method::Notifications.name();
        self.sent(&sent)?;
        if self.answers {
            return Err(Finding::Selective { method: method.to_owned() });
        }
        if !sent.is_empty() {
            return Ok(sent);
        }
        match wrong_error(method, number, message) {
            Some(finding) if !(sends && number == code::METHOD_NOT_FOUND) => Err(finding),
            _ => {
                self.refused = true;
                Ok(sent)
            }
        }
    }
}

fn is_strange(world: &World, one: &Notified) -> bool {
    !one.effects.is_empty() && !world.state().events.values().any(|event| event.is_told_by(one))
}

fn same_event(one: &Notified, other: &Notified) -> bool {
    (&one.room_id, &one.event_id) == (&other.room_id, &other.event_id)
}

fn named(one: &Notified) -> String {
    match &one.event_id {
        Some(event_id) => format!("the event {event_id} in {}", one.room_id),
        None => format!("an invite to {}", one.room_id),
    }
}

#[cfg(test)]
mod tests {
    use pushproof_vocabulary::driver::Effect;

    use super::*;

    fn told(event_id: &str, effects: &[Effect]) -> Notified {
        let (room_id, event_id) = ("!room".to_owned(), Some(event_id.to_owned()));
        Notified { room_id, event_id, effects: effects.to_vec() }
    }

    #[test]
    fn a_list_grows() {
        let [first, louder, second] = [
            told("$first", &[Effect::Banner]),
            told("$first", &[Effect::Sound, Effect::Banner]),
            told("$second", &[Effect::Banner]),
        ];
        let mut driver = Told::default();
        assert!(driver.answer(Vec::new(), Vec::new()).is_ok());
        assert!(driver.answer(vec![first.clone()], Vec::new()).is_ok());
        assert!(driver.answer(vec![second.clone(), louder.clone()], Vec::new()).is_ok());
        let forgets = |what: &str| Err(Finding::Forgets { what: what.to_owned() });
        assert_eq!(driver.answer(vec![second.clone()], Vec::new()), forgets("the event $first in !room"));
        assert_eq!(driver.answer(vec![second, first], Vec::new()), forgets("the event $first in !room"));
        driver.start();
        assert!(driver.answer(Vec::new(), Vec::new()).is_ok());
        assert!(matches!(
            driver.answer(vec![louder.clone(), louder], Vec::new()),
            Err(Finding::Senseless { .. })
        ));
    }

    #[test]
    fn an_effect_is_sent_once() {
        let sound = told("$first", &[Effect::Sound]);
        let banner = told("$first", &[Effect::Banner]);
        let mut driver = Told::default();
        let mut sent = vec![sound.clone(), banner.clone(), told("$second", &[Effect::Sound])];
        assert_eq!(driver.answer(Vec::new(), sent.clone()), Ok(sent.clone()));
        sent.push(told("$first", &[Effect::LockScreen, Effect::Sound]));
        assert!(matches!(driver.answer(Vec::new(), sent.clone()), Err(Finding::Senseless { .. })));
        // Started anew, it may tell of all of it again.
        driver.start();
        sent.push(sound);
        assert_eq!(driver.answer(Vec::new(), sent.clone()), Ok(sent.clone()));
        sent.push(told("$first", &[Effect::Sound]));
        assert!(matches!(driver.refuse(code::FAILED, "-", sent, true), Err(Finding::Senseless { .. })));
    }

    #[test]
    fn one_that_answers_always_answers() {
        let mut driver = Told::default();
        assert!(driver.answer(Vec::new(), Vec::new()).is_ok());
        let selective = Err(Finding::Selective { method: "notifications".to_owned() });
        assert_eq!(driver.refuse(code::FAILED, "not now", Vec::new(), true), selective);
        let mut driver = Told::default();
        assert_eq!(driver.refuse(code::FAILED, "not now", Vec::new(), false), Ok(Vec::new()));
        assert_eq!(driver.answer(Vec::new(), Vec::new()), selective);
    }

    #[test]
    fn one_that_sends_may_refuse_to_answer() {
        let sent = vec![told("$first", &[Effect::Banner])];
        let mut driver = Told::default();
        assert_eq!(driver.refuse(code::METHOD_NOT_FOUND, "-", sent.clone(), true), Ok(sent.clone()));
        assert_eq!(driver.answer(sent.clone(), sent), Err(Finding::BothWays));
        let refused = |sends| Told::default().refuse(code::METHOD_NOT_FOUND, "-", Vec::new(), sends);
        assert_eq!(refused(true), Ok(Vec::new()), "it sent something in another case");
        assert!(matches!(refused(false), Err(Finding::Undeclared { .. })));
    }
}
