//! A push gateway that keeps what it is sent.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use http::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Notify};
use warp::Filter;

/// What the gateway answers to one request.
pub(crate) type Reply = (StatusCode, Value);

#[derive(Default)]
struct Kept {
    arrived: Mutex<Vec<Value>>,
    replies: Mutex<VecDeque<Reply>>,
    news: Notify,
}

pub(crate) struct Gateway {
    kept: Arc<Kept>,
    url: String,
    serving: tokio::task::JoinHandle<()>,
}

impl Gateway {
    pub(crate) async fn start() -> Self {
        let kept = Arc::new(Kept::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/_matrix/push/v1/notify", listener.local_addr().unwrap());
        let filter = warp::path!("_matrix" / "push" / "v1" / "notify").and(warp::body::bytes()).map({
            let kept = Arc::clone(&kept);
            move |body: bytes::Bytes| {
                let body: Value = serde_json::from_slice(&body).expect("a notification is JSON");
                kept.arrived.lock().unwrap().push(body["notification"].clone());
                kept.news.notify_waiters();
                let reply = kept.replies.lock().unwrap().pop_front();
                let (status, body) = reply.unwrap_or((StatusCode::OK, json!({ "rejected": [] })));
                Response::builder().status(status).body(body.to_string()).unwrap()
            }
        });
        let serving = tokio::spawn(warp::serve(filter).incoming(listener).run());
        Self { kept, url, serving }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Answers the next request so, the one after it so, and all others with success.
    pub(crate) fn answer(&self, replies: impl IntoIterator<Item = Reply>) {
        self.kept.replies.lock().unwrap().extend(replies);
    }

    /// All notifications so far.
    pub(crate) fn arrived(&self) -> Vec<Value> {
        self.kept.arrived.lock().unwrap().clone()
    }

    /// Waits for the first notification that satisfies a predicate.
    pub(crate) async fn wait_for(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let found = async {
            loop {
                let news = self.kept.news.notified();
                if let Some(found) = self.arrived().into_iter().find(&wanted) {
                    return found;
                }
                news.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), found)
            .await
            .unwrap_or_else(|_| panic!("it did not arrive; there are {:?}", self.arrived()))
    }

    /// Waits until an event was told to a push key.
    pub(crate) async fn wait_for_event(&self, event: &str, pushkey: &str) -> Value {
        self.wait_for(|notification| notification["event_id"] == event && names(notification, pushkey)).await
    }

    /// The notifications that name a push key.
    pub(crate) fn to(&self, pushkey: &str) -> Vec<Value> {
        self.arrived().into_iter().filter(|notification| names(notification, pushkey)).collect()
    }
}

fn names(notification: &Value, pushkey: &str) -> bool {
    notification["devices"].as_array().unwrap().iter().any(|device| device["pushkey"] == pushkey)
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
