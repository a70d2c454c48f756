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

use pushproof_vocabulary::{Dialect, Half};
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
    let (pushers, settings) = tokio::join!(
        pushers::look(run, trace, probe, &candidates),
        settings::look(run, trace, probe, &candidates)
    );
    // Where nothing answers as a homeserver does, it is not one half that is in the way.
    let (pushers, settings) = match (pushers, settings) {
        (Err(error), Err(_)) => return Err(error),
        (pushers, settings) => (of_half(Half::Pushers, pushers)?, of_half(Half::Settings, settings)?),
    };
    Ok(choose(&candidates, pushers, settings, &flagged(&candidates, advertised), asked))
}

/// What was seen of a half; what answers in the homeserver's place is an obstacle to that half alone.
fn of_half(half: Half, looked: Result<Look, NoAnswer>) -> Result<Look, NoAnswer> {
    let error = match looked {
        Err(error) if error.is_of_one_request() => error,
        looked => return looked,
    };
    let hint = "something between the suite and the homeserver may answer, or break off, such requests in its place: have \
                it pass them on; or mend what keeps the homeserver from answering";
    let obstacle = Obstacle { half, reason: error.to_string(), hint: hint.to_owned() };
    Ok(Look { shown: Vec::new(), obstacle: Some(obstacle) })
}

/// What keeps the pushers of a subject that is known to have the proposal from being judged.
pub(crate) async fn obstacle_to_pushers(
    run: &RunContext,
    trace: &Trace,
    probe: &Account,
    dialect: &Dialect,
) -> Result<Option<Obstacle>, NoAnswer> {
    let looked = pushers::look(run, trace, probe, std::slice::from_ref(dialect)).await;
    Ok(of_half(Half::Pushers, looked)?.obstacle)
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
    let looked = pushers::look(run, trace, probe, &candidates).await;
    let Look { shown, obstacle } = of_half(Half::Pushers, looked)?;
    let claimed = flagged(&candidates, advertised);
    let seen = candidates.into_iter().map(|dialect| dialect.name);
    let shown = seen.filter(|name| shown.contains(name) || claimed.contains(name)).collect();
    Ok(Look { shown, obstacle })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::page(NoAnswer::Foreign("a redirection".to_owned()), true)]
    #[case::late(NoAnswer::Late(Duration::from_secs(5)), true)]
    #[case::broken(NoAnswer::Broken("reset".to_owned()), true)]
    #[case::large(NoAnswer::TooLarge, true)]
    #[case::given_up(NoAnswer::GaveUp("nothing is answered".to_owned()), false)]
    #[case::interrupted(NoAnswer::Interrupted, false)]
    fn what_answers_in_the_place_of_a_homeserver_is_in_the_way_of_one_half(
        #[case] error: NoAnswer,
        #[case] is_obstacle: bool,
    ) {
        let reason = error.to_string();
        let obstacle = of_half(Half::Pushers, Err(error)).ok().and_then(|look| look.obstacle);
        assert_eq!(obstacle.is_some(), is_obstacle);
        assert!(obstacle.is_none_or(|obstacle| obstacle.half == Half::Pushers && obstacle.reason == reason));
    }
}
