//! Which dialect a subject speaks, found out by what it does: the pushers and the settings events apart, because
//! servers implement them apart.
//!
//! What was sent and merely comes back tells nothing: some servers echo whole bodies. So a pusher is set without state
//! and link, and what the server supplies of them by itself counts; and settings events are written in every dialect,
//! and what the server prunes by itself counts.
//!
//! A subject that breaks one clause has the proposal. So what is looked for is presence, in whatever form, and a half of
//! which nothing could be looked at is not missing: it is not judged.

mod choice;
mod pushers;
mod settings;

use pushproof_vocabulary::Dialect;
use serde_json::{Map, Value};

pub(crate) use self::choice::{Detected, Look, Obstacle, candidates};
use self::choice::{choose, flagged};
use crate::{account::Account, context::RunContext, http::NoAnswer, trace::Trace};

/// Finds out which dialect the subject speaks, or whether it speaks the one that was asked for.
pub(crate) async fn detect(
    run: &RunContext,
    trace: &Trace,
    probe: &Account,
    advertised: &Map<String, Value>,
    asked: Option<&Dialect>,
) -> Result<Detected, NoAnswer> {
    let candidates = candidates(asked);
    let (pushers, settings) = tokio::try_join!(
        pushers::look(run, trace, probe, &candidates),
        settings::look(run, trace, probe, &candidates)
    )?;
    Ok(choose(&candidates, pushers, settings, &flagged(&candidates, advertised), asked))
}

/// What keeps the pushers of a subject that is known to have the proposal from being judged.
pub(crate) async fn obstacle_to_pushers(
    run: &RunContext,
    trace: &Trace,
    probe: &Account,
    dialect: &Dialect,
) -> Result<Option<Obstacle>, NoAnswer> {
    Ok(pushers::look(run, trace, probe, std::slice::from_ref(dialect)).await?.obstacle)
}

/// The dialects of which the subject shows or claims the pushers' half; of a server from before the proposal, none.
pub(crate) async fn detect_pushers(
    run: &RunContext,
    trace: &Trace,
    probe: &Account,
    advertised: &Map<String, Value>,
    asked: Option<&Dialect>,
) -> Result<Look, NoAnswer> {
    let candidates = candidates(asked);
    let Look { shown, obstacle } = pushers::look(run, trace, probe, &candidates).await?;
    let claimed = flagged(&candidates, advertised);
    let seen = candidates.into_iter().map(|dialect| dialect.name);
    let shown = seen.filter(|name| shown.contains(name) || claimed.contains(name)).collect();
    Ok(Look { shown, obstacle })
}
