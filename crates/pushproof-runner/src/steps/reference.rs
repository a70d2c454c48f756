//! What only the reference homeserver does.

use pushproof_scenario::{
    DeviceRef,
    steps::{Homeserver, PutNonsense},
};
use pushproof_vocabulary::control::{Control, Hold};
use serde_json::json;

use super::client::trial;
use crate::{
    context::StepContext,
    outcome::{Passed, StepResult},
};

pub(super) async fn homeserver(ctx: StepContext<'_>, verb: &Homeserver) -> StepResult {
    let inspection = &trial(ctx)?.inspection;
    inspection.control(&Control::SetLegacy(verb.legacy)).await?;
    inspection.control(&Control::SetDefects(verb.defects.clone())).await?;
    Ok(Passed::default())
}

/// Holds something back for a device, or releases it.
pub(super) async fn hold(
    ctx: StepContext<'_>,
    device: &DeviceRef,
    held: bool,
    what: fn(Hold) -> Control,
) -> StepResult {
    let (user_id, device_id) = (ctx.world.user_id(&device.actor)?, ctx.world.device_id(device)?);
    trial(ctx)?.inspection.control(&what(Hold { user_id, device_id, held })).await?;
    Ok(Passed::default())
}

pub(super) async fn put_nonsense(ctx: StepContext<'_>, verb: &PutNonsense) -> StepResult {
    let unique = &ctx.world.unique;
    let event = json!({
        "event_id": format!("${unique}-nonsense"),
        "type": "m.room.message",
        "sender": "@nobody:reference.test",
        "origin_server_ts": 1,
        "content": "not an object",
    });
    let settings = ctx.world.dialect.settings_type(&format!("{unique}-nobodys"));
    let control = Control::AddToSync {
        user_id: ctx.world.user_id(&verb.device.actor)?,
        device_id: ctx.world.device_id(&verb.device)?,
        account_data: vec![
            json!({ "type": "org.pushproof.nonsense", "content": ["not", "an", "object"] }),
            json!({ "type": settings, "content": "not an object either" }),
        ],
        rooms: [(ctx.world.room(&verb.room)?, vec![event])].into(),
    };
    trial(ctx)?.inspection.control(&control).await?;
    Ok(Passed::default())
}
