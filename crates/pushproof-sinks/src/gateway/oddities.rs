//! Requests that are no notifications: what a preflight reads to say why none came.

use std::{fmt, time::Instant};

/// The most bytes that are shown of such a request.
const EXCERPT_BYTES: usize = 1024;

/// A request to the right path that is no notification.
#[derive(Clone, Debug)]
pub struct Malformed {
    /// When it had arrived.
    pub at: Instant,
    /// What is wrong with it.
    pub reason: String,
    /// The beginning of its body.
    pub excerpt: String,
}

/// A request that is not `POST /_matrix/push/v1/notify`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stray {
    /// The method.
    pub method: String,
    /// The path as it arrived.
    pub path: String,
    /// How often.
    pub count: u64,
}

impl fmt::Display for Stray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// The first requests that are no notifications.
#[derive(Debug, Default)]
pub(super) struct Oddities {
    pub(super) malformed: Vec<Malformed>,
    pub(super) strays: Vec<Stray>,
}

impl Oddities {
    /// Keeps a request to the right path, unless there are `most` already.
    pub(super) fn malformed(&mut self, at: Instant, reason: &str, body: &[u8], most: usize) {
        if self.malformed.len() < most {
            let excerpt = String::from_utf8_lossy(&body[..body.len().min(EXCERPT_BYTES)]).into_owned();
            self.malformed.push(Malformed { at, reason: reason.to_owned(), excerpt });
        }
    }

    /// Counts a request by its method and path, of which at most `most` are told apart.
    pub(super) fn stray(&mut self, method: &str, path: &str, most: usize) {
        let path = &path[..path.floor_char_boundary(EXCERPT_BYTES)];
        let known = self.strays.iter_mut().find(|known| known.method == method && known.path == path);
        if let Some(known) = known {
            known.count += 1;
        } else if self.strays.len() < most {
            self.strays.push(Stray { method: method.to_owned(), path: path.to_owned(), count: 1 });
        }
    }
}
