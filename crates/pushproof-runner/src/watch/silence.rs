//! The silence of a pusher, from the request that silences it on. What arrives then is no fault only if it was on its way:
//! it tells of an event that was sent before, or repeats what was told before.

use std::time::Instant;

use pushproof_record::{Silence, StepOutcome, StepVerdict};

use crate::{
    context::RunContext,
    http::millis,
    outlet::{Arrival, MAX_SHOWN, Outlet, tells_of},
    world::{Event, Pusher, Silencing, World},
};

/// A pusher that must be silent.
#[derive(Clone, Debug)]
pub(crate) struct Quietened {
    /// Where what it tells would arrive.
    pub outlet: Outlet,
    /// How it was silenced.
    pub silencing: Silencing,
    /// When the time was over in which what was on its way could arrive.
    pub since: Instant,
    /// What was sent while it spoke.
    spoken_of: Vec<Event>,
}

impl Quietened {
    /// A pusher that was silenced; its time for what was on its way ended at `since`.
    pub(crate) fn new(world: &World, pusher: &Pusher, silencing: Silencing, since: Instant) -> Self {
        let state = world.state();
        let spoken_of = state.events.values().filter(|event| event.sent < silencing.spoke_until).cloned();
        let spoken_of = spoken_of.collect();
        drop(state);
        Self { outlet: world.outlet(pusher.kind, &pusher.key), silencing, since, spoken_of }
    }

    /// What arrived although the pusher must be silent, oldest first.
    #[must_use]
    pub(crate) fn offending(&self, run: &RunContext) -> Vec<Arrival> {
        self.part(self.outlet.all(run)).0
    }

    /// What arrived after the silencing and was on its way, oldest first.
    #[must_use]
    pub(crate) fn excused(&self, run: &RunContext) -> Vec<Arrival> {
        self.part(self.outlet.all(run)).1
    }

    /// Parts what arrived since the silencing into what is a fault and what is none.
    fn part(&self, all: Vec<Arrival>) -> (Vec<Arrival>, Vec<Arrival>) {
        let asked = self.silencing.asked;
        let (before, after): (Vec<Arrival>, Vec<Arrival>) = all.into_iter().partition(|one| one.at() < asked);
        let told = |event: &&Event| !before.iter().any(|one| tells_of(one, event));
        let on_its_way: Vec<&Event> = self.spoken_of.iter().filter(told).collect();
        let (in_grace, late): (Vec<Arrival>, Vec<Arrival>) =
            after.into_iter().partition(|one| one.at() < self.since);
        let was_on_its_way = |one: &Arrival| {
            let repeats =
                self.outlet.repeats(one, &before) || before.iter().any(|other| one.is_same_as(other));
            let of_event = |event: &Event| !event.is_of_counts() && tells_of(one, event);
            let of_nothing = one.names_no_event() && !on_its_way.is_empty();
            repeats || self.spoken_of.iter().any(of_event) || of_nothing
        };
        let (mut excused, mut offending): (Vec<Arrival>, Vec<Arrival>) =
            in_grace.iter().cloned().partition(was_on_its_way);
        let earlier: Vec<Arrival> = before.iter().chain(&in_grace).cloned().collect();
        for one in late {
            let same_mail =
                matches!(one, Arrival::Mail(_)) && before.iter().any(|other| one.is_same_as(other));
            let repeats = same_mail || self.outlet.repeats(&one, &earlier);
            if repeats { &mut excused } else { &mut offending }.push(one);
        }
        (offending, excused)
    }

    /// How the step that found the silence ends by what has arrived by now.
    pub(super) fn look(&self, run: &RunContext, broken: StepVerdict, outcome: &mut StepOutcome) {
        let offending = self.offending(run);
        if let Some(silence) = &mut outcome.silence {
            silence.open_ms = millis(self.since.elapsed());
            silence.deliveries = offending.len() as u64;
        }
        if !offending.is_empty() {
            outcome.verdict = broken;
            outcome.message = Some(run.redactor.text(&self.message(&offending)));
            outcome.evidence.extend(offending.iter().take(MAX_SHOWN).map(|arrival| arrival.evidence(run)));
        } else if let Some(doubt) =
            self.outlet.doubt(run, self.silencing.asked).filter(|_| outcome.verdict == StepVerdict::Passed)
        {
            outcome.verdict = doubt.verdict;
            outcome.message = Some(run.redactor.text(&doubt.message));
            outcome.hint = doubt.hint;
        }
    }

    /// What is said of a broken silence.
    #[must_use]
    pub(crate) fn message(&self, offending: &[Arrival]) -> String {
        let Some(first) = offending.first() else { return String::new() };
        let times = match offending.len() {
            1 => "once".to_owned(),
            many => format!("{many} times"),
        };
        let told = match first {
            Arrival::Push(delivery) => {
                let of = match &delivery.event_id {
                    Some(event_id) => format!("event {event_id}"),
                    None => "unread counts only".to_owned(),
                };
                let oddly =
                    self.outlet.oddity(delivery).map(|oddity| format!(" {oddity}")).unwrap_or_default();
                format!("the push gateway was told {times}, first of {of}{oddly},")
            }
            Arrival::Mail(mail) => {
                format!("mail came {times}, first with the subject {:?},", mail.subject)
            }
        };
        let after = |moment| millis(first.at().saturating_duration_since(moment));
        if first.at() >= self.since {
            format!("{told} {} ms into the silence of a pusher that must be silent", after(self.since))
        } else {
            format!(
                "{told} {} ms after the request that silenced its pusher, when nothing that was sent before was on its way",
                after(self.silencing.asked)
            )
        }
    }
}

