//! What only the reference homeserver does.

use pushproof_scenario::{
    DeviceRef,
    steps::{CutSync, ExpireToken, Homeserver, PutNonsense},
};
use pushproof_vocabulary::control::{Control, Device, Hold};
use serde_json::{Value, json};

use super::client::trial;
use crate::{
    context::StepContext,
    outcome::{Missed, Passed, StepResult},
    patience::poll_step,
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

fn device(ctx: StepContext<'_>, device: &DeviceRef) -> Result<Device, Missed> {
    Ok(Device { user_id: ctx.world.user_id(&device.actor)?, device_id: ctx.world.device_id(device)? })
}

pub(super) async fn cut_sync(ctx: StepContext<'_>, verb: &CutSync) -> StepResult {
    trial(ctx)?.inspection.control(&Control::CutSync(device(ctx, &verb.device)?)).await?;
    Ok(Passed::default())
}

pub(super) async fn expire_token(ctx: StepContext<'_>, verb: &ExpireToken) -> StepResult {
    let inspection = &trial(ctx)?.inspection;
    let device = device(ctx, &verb.device)?;
    inspection.control(&Control::ExpireToken(device.clone())).await?;
    poll_step(ctx, || async {
        if inspection.journal().await?.was_turned_away(&device.device_id) {
            return Ok(());
        }
        Err(Missed::inconclusive("the client asked for nothing after its access token had expired"))
    })
    .await?;
    Ok(Passed::default())
}

pub(super) async fn put_nonsense(ctx: StepContext<'_>, verb: &PutNonsense) -> StepResult {
    let trial = trial(ctx)?;
    let unique = &ctx.world.unique;
    let content = |nonsense: Value| if verb.well_formed { json!({}) } else { nonsense };
    let event = json!({
        "event_id": format!("${unique}-{}", if verb.well_formed { "sense" } else { "nonsense" }),
        "type": "m.room.message",
        "sender": "@nobody:reference.test",
        "origin_server_ts": 1,
        "content": content(json!("not an object")),
    });
    let settings = ctx.world.dialect.settings_type(&format!("{unique}-nobodys"));
    let account_data = [
        ("org.pushproof.nonsense", json!(["not", "an", "object"])),
        (settings.as_str(), json!("not an object either")),
    ];
    let account_data =
        account_data.map(|(name, nonsense)| json!({ "type": name, "content": content(nonsense) }));
    let control = Control::AddToSync {
        user_id: ctx.world.user_id(&verb.device.actor)?,
        device_id: ctx.world.device_id(&verb.device)?,
        account_data: account_data.into(),
        rooms: [(ctx.world.room(&verb.room)?, vec![event])].into(),
    };
    if !verb.well_formed {
        trial.is_given_malformed();
    }
    trial.inspection.control(&control).await?;
    Ok(Passed::default())
}
