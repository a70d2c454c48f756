//! The preflight's look at a subject that somebody upgrades by hand: not yet, and then done.

use serde_json::{Map, Value};

use super::{CannotJudge, Wanted, stop, tell};
use crate::{
    account::Account,
    address::Address,
    context::RunContext,
    detect::{Detected, Look, Obstacle, candidates, detect_pushers},
    http::{Call, Caller},
    prepared::Prepared,
    trace::Trace,
};

/// Is the subject from before the proposal? The dialect that is asked for, or else the proposal's own, stands in for the
/// one that it will speak.
pub(super) async fn before(
    run: &RunContext,
    wanted: &Wanted<'_>,
    probe: &Account,
    advertised: &Map<String, Value>,
) -> Result<Detected, CannotJudge> {
    const CHECK: &str = "before the upgrade";
    let trace = Trace::default();
    match detect_pushers(run, &trace, probe, advertised, wanted.dialect).await {
        Ok(Look { obstacle: Some(Obstacle { reason, hint, .. }), .. }) => {
            stop(run, CHECK, &trace, reason, Some(hint))
        }
        Ok(Look { shown, .. }) if shown.is_empty() => {
            tell(run, CHECK, &trace, Ok("pushers have neither state nor link, as it must be".to_owned()));
            let dialect = wanted.dialect.cloned().unwrap_or_else(|| candidates(None).swap_remove(0));
            Ok(Detected { dialect, seen: Vec::new(), missing: Vec::new(), obstacles: Vec::new() })
        }
        Ok(Look { shown: seen, .. }) => {
            let message = format!(
                "the homeserver already has the proposal (seen: {}): there is nothing to prepare for",
                seen.join(", ")
            );
            let hint = "prepare while the proposal is switched off, or before the upgrade";
            stop(run, CHECK, &trace, message, Some(hint.to_owned()))
        }
        Err(error) => stop(
            run,
            CHECK,
            &trace,
            format!("whether it has the proposal cannot be found out: {error}"),
            None,
        ),
    }
}

/// Is the subject the one that was prepared, and upgraded since?
pub(super) async fn after(
    run: &RunContext,
    prepared: &Prepared,
    detected: &Detected,
) -> Result<(), CannotJudge> {
    const CHECK: &str = "after the upgrade";
    let trace = Trace::default();
    for (user_id, token) in prepared.people() {
        let caller = Caller { token: token.to_owned(), name: "prepared".to_owned() };
        let instead = match run.http.send(&trace, &Call::get("/account/whoami").by(caller)).await {
            Ok(answer) if answer.str_at("/user_id") == Some(user_id) => continue,
            Ok(answer) => answer.brief(),
            Err(error) => error.to_string(),
        };
        let message =
            format!("the homeserver does not know the login of {user_id} that was prepared: {instead}");
        let hint = format!(
            "it was prepared at {}: this may be another homeserver, or one without the data of before; otherwise \
             prepare again",
            Address::from(prepared.url.clone())
        );
        return stop(run, CHECK, &trace, message, Some(hint));
    }
    if detected.missing.contains(&pushproof_vocabulary::Half::Pushers) {
        let message = "the homeserver is not upgraded: pushers have neither state nor link".to_owned();
        let hint = "upgrade it, or switch the proposal on, and verify again: what was prepared is still good";
        return stop(run, CHECK, &trace, message, Some(hint.to_owned()));
    }
    tell(run, CHECK, &trace, Ok("the prepared logins are known, and pushers have state or link".to_owned()));
    Ok(())
}
