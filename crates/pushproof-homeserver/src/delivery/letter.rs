//! What mails say.

use std::sync::Arc;

use serde_json::Value;
use url::Url;

use super::Tidings;
use crate::{ids::UserId, state::Event};

/// A mail to be sent, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    /// The address that it goes to.
    pub(crate) to: String,
    /// The subject, in one line.
    pub(crate) subject: String,
    /// The text.
    pub(crate) text: String,
}

impl Letter {
    /// Asks whoever reads the mails to this address to open a link.
    pub(crate) fn validation(to: &str, link: &Url) -> Self {
        Self {
            to: to.to_owned(),
            subject: "Is this your mail address?".to_owned(),
            text: format!(
                "Somebody, probably you, wants to add this mail address to a Matrix account.\n\n\
                 If it was you, open this link, and go on where you were:\n\n    {link}\n\n\
                 If not, nothing needs to be done.\n"
            ),
        }
    }

    /// Tells that there is something, and nothing of it.
    pub(crate) fn hint(to: &str) -> Self {
        Self {
            to: to.to_owned(),
            subject: "There is something new for you".to_owned(),
            text: "Somebody wrote to you. Open your client to read it.\n".to_owned(),
        }
    }

    /// Tells a user of an event: who did what in which room, and what a message says. `None` for what mails do not tell.
    pub(crate) fn notification(to: &str, user: &UserId, tidings: &Tidings) -> Option<Self> {
        let Tidings::Event { event, room_name, sender_name, .. } = tidings else { return None };
        let sender = sender_name.as_deref().unwrap_or(event.sender.as_str());
        let place = room_name.as_deref().unwrap_or(event.room.as_str());
        let (done, quoted) = done(event, user);
        let headline = format!("{sender} {done} {place}");
        let mut text = headline.clone();
        if let Some(quoted) = quoted {
            text.push_str(":\n\n");
            for line in quoted.lines() {
                text.push_str("    ");
                text.push_str(line);
                text.push('\n');
            }
        } else {
            text.push_str(".\n");
        }
        text.push_str("\nThis mail is for ");
        text.push_str(user.as_str());
        text.push_str(", whose account has an email pusher.\n");
        let subject = headline.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Some(Self { to: to.to_owned(), subject, text })
    }
}

/// What the sender of an event did, up to the name of the room, and the words to be quoted.
fn done<'a>(event: &'a Arc<Event>, user: &UserId) -> (&'static str, Option<&'a str>) {
    match event.event_type.as_str() {
        "m.room.message" => ("wrote in", event.content.get("body").and_then(Value::as_str)),
        "m.room.encrypted" => ("sent an encrypted message in", None),
        "m.call.invite" => ("calls in", None),
        "m.room.member" if event.state_key.as_deref() == Some(user.as_str()) => ("invites you to", None),
        _ => ("did something in", None),
    }
}
