//! Where what a pusher tells arrives: at the push gateway, or in the mailbox.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use pushproof_record::{Body, Evidence};
use pushproof_scenario::Label;
use pushproof_sinks::{Delivery, Loss, Mail, PusherKey};

use crate::{
    context::RunContext,
    http::millis,
    latency::Latency,
    outcome::Missed,
    patience::within,
    world::{Event, WhichEvent},
};

/// The most arrivals that are kept as evidence of one thing.
pub(crate) const MAX_SHOWN: usize = 5;

/// Where what a pusher tells arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outlet {
    /// The push gateway, for an http pusher.
    Gateway {
        /// What names the pusher to the gateway.
        key: PusherKey,
        /// The app ids of other pushers of the case with the same push key. Under any other app id the push key is this
        /// pusher's.
        namesakes: Vec<String>,
    },
    /// The mailbox, for an email pusher.
    Mailbox {
        /// The address.
        address: String,
        /// What the marks of the case begin with. Of its mails, those that have none are about something else.
        case: String,
    },
}

/// One thing that a pusher told.
#[derive(Clone, Debug)]
pub(crate) enum Arrival {
    /// A request to the push gateway that names the pusher.
    Push(Arc<Delivery>),
    /// A mail to the pusher's address.
    Mail(Arc<Mail>),
}

impl Outlet {
    /// Keeps what comes for this pusher, however many others the gateway is told of.
    pub(crate) fn watch(&self, run: &RunContext) {
        if let Self::Gateway { key, .. } = self {
            run.gateway.watch(key);
        }
    }

