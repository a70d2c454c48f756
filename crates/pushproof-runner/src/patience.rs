//! Patience. It is counted in time that the suite itself ran: a machine that has something else to do wakes the suite late,
//! and what is late by that is not the subject's fault.

use std::{pin::pin, sync::Mutex, time::Duration};

use futures_util::future::{FusedFuture, FutureExt};
use pushproof_record::{Mismatch, NearMiss};
use tokio::time::{Instant, sleep};

use crate::{
    context::StepContext,
    outcome::{Again, Missed},
};

/// The first pause between two looks; each further one is longer by half.
const FIRST_PAUSE: Duration = Duration::from_millis(15);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Patience passes in steps of this length.
const STEP: Duration = Duration::from_millis(50);
/// A machine that is idle wakes the suite later than it was asked to by less than this. What is later by more does not
/// count as passed.
const PUNCTUAL: Duration = Duration::from_millis(10);

/// Waits for as much time as this to pass, not counting that in which the suite could not run.
pub(crate) async fn pass(time: Duration) {
    let mut left = time;
    while !left.is_zero() {
        let (step, begun) = (left.min(STEP), Instant::now());
        sleep(step).await;
        left = left.saturating_sub(begun.elapsed().min(step + PUNCTUAL));
    }
}

/// Waits until a moment, as [`pass`] does for the time that is left until then.
pub(crate) async fn pass_until(moment: std::time::Instant) {
    pass(moment.saturating_duration_since(std::time::Instant::now())).await;
}

/// What is waited for, unless patience ends before it is there.
pub(crate) async fn within<T>(patience: Duration, awaited: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        // What came while the suite could not run is there, however late it is looked at.
        biased;
        found = awaited => Some(found),
        () = pass(patience) => None,
    }
}

/// Presence is waited for: looks with growing pauses until `look` finds something or patience has ended; then what the
/// last look missed.
pub(crate) async fn poll<T, E, F>(patience: Duration, mut look: impl FnMut() -> F) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
{
    let mut end = pin!(pass(patience).fuse());
    let mut pause = FIRST_PAUSE;
    loop {
        let mut looking = pin!(look().fuse());
        let missed = loop {
            tokio::select! {
                biased;
                looked = &mut looking => match looked {
                    Ok(found) => return Ok(found),
                    Err(missed) => break missed,
                },
                () = &mut end => {}
            }
        };
        if end.is_terminated() {
            return Err(missed);
        }
        tokio::select! {
            () = sleep(pause) => {}
            () = &mut end => {}
        }
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
    }
}

/// The most near misses that a step keeps.
const MAX_NEAR_MISSES: usize = 8;

/// The same for a step: what earlier looks found instead is kept with what the last one found, each once.
pub(crate) async fn poll_step<T, F>(ctx: StepContext<'_>, mut look: impl FnMut() -> F) -> Result<T, Missed>
where
    F: Future<Output = Result<T, Missed>>,
{
    let near: Mutex<Vec<NearMiss>> = Mutex::default();
    let looked = poll(ctx.patience, || {
        let (looking, near) = (look(), &near);
        async move {
            let missed = match looking.await {
                Ok(found) => return Ok(Ok(found)),
                Err(missed) => missed,
            };
            if let Some(mismatch) = &missed.mismatch {
                note(&mut near.lock().expect("no holder of this lock panics"), mismatch, ctx.run.now_ms());
            }
            // What ends the looking is no success, and no reason to look again.
            if missed.again == Again::Useless { Ok(Err(missed)) } else { Err(missed) }
        }
    });
    looked.await.and_then(|looked| looked).map_err(|mut missed| {
        if let Some(mismatch) = &mut missed.mismatch {
            let is_last =
                |near: &NearMiss| near.pointer == mismatch.pointer && near.actual == mismatch.actual;
            mismatch.near_misses = near
                .into_inner()
                .expect("no holder of this lock panics")
                .into_iter()
                .filter(|near| !is_last(near))
                .collect();
        }
        missed
    })
}

/// Counts a finding that is known, and keeps a new one.
fn note(near: &mut Vec<NearMiss>, found: &Mismatch, at_ms: u64) {
    let known = near.iter_mut().find(|near| near.pointer == found.pointer && near.actual == found.actual);
    if let Some(known) = known {
        known.repeats += 1;
    } else if near.len() < MAX_NEAR_MISSES {
        let (pointer, actual) = (found.pointer.clone(), found.actual.clone());
        near.push(NearMiss { at_ms, pointer, actual, repeats: 1 });
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use serde_json::json;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn patience_ends_in_time() {
        let begun = Instant::now();
        assert_eq!(within(Duration::from_millis(1234), pending::<()>()).await, None);
        assert_eq!(begun.elapsed(), Duration::from_millis(1234));
    }

    #[tokio::test(start_paused = true)]
    async fn what_passes_while_the_suite_sleeps_does_not_count() {
        let mut passing = pin!(pass(Duration::from_secs(1)));
        let mut wakes = 0;
        while passing.as_mut().now_or_never().is_none() {
            tokio::time::advance(Duration::from_secs(10)).await;
            wakes += 1;
        }
        assert_eq!(wakes, 1000_usize.div_ceil(60));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_there_is_found_however_late() {
        let mut waiting = pin!(within(Duration::from_millis(20), sleep(Duration::from_millis(20))));
        assert_eq!(waiting.as_mut().now_or_never(), None);
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(waiting.await, Some(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_that_takes_long_is_waited_for() {
        let looked = poll(Duration::from_secs(1), || async {
            sleep(Duration::from_secs(5)).await;
            Ok::<_, ()>("there")
        });
        assert_eq!(looked.await, Ok("there"));
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_late_is_found() {
        let mut looks = 0;
        let found = poll(Duration::from_secs(10), || {
            looks += 1;
            let found = if looks == 4 { Ok("there") } else { Err("not yet") };
            async move { found }
        });
        assert_eq!(found.await, Ok("there"));
        assert_eq!(looks, 4);
    }

    #[tokio::test(start_paused = true)]
    async fn patience_ends_with_a_last_look() {
        let begun = Instant::now();
        let missed: Result<(), _> = poll(Duration::from_secs(10), || async { Err(begun.elapsed()) }).await;
        assert_eq!(missed, Err(Duration::from_secs(10)));
    }

    #[test]
    fn near_misses_are_kept_once() {
        let mut near = Vec::new();
        for (at_ms, actual) in [(1, json!(1)), (2, json!(2)), (3, json!(1))] {
            note(&mut near, &Mismatch::of("/a", 3, Some(actual)), at_ms);
        }
        let kept: Vec<_> = near.iter().map(|near| (near.at_ms, near.actual.clone(), near.repeats)).collect();
        assert_eq!(kept, [(1, Some(json!(1)), 2), (2, Some(json!(2)), 1)]);
    }
}
