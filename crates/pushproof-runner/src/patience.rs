//! Presence is waited for: asked again with growing pauses until it is there or the deadline has passed.

use std::{sync::Mutex, time::Duration};

use pushproof_record::{Mismatch, NearMiss};
use tokio::time::Instant;

use crate::{context::RunContext, outcome::Missed};

/// The first pause between two looks; each further one is longer by half.
const FIRST_PAUSE: Duration = Duration::from_millis(15);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Looks until `look` finds something or `patience` has passed; then what the last look missed.
pub(crate) async fn poll<T, E, F>(patience: Duration, mut look: impl FnMut() -> F) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
{
    let deadline = Instant::now() + patience;
    let mut pause = FIRST_PAUSE;
    loop {
        let missed = match look().await {
            Ok(found) => return Ok(found),
            Err(missed) => missed,
        };
        let now = Instant::now();
        if now >= deadline {
            return Err(missed);
        }
        tokio::time::sleep_until((now + pause).min(deadline)).await;
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
    }
}

/// The most near misses that a step keeps.
const MAX_NEAR_MISSES: usize = 8;

/// The same for a step: what earlier looks found instead is kept with what the last one found, each once.
pub(crate) async fn poll_step<T, F>(run: &RunContext, mut look: impl FnMut() -> F) -> Result<T, Missed>
where
    F: Future<Output = Result<T, Missed>>,
{
    let near: Mutex<Vec<NearMiss>> = Mutex::default();
    let looked = poll(run.patience, || {
        let (looking, near) = (look(), &near);
        async move {
            looking.await.inspect_err(|missed| {
                if let Some(mismatch) = &missed.mismatch {
                    note(&mut near.lock().expect("no holder of this lock panics"), mismatch, run.now_ms());
                }
            })
        }
    });
    looked.await.map_err(|mut missed| {
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
    use serde_json::json;

    use super::*;

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
