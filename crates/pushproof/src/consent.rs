//! Dedicated accounts are taken over by the run: whoever gives them is told what that means, and has to agree.

use std::io;

use pushproof_record::render::first_of;
use pushproof_runner::Registration;
use tokio_util::sync::CancellationToken;

use crate::{Usage, terminal};

/// Sees to it that the accounts that the run is given may be used as it will use them. It is asked on a terminal, and
/// must have been said elsewhere.
pub(crate) async fn given(
    registration: &Registration,
    said: bool,
    cancel: &CancellationToken,
) -> anyhow::Result<()> {
    let Registration::Users(users) = registration else { return Ok(()) };
    let what = taken(users.iter().map(|user| user.user.as_str()));
    if said {
        terminal::note(&what);
        return Ok(());
    }
    let hint = "--yes (or PUSHPROOF_YES=true) agrees to it";
    if !terminal::can_ask() {
        return Err(Usage::new(format!("{what}; nobody has agreed to that")).hint(hint).into());
    }
    terminal::note(&format!("{what}. Go on? [y/N]"));
    let answer = tokio::task::spawn_blocking(|| io::stdin().lines().next());
    let Some(answer) = cancel.run_until_cancelled(answer).await else {
        return Err(Usage::new("interrupted before anything was done").into());
    };
    match answer?.transpose()?.as_deref().map(str::trim) {
        Some("y" | "Y" | "yes") => Ok(()),
        _ => Err(Usage::new("nothing was done: the accounts are as they were").hint(hint).into()),
    }
}

/// What a run takes from these accounts.
fn taken<'a>(users: impl ExactSizeIterator<Item = &'a str>) -> String {
    const NAMED: usize = 3;
    let count = users.len();
    let users: Vec<&str> = users.collect();
    format!(
        "the run takes over {count} account{} ({}): it logs out all their devices, deletes all their pushers and the \
         settings events of their devices, and changes their account data and, for a while, their passwords",
        if count == 1 { "" } else { "s" },
        first_of(&users, NAMED),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_told() {
        let one = taken(["alice"].into_iter());
        assert!(one.starts_with("the run takes over 1 account (alice): it logs out all"), "{one}");
        let many = taken(["a", "b", "c", "d", "e"].into_iter());
        assert!(many.contains("5 accounts (a, b, c and 2 more)"), "{many}");
    }
}
