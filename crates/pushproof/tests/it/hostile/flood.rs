//! A subject that floods the push gateway that a pusher names, or the mailbox.

use std::{collections::VecDeque, future::pending, net::SocketAddr, time::Duration};

use pushproof_homeserver::{Homeserver, Options};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{mischief::Mischief, proxy::Point, run};

/// Begins to flood a gateway: for each pusher more of everything, until the test ends.
pub(super) fn gateway(url: &str, pusher: &[u8]) {
    let address = address_of(url);
    let pusher: serde_json::Value = serde_json::from_slice(pusher).unwrap_or_default();
    let own = format!(r#"{{"app_id": {}, "pushkey": {}}}"#, pusher["app_id"], pusher["pushkey"]);
    tokio::spawn(async move {
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
    });
}

/// Host and port of a gateway.
fn address_of(url: &str) -> String {
    url.trim_start_matches("http://").split('/').next().unwrap_or_default().to_owned()
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
    pending::<()>().await;
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
    pending::<()>().await;
}

/// The pusher itself, told of events that nobody sent, over a new connection where the old one is closed.
async fn again_and_again(address: &str, device: &str) {
    let mut events = (0..).map(|n| format!("$nobody-sent-{n}"));
    while let Ok(stream) = TcpStream::connect(address).await {
        let (mut answers, mut requests) = stream.into_split();
        let telling = async {
            for event_id in events.by_ref() {
                requests.write_all(&notify(device, &event_id)).await?;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            std::io::Result::Ok(())
        };
        // Nobody looks at the answers, but a pipe that nobody empties would hold everything up.
        let mut sink = tokio::io::sink();
        let _ = tokio::try_join!(telling, tokio::io::copy(&mut answers, &mut sink));
    }
}

/// Begins to crowd a gateway: connection upon connection, with half a request on each.
pub(super) fn crowd(url: &str) {
    let address = address_of(url);
    tokio::spawn(async move {
        let mut kept = VecDeque::new();
        while let Ok(mut stream) = TcpStream::connect(&address).await {
            let _ = stream.write_all(b"POST /_matrix/push/v1/notify HTTP/1.1\r\nContent-Length: 9").await;
            kept.push_back(stream);
            // Together with the other pushers' that is more than a gateway serves at once.
            if kept.len() > 200 {
                kept.pop_front();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}

/// Floods a mailbox from the moment that it is there: for each address more of everything.
async fn mailbox(address: SocketAddr) {
    while TcpStream::connect(address).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let address = address.to_string();
    tokio::join!(
        idle_connections(&address),
        endless(&address, b"EHLO "),
        endless(&address, b"EHLO a\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\n"),
        endless(&address, b"\x16\x03\x01"),
        commands_without_end(&address),
        mails(&address),
    );
}

/// Nothing but commands that are wrong.
async fn commands_without_end(address: &str) {
    let Ok(mut stream) = TcpStream::connect(address).await else { return };
    while stream.write_all(b"DATA\r\nRCPT TO:<>\r\nNONSENSE\r\n").await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Mails to thousands of strangers, each as large as a mail may be.
async fn mails(address: &str) {
    for round in 0..2000 {
        let Ok(stream) = TcpStream::connect(address).await else { return };
        let (mut answers, mut commands) = stream.into_split();
        // Nobody waits for what is answered, but a pipe that nobody empties would hold everything up.
        let reading = tokio::spawn(async move { drop(answers.read_to_end(&mut Vec::new()).await) });
        let head = format!("EHLO a\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b{round}@b.test>\r\nDATA\r\n");
        let _ = commands.write_all(head.as_bytes()).await;
        let _ = commands.write_all("Subject: more\r\n\r\n".as_bytes()).await;
        let _ = commands.write_all("a line of text\r\n".repeat(40_000).as_bytes()).await;
        let _ = commands.write_all(b".\r\nQUIT\r\n").await;
        drop(commands);
        let _ = reading.await;
    }
}

/// Mails of which nobody knows whom they are for, as they are refused at once.
async fn refused_mails(address: SocketAddr) {
    loop {
        if let Ok(mut stream) = TcpStream::connect(address).await {
            let _ = stream.write_all(b"EHLO a\r\nMAIL FROM:<a@a.test> SIZE=99999999\r\nQUIT\r\n").await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Checks cases with email pushers while something else is sent to the mailbox.
async fn check_mails<F>(cases: &str, flood: fn(SocketAddr) -> F) -> run::Ended
where
    F: Future<Output = ()> + Send + 'static,
{
    let address = crate::support::free_address();
    let options = Options { smtp: Some(address.into()), ..Options::default() };
    let reference = Homeserver::start_with(options).await.expect("the reference starts");
    let flood = tokio::spawn(flood(address));
    let smtp = address.to_string();
    let ended = run::watch(reference.url().as_str(), &["--smtp-listen", &smtp, "--run", cases]).await;
    flood.abort();
    ended.unwrap_or_else(|complaint| panic!("{complaint}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flooded_mailbox_bears_it() {
    let cases = "server/pusher/disabled-no-email:*,server/pusher/state-optional-email:*";
    let ended = check_mails(cases, mailbox).await;
    // What was sent to others is no mail of a pusher that must be silent.
    assert_eq!(ended.broken(), Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_mails_are_refused_nothing_is_silent() {
    let ended = check_mails("server/pusher/disabled-no-email:*", refused_mails).await;
    let verdicts = ended.verdicts("server/pusher/disabled-no-email");
    assert!(
        !verdicts.is_empty() && verdicts.iter().all(|verdict| *verdict == "inconclusive"),
        "{verdicts:?}"
    );
    assert_eq!(ended.broken(), Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flooded_gateway_bears_it() {
    let point = Point { method: "POST", path: "/pushers/set", after: 3 };
    let ended = run::check(point, Mischief::Flood).await.unwrap_or_else(|complaint| panic!("{complaint}"));
    // Pushers that are told of anything at any time are not silent while they are disabled.
    assert_ne!(ended.code, Some(0), "it is found conformant");
    let verdicts = ended.verdicts("server/pusher/disabled-no-");
    assert!(!verdicts.is_empty() && !verdicts.contains(&"passed"), "{verdicts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_crowd_nothing_is_silent() {
    let point = Point { method: "POST", path: "/pushers/set", after: 3 };
    let cases = "server/pusher/disabled-no-notify:message,server/pusher/disabled-no-notify:highlight";
    let ended = run::check_cases(point, Mischief::Crowd, cases).await;
    let ended = ended.unwrap_or_else(|complaint| panic!("{complaint}"));
    // A request that the gateway had no time to read may have been one for a pusher that must be silent.
    assert_eq!(ended.verdicts("server/pusher/disabled-no-notify"), ["inconclusive"; 2]);
    assert_eq!(ended.broken(), Vec::<&str>::new());
}
