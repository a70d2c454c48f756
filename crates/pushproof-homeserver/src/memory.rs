//! How much memory the server may take. Everything that it keeps, it keeps in memory, and clients can have it keep more for
//! as long as they like: before the machine has no more, they are refused.

use http::Method;

use crate::{error::MatrixError, request::Request};

/// How long whoever asks at a bad time is told to wait.
const RETRY_MS: u64 = 1_000;

/// The memory that a process may have allocated. Beyond, the homeserver refuses what would take more
/// (`M_RESOURCE_LIMIT_EXCEEDED`); beyond a quarter more, which is left for what reads and what makes room, everything
/// (`M_LIMIT_EXCEEDED`).
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// So many bytes.
    pub most: usize,
    /// How many bytes are allocated now.
    pub used: fn() -> usize,
}

impl Memory {
    /// Whether there is room for what a request asks for.
    pub(crate) fn admit(&self, request: &Request) -> Result<(), MatrixError> {
        let used = (self.used)();
        if used > self.most.saturating_add(self.most / 4) {
            return Err(MatrixError::limit_exceeded(RETRY_MS));
        }
        if used > self.most && grows(request) { Err(MatrixError::full()) } else { Ok(()) }
    }
}

/// Whether the server keeps more for having answered a request. What takes something away never does, and so is possible
/// when it is full.
fn grows(request: &Request) -> bool {
    const READS_OR_REMOVES: [&str; 9] = [
        "/logout",
        "/logout/all",
        "/delete_devices",
        "/account/3pid/delete",
        "/leave",
        "/forget",
        "/keys/query",
        "/keys/claim",
        "/search",
    ];
    if matches!(request.method, Method::GET | Method::DELETE) {
        return false;
    }
    let deletes_pusher = || {
        let kind = request.json().ok().and_then(|body| body.get("kind"));
        request.path.ends_with("/pushers/set") && kind.is_some_and(serde_json::Value::is_null)
    };
    !READS_OR_REMOVES.iter().any(|end| request.path.ends_with(end)) && !deletes_pusher()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;
    use rstest::rstest;

    use super::*;

    fn admitted(used: fn() -> usize, method: &str, path: &str, body: &str) -> u16 {
        let body = Bytes::copy_from_slice(body.as_bytes());
        let method = method.parse().unwrap();
        let request = Request::new(method, path.to_owned(), String::new(), &HeaderMap::new(), body);
        Memory { most: 1_000, used }.admit(&request).map_or_else(|refused| refused.status.as_u16(), |()| 200)
    }

    #[rstest]
    #[case::register("POST", "/_matrix/client/v3/register", "{}", 507)]
    #[case::account_data("PUT", "/_matrix/client/v3/user/u/account_data/t", "{}", 507)]
    #[case::upload("POST", "/_matrix/media/v3/upload", "a picture", 507)]
    #[case::set_pusher("POST", "/_matrix/client/v3/pushers/set", r#"{"kind": "http"}"#, 507)]
    #[case::pusher_of_no_kind("POST", "/_matrix/client/v3/pushers/set", "{}", 507)]
    #[case::delete_pusher("POST", "/_matrix/client/v3/pushers/set", r#"{"kind": null}"#, 200)]
    #[case::delete_device("DELETE", "/_matrix/client/v3/devices/d", "", 200)]
    #[case::log_out("POST", "/_matrix/client/v3/logout/all", "{}", 200)]
    #[case::leave("POST", "/_matrix/client/v3/rooms/r/leave", "{}", 200)]
    #[case::sync("GET", "/_matrix/client/v3/sync", "", 200)]
    fn only_what_adds_is_refused_when_it_is_full(
        #[case] method: &str,
        #[case] path: &str,
        #[case] body: &str,
        #[case] full: u16,
    ) {
        assert_eq!(admitted(|| 1_000, method, path, body), 200, "not full yet");
        assert_eq!(admitted(|| 1_001, method, path, body), full);
        assert_eq!(admitted(|| 1_251, method, path, body), 429, "nothing is left");
    }
}
