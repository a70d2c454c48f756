//! What a device sees in a sync. Some homeservers keep an answer and give it again to whoever asks from the same position,
//! whatever has happened since: such an answer tells nothing.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use pushproof_record::StepVerdict;
use pushproof_scenario::DeviceRef;
use serde_json::json;

use crate::{
    context::StepContext,
    http::{Answer, Call, Caller},
    login::Login,
    outcome::Missed,
    patience::{poll, poll_step},
    steps::{
        device::{device_of, encode},
        settings::{account_data, next_batch},
    },
};

/// The account data by which a view is found to be of now.
const MARK: &str = "org.pushproof.view";
/// How long a mark is looked for at most.
const LONGEST_LOOK: Duration = Duration::from_secs(2);

/// The query of an initial sync, never used before: some servers answer the same one from a cache.
pub(super) fn initial_sync() -> Call {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    Call::get("/sync").query("timeout", NUMBER.fetch_add(1, Ordering::Relaxed).to_string())
}

/// Waits until an initial sync of a device is as `judge` wants it. Where it is not, and what the device is shown is not of
/// now, the view of a new login of the same user is judged instead.
pub(super) async fn expect_initial(
    ctx: StepContext<'_>,
    by: &DeviceRef,
    judge: impl Fn(&Answer) -> Result<(), Missed>,
) -> Result<(), Missed> {
    let caller = ctx.world.caller(by)?;
    let look = async |caller: &Caller| {
        let answer = ctx.rely_on(&initial_sync().by(caller.clone())).await?;
        // Nothing is absent from what is no sync.
        next_batch(&answer)?;
        judge(&answer)
    };
    let missed = match poll_step(ctx, || look(&caller)).await {
        Err(missed) if missed.verdict == StepVerdict::Failed => missed,
        ended => return ended,
    };
    if shows_mark(ctx, by, initial_sync).await? {
        return Err(missed);
    }
    let (user_id, password) = ctx.world.credentials(&by.actor)?;
    let name = format!("{by}.anew");
    let login = Login { name: &name, user: &user_id, password: &password, device_id: None };
    let answer = login.make(&ctx.run.http, ctx.trace, &ctx.run.redactor).await?;
    let Some(token) = device_of(&answer)?.token else { return Err(missed) };
    let anew = Caller { token, name };
    let seen = look(&anew).await;
    // Whether that succeeds or not, the clean-up logs out all that are left.
    let _ = ctx.send(&Call::post("/logout", json!({})).by(anew)).await;
    seen
}

/// What becomes of a judgement for which an incremental sync since a position did not show what it should: where such a
/// sync shows nothing else that happens either, nothing is judged.
pub(super) async fn unless_stuck(
    ctx: StepContext<'_>,
    by: &DeviceRef,
    since: &str,
    missed: Missed,
) -> Result<Missed, Missed> {
    let sync = || Call::get("/sync").query("since", since).query("timeout", "0");
    if missed.verdict != StepVerdict::Failed || shows_mark(ctx, by, sync).await? {
        return Ok(missed);
    }
    let why = "nor does a sync from there show what was written since: it is answered as it was before";
    Ok(Missed::inconclusive(format!("{}, {why}", missed.message)))
}

/// Whether a sync of the device shows account data that is written now. Where none can be written, the view is taken for
/// one of now.
async fn shows_mark(ctx: StepContext<'_>, by: &DeviceRef, sync: impl Fn() -> Call) -> Result<bool, Missed> {
    let caller = ctx.world.caller(by)?;
    let mark = json!({ "mark": format!("{:016x}", rand::random::<u64>()) });
    let path = format!("/user/{}/account_data/{MARK}", encode(&ctx.world.user_id(&by.actor)?));
    let write = |content| Call::put(path.clone(), content).by(caller.clone());
    if !ctx.send(&write(mark.clone())).await?.is_success() {
        return Ok(true);
    }
    let shown = poll(ctx.run.patience.min(LONGEST_LOOK), || async {
        let answer = ctx.rely_on(&sync().by(caller.clone())).await.map_err(Some)?;
        if account_data(&answer, MARK) == Some(&mark) { Ok(()) } else { Err(None) }
    })
    .await;
    ctx.send(&write(json!({}))).await?;
    match shown {
        Ok(()) => Ok(true),
        Err(None) => Ok(false),
        Err(Some(missed)) => Err(missed),
    }
}
