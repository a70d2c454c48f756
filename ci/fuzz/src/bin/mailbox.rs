//! What an SMTP client may send, cut where the first byte says: the mailbox does the same as without the cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pushproof_sinks::fuzz::conversation;

fuzz_target!(|bytes: &[u8]| {
    let Some((cut, bytes)) = bytes.split_first() else { return };
    let (first, second) = bytes.split_at(usize::from(*cut).min(bytes.len()));
    assert_eq!(conversation(&[first, second]), conversation(&[bytes]));
});
