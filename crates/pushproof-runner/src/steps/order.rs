//! Settings come no later than the events that were sent after them.

use std::collections::BTreeMap;

use pushproof_scenario::steps::ExpectSettingsBeforeEvents;
use serde_json::{Value, json};

use crate::{
    context::StepContext,
    http::{Answer, Call, Caller},
    outcome::{Missed, Passed, StepResult},
    patience::within,
    steps::{
        device::encode,
        settings::{account_data, next_batch, path, remember},
        view::initial_sync,
    },
};

/// Every so many rounds a sync waits while the settings are written and the event is sent.
const EVERY: usize = 5;
/// How long such a sync waits for something new, in milliseconds.
const LONG_POLL_MS: &str = "2000";

/// One unbroken chain of syncs of a device, and what it told so far.
struct Chain<'a> {
    ctx: StepContext<'a>,
    caller: Caller,
    room_id: String,
    event_type: String,
    /// Where the next sync begins.
    since: String,
    /// The settings that the latest sync with any told.
    settings: Option<Value>,
    /// By event, the settings that were known when it came.
    known_at: BTreeMap<String, Option<Value>>,
}

pub(super) async fn expect(ctx: StepContext<'_>, verb: &ExpectSettingsBeforeEvents) -> StepResult {
    let mut chain = Chain::begin(ctx, verb).await?;
    for round in 0..verb.times {
        let content = json!({ &ctx.world.dialect.paused: round % 2 == 0 });
        let event_id = if round % EVERY == EVERY - 1 {
            let (sent, synced) =
                tokio::join!(write_and_send(ctx, verb, round, &content), chain.sync(LONG_POLL_MS));
            synced?;
            sent?
        } else {
            write_and_send(ctx, verb, round, &content).await?
        };
        chain.judge(&event_id, &content, round).await?;
    }
    remember(ctx, &verb.by.value, &chain.since);
    Ok(Passed::default())
}

/// Writes the settings, and sends an event once that is answered; the id of the event.
async fn write_and_send(
    ctx: StepContext<'_>,
    verb: &ExpectSettingsBeforeEvents,
    round: usize,
    content: &Value,
) -> Result<String, Missed> {
    let write = Call::put(path(ctx, &verb.device)?, content.clone()).by(ctx.world.caller(&verb.set_by)?);
    ctx.rely_on(&write).await?;
    let room_id = ctx.world.room(&verb.room)?;
    let transaction = format!("{}-after-settings-{round}", ctx.world.unique);
    let send_to = format!("/rooms/{}/send/m.room.message/{}", encode(&room_id), encode(&transaction));
    let message = json!({ "msgtype": "m.text", "body": format!("Sent after settings {round}.") });
    let answer = ctx.rely_on(&Call::put(send_to, message).by(ctx.world.caller(&verb.sent_by)?)).await?;
    let event_id = answer.str_at("/event_id").map(str::to_owned);
    event_id.ok_or_else(|| Missed::inconclusive("the answer to the event lacks `event_id`"))
}

impl<'a> Chain<'a> {
    async fn begin(ctx: StepContext<'a>, verb: &ExpectSettingsBeforeEvents) -> Result<Self, Missed> {
        let caller = ctx.world.caller(&verb.by)?;
        let first = ctx.rely_on(&initial_sync().by(caller.clone())).await?;
        Ok(Self {
            ctx,
            caller,
            room_id: ctx.world.room(&verb.room)?,
            event_type: ctx.world.dialect.settings_type(&ctx.world.device_id(&verb.device)?),
            since: next_batch(&first)?,
            settings: None,
            known_at: BTreeMap::new(),
        })
    }

    /// The next sync.
    async fn sync(&mut self, timeout_ms: &str) -> Result<(), Missed> {
        let call = Call::get("/sync").query("since", &*self.since).query("timeout", timeout_ms);
        let answer = self.ctx.rely_on(&call.by(self.caller.clone())).await?;
        self.since = next_batch(&answer)?;
        if let Some(settings) = account_data(&answer, &self.event_type) {
            self.settings = Some(settings.clone());
        }
        for event_id in self.events(&answer) {
            self.known_at.insert(event_id, self.settings.clone());
        }
        Ok(())
    }

    /// The events of the room in a sync.
    fn events(&self, answer: &Answer) -> Vec<String> {
        let rooms = answer.json.as_ref().and_then(|body| body.pointer("/rooms/join"));
        let timeline =
            rooms.and_then(|rooms| rooms.get(&self.room_id)?.pointer("/timeline/events")?.as_array());
        let ids = timeline.into_iter().flatten().filter_map(|event| event["event_id"].as_str());
        ids.map(str::to_owned).collect()
    }

    /// Syncs until it has told of something.
    async fn sync_until(&mut self, has_told: impl Fn(&Self) -> bool) -> Result<(), Missed> {
        while !has_told(self) {
            self.sync("200").await?;
        }
        Ok(())
    }

    /// Syncs until the event is there; the settings must be there by then.
    async fn judge(&mut self, event_id: &str, wanted: &Value, round: usize) -> Result<(), Missed> {
        let patience = self.ctx.run.patience;
        let told = within(patience, self.sync_until(|chain| chain.known_at.contains_key(event_id))).await;
        told.unwrap_or_else(|| Err(Missed::inconclusive(format!("no sync told of the event {event_id}"))))?;
        let known = self.known_at.remove(event_id).flatten();
        if known.as_ref() == Some(wanted) {
            return Ok(());
        }
        // Settings that never come are no matter of order.
        let told = within(patience, self.sync_until(|chain| chain.settings.as_ref() == Some(wanted))).await;
        told.unwrap_or_else(|| Err(Missed::inconclusive("no sync told of the settings at all")))?;
        Err(Missed::failed(format!(
            "a later sync than the one with the event {event_id} told of the settings that were written before it \
             (round {})",
            round + 1
        ))
        .mismatch(pushproof_record::Mismatch::of("", wanted.clone(), known)))
    }
}