    /// How slow what arrives here is.
    fn latency<'a>(&self, run: &'a RunContext) -> &'a Latency {
        match self {
            Self::Gateway { .. } => &run.push_latency,
            Self::Mailbox { .. } => &run.mail_latency,
        }
    }

    /// How long is waited for what should not arrive here.
    #[must_use]
    pub(crate) fn grace(&self, run: &RunContext) -> Duration {
        self.latency(run).grace(run.patience)
    }

    /// Waits until it is told of an event; also how long that took since the event's sending.
    pub(crate) async fn wait_for(&self, run: &RunContext, event: &Event) -> Option<(Arrival, Duration)> {
        let arrival = self.wait_within(run.patience, run, event).await?;
        let delay = arrival.at().saturating_duration_since(event.sent);
        self.latency(run).observe(delay);
        Some((arrival, delay))
    }

    /// Waits until it is told of an event, or patience ends.
    pub(crate) async fn wait_within(
        &self,
        patience: Duration,
        run: &RunContext,
        event: &Event,
    ) -> Option<Arrival> {
        match self {
            Self::Gateway { key, .. } => {
                let push = run.gateway.wait_for(key, |delivery| push_tells_of(delivery, event));
                within(patience, push).await.map(Arrival::Push)
            }
            Self::Mailbox { address, .. } => {
                let mailbox = run.mailbox.as_ref()?;
                let mail = mailbox.wait_for(address, |mail| mail_tells_of(mail, event));
                within(patience, mail).await.map(Arrival::Mail)
            }
        }
    }

    /// What arrived as it should, oldest first.
    #[must_use]
    pub(crate) fn arrivals(&self, run: &RunContext) -> Vec<Arrival> {
        match self {
            Self::Gateway { key, .. } => run.gateway.deliveries(key).into_iter().map(Arrival::Push).collect(),
            Self::Mailbox { address, case } => {
                let mails = run.mailbox.iter().flat_map(|mailbox| mailbox.mails(address));
                mails.filter(|mail| !marks(mail, case).is_empty()).map(Arrival::Mail).collect()
            }
        }
    }

    /// All that arrived, oldest first: also requests at another path or under another app id, and mails of whatever text,
    /// except those about another case.
    #[must_use]
    pub(crate) fn all(&self, run: &RunContext) -> Vec<Arrival> {
        match self {
            Self::Gateway { key, namesakes } => {
                let all = run.gateway.deliveries_to(&key.pushkey).into_iter();
                all.filter(|delivery| !namesakes.contains(&delivery.app_id)).map(Arrival::Push).collect()
            }
            Self::Mailbox { address, case } => {
                let mails = run.mailbox.iter().flat_map(|mailbox| mailbox.mails(address));
                mails.filter(|mail| !is_of_another_case(mail, case)).map(Arrival::Mail).collect()
            }
        }
    }

    /// Whether all that an arrival tells was told before: it is rightly told again where an answer got lost.
    #[must_use]
    pub(crate) fn repeats(&self, arrival: &Arrival, earlier: &[Arrival]) -> bool {
        let told = |arrival: &Arrival| match (arrival, self) {
            (Arrival::Push(delivery), _) => delivery.event_id.iter().cloned().collect(),
            (Arrival::Mail(mail), Self::Mailbox { case, .. }) => marks(mail, case),
            (Arrival::Mail(_), Self::Gateway { .. }) => BTreeSet::new(),
        };
        let again = told(arrival);
        !again.is_empty() && again.is_subset(&earlier.iter().flat_map(told).collect())
    }

    /// What is odd about a delivery that names the pusher.
    #[must_use]
    pub(crate) fn oddity(&self, delivery: &Delivery) -> Option<String> {
        let Self::Gateway { key, .. } = self else { return None };
        if !delivery.is_in_place() {
            return Some(format!("at the path {:?}", delivery.path));
        }
        if delivery.pushkey != key.pushkey {
            return Some(format!("under the push key {:?}", delivery.pushkey));
        }
        (delivery.app_id != key.app_id).then(|| format!("under the app id {:?}", delivery.app_id))
    }

    /// Why that nothing is known to have arrived since then proves nothing, if so.
    #[must_use]
    pub(crate) fn doubt(&self, run: &RunContext, since: Instant) -> Option<Missed> {
        let (who, loss) = match self {
            Self::Gateway { key, .. } => ("push gateway", run.gateway.lost_since(key, since)?),
            Self::Mailbox { address, .. } => ("mailbox", run.mailbox.as_ref()?.lost_since(address, since)?),
        };
        let hint = match loss {
            Loss::Unread => {
                "the push gateway API has one request, POST with a JSON body: does anything else ask this port?"
            }
            _ => {
                "so much is sent to the suite that it cannot know of everything: does the homeserver open a \
                 connection for each notification, or tell the same again and again?"
            }
        };
        Some(Missed::inconclusive(format!("something may have come unseen: the {who} {loss}")).hint(hint))
    }

    /// Nothing told of the event, which has a label: what did arrive, and where to look.
    #[must_use]
    pub(crate) fn missing(&self, run: &RunContext, pusher: &Label, label: &Label, event: &Event) -> Missed {
        let missed = self.not_told(run, &pusher.0, &label.0);
        match self.doubt(run, event.sent) {
            Some(doubt) => Missed { message: format!("{}; {}", missed.message, doubt.message), ..doubt },
            None => missed,
        }
    }

    fn not_told(&self, run: &RunContext, pusher: &str, event: &str) -> Missed {
        let seconds = run.patience.as_secs_f64();
        let instead = match self.arrivals(run).len() {
            0 => "and of nothing else either".to_owned(),
            n => format!("only of {n} other {}", if n == 1 { "thing" } else { "things" }),
        };
        match self {
            Self::Gateway { .. } => Missed::failed(format!(
                "the push gateway was not told of `{event}` for the pusher `{pusher}` within {seconds} s, {instead}"
            ))
            .hint(format!(
                "the homeserver must reach {} ; a slow one needs a longer --patience",
                run.gateway_url
            )),
            Self::Mailbox { address, .. } => Missed::failed(format!(
                "no mail to {address} told of `{event}` for the pusher `{pusher}` within {seconds} s, {instead}"
            ))
            .hint("a homeserver that puts mails off needs a longer --patience, or a shorter delay"),
        }
    }
}

impl Arrival {
    /// When it had arrived.
    #[must_use]
    pub(crate) fn at(&self) -> Instant {
        match self {
            Self::Push(delivery) => delivery.at,
            Self::Mail(mail) => mail.at,
        }
    }

    /// Whether it names no event: unread counts, a mail about anything.
    #[must_use]
    pub(crate) fn names_no_event(&self) -> bool {
        match self {
            Self::Push(delivery) => delivery.event_id.is_none(),
            Self::Mail(_) => true,
        }
    }

    /// Whether it says word for word what another one says.
    #[must_use]
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            // A body that had to make room is null.
            (Self::Push(one), Self::Push(other)) => !one.body.is_null() && one.body == other.body,
            (Self::Mail(one), Self::Mail(other)) => {
                (&one.subject, &one.text) == (&other.subject, &other.text)
            }
            _ => false,
        }
    }

    /// It as evidence.
    #[must_use]
    pub(crate) fn evidence(&self, run: &RunContext) -> Evidence {
        let at_ms = millis(self.at().saturating_duration_since(run.epoch));
        run.redactor.evidence(match self {
            Self::Push(delivery) => Evidence::push(
                at_ms,
                &delivery.app_id,
                &delivery.pushkey,
                delivery.event_id.as_deref(),
                &delivery.body,
            ),
            Self::Mail(mail) => Evidence::Mail {
                at_ms,
                from: mail.from.clone(),
                to: mail.to.clone(),
                subject: mail.subject.clone(),
                body: Body::new(mail.text.as_bytes()),
            },
        })
    }
}

