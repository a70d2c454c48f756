//! Mail addresses of accounts.

use pushproof_scenario::steps::BindEmail;

use crate::{
    context::StepContext,
    emails::{self, Owner},
    outcome::{Passed, StepResult},
};

pub(super) async fn bind(ctx: StepContext<'_>, verb: &BindEmail) -> StepResult {
    let actor = &verb.by.actor;
    let pusher = &verb.pusher.value;
    // A dedicated account may have addresses already.
    let given = ctx.world.state().actors.get_mut(actor).and_then(|actor| actor.account.free_address());
    let address = if let Some(address) = given {
        address
    } else {
        let (user_id, password) = ctx.world.credentials(actor)?;
        let owner = Owner { caller: ctx.world.caller(&verb.by)?, user_id, password };
        let local = format!("{}-{pusher}", ctx.world.unique);
        let address = emails::bind(ctx.run, ctx.trace, &owner, &local).await?;
        if let Some(actor) = ctx.world.state().actors.get_mut(actor) {
            actor.emails.push(address.clone());
        }
        address
    };
    ctx.world.state().addresses.insert(pusher.clone(), address);
    Ok(Passed::default())
}
