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

/// How many requests a second are answered over all connections. Each is made from a random number.
pub(crate) async fn rate(url: &Url, turn: Duration, request: impl Fn(usize) -> Exchange + Sync) -> f64 {
    let began = Instant::now();
    let asking = (0..CONNECTIONS).map(|seed| {
        let request = &request;
        async move {
            let mut connection = Connection::open(url).await;
            let (mut count, mut random) = (0_u32, seed as u64 + 1);
            while began.elapsed() < turn {
                // Xorshift: random enough to spread over the accounts, and free.
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                connection.send(&request(usize::try_from(random >> 16).unwrap())).await;
                connection.receive().await;
                count += 1;
            }
            count
        }
    });
    let counts = futures_util::future::join_all(asking).await;
    f64::from(counts.into_iter().sum::<u32>()) / began.elapsed().as_secs_f64()
}
