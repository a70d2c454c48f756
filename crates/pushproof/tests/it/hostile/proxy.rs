//! A reverse proxy in front of the healthy reference, which does mischief from some request on.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use pushproof_homeserver::{Homeserver, Options};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use url::Url;

use super::mischief::Mischief;

/// Where in a run mischief begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    /// The method; any if empty.
    pub(super) method: &'static str,
    /// A part of the path.
    pub(super) path: &'static str,
    /// How many such requests are served as they should be.
    pub(super) after: usize,
}

impl Point {
    /// Every request.
    pub(super) const EVERYWHERE: Self = Self { method: "", path: "/", after: 0 };
}

/// A homeserver that is healthy up to a point.
pub(super) struct Proxy {
    pub(super) url: Url,
    reference: Homeserver,
    serving: tokio::task::JoinHandle<()>,
}

impl Proxy {
    pub(super) async fn start(point: Point, mischief: Mischief) -> Self {
        Self::before(Options::default(), point, mischief).await
    }

    /// In front of another reference than the healthy one.
    pub(super) async fn before(options: Options, point: Point, mischief: Mischief) -> Self {
        let inspect = Some(([127, 0, 0, 1], 0).into());
        let reference = Homeserver::start_with(Options { inspect, ..options }).await;
        let reference = reference.expect("the reference starts");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let to = reference.url().socket_addrs(|| None).expect("an address")[0];
        let seen = Arc::new(AtomicUsize::new(0));
        let serving = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let seen = Arc::clone(&seen);
                connections.spawn(async move {
                    // A connection that breaks is the other side's affair: the run ends when it wants.
                    let _ = serve(stream, to, point, mischief, &seen).await;
                });
                while connections.try_join_next().is_some() {}
            }
        });
        let url = Url::parse(&format!("http://{address}")).expect("a socket address makes a URL");
        Self { url, reference, serving }
    }

    /// The users of the homeserver with what they have.
    pub(super) async fn users(&self) -> serde_json::Value {
        let inspect = self.reference.inspect_url().expect("an inspection port");
        let _ = rustls::crypto::ring::default_provider().install_default();
        let answer = reqwest::get(inspect.join("/state").expect("a path")).await.expect("an answer");
        let state: serde_json::Value =
            serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON");
        state["users"].clone()
    }

    pub(super) async fn stop(self) {
        self.serving.abort();
        self.reference.stop().await;
    }
}

/// One request a connection: it is passed on, or answered by mischief.
async fn serve(
    mut client: TcpStream,
    to: std::net::SocketAddr,
    point: Point,
    mischief: Mischief,
    seen: &AtomicUsize,
) -> std::io::Result<()> {
    let Some(request) = Request::read(&mut client).await? else { return Ok(()) };
    let meant =
        (point.method.is_empty() || request.method == point.method) && request.path.contains(point.path);
    if meant
        && seen.fetch_add(1, Ordering::Relaxed) >= point.after
        && mischief.answer(&mut client, &request).await?
    {
        return Ok(());
    }
    let mut server = TcpStream::connect(to).await?;
    server.write_all(&request.bytes).await?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

/// A request as it came, but for the header that keeps connections.
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) body: Vec<u8>,
    bytes: Vec<u8>,
}

impl Request {
    async fn read(stream: &mut TcpStream) -> std::io::Result<Option<Self>> {
        let mut bytes = Vec::new();
        let head = loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut bytes).await? == 0 {
                return Ok(None);
            }
        };
        let mut body = bytes.split_off(head);
        let head = String::from_utf8_lossy(&bytes).into_owned();
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        });
        while body.len() < length.unwrap_or(0) {
            if stream.read_buf(&mut body).await? == 0 {
                return Ok(None);
            }
        }
        let mut words = head.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (method, path) = (method.to_owned(), path.to_owned());
        let mut bytes = head.trim_end().to_owned().into_bytes();
        bytes.extend_from_slice(b"\r\nConnection: close\r\n\r\n");
        bytes.extend_from_slice(&body);
        Ok(Some(Self { method, path, body, bytes }))
    }
}
