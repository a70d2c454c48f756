//! What rate limits have cost so far, in one line that counts. Where lines stay, as in a log, one is written now and then.

use std::fmt;

/// After so much more waiting another line is written, however few limits were met.
const MINUTE_MS: u64 = 60_000;

/// How often the run was held up, and for how long.
#[derive(Debug, Default)]
pub(super) struct HeldUp {
    times: u64,
    waited_ms: u64,
    /// What the last line said.
    told_ms: u64,
}

impl HeldUp {
    /// Counts one more; whether it is worth a line: the first, the tenth, the hundredth and so on, and every minute.
    pub(super) fn add(&mut self, waited_ms: u64) -> bool {
        self.times += 1;
        self.waited_ms += waited_ms;
        let is_round = self.times == 10_u64.pow(self.times.ilog10());
        let is_due = is_round || self.waited_ms >= self.told_ms + MINUTE_MS;
        if is_due {
            self.told_ms = self.waited_ms;
        }
        is_due
    }

    /// Whether there was anything of it.
    pub(super) fn is_any(&self) -> bool {
        self.times > 0
    }
}

impl fmt::Display for HeldUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = if self.times == 1 { "once".to_owned() } else { format!("{} times", self.times) };
        let seconds = self.waited_ms.div_ceil(1000);
        write!(f, "rate limits met {times}, which cost {seconds} s so far")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_waits_are_a_few_lines() {
        let mut held_up = HeldUp::default();
        let lines = (0..1348).filter(|_| held_up.add(100)).count();
        assert!(lines <= 7, "{lines}");
        assert_eq!(held_up.to_string(), "rate limits met 1348 times, which cost 135 s so far");
    }

    #[test]
    fn long_waits_are_told_of_though_they_are_few() {
        let mut held_up = HeldUp::default();
        let due: Vec<bool> = [50_000; 4].into_iter().map(|ms| held_up.add(ms)).collect();
        assert_eq!(due, [true, false, true, false]);
        let once = HeldUp { times: 1, waited_ms: 1, told_ms: 0 };
        assert_eq!(once.to_string(), "rate limits met once, which cost 1 s so far");
    }
}
