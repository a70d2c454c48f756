//! The load: connections that ask one thing after the other with as little ado as possible.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use url::Url;

/// So many connections ask at once.
pub(crate) const CONNECTIONS: usize = 16;

/// So many requests are ready on each connection when a turn begins; then they begin anew.
const PREPARED: usize = 4096;

/// A request, ready for the wire.
#[derive(Clone)]
pub(crate) struct Exchange(Vec<u8>);

impl Exchange {
    pub(crate) fn get(path: &str, token: &str) -> Self {
        Self::new("GET", path, token, "")
    }

    pub(crate) fn put(path: &str, token: &str, body: &str) -> Self {
        Self::new("PUT", path, token, body)
    }

    pub(crate) fn post(path: &str, token: &str, body: &str) -> Self {
        Self::new("POST", path, token, body)
    }

    fn new(method: &str, path: &str, token: &str, body: &str) -> Self {
        let length = body.len();
        // Synapse refuses an empty token even where it wants none.
        let authorization =
            if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
        let head = format!("{method} {path} HTTP/1.1\r\nhost: x\r\n{authorization}");
        Self(format!("{head}content-length: {length}\r\n\r\n{body}").into_bytes())
    }
}

/// A kept-alive connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(url: &Url) -> Self {
        let address = url.socket_addrs(|| None).unwrap()[0];
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: Vec::new() }
    }

    /// Asks, and reads the answer, which must be a success.
    pub(crate) async fn ask(&mut self, exchange: &Exchange) -> Value {
        self.send(exchange).await;
        let body = self.receive().await;
        let body = &self.buffer[body..];
        // Of a chunked answer, which Synapse gives, one chunk is all: the lines around it are left out.
        let start = body.iter().position(|byte| *byte == b'{').unwrap();
        let end = body.iter().rposition(|byte| *byte == b'}').unwrap();
        serde_json::from_slice(&body[start..=end]).unwrap()
    }

    pub(crate) async fn send(&mut self, exchange: &Exchange) {
        self.stream.write_all(&exchange.0).await.unwrap();
    }

    /// Gives where in the buffer the answer's body begins.
    pub(crate) async fn receive(&mut self) -> usize {
        self.buffer.clear();
        loop {
            assert!(self.stream.read_buf(&mut self.buffer).await.unwrap() > 0, "the connection was closed");
            let Some(head) = self.buffer.windows(4).position(|end| end == b"\r\n\r\n") else { continue };
            let text = std::str::from_utf8(&self.buffer[..head]).unwrap();
            assert!(text.starts_with("HTTP/1.1 200"), "{text}");
            let is_whole = match length(text) {
                Some(length) => self.buffer.len() >= head + 4 + length,
                None => self.buffer.ends_with(b"\r\n0\r\n\r\n"),
            };
            if is_whole {
                return head + 4;
            }
        }
    }
}

/// How long the body is; `None` when it comes in chunks.
fn length(head: &str) -> Option<usize> {
    let headers = head.split("\r\n").filter_map(|line| line.split_once(": "));
    let length = headers.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    length.and_then(|(_, length)| length.parse().ok())
}

/// How many requests a second are answered over all connections. Each is made from a random number, and before the turn
/// begins: what it costs the load to find an account is none of the server's cost.
pub(crate) async fn rate(url: &Url, turn: Duration, request: impl Fn(usize) -> Exchange) -> f64 {
    let mut prepared = Vec::new();
    for seed in 0..CONNECTIONS {
        let mut random = seed as u64 + 1;
        let mut next = || {
            // Xorshift: random enough to spread over the accounts.
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            request(usize::try_from(random >> 16).unwrap())
        };
        let requests: Vec<Exchange> = (0..PREPARED).map(|_| next()).collect();
        prepared.push((Connection::open(url).await, requests));
    }
    let began = Instant::now();
    let asking = prepared.into_iter().map(|(mut connection, requests)| async move {
        let mut count = 0_u32;
        for request in requests.iter().cycle() {
            if began.elapsed() >= turn {
                break;
            }
            connection.send(request).await;
            connection.receive().await;
            count += 1;
        }
        count
    });
    let counts = futures_util::future::join_all(asking).await;
    f64::from(counts.into_iter().sum::<u32>()) / began.elapsed().as_secs_f64()
}
