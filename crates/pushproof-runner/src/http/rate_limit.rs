//! Rate limits are obeyed, told of, and end the run where that takes too long.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use pushproof_record::Event;
use tokio::{
    sync::mpsc::UnboundedSender,
    time::{Instant, sleep},
};

use super::{
    Answer, Call, NoAnswer,
    giving_up::GivingUp,
    millis,
    outlook::{Outlook, about, cure},
    retry_after::retry_after,
};

/// A request that is refused again and again is repeated after at least this, in the end.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How the subject's rate limits are obeyed.
#[derive(Clone, Debug)]
pub(super) struct RateLimits {
    /// The longest that requests may be held up in all; without end if there is none.
    max_wait: Option<Duration>,
    /// Hears of every wait.
    events: UnboundedSender<Event>,
    /// Ends the run, once the limits are too much.
    giving_up: GivingUp,
    outlook: Arc<Outlook>,
    wall: Arc<Mutex<Wall>>,
}

/// The time by the clock on the wall during which requests were held up: however many were so at once, it passed once.
#[derive(Debug, Default)]
struct Wall {
    held_up: usize,
    /// Since when at least one is.
    since: Option<Instant>,
    /// What passed before.
    passed: Duration,
    /// How much of it was told.
    told: Duration,
    /// When the last of those that wait goes on.
    until: Option<Instant>,
}

impl Wall {
    fn so_far(&self) -> Duration {
        self.passed + self.since.map(|since| since.elapsed()).unwrap_or_default()
    }

    /// What it comes to when one more waits for so long.
    fn with(&mut self, wait: Duration) -> Duration {
        let end = (Instant::now() + wait).max(self.until.unwrap_or_else(Instant::now));
        self.until = Some(end);
        self.so_far() + end.duration_since(Instant::now())
    }

    /// What passed since this was last asked, in milliseconds.
    fn news(&mut self) -> u64 {
        let news = millis(self.so_far().saturating_sub(self.told));
        self.told += Duration::from_millis(news);
        news
    }
}

/// A request that is held up, from its first refusal until there is another answer.
#[derive(Debug)]
pub(super) struct HeldUp {
    limits: RateLimits,
    refusals: u32,
}

impl HeldUp {
    pub(super) fn new(limits: &RateLimits) -> Self {
        let mut wall = limits.wall();
        wall.held_up += 1;
        wall.since.get_or_insert_with(Instant::now);
        drop(wall);
        Self { limits: limits.clone(), refusals: 0 }
    }

    /// Waits as long as the answer asks for, and tells of it; or ends the run.
    pub(super) async fn obey(&mut self, call: &Call, answer: &Answer) -> Result<(), NoAnswer> {
        let pause = Duration::from_millis(10).saturating_mul(1 << self.refusals.min(10)).min(LONGEST_PAUSE);
        self.refusals += 1;
        let limits = &self.limits;
        let wait = retry_after(answer).max(pause);
        let _told = Told(limits);
        if let Some(notice) = limits.outlook.limited(call, wait) {
            let _ = limits.events.send(Event::Notice(notice));
        }
        let (so_far, in_all) = {
            let mut wall = limits.wall();
            (wall.so_far(), wall.with(wait))
        };
        if limits.max_wait.is_some_and(|most| in_all > most) {
            limits.give_up(call, wait, so_far);
        }
        match limits.giving_up.unless_over(sleep(wait)).await {
            Some(()) => Ok(()),
            None => Err(limits.giving_up.why()),
        }
    }
}

impl Drop for HeldUp {
    fn drop(&mut self) {
        let mut wall = self.limits.wall();
        wall.held_up -= 1;
        if wall.held_up == 0 {
            wall.passed = wall.so_far();
            (wall.since, wall.until) = (None, None);
        }
    }
}

/// Tells of a wait when it has ended, however it did.
struct Told<'a>(&'a RateLimits);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        let waited_ms = self.0.wall().news();
        let _ = self.0.events.send(Event::RateLimited { waited_ms });
    }
}

impl RateLimits {
    pub(super) fn new(max_wait: Duration, events: UnboundedSender<Event>, giving_up: GivingUp) -> Self {
        let max_wait = Some(max_wait);
        Self { max_wait, events, giving_up, outlook: Arc::default(), wall: Arc::default() }
    }

    /// The same account of time, for what goes on when the run has ended, and has an end of its own.
    pub(super) fn afterwards(&self, giving_up: GivingUp) -> Self {
        Self { max_wait: None, giving_up, ..self.clone() }
    }

    /// What is still to be asked for, and was granted.
    pub(super) fn outlook(&self) -> &Outlook {
        &self.outlook
    }

