//! A subject that floods the push gateway that a pusher names.

use std::time::Duration;

use tokio::{io::AsyncWriteExt, net::TcpStream};

use super::{mischief::Mischief, proxy::Point, run};

/// How long a flood goes on. It ends before its run does or after; nobody waits for it.
const LASTS: Duration = Duration::from_secs(20);

/// Begins to flood a gateway: for each pusher more of everything.
pub(super) fn gateway(url: &str, pusher: &[u8]) {
    let address = url.trim_start_matches("http://").split('/').next().unwrap_or_default().to_owned();
    let pusher: serde_json::Value = serde_json::from_slice(pusher).unwrap_or_default();
    let own = format!(r#"{{"app_id": {}, "pushkey": {}}}"#, pusher["app_id"], pusher["pushkey"]);
    tokio::spawn(tokio::time::timeout(LASTS, async move {
        tokio::join!(
            strangers(&address),
            idle_connections(&address),
            endless(
                &address,
                b"POST /_matrix/push/v1/notify HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n"
            ),
            endless(&address, b"GET /"),
            endless(&address, b"\x16\x03\x01"),
            half_bodies(&address),
            again_and_again(&address, &own),
        )
    }));
}

fn notify(devices: &str, event_id: &str) -> Vec<u8> {
    let body = format!(r#"{{"notification": {{"event_id": "{event_id}", "devices": [{devices}]}}}}"#);
    let head = "POST /_matrix/push/v1/notify HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json";
    format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Pushers that nobody has heard of, thousands in each request, with ids as long as they may be.
async fn strangers(address: &str) {
    for round in 0..20 {
        let Ok(mut stream) = TcpStream::connect(address).await else { return };
        let device = |n: usize| format!(r#"{{"app_id": "a", "pushkey": "{}{round}-{n}"}}"#, "k".repeat(900));
        let devices: Vec<String> = (0..250).map(device).collect();
        let _ = stream.write_all(&notify(&devices.join(","), &"e".repeat(1000))).await;
        let _ = stream.write_all(b"POST /_matrix/push/v1/notify HTTP/1.1\r\n\r\ngarbage").await;
    }
}

/// Connections that are never used and never closed.
async fn idle_connections(address: &str) {
    let mut kept = Vec::new();
    for _ in 0..100 {
        kept.extend(TcpStream::connect(address).await);
    }
    tokio::time::sleep(LASTS).await;
}

/// A request that has no end.
async fn endless(address: &str, head: &[u8]) {
    let Ok(mut stream) = TcpStream::connect(address).await else { return };
    let _ = stream.write_all(head).await;
    while stream.write_all(&[b'a'; 8192]).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Bodies that are nearly as large as they may be, and never complete.
async fn half_bodies(address: &str) {
    let mut kept = Vec::new();
    for _ in 0..20 {
        let Ok(mut stream) = TcpStream::connect(address).await else { return };
        let _ = stream
            .write_all(b"POST /_matrix/push/v1/notify HTTP/1.1\r\nContent-Length: 260000\r\n\r\n")
            .await;
        let _ = stream.write_all("{".repeat(250_000).as_bytes()).await;
        kept.push(stream);
    }
    tokio::time::sleep(LASTS).await;
}

/// The pusher itself, told of events that nobody sent.
async fn again_and_again(address: &str, device: &str) {
    let Ok(mut stream) = TcpStream::connect(address).await else { return };
    for n in 0..2000 {
        if stream.write_all(&notify(device, &format!("$nobody-sent-{n}"))).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flooded_gateway_bears_it() {
    let point = Point { method: "POST", path: "/pushers/set", after: 3 };
    let ended = run::check(point, Mischief::Flood).await.unwrap_or_else(|complaint| panic!("{complaint}"));
    // Pushers that are told of anything at any time are not silent while they are disabled.
    assert_ne!(ended.code, Some(0), "it is found conformant");
}