/// The figures of a silence at the moment.
#[must_use]
pub(crate) fn figures(sentinel_ms: u64, grace_ms: u64, since: Instant, deliveries: usize) -> Silence {
    Silence { sentinel_ms, grace_ms, open_ms: millis(since.elapsed()), deliveries: deliveries as u64 }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use pushproof_sinks::{Delivery, Mail, PusherKey};
    use pushproof_vocabulary::driver::Kind;
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::world::WhichEvent;

    const MAIN: &str = "org.pushproof.app";

    /// A silencing that is asked for at 100 ms, answered at 110 ms, and over at 300 ms. `$before` was sent at 50 ms, and
    /// so were counts.
    fn quietened(begun: Instant, outlet: Outlet) -> Quietened {
        let at = |ms| begun + Duration::from_millis(ms);
        let event = |which, mark: &str| Event {
            room_id: "!den".into(),
            which,
            mark: mark.to_owned(),
            kind: Kind::Message,
            sent: at(50),
        };
        let spoken_of = vec![event(WhichEvent::Id("$before".into()), "pp-1-event-before")];
        let silencing = Silencing { asked: at(100), answered: at(110), spoke_until: at(110) };
        Quietened { outlet, silencing, since: at(300), spoken_of }
    }

    fn gateway() -> Outlet {
        let key = PusherKey { app_id: MAIN.into(), pushkey: "main".into() };
        Outlet::Gateway { key, namesakes: vec!["org.pushproof.other-app".into()] }
    }

    fn push(begun: Instant, ms: u64, event_id: Option<&str>, unread: u64) -> Arrival {
        Arrival::Push(Arc::new(Delivery {
            seq: ms,
            at: begun + Duration::from_millis(ms),
            app_id: MAIN.into(),
            pushkey: "main".into(),
            path: pushproof_sinks::NOTIFY.into(),
            event_id: event_id.map(str::to_owned),
            room_id: None,
            counts: None,
            body: Arc::new(json!({ "notification": { "counts": { "unread": unread } } })),
            attempt: 1,
        }))
    }

    fn mail(begun: Instant, ms: u64, text: &str) -> Arrival {
        Arrival::Mail(Arc::new(Mail {
            seq: ms,
            at: begun + Duration::from_millis(ms),
            from: String::new(),
            to: Vec::new(),
            subject: "Mail".into(),
            text: text.to_owned(),
            html: None,
            size: 0,
        }))
    }

    #[rstest]
    #[case::on_its_way(&[(150, Some("$before"), 1)], 0)]
    #[case::told_before(&[(60, Some("$before"), 1)], 0)]
    #[case::told_again(&[(60, Some("$before"), 1), (400, Some("$before"), 1)], 0)]
    #[case::too_late(&[(400, Some("$before"), 1)], 1)]
    #[case::counts_on_disabling(&[(60, Some("$before"), 1), (150, None, 0)], 1)]
    #[case::counts_before_the_answer(&[(60, Some("$before"), 1), (105, None, 0)], 1)]
    #[case::counts_while_something_is_on_its_way(&[(150, None, 0)], 0)]
    #[case::counts_told_again(&[(55, Some("$before"), 1), (60, None, 0), (150, None, 0)], 0)]
    #[case::later_counts(&[(60, None, 0), (400, None, 0)], 1)]
    #[case::unknown_event(&[(150, Some("$unknown"), 1)], 1)]
    #[case::event_of_the_silence(&[(60, Some("$before"), 1), (400, Some("$after"), 1)], 1)]
    fn only_what_was_on_its_way_is_excused(
        #[case] pushes: &[(u64, Option<&str>, u64)],
        #[case] faults: usize,
    ) {
        let begun = Instant::now();
        let all = pushes.iter().map(|(ms, event_id, unread)| push(begun, *ms, *event_id, *unread));
        let (offending, _) = quietened(begun, gateway()).part(all.collect());
        assert_eq!(offending.len(), faults);
    }

    #[rstest]
    #[case::validation_before(&[(60, "Is this your address?")], 0)]
    #[case::on_its_way(&[(150, "pp-1-event-before")], 0)]
    #[case::any_text(&[(60, "pp-1-event-before"), (150, "You have unread messages")], 1)]
    #[case::any_text_late(&[(60, "pp-1-event-before"), (400, "You have unread messages")], 1)]
    #[case::the_same_again(&[(60, "pp-1-event-before and more"), (400, "pp-1-event-before and more")], 0)]
    #[case::of_the_silence(&[(60, "pp-1-event-before"), (400, "pp-1-event-before pp-1-event-after")], 1)]
    fn any_mail_breaks_a_silence(#[case] mails: &[(u64, &str)], #[case] faults: usize) {
        let begun = Instant::now();
        let outlet = Outlet::Mailbox { address: "a@b".into(), case: "pp-1".into() };
        let all = mails.iter().map(|(ms, text)| mail(begun, *ms, text));
        let (offending, _) = quietened(begun, outlet).part(all.collect());
        assert_eq!(offending.len(), faults);
    }
}