    fn wall(&self) -> MutexGuard<'_, Wall> {
        self.wall.lock().expect("no holder of this lock panics")
    }

    fn give_up(&self, call: &Call, wait: Duration, so_far: Duration) {
        let before = match so_far.as_secs() {
            0 => String::new(),
            _ => format!(", and its limits have held the run up for {} before", about(so_far)),
        };
        let reason = format!(
            "the homeserver limits the rate of {} {}: it asks to wait for {}{before}; --max-wait is {} in all: {}",
            call.method,
            call.path,
            about(wait),
            about(self.max_wait.unwrap_or_default()),
            cure(&call.path),
        );
        self.giving_up.give_up(&reason);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use serde_json::json;
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
    use tokio_util::sync::CancellationToken;

    use super::*;

    fn limits(max_wait: Duration) -> (RateLimits, UnboundedReceiver<Event>) {
        let (events, received) = unbounded_channel();
        (RateLimits::new(max_wait, events, GivingUp::new(CancellationToken::new())), received)
    }

    fn refusal(wait_ms: u64) -> Answer {
        Answer {
            status: 429,
            json: Some(json!({ "retry_after_ms": wait_ms })),
            text: String::new(),
            headers: Vec::new(),
            asked: std::time::Instant::now(),
        }
    }

    /// How often waits were told of, and how long they took in all.
    fn told(mut received: UnboundedReceiver<Event>) -> (usize, u64) {
        let events = std::iter::from_fn(|| received.try_recv().ok());
        let waits: Vec<u64> = events
            .filter_map(|event| match event {
                Event::RateLimited { waited_ms } => Some(waited_ms),
                _ => None,
            })
            .collect();
        (waits.len(), waits.iter().sum())
    }

    async fn wait(limits: &RateLimits, after: Duration, wait_ms: u64) -> Result<(), NoAnswer> {
        sleep(after).await;
        HeldUp::new(limits).obey(&Call::get("/pushers"), &refusal(wait_ms)).await
    }

    #[tokio::test(start_paused = true)]
    async fn waits_at_the_same_time_count_once() {
        let (limits, received) = limits(Duration::from_mins(5));
        let seconds = Duration::from_secs;
        let waits = [(0, 10_000), (0, 10_000), (4, 1_000), (8, 4_000), (30, 5_000)];
        let waits = waits.map(|(after, wait_ms)| wait(&limits, seconds(after), wait_ms));
        assert!(join_all(waits).await.into_iter().all(|waited| waited.is_ok()));
        assert_eq!(told(received), (5, 17_000));
    }

    #[tokio::test(start_paused = true)]
    async fn the_run_gives_up_when_the_whole_takes_too_long() {
        let (limits, received) = limits(Duration::from_secs(10));
        for _ in 0..3 {
            wait(&limits, Duration::ZERO, 3_000).await.expect("nine seconds are obeyed");
        }
        assert_eq!(limits.giving_up.reason(), None);
        let refused = wait(&limits, Duration::ZERO, 3_000).await.unwrap_err();
        assert!(matches!(refused, NoAnswer::GaveUp(_)), "{refused:?}");
        let reason = limits.giving_up.reason().expect("the run gave up");
        assert!(reason.contains("wait for 3 s") && reason.contains("for 9 s before"), "{reason}");
        assert!(reason.contains("--max-wait is 10 s in all"), "{reason}");
        assert_eq!(told(received).1, 9_000, "nobody waits for what would take too long");
    }

    #[tokio::test(start_paused = true)]
    async fn two_waits_at_once_are_not_too_long_together() {
        let (limits, _received) = limits(Duration::from_secs(10));
        let waits = [0, 0, 1].map(|after| wait(&limits, Duration::from_secs(after), 8_000));
        assert!(join_all(waits).await.into_iter().all(|waited| waited.is_ok()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_without_end_ends() {
        let (limits, received) = limits(Duration::from_mins(1));
        let mut held_up = HeldUp::new(&limits);
        let begun = Instant::now();
        while held_up.obey(&Call::get("/pushers"), &refusal(0)).await.is_ok() {}
        assert!(begun.elapsed() <= Duration::from_mins(1), "{:?}", begun.elapsed());
        assert!(told(received).0 < 100, "it is not asked again and again at once");
    }

    #[tokio::test(start_paused = true)]
    async fn an_interrupted_wait_ends_and_counts_as_far_as_it_came() {
        let (limits, received) = limits(Duration::from_mins(5));
        let waiting = wait(&limits, Duration::ZERO, 100_000);
        let interrupting = async {
            sleep(Duration::from_secs(3)).await;
            limits.giving_up.end();
        };
        let (waited, ()) = tokio::join!(waiting, interrupting);
        assert!(matches!(waited, Err(NoAnswer::Interrupted)), "{waited:?}");
        assert_eq!(told(received), (1, 3_000));
    }

    #[tokio::test(start_paused = true)]
    async fn afterwards_there_is_no_longest_wait() {
        let (limits, received) = limits(Duration::from_secs(1));
        limits.giving_up.give_up("it takes too long");
        let afterwards = limits.afterwards(GivingUp::new(CancellationToken::new()));
        wait(&afterwards, Duration::ZERO, 5_000).await.expect("it is waited for");
        assert_eq!(told(received), (1, 5_000));
    }
}
