//! Any body of a request to the push gateway: what names a pusher is kept, whatever else it is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pushproof_sinks::fuzz::notification;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(devices) = notification(bytes) {
        assert!(devices > 0, "a notification for nobody");
    }
});
