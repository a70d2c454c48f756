//! Uploaded media (client-server API, "Content Repository"), kept in memory.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use super::State;

/// All media together have so many bytes at most; the oldest go first.
const KEPT_BYTES: usize = 10 << 20;

/// Everything that was uploaded.
#[derive(Default)]
pub(crate) struct Media {
    by_id: BTreeMap<String, Medium>,
    oldest_first: VecDeque<String>,
    bytes: usize,
}

/// One uploaded file.
#[derive(Clone, Debug)]
pub(crate) struct Medium {
    /// The type that the uploader gave it.
    pub(crate) content_type: String,
    pub(crate) bytes: Bytes,
}

impl Media {
    /// A file by the part of its `mxc:` address after the server.
    pub(crate) fn get(&self, id: &str) -> Option<&Medium> {
        self.by_id.get(id)
    }

    fn insert(&mut self, id: String, medium: Medium) {
        self.bytes += weight(&medium);
        self.oldest_first.push_back(id.clone());
        self.by_id.insert(id, medium);
        while self.bytes > KEPT_BYTES
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.bytes -= self.by_id.remove(&oldest).map_or(0, |medium| weight(&medium));
        }
    }
}

/// What a file takes, so that many empty ones are not for nothing.
fn weight(medium: &Medium) -> usize {
    size_of::<Medium>() + 256 + medium.content_type.len() + medium.bytes.len()
}

impl State {
    /// Keeps a file, and gives its `mxc:` address.
    pub(crate) fn upload(&mut self, medium: Medium) -> String {
        let id = self.source.opaque(24);
        let address = format!("mxc://{}/{id}", self.server_name);
        self.media.insert(id, medium);
        address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: usize) -> Medium {
        Medium { content_type: String::new(), bytes: Bytes::from(vec![0; bytes]) }
    }

    #[test]
    fn the_oldest_media_go_first() {
        let mut media = Media::default();
        for id in ["a", "b", "c"] {
            media.insert(id.to_owned(), file(KEPT_BYTES / 2 - weight(&file(0))));
        }
        let kept = ["a", "b", "c"].map(|id| media.get(id).is_some());
        assert_eq!((kept, media.bytes), ([false, true, true], KEPT_BYTES));
    }

    #[test]
    fn empty_media_take_something() {
        let mut media = Media::default();
        let most = KEPT_BYTES / weight(&file(0));
        for id in 0..most + 10 {
            media.insert(id.to_string(), file(0));
        }
        assert_eq!(media.by_id.len(), most);
    }
}
