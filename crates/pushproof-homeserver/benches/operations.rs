//! What the state machine costs by itself: requests that are answered without a connection, on a homeserver of a thousand
//! accounts. What it costs over HTTP, beside others, is in `numbers`.

#![allow(clippy::unwrap_used, reason = "it measures")]
#![allow(missing_docs, reason = "nothing of it is public")]

use std::time::Duration;

use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use http::{Method, Request};
use pushproof_homeserver::{Homeserver, Journalling, Options};
use pushproof_vocabulary::Dialect;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

const ACCOUNTS: usize = 1000;
const V3: &str = "/_matrix/client/v3";

/// A request that can be asked over and over: method, path, body.
type Asked = (Method, String, Bytes);

async fn ask(homeserver: &Homeserver, token: &str, (method, path, body): Asked) -> Bytes {
    let request =
        Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
    let answer = homeserver.answer(request.body(body).unwrap()).await;
    assert!(answer.status().is_success(), "{answer:?}");
    answer.into_body()
}

/// A homeserver whose accounts have a device, a pusher and a settings event each; and the token of one of them.
async fn populated() -> (Homeserver, String) {
    let options = Options { journal: Journalling::Off, ..Options::default() };
    let homeserver = Homeserver::start_with(options).await.unwrap();
    let mut latest = String::new();
    for number in 0..ACCOUNTS {
        let body = json!({ "username": format!("user{number}"), "device_id": "D", "auth": { "type": "m.login.dummy" } });
        let answer =
            ask(&homeserver, "", (Method::POST, format!("{V3}/register"), body.to_string().into())).await;
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        latest = answer["access_token"].as_str().unwrap().to_owned();
        ask(&homeserver, &latest, set_pusher()).await;
        ask(&homeserver, &latest, put_settings(number)).await;
    }
    (homeserver, latest)
}

fn set_pusher() -> Asked {
    let body = json!({
        "app_id": "org.example.app", "pushkey": "key", "kind": "http", "app_display_name": "An App",
        "device_display_name": "A phone", "lang": "en", "append": true,
        "data": { "url": "http://127.0.0.1:9/_matrix/push/v1/notify" },
    });
    (Method::POST, format!("{V3}/pushers/set"), body.to_string().into())
}

fn put_settings(number: usize) -> Asked {
    let dialect = Dialect::stable();
    let settings = dialect.settings_type("D");
    let path = format!("{V3}/user/@user{number}:reference.test/account_data/{settings}");
    (Method::PUT, path, json!({ &dialect.paused: true }).to_string().into())
}

fn operations(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let (homeserver, token) = runtime.block_on(populated());
    let settings = put_settings(ACCOUNTS - 1);
    let get = |path: &str| (Method::GET, path.to_owned(), Bytes::new());
    let operations = [
        ("POST pushers/set", set_pusher()),
        ("GET pushers", get(&format!("{V3}/pushers"))),
        ("GET account data", get(&settings.1)),
        ("PUT account data", settings),
        ("GET sync, from the beginning", get(&format!("{V3}/sync"))),
    ];
    for (name, asked) in operations {
        criterion.bench_function(name, |bencher| {
            bencher.to_async(&runtime).iter(|| ask(&homeserver, &token, asked.clone()));
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    targets = operations
}
criterion_main!(benches);
