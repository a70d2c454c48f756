//! How long is waited for what should not come.

use std::time::Duration;

/// What a client does about an event is done when its driver says so; this is for a driver that is wrong about it.
pub(crate) const GRACE: Duration = Duration::from_millis(300);

/// How long a silence is watched at least. A client that forgets to look at its settings when a timer wakes it is late by
/// about a second.
pub(super) const LEAST_WATCH: Duration = Duration::from_secs(2);