/// Whether an arrival tells of an event.
#[must_use]
pub(crate) fn tells_of(arrival: &Arrival, event: &Event) -> bool {
    match arrival {
        Arrival::Push(delivery) => push_tells_of(delivery, event),
        Arrival::Mail(mail) => mail_tells_of(mail, event),
    }
}

/// Whether a delivery tells of an event.
fn push_tells_of(delivery: &Delivery, event: &Event) -> bool {
    match &event.which {
        WhichEvent::Id(id) => delivery.event_id.as_deref() == Some(id),
        WhichEvent::CountsSince(since) => delivery.event_id.is_none() && delivery.at >= *since,
        WhichEvent::InviteOf(user_id) => {
            let notification = &delivery.body["notification"];
            delivery.room_id.as_deref() == Some(&event.room_id)
                && (notification["type"].is_null()
                    || notification["type"] == "m.room.member"
                        && (notification["membership"] == "invite"
                            || notification["content"]["membership"] == "invite"
                            || notification["user_is_target"] == true
                            || notification["state_key"] == user_id.as_str()))
        }
    }
}

/// Whether a mail tells of an event: it has the event's mark.
fn mail_tells_of(mail: &Mail, event: &Event) -> bool {
    !event.mark.is_empty() && beginning_with(mail, &event.mark).any(|word| word == event.mark)
}

/// The marks of a case that a mail has.
fn marks(mail: &Mail, case: &str) -> BTreeSet<String> {
    let after = |word: &str| word.as_bytes().get(case.len()) == Some(&b'-');
    beginning_with(mail, case).filter(|word| after(word)).map(str::to_owned).collect()
}

/// Whether a mail has marks, and all of them are of other cases of the run. A name of a case is one of the run and a
/// number.
fn is_of_another_case(mail: &Mail, case: &str) -> bool {
    let run = case.rfind('-').map_or(case, |number| &case[..=number]);
    let is_own =
        |word: &str| word.strip_prefix(case).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    let mut words = beginning_with(mail, run).peekable();
    words.peek().is_some() && !words.any(is_own)
}

/// All in a mail that begins so, to the end of the word. What stands before it may cling to it, as where HTML is made text.
fn beginning_with<'a>(mail: &'a Mail, start: &'a str) -> impl Iterator<Item = &'a str> {
    let ends_word = |c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    let parts = [Some(&mail.subject), Some(&mail.text), mail.html.as_ref()];
    parts.into_iter().flatten().flat_map(move |part| {
        part.match_indices(start).map(move |(at, _)| {
            let rest = &part[at..];
            &rest[..rest.find(ends_word).unwrap_or(rest.len())]
        })
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn mail(subject: &str, text: &str, html: Option<&str>) -> Mail {
        Mail {
            seq: 1,
            at: Instant::now(),
            from: String::new(),
            to: Vec::new(),
            subject: subject.to_owned(),
            text: text.to_owned(),
            html: html.map(str::to_owned),
            size: 0,
        }
    }

    #[rstest]
    #[case::own("This is pp-1-3-event-a.", false)]
    #[case::other("This is pp-1-31-event-a.", true)]
    #[case::both("pp-1-31-event-a, pp-1-3-event-a", false)]
    #[case::other_run("This is pp-2-3-event-a.", false)]
    #[case::none("You have three unread messages.", false)]
    fn a_mail_about_another_case_is_not_this_ones(#[case] text: &str, #[case] other: bool) {
        assert_eq!(is_of_another_case(&mail("", text, None), "pp-1-3"), other);
    }

    #[rstest]
    #[case::text("", "This is pp-1-event-a.", None, &["pp-1-event-a"])]
    #[case::subject("In pp-1-room-den", "", None, &["pp-1-room-den"])]
    #[case::html("", "", Some("<b>pp-1-event-a</b>, pp-1-event-b"), &["pp-1-event-a", "pp-1-event-b"])]
    #[case::clinging("", "wrote inpp-1-room-den:", None, &["pp-1-room-den"])]
    #[case::longer_label("", "pp-1-event-a-b", None, &["pp-1-event-a-b"])]
    #[case::other_case("", "pp-12-event-a", None, &[])]
    #[case::none("pp-1", "Welcome, pp-1.", None, &[])]
    fn marks_are_whole_words(
        #[case] subject: &str,
        #[case] text: &str,
        #[case] html: Option<&str>,
        #[case] expected: &[&str],
    ) {
        let found = marks(&mail(subject, text, html), "pp-1");
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    }
}
