//! How many notifications are unread.

use pushproof_record::Mismatch;
use pushproof_scenario::steps::ExpectUnread;

use crate::{
    context::StepContext,
    outcome::{Missed, Passed, StepResult},
    steps::view::expect_initial,
};

pub(super) async fn expect(ctx: StepContext<'_>, verb: &ExpectUnread) -> StepResult {
    let room_id = ctx.world.room(&verb.room)?;
    // A room id has neither of the characters that a JSON pointer escapes, but a server may know better.
    let escaped = room_id.replace('~', "~0").replace('/', "~1");
    let wanted = verb.events.len() as u64;
    let pointer = format!("/rooms/join/{escaped}/unread_notifications/notification_count");
    expect_initial(ctx, &verb.by, |answer| {
        let found = answer.json.as_ref().and_then(|body| body.pointer(&pointer)).cloned();
        // A count that is left out is none.
        let count = found.as_ref().map_or(Some(0), serde_json::Value::as_u64);
        if count == Some(wanted) {
            return Ok(());
        }
        let shown = found.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
        Err(Missed::failed(format!(
            "`{}` has {shown} unread notifications for {}, expected {wanted}",
            verb.room.value, verb.by.actor
        ))
        .mismatch(Mismatch::of(pointer.clone(), wanted, found)))
    })
    .await?;
    Ok(Passed::default())
}
