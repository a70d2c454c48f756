//! Reading the body of a request, up to a bound.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use http::{HeaderMap, header::CONTENT_LENGTH};
use pushproof_listen::Share;

/// Why there is no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is larger than may be. What says so beforehand is not read at all.
    TooLarge,
    /// Too much arrives at once, over all connections.
    NoRoom,
    /// It did not come to its end.
    Broken,
}

/// Reads a body of so many bytes at most, which take their share of the room for what arrives.
pub(crate) async fn read<B: Buf, E>(
    body: impl Stream<Item = Result<B, E>>,
    headers: &HeaderMap,
    most: usize,
    share: &mut Share,
) -> Result<Bytes, Unread> {
    let told = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if told.is_some_and(|length| length > most as u64) {
        return Err(Unread::TooLarge);
    }
    let mut body = std::pin::pin!(body);
    let mut collected = Bytes::new();
    while let Some(chunk) = body.next().await {
        let mut chunk = chunk.map_err(|_| Unread::Broken)?;
        let length = collected.len() + chunk.remaining();
        if length > most {
            return Err(Unread::TooLarge);
        }
        share.grow(chunk.remaining()).map_err(|_full| Unread::NoRoom)?;
        // Most bodies come in one chunk, which is not copied.
        collected = if collected.is_empty() {
            chunk.copy_to_bytes(length)
        } else {
            let mut both = BytesMut::from(collected);
            both.put(chunk);
            both.freeze()
        };
    }
    Ok(collected)
}
