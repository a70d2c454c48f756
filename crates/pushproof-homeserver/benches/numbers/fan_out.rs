//! What it costs to tell many pushers of one event, beside sending the same requests without a homeserver.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use bytes::Bytes;
use tokio::sync::{Semaphore, watch};
use warp::Filter;

use crate::{
    homeserver,
    load::Connection,
    matrix::{Login, shared_room},
    peers,
    scale::Scale,
    table::{Figure, Wanted, median, ratio, tell},
};

/// As many requests are on their way at once as the homeserver allows itself.
const AT_ONCE: usize = 128;

pub(crate) async fn measure(scale: Scale) {
    let (server, gateway) = (homeserver().await, Gateway::start().await);
    let mut connection = Connection::open(&server.url()).await;
    let alice = Login::register(&mut connection, "alice").await;
    let bob = Login::register(&mut connection, "bob").await;
    let room = shared_room(&server.url(), &alice, &bob).await;
    for number in 0..scale.pushers {
        connection.ask(&alice.set_pusher(&format!("key-{number:06}"), &gateway.url)).await;
    }
    let client = Client::new();
    let (mut own, mut direct) = (Vec::new(), Vec::new());
    // A fan-out is short: more rounds than elsewhere. In the first one connections are opened.
    for round in 0..=4 * scale.rounds {
        let began = Instant::now();
        connection.ask(&bob.send(&room, round)).await;
        gateway.received(scale.pushers).await;
        let took = began.elapsed();
        let body = gateway.latest.lock().unwrap().clone();
        let began = Instant::now();
        client.push(&gateway.url, &body, scale.pushers).await;
        gateway.received(scale.pushers).await;
        if round > 0 {
            own.push(scale.pushers as f64 / took.as_secs_f64());
            direct.push(scale.pushers as f64 / began.elapsed().as_secs_f64());
        }
    }
    let found = Figure::Percent(100.0 * ratio(&own, &direct));
    let of = format!("{:.0} of {:.0} pushes/s", median(own), median(direct));
    let what = format!("an event to {} pushers, beside the client alone", scale.pushers);
    tell(&what, found, Wanted::AtLeast(70.0), &of);
}

/// A push gateway that counts.
struct Gateway {
    url: String,
    count: watch::Sender<usize>,
    /// The body that came last.
    latest: Arc<Mutex<Bytes>>,
}

impl Gateway {
    async fn start() -> Self {
        let (count, latest) = (watch::Sender::new(0), Arc::new(Mutex::new(Bytes::new())));
        let (counting, noting) = (count.clone(), Arc::clone(&latest));
        let filter = warp::body::bytes().map(move |body: Bytes| {
            *noting.lock().unwrap() = body;
            counting.send_modify(|count| *count += 1);
            warp::reply::with_header("{\"rejected\":[]}", "content-type", "application/json")
        });
        let url = format!("{}_matrix/push/v1/notify", peers::serve(filter).await);
        Self { url, count, latest }
    }

    /// Waits until so many pushes have come, and counts anew.
    async fn received(&self, expected: usize) {
        self.count.subscribe().wait_for(|count| *count >= expected).await.unwrap();
        self.count.send_replace(0);
    }
}

/// The client that the homeserver uses, in the way in which it does.
struct Client {
    client: reqwest::Client,
    slots: Arc<Semaphore>,
}

impl Client {
    fn new() -> Self {
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().unwrap();
        Self { client, slots: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    async fn push(&self, url: &str, body: &Bytes, count: usize) {
        for _ in 0..count {
            let slot = Arc::clone(&self.slots).acquire_owned().await.unwrap();
            let request = self.client.post(url).header("content-type", "application/json").body(body.clone());
            tokio::spawn(async move {
                request.send().await.unwrap().bytes().await.unwrap();
                drop(slot);
            });
        }
    }
}
