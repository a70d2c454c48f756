//! The worker of a lane: sends what waits in it, one after the other, and ends when nothing does.

use std::{sync::Arc, time::Duration};

use super::{Answer, Delivery, Letter, Next, Push};
use crate::{
    ids::{PusherAddress, PusherKey},
    shared::Shared,
};

/// What is sent for a lane.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// A notification, to a push gateway.
    Push(Delivery),
    /// A mail, of an email pusher.
    Mail {
        /// The number of the notification in its lane.
        id: u64,
        /// What it tells.
        push: Push,
        /// The pusher.
        key: PusherKey,
        /// What the mail says.
        letter: Letter,
    },
}

/// Works on a lane until it is empty.
pub(crate) async fn work(shared: Arc<Shared>, lane: PusherAddress) {
    loop {
        let slot = shared.gateway.slot().await;
        let next = shared.act(|state| state.next_delivery(&lane));
        match next {
            Next::End => return,
            Next::Wait(ms, changed) => {
                drop(slot);
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_millis(ms)) => {}
                    () = changed.notified() => {}
                }
            }
            Next::Send(outgoing) => {
                let answer = match &outgoing {
                    Outgoing::Push(delivery) => shared.gateway.send(delivery).await,
                    Outgoing::Mail { letter, .. } => send_letter(&shared, letter).await,
                };
                drop(slot);
                shared.note_delivery(&outgoing, &answer);
                shared.act(|state| state.delivery_answered(&lane, &outgoing, &answer));
            }
        }
    }
}

/// Hands a mail to the relay.
pub(crate) async fn send_letter(shared: &Shared, letter: &Letter) -> Answer {
    // Without a relay no address is ever validated, so that nothing is to be sent.
    let Some(mailer) = &shared.mailer else { return Answer::None };
    let answer = match mailer.send(letter).await {
        Ok(()) => Answer::Taken { status: 250, rejected: Vec::new() },
        Err(error) => {
            tracing::warn!(to = %letter.to, %error, "a mail was not sent");
            Answer::None
        }
    };
    shared.note_mail(letter, &answer);
    answer
}
