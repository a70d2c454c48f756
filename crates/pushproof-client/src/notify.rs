//! Whether the client tells of an event, and how.

use std::{sync::Arc, time::Duration};

use pushproof_vocabulary::driver::{Effect, Notified};
use serde_json::Value;

use crate::{
    behaviour::{Resumed, Silence, WithoutEvent},
    session::Session,
    settings::Standing,
};

/// How late a defective client is.
const LATE: Duration = Duration::from_millis(1500);
/// How late a very late one is.
const VERY_LATE: Duration = Duration::from_secs(4);

/// When the client tells of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Now,
    After(Duration),
}

impl Session {
    /// Tells of an event, or of an invite if it has no id, as the actions of its push rule and the settings say.
    pub(crate) fn tell(
        self: &Arc<Self>,
        room_id: &str,
        event_id: Option<&str>,
        actions: &[Value],
        standing: Standing,
    ) {
        let Some((effects, when)) = self.effects(event_id, actions, standing) else { return };
        let event_id = event_id.map(str::to_owned);
        let notified = Notified { room_id: room_id.to_owned(), event_id, effects };
        match when {
            When::Now => self.add(notified),
            When::After(pause) => {
                let session = Arc::clone(self);
                tokio::spawn(async move {
                    tokio::time::sleep(pause).await;
                    session.add(notified);
                });
            }
        }
    }

    fn effects(
        &self,
        event_id: Option<&str>,
        actions: &[Value],
        standing: Standing,
    ) -> Option<(Vec<Effect>, When)> {
        if !actions.iter().any(|action| action == "notify") {
            return None;
        }
        let tweak = |name: &str| actions.iter().find(|action| action["set_tweak"] == name);
        let is_highlight = tweak("highlight").is_some_and(|tweak| tweak["value"] != false);
        let mut all = vec![Effect::Banner, Effect::LockScreen];
        all.extend(tweak("sound").map(|_| Effect::Sound));
        let is_invite = event_id.is_none();
        match (standing, self.behaviour.without_event, self.behaviour.silence) {
            (Standing::Resumed, ..) if self.behaviour.resumed == Resumed::WithoutSound => {
                all.retain(|effect| *effect != Effect::Sound);
                Some((all, When::Now))
            }
            (Standing::Resumed, ..) | (Standing::Without, WithoutEvent::Notifies, _) => {
                Some((all, When::Now))
            }
            (Standing::Without, WithoutEvent::SilentButForHighlights, _) if is_highlight => {
                Some((all, When::Now))
            }
            (Standing::Without, ..) | (Standing::Paused, _, Silence::Complete) => None,
            (Standing::Paused, _, Silence::None) => Some((all, When::Now)),
            (Standing::Paused, _, Silence::Late) => Some((all, When::After(LATE))),
            (Standing::Paused, _, Silence::AfterFourSeconds) => Some((all, When::After(VERY_LATE))),
            (Standing::Paused, _, Silence::Sounds) => {
                all.retain(|effect| *effect == Effect::Sound);
                (!all.is_empty()).then_some((all, When::Now))
            }
            (Standing::Paused, _, Silence::InvitesBreakThrough) => is_invite.then_some((all, When::Now)),
            (Standing::Paused, _, Silence::LoudBreaksThroughAfterRestart) => {
                (self.is_restart && (is_invite || is_highlight)).then_some((all, When::Now))
            }
            (Standing::Paused, _, Silence::NoneAfterRestart) => self.is_restart.then_some((all, When::Now)),
        }
    }
}
