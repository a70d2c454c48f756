//! A restart of the subject.

use std::time::Instant;

use pushproof_scenario::steps::Restart;

use crate::{
    context::StepContext,
    outcome::{Passed, StepResult},
    world::Quiet,
};

pub(super) async fn restart(ctx: StepContext<'_>, verb: Restart) -> StepResult {
    ctx.run.restarts.pass(ctx, verb.into).await?;
    // Silence begins anew: what came before the restart says nothing of what it made of the pushers.
    for pusher in ctx.world.state().pushers.values_mut() {
        if matches!(pusher.quiet, Quiet::Since(..)) {
            pusher.quiet = pusher.quiet.silenced(Instant::now());
        }
    }
    Ok(Passed::default())
}
