//! How much memory the server may take. Everything that it keeps, it keeps in memory, and clients can have it keep more for
//! as long as they like: before the machine has no more, they are refused.

use http::Method;
use serde_json::Value;

use crate::{error::MatrixError, request::Request};

/// How long whoever asks at a bad time is told to wait.
const RETRY_MS: u64 = 1_000;

/// The memory that a process may have allocated. Beyond, the homeserver refuses what would take more
/// (`M_RESOURCE_LIMIT_EXCEEDED`); beyond a quarter more, which is left for reading, it lets nobody read
/// (`M_LIMIT_EXCEEDED`). What makes room is always done.
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
        match Effect::of(request) {
            Effect::Removes => Ok(()),
            Effect::Adds if used + request.weight() > self.most => Err(MatrixError::full()),
            // Answers may be as large as what is kept.
            _ if used > self.most.saturating_add(self.most / 4) => Err(MatrixError::limit_exceeded(RETRY_MS)),
            Effect::Adds | Effect::Reads => Ok(()),
        }
    }
}

/// What becomes of the server's memory by a request.
#[derive(Clone, Copy)]
enum Effect {
    Reads,
    Adds,
    Removes,
}

impl Effect {
    fn of(request: &Request) -> Self {
        const REMOVES: [&str; 6] =
            ["/logout", "/logout/all", "/delete_devices", "/account/3pid/delete", "/leave", "/forget"];
        const READS: [&str; 3] = ["/keys/query", "/keys/claim", "/search"];
        let ends_as = |ends: &[&str]| ends.iter().any(|end| request.path.ends_with(end));
        if request.method == Method::GET {
            return Self::Reads;
        }
        if request.method == Method::DELETE || ends_as(&REMOVES) || deletes_pusher(request) {
            return Self::Removes;
        }
        if ends_as(&READS) { Self::Reads } else { Self::Adds }
    }
}

fn deletes_pusher(request: &Request) -> bool {
    let kind = || request.json().ok().and_then(|body| body.get("kind"));
    request.path.ends_with("/pushers/set") && kind().is_some_and(Value::is_null)
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
    #[case::register("POST", "/_matrix/client/v3/register", "{}", 507, 507)]
    #[case::account_data("PUT", "/_matrix/client/v3/user/u/account_data/t", "{}", 507, 507)]
    #[case::upload("POST", "/_matrix/media/v3/upload", "a picture", 507, 507)]
    #[case::set_pusher("POST", "/_matrix/client/v3/pushers/set", r#"{"kind": "http"}"#, 507, 507)]
    #[case::pusher_of_no_kind("POST", "/_matrix/client/v3/pushers/set", "{}", 507, 507)]
    #[case::delete_pusher("POST", "/_matrix/client/v3/pushers/set", r#"{"kind": null}"#, 200, 200)]
    #[case::delete_device("DELETE", "/_matrix/client/v3/devices/d", "", 200, 200)]
    #[case::log_out("POST", "/_matrix/client/v3/logout/all", "{}", 200, 200)]
    #[case::leave("POST", "/_matrix/client/v3/rooms/r/leave", "{}", 200, 200)]
    #[case::sync("GET", "/_matrix/client/v3/sync", "", 200, 429)]
    fn only_what_adds_is_refused_when_it_is_full(
        #[case] method: &str,
        #[case] path: &str,
        #[case] body: &str,
        #[case] full: u16,
        #[case] beyond: u16,
    ) {
        assert_eq!(admitted(|| 500, method, path, body), 200, "not full yet");
        assert_eq!(admitted(|| 1_001, method, path, body), full);
        assert_eq!(admitted(|| 1_251, method, path, body), beyond);
    }

    #[test]
    fn what_would_fill_it_is_refused_as_well() {
        let wide = format!(r#"{{"a": [{}1]}}"#, "1,".repeat(100));
        assert_eq!(admitted(|| 0, "PUT", "/_matrix/client/v3/user/u/account_data/t", &wide), 507);
    }
}
