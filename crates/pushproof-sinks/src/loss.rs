//! What may have arrived without being known: after it, that nothing is known of proves nothing.

use std::{fmt, time::Instant};

/// Why something may have arrived that nobody knows of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// To make room for another connection, one was ended in the midst of a request or before its first one.
    CutOff,
    /// Something was refused because it exceeds a bound, whomever it was for.
    Refused,
    /// Something could not be read, whomever it was for.
    Unread,
    /// Something had to make room for what came later.
    Forgotten,
}

/// What is said of whoever lost something.
impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CutOff => "had to end a connection on which a request may have been under way",
            Self::Refused => "had to refuse something that is too large",
            Self::Unread => "got a request of which it could not read whom it is for",
            Self::Forgotten => "had more to keep than it can",
        })
    }
}

/// The latest loss.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Latest(Option<(Instant, Loss)>);

impl Latest {
    /// Takes note of the loss of what came, or would have come, at `at`.
    pub(crate) fn note(&mut self, at: Instant, loss: Loss) {
        if self.0.is_none_or(|(latest, _)| latest <= at) {
            self.0 = Some((at, loss));
        }
    }

    /// What was lost of all that came at `since` or later.
    pub(crate) fn since(&self, since: Instant) -> Option<Loss> {
        self.0.filter(|(at, _)| *at >= since).map(|(_, loss)| loss)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_loss_counts_for_what_came_no_later() {
        let [one, two, three] = [1, 2, 3].map(|seconds| Instant::now() + Duration::from_secs(seconds));
        let mut latest = Latest::default();
        assert_eq!(latest.since(one), None);
        latest.note(two, Loss::CutOff);
        latest.note(one, Loss::Forgotten);
        assert_eq!(
            [one, two, three].map(|since| latest.since(since)),
            [Some(Loss::CutOff), Some(Loss::CutOff), None]
        );
    }
}
