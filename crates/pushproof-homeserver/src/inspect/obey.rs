//! Control messages: how a runner steers the server.

use std::{sync::Arc, time::Duration};

use pushproof_vocabulary::{
    Era,
    control::{Control, Hold, Refusal},
};
use tokio::sync::{mpsc, oneshot};

use crate::{
    defects,
    homeserver::RestartRequest,
    shared::Shared,
    state::{Addition, Caller, Held},
};

/// The way to ask for a restart.
pub(crate) type Restarts = mpsc::Sender<RestartRequest>;

/// Does what a control message asks for.
pub(crate) async fn obey(shared: &Arc<Shared>, restarts: &Restarts, control: Control) -> Result<(), Refusal> {
    match control {
        Control::SetDialect(dialect) => shared.act(|state| state.dialect = dialect),
        Control::SetLegacy(legacy) => {
            shared.act(|state| state.enter(if legacy { Era::Legacy } else { Era::Proposal }));
        }
        Control::SetDefects(names) => {
            let behaviour = defects::behaviour(&names).map_err(|error| refusal(error.to_string()))?;
            shared.act(|state| state.behaviour = behaviour);
        }
        Control::Restart {} => {
            let (done, wait) = oneshot::channel();
            let gone = |_| refusal("the server is stopping");
            restarts.send(done).await.map_err(|_| refusal("the server is stopping"))?;
            wait.await.map_err(gone)?.map_err(|error| refusal(format!("cannot come back: {error}")))?;
        }
        Control::HoldSync(hold) => held(shared, Held::Syncs, &hold)?,
        Control::HoldWrites(hold) => held(shared, Held::Writes, &hold)?,
        Control::CutSync(of) => {
            let caller = device(shared, &of.user_id, &of.device_id)?;
            shared.act(|state| state.cut_sync(caller));
        }
        Control::ExpireToken(of) => {
            let caller = device(shared, &of.user_id, &of.device_id)?;
            shared.act(|state| state.expire_token(caller));
        }
        Control::AddToSync { user_id, device_id, account_data, rooms } => {
            let caller = device(shared, &user_id, &device_id)?;
            shared.act(|state| state.add_to_sync(caller, Addition { account_data, rooms }));
        }
        Control::WaitIdle { deadline_ms } => {
            let idle = tokio::time::timeout(Duration::from_millis(deadline_ms), shared.activity.idle());
            idle.await.map_err(|_| refusal(format!("still busy after {deadline_ms} ms")))?;
        }
    }
    Ok(())
}

fn held(shared: &Arc<Shared>, what: Held, hold: &Hold) -> Result<(), Refusal> {
    let caller = device(shared, &hold.user_id, &hold.device_id)?;
    shared.act(|state| state.hold(what, caller, hold.held));
    Ok(())
}

/// A device that is there.
pub(super) fn device(shared: &Arc<Shared>, user_id: &str, device_id: &str) -> Result<Caller, Refusal> {
    let known = shared.act(|state| {
        let user = state.users.get(user_id)?;
        user.devices
            .contains_key(device_id)
            .then(|| Caller { user: user_id.into(), device: device_id.into() })
    });
    known.ok_or_else(|| refusal(format!("{user_id} has no device {device_id}")))
}

pub(super) fn refusal(error: impl Into<String>) -> Refusal {
    Refusal { error: error.into() }
}
