//! The push gateway over HTTP.
#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream};
use pushproof_sinks::{Limits, Loss, PushGateway, PusherKey};
use reqwest::{Client, Method, Response, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::{io::AsyncReadExt, net::TcpStream};

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// Longer than any test should wait; only a failing one does.
const PATIENCE: Duration = Duration::from_secs(20);

struct Sender {
    client: Client,
    notify: String,
}

impl Sender {
    fn to(gateway: &PushGateway) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            client: Client::new(),
            notify: gateway.url().join("/_matrix/push/v1/notify").unwrap().to_string(),
        }
    }

    async fn post(&self, body: impl Into<reqwest::Body>) -> Response {
        self.client.post(&self.notify).body(body).send().await.unwrap()
    }

    async fn tell(&self, pushkeys: &[&str], event_id: &str) -> Response {
        let devices: Vec<_> =
            pushkeys.iter().map(|pushkey| json!({ "app_id": "app", "pushkey": pushkey })).collect();
        let body = json!({ "notification": { "event_id": event_id, "devices": devices } });
        self.post(body.to_string()).await
    }
}

async fn gateway() -> (PushGateway, Sender) {
    let gateway = PushGateway::bind(ANY_PORT).await.unwrap();
    let sender = Sender::to(&gateway);
    (gateway, sender)
}

fn key(pushkey: &str) -> PusherKey {
    PusherKey { app_id: "app".into(), pushkey: pushkey.into() }
}

