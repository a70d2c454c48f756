//! The worker of a lane: sends what waits in it, one after the other, and ends when nothing does.

use std::{sync::Arc, time::Duration};

use super::Next;
use crate::{ids::PusherAddress, shared::Shared};

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
            Next::Send(delivery) => {
                let answer = shared.gateway.send(&delivery).await;
                drop(slot);
                shared.note_delivery(&delivery, &answer);
                shared.act(|state| state.delivery_answered(&lane, &delivery, &answer));
            }
        }
    }
}
