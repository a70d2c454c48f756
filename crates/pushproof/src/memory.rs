//! How much memory this process has allocated.

use std::alloc::System;

use cap::Cap;
use pushproof_homeserver::Memory;

/// Counts what is allocated, and refuses nothing.
#[global_allocator]
static ALLOCATED: Cap<System> = Cap::new(System, usize::MAX);

/// So many MiB for the whole process.
pub(crate) fn bound(mib: u32) -> Memory {
    let most = usize::try_from(mib).unwrap_or(usize::MAX).saturating_mul(1 << 20);
    Memory { most, used: || ALLOCATED.allocated() }
}
