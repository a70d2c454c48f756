//! How long is waited for what should not come.

use std::time::Duration;

/// What a client does about an event is done when its driver says so; this is for a driver that is wrong about it.
pub(crate) const GRACE: Duration = Duration::from_millis(300);