async fn json_of(response: Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_notification_is_answered_and_kept_for_every_device() {
    let (gateway, sender) = gateway().await;
    let before = Instant::now();
    let response = sender.tell(&["one", "two"], "$event").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-length"], "15");
    assert_eq!(json_of(response).await, json!({ "rejected": [] }));
    for pushkey in ["one", "two"] {
        let deliveries = gateway.deliveries(&key(pushkey));
        assert_eq!(deliveries.len(), 1);
        assert_eq!(deliveries[0].event_id.as_deref(), Some("$event"));
        assert_eq!(deliveries[0].body["notification"]["devices"][1]["pushkey"], "two");
        assert_eq!(gateway.count_since(&key(pushkey), before), 1);
        assert_eq!(gateway.count_since(&key(pushkey), Instant::now()), 0);
    }
    assert!(gateway.deliveries(&key("three")).is_empty());
}

#[rstest]
#[case::garbage("no json".to_owned(), StatusCode::BAD_REQUEST, "M_NOT_JSON")]
#[case::nothing(String::new(), StatusCode::BAD_REQUEST, "M_NOT_JSON")]
#[case::no_device("{\"notification\": {}}".to_owned(), StatusCode::BAD_REQUEST, "M_BAD_JSON")]
#[case::deep("[".repeat(100_000), StatusCode::BAD_REQUEST, "M_NOT_JSON")]
#[case::oversize(" ".repeat(1024 * 1024 + 1), StatusCode::PAYLOAD_TOO_LARGE, "M_TOO_LARGE")]
#[tokio::test]
async fn what_is_no_notification_is_refused_and_kept(
    #[case] body: String,
    #[case] status: StatusCode,
    #[case] errcode: &str,
) {
    let (gateway, sender) = gateway().await;
    let before = Instant::now();
    let response = sender.post(body.clone()).await;
    assert_eq!(response.status(), status);
    assert_eq!(json_of(response).await["errcode"], errcode);
    let malformed = gateway.malformed();
    assert_eq!(malformed.len(), 1);
    assert!(body.starts_with(&malformed[0].excerpt), "{:?}", malformed[0]);
    assert_eq!(gateway.tally().deliveries, 0);
    // What cannot be read may have named any pusher.
    let lost = if status == StatusCode::PAYLOAD_TOO_LARGE { Loss::Refused } else { Loss::Unread };
    assert_eq!(gateway.lost_since(&key("one"), before), Some(lost));
}

#[tokio::test]
async fn a_body_of_unknown_length_is_bounded_too() {
    let (gateway, sender) = gateway().await;
    let chunks = stream::repeat(vec![b' '; 64 * 1024]).take(40).map(Ok::<_, std::io::Error>);
    let response = sender.post(reqwest::Body::wrap_stream(chunks)).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(gateway.malformed()[0].excerpt.len() <= 1024);
}

#[tokio::test]
async fn a_pusher_named_beside_garbage_was_told() {
    let (gateway, sender) = gateway().await;
    let body = json!({ "notification": { "devices": [{ "app_id": "app", "pushkey": "one" }, 7] } });
    assert_eq!(sender.post(body.to_string()).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(gateway.deliveries(&key("one")).len(), 1);
    assert_eq!(gateway.malformed().len(), 1);
}

#[rstest]
#[case(Method::GET, "/_matrix/push/v1/notify", StatusCode::METHOD_NOT_ALLOWED)]
#[case(Method::POST, "/_matrix/push/v1/notify/", StatusCode::NOT_FOUND)]
#[case(Method::POST, "/push", StatusCode::NOT_FOUND)]
#[tokio::test]
async fn other_requests_are_strays(#[case] method: Method, #[case] path: &str, #[case] status: StatusCode) {
    let (gateway, sender) = gateway().await;
    let url = gateway.url().join(path).unwrap();
    for _ in 0..2 {
        let response = sender.client.request(method.clone(), url.clone()).send().await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(json_of(response).await["errcode"], "M_UNRECOGNIZED");
    }
    let strays = gateway.strays();
    assert_eq!(strays.len(), 1);
    assert_eq!((strays[0].to_string(), strays[0].count), (format!("{method} {path}"), 2));
}

#[tokio::test]
async fn waiting_finds_what_came_before() {
    let (gateway, sender) = gateway().await;
    sender.tell(&["one"], "$1").await;
    let found = gateway.wait_for(&key("one"), |_| true).await;
    assert_eq!(found.event_id.as_deref(), Some("$1"));
}

#[tokio::test]
async fn waiting_ends_with_the_delivery_that_fits() {
    let (gateway, sender) = gateway().await;
    let one = key("one");
    let wait = gateway.wait_for(&one, |delivery| delivery.event_id.as_deref() == Some("$3"));
    let wait = tokio::time::timeout(PATIENCE, wait);
    let send = async {
        for (pushkey, event) in [("one", "$1"), ("two", "$3"), ("one", "$2"), ("one", "$3"), ("one", "$4")] {
            sender.tell(&[pushkey], event).await;
        }
    };
    let (found, ()) = tokio::join!(wait, send);
    let found = found.unwrap();
    assert_eq!((found.pushkey.as_str(), found.event_id.as_deref()), ("one", Some("$3")));
}

#[tokio::test]
async fn what_does_not_fit_is_not_taken() {
    let (gateway, sender) = gateway().await;
    sender.tell(&["one"], "$1").await;
    let one = key("one");
    let wait = gateway.wait_for(&one, |_| false);
    assert!(tokio::time::timeout(Duration::from_millis(5), wait).await.is_err());
}

#[tokio::test]
async fn a_flood_stays_within_bounds() {
    let limits = Limits { body_bytes: 100_000, deliveries_per_pusher: 500, ..Limits::default() };
    let gateway = PushGateway::bind_with(ANY_PORT, limits).await.unwrap();
    let sender = Sender::to(&gateway);
    let before = Instant::now();
    let statuses: Vec<_> =
        stream::iter(0..10_000)
            .map(|n| {
                let sender = &sender;
                async move {
                    sender.tell(&[if n % 2 == 0 { "even" } else { "odd" }], &format!("${n}")).await.status()
                }
            })
            .buffer_unordered(64)
            .collect()
            .await;
    assert!(statuses.iter().all(StatusCode::is_success));
    let tally = gateway.tally();
    assert_eq!((tally.deliveries, tally.deliveries_dropped), (10_000, 9_000));
    assert_eq!(gateway.count_since(&key("even"), before), 500);
    let lost = |pushkey, since| gateway.lost_since(&key(pushkey), since);
    assert_eq!((lost("even", before), lost("other", before)), (Some(Loss::Forgotten), None));
    assert_eq!(lost("even", gateway.deliveries(&key("even"))[0].at), None);
    let with_body = |pushkey| gateway.deliveries(&key(pushkey)).iter().filter(|d| !d.body.is_null()).count();
    let kept = with_body("even") + with_body("odd");
    assert!((100..500).contains(&kept), "{kept} bodies are kept");
}

#[tokio::test]
async fn an_address_in_use_is_an_error() {
    let (gateway, _sender) = gateway().await;
    let address = gateway.url().socket_addrs(|| None).unwrap()[0];
    let error = PushGateway::bind(address).await.unwrap_err();
    assert_eq!(error.address, address);
}

#[tokio::test]
async fn dropping_closes_kept_connections_and_frees_the_address() {
    let (gateway, sender) = gateway().await;
    sender.tell(&["one"], "$1").await;
    let address = gateway.url().socket_addrs(|| None).unwrap()[0];
    drop(gateway);
    // The server is gone once its task has been polled for the last time, which takes a moment.
    let again = loop {
        match PushGateway::bind(address).await {
            Ok(gateway) => break gateway,
            Err(_in_use) => tokio::task::yield_now().await,
        }
    };
    sender.tell(&["one"], "$2").await;
    assert_eq!(again.deliveries(&key("one"))[0].event_id.as_deref(), Some("$2"));
}

#[tokio::test]
async fn a_connection_too_many_ends_the_oldest() {
    let limits = Limits { connections: 2, ..Limits::default() };
    let gateway = PushGateway::bind_with(ANY_PORT, limits).await.unwrap();
    let before = Instant::now();
    let address = gateway.url().socket_addrs(|| None).unwrap()[0];
    let mut oldest = TcpStream::connect(address).await.unwrap();
    let _others = [TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()];
    let read = tokio::time::timeout(PATIENCE, oldest.read(&mut [0])).await.unwrap();
    assert!(!matches!(read, Ok(1..)), "it is closed");
    assert_eq!(gateway.lost_since(&key("a"), before), Some(Loss::CutOff), "it was opened for a request");
    Sender::to(&gateway).tell(&["a"], "$1").await;
    assert_eq!(gateway.deliveries(&key("a")).len(), 1);
}

#[tokio::test]
async fn a_connection_that_is_done_gives_way_without_a_loss() {
    let gateway =
        PushGateway::bind_with(ANY_PORT, Limits { connections: 2, ..Limits::default() }).await.unwrap();
    let before = Instant::now();
    // Each of them has a connection of its own, and keeps it.
    let senders = [(); 5].map(|()| Sender::to(&gateway));
    for sender in &senders {
        json_of(sender.tell(&["a"], "$1").await).await;
    }
    assert_eq!(gateway.deliveries(&key("a")).len(), senders.len());
    assert_eq!(gateway.lost_since(&key("a"), before), None);
}

#[tokio::test]
async fn strangers_do_not_crowd_out_who_is_watched() {
    let gateway = PushGateway::bind_with(ANY_PORT, Limits { pushers: 2, ..Limits::default() }).await.unwrap();
    let sender = Sender::to(&gateway);
    sender.tell(&["x", "y", "z"], "$1").await;
    gateway.watch(&key("a"));
    sender.tell(&["a", "b"], "$2").await;
    let kept = |pushkey| gateway.deliveries(&key(pushkey)).len();
    assert_eq!((kept("x"), kept("z"), kept("a"), kept("b")), (1, 0, 1, 0));
}
