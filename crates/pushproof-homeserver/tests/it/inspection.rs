//! The inspection port: journal, state, and steering.

use std::time::Duration;

use http::StatusCode;
use pushproof_homeserver::{Options, Reading};
use pushproof_vocabulary::{
    Dialect, PushState,
    control::{Control, Device, Happening, Journal, Refusal, ServerState, Token},
};
use reqwest::Method;
use rstest::rstest;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    gateway::Gateway,
    support::{Server, pusher, pusher_to, with},
};

async fn inspected() -> Server {
    let inspect = "127.0.0.1:0".parse().ok();
    Server::with(Options { inspect, ..Options::default() }).await
}

impl Server {
    async fn inspect(&self, path: &str) -> String {
        let url = self.homeserver.inspect_url().unwrap().join(path).unwrap();
        self.http.get(url).send().await.unwrap().text().await.unwrap()
    }

    async fn control(&self, control: &Control) -> Result<(), Refusal> {
        let url = self.homeserver.inspect_url().unwrap().join("control").unwrap();
        let body = serde_json::to_string(control).unwrap();
        let request = self.http.post(url).bearer_auth(self.homeserver.inspect_token().secret());
        let answer = request.header("content-type", "application/json").body(body).send().await.unwrap();
        if answer.status() == 200 {
            return Ok(());
        }
        Err(serde_json::from_str(&answer.text().await.unwrap()).unwrap())
    }
}

#[tokio::test]
async fn the_journal_tells_who_asked_what_and_keeps_secrets() {
    let server = inspected().await;
    let phone = server.register("alice", "PHONE").await;
    let path = format!("/account/whoami?access_token={}&x=1", phone.token);
    server.ask(None, Method::GET, &path, None).await.ok();
    let text = server.inspect("journal?since=0").await;
    for secret in [&phone.token, "alice's password"] {
        assert!(!text.contains(secret), "{text}");
    }
    let journal: Journal = serde_json::from_str(&text).unwrap();
    assert_eq!((journal.next, journal.dropped), (2, 0));
    let Happening::Request { method, path, query, user_id, device_id, status, answer, .. } =
        &journal.entries[1].what
    else {
        panic!("the last entry is a request");
    };
    assert_eq!((method.as_str(), path.as_str()), ("GET", "/_matrix/client/v3/account/whoami"));
    assert_eq!(query.as_deref(), Some("x=1"));
    assert_eq!((user_id.as_deref(), device_id.as_deref()), (Some(phone.user.as_str()), Some("PHONE")));
    assert_eq!((*status, &answer["device_id"]), (200, &json!("PHONE")));
    let later: Journal = serde_json::from_str(&server.inspect("journal?since=2").await).unwrap();
    assert_eq!(later.entries, []);
}

#[tokio::test]
async fn the_journal_tells_of_deliveries() {
    let (server, gateway) = (inspected().await, Gateway::start().await);
    let alice = server.register("alice", "PHONE").await;
    let bob = server.register("bob", "PHONE").await;
    let room = alice.share_room(&[&bob]).await;
    bob.post("/pushers/set", pusher_to("key", gateway.url())).await.ok();
    let event = alice.say(&room, "hello").await;
    server.control(&Control::WaitIdle { deadline_ms: 10_000 }).await.unwrap();
    let journal: Journal = serde_json::from_str(&server.inspect("journal").await).unwrap();
    let expected = Happening::Delivery {
        app_id: "org.example.app".to_owned(),
        pushkey: "key".to_owned(),
        event_id: Some(event),
        status: Some(200),
    };
    assert!(journal.entries.iter().any(|entry| entry.what == expected));
}

#[tokio::test]
async fn the_journal_tells_which_answers_were_cut_off() {
    let server = inspected().await;
    let alice = server.register("alice", "PHONE").await;
    let since = alice.sync(None).await["next_batch"].as_str().unwrap().to_owned();
    let of = Device { user_id: alice.user.clone(), device_id: "PHONE".to_owned() };
    server.control(&Control::CutSync(of)).await.unwrap();
    alice.put(&alice.account_data("org.example.news"), json!({ "is": "new" })).await.ok();
    let url = format!("{}_matrix/client/v3/sync?since={since}", server.homeserver.url());
    let cut = server.http.get(url).bearer_auth(&alice.token).send().await.unwrap();
    assert_eq!(cut.status(), 200);
    cut.text().await.expect_err("the connection breaks in the middle of the answer");
    let again = alice.sync(Some(&since)).await;
    assert_ne!(again["account_data"]["events"], json!([]), "what was lost comes again: {again}");

    let journal: Journal = serde_json::from_str(&server.inspect("journal").await).unwrap();
    let syncs: Vec<(bool, bool)> =
        journal.entries.iter().filter_map(|entry| sync_answer(&entry.what)).collect();
    assert_eq!(
        syncs,
        [(false, true), (true, false), (false, true)],
        "cut off, and whether there is an answer"
    );
}

/// Of the answer to a `/sync`, whether it was cut off, and whether the journal has it.
fn sync_answer(what: &Happening) -> Option<(bool, bool)> {
    match what {
        Happening::Request { path, answer, cut_off, .. } if path.ends_with("/sync") => {
            Some((*cut_off, !answer.is_null()))
        }
        _ => None,
    }
}

#[tokio::test]
async fn waiting_for_idle_ends_with_its_deadline() {
    let server = inspected().await;
    let alice = server.register("alice", "PHONE").await;
    let bob = server.register("bob", "PHONE").await;
    let room = alice.share_room(&[&bob]).await;
    // Nobody listens on the discard port: the delivery waits to be tried again.
    bob.post("/pushers/set", pusher("key")).await.ok();
    alice.say(&room, "hello").await;
    let busy = server.control(&Control::WaitIdle { deadline_ms: 1 }).await.unwrap_err();
    assert_eq!(busy.error, "still busy after 1 ms");
}

#[tokio::test]
async fn dialect_and_defects_change_while_it_runs() {
    let server = inspected().await;
    let phone = server.register("alice", "PHONE").await;
    phone.post("/pushers/set", pusher("key")).await.ok();
    let msc3881 = Dialect::named("msc3881").unwrap();
    server.control(&Control::SetDialect(msc3881.clone())).await.unwrap();
    assert_eq!(phone.pushers().await[0][&msc3881.state.key], true);

    let link = with(pusher("key"), &msc3881.link, "PHONE");
    server.control(&Control::SetDefects(vec!["link-ignored".to_owned()])).await.unwrap();
    phone.post("/pushers/set", link.clone()).await.ok();
    server.control(&Control::SetDefects(Vec::new())).await.unwrap();
    assert_eq!(phone.post("/pushers/set", link).await.error(), (400, "M_INVALID_PARAM"));
    let unknown = server.control(&Control::SetDefects(vec!["nonsense".to_owned()])).await.unwrap_err();
    assert_eq!(unknown.error, "no defect is named `nonsense`");
}

#[tokio::test]
async fn a_restart_keeps_address_and_state_and_closes_connections() {
    let server = inspected().await;
    let phone = server.register("alice", "PHONE").await;
    let key = &server.dialect.state.key;
    phone.post("/pushers/set", with(pusher("key"), key, true)).await.ok();
    let before = phone.pushers().await;
    let address = server.homeserver.url().socket_addrs(|| None).unwrap()[0];
    let mut connection = TcpStream::connect(address).await.unwrap();

    server.control(&Control::Restart {}).await.unwrap();
    let closed = tokio::time::timeout(Duration::from_secs(10), connection.read(&mut [0])).await;
    assert!(matches!(closed.expect("a restart closes connections"), Ok(0) | Err(_)));
    assert_eq!(phone.pushers().await, before);
}

#[tokio::test]
async fn a_restart_forgets_what_was_about_to_be_delivered() {
    let (server, gateway) = (inspected().await, Gateway::start().await);
    let alice = server.register("alice", "PHONE").await;
    let bob = server.register("bob", "PHONE").await;
    let room = alice.share_room(&[&bob]).await;
    bob.post("/pushers/set", pusher_to("key", gateway.url())).await.ok();
    gateway.answer([(StatusCode::BAD_GATEWAY, json!({}))]);
    let first = alice.say(&room, "first").await;
    gateway.wait_for_event(&first, "key").await;
    server.control(&Control::Restart {}).await.unwrap();
    let second = alice.say(&room, "second").await;
    gateway.wait_for_event(&second, "key").await;
    assert_eq!(gateway.to("key").len(), 2);
}

#[tokio::test]
async fn the_state_is_shown_in_short() {
    let server = inspected().await;
    let phone = server.register("alice", "PHONE").await;
    phone.post("/pushers/set", pusher("key")).await.ok();
    phone.put(&phone.settings("PHONE"), json!({ "x": 1 })).await.ok();
    let state: ServerState = serde_json::from_str(&server.inspect("state").await).unwrap();
    assert!(state.now_ms > 0 && state.position > 0);
    insta::assert_json_snapshot!(state.users);
    assert_eq!(state.users, server.homeserver.state().users);
}

#[tokio::test]
async fn the_journal_tells_of_silences() {
    let gateway = Gateway::start().await;
    let server = inspected().await;
    let (alice, bob) = (server.register("alice", "PHONE").await, server.register("bob", "DESKTOP").await);
    let room = alice.share_room(&[&bob]).await;
    let state = &server.dialect.state;
    let disabled =
        with(pusher_to("key", gateway.url()), &state.key, server.dialect.state_value(PushState::Disabled));
    alice.post("/pushers/set", disabled).await.ok();
    let event = bob.say(&room, "unheard").await;
    let journal = server.homeserver.journal(0);
    let silences: Vec<&Happening> = journal
        .entries
        .iter()
        .map(|entry| &entry.what)
        .filter(|what| matches!(what, Happening::Silence { .. } | Happening::Delivery { .. }))
        .collect();
    let expected = Happening::Silence {
        app_id: "org.example.app".to_owned(),
        pushkey: "key".to_owned(),
        event_id: Some(event),
    };
    assert_eq!(silences, [&expected]);
}

#[tokio::test]
async fn the_page_is_complete_in_itself() {
    let server = inspected().await;
    let page = server.inspect("").await;
    assert!(page.starts_with("<!doctype html>"));
    assert!(page.contains(server.homeserver.inspect_token().secret()));
    for elsewhere in ["src=", "href=", "url(", "@import", "http://", "https://", "innerHTML"] {
        assert!(!page.contains(elsewhere), "{elsewhere}");
    }
}

#[tokio::test]
async fn nonsense_is_refused() {
    let server = inspected().await;
    let url = server.homeserver.inspect_url().unwrap();
    for (method, path, body) in
        [(Method::POST, "control", "{"), (Method::GET, "nowhere", ""), (Method::GET, "journal?since=x", "")]
    {
        let request = server.http.request(method, url.join(path).unwrap()).body(body);
        let request = request.bearer_auth(server.homeserver.inspect_token().secret());
        let answer = request.header("content-type", "application/json").send().await.unwrap();
        assert_eq!(answer.status(), 400, "{path}");
        let _: Refusal = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    }
}

/// Sends a request as it stands, and gives what comes back until the connection ends.
async fn raw(server: &Server, request: &str) -> String {
    let address = server.homeserver.inspect_url().unwrap().socket_addrs(|| None).unwrap()[0];
    let mut connection = TcpStream::connect(address).await.unwrap();
    let port = address.port().to_string();
    connection.write_all(request.replace("PORT", &port).as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // What it said before it reset the connection counts.
    let _ = connection.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

#[rstest]
#[case::own("GET /state HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n", 200)]
#[case::absolute("GET http://127.0.0.1:PORT/state HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n", 200)]
#[case::rebound("GET /state HTTP/1.1\r\nHost: evil.example:PORT\r\n", 403)]
#[case::rebound_in_the_line(
    "GET http://evil.example:PORT/state HTTP/1.1\r\nHost: evil.example:PORT\r\n",
    403
)]
#[case::two_names("GET http://evil.example:PORT/state HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n", 400)]
#[case::two_hosts("GET /state HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nHost: evil.example:PORT\r\n", 403)]
#[case::no_host("GET /state HTTP/1.1\r\n", 403)]
#[case::http_1_0("GET /state HTTP/1.0\r\n", 403)]
#[case::page_elsewhere("GET /state HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nOrigin: http://evil.example\r\n", 403)]
#[case::preflight(
    "OPTIONS /control HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nOrigin: http://evil.example\r\n\
     Access-Control-Request-Method: POST\r\n",
    403
)]
#[case::form(
    "POST /control HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n",
    415
)]
#[case::no_token(
    "POST /control HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Type: application/json\r\nContent-Length: 0\r\n",
    401
)]
#[tokio::test]
async fn pages_from_elsewhere_are_not_answered(#[case] head: &str, #[case] expected: u16) {
    let server = inspected().await;
    let answer = raw(&server, &format!("{head}Connection: close\r\n\r\n")).await;
    let status = answer.split(' ').nth(1).unwrap();
    assert_eq!(status, expected.to_string(), "{answer}");
    assert!(!answer.to_ascii_lowercase().contains("access-control-"), "{answer}");
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_read() {
    let server = inspected().await;
    for length in ["Content-Length: 400000000", "Transfer-Encoding: chunked"] {
        let head = format!(
            "POST /control HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Type: application/json\r\n\
             Authorization: Bearer {}\r\n{length}\r\n\r\n",
            server.homeserver.inspect_token().secret()
        );
        let body = if length.starts_with('T') {
            format!("200000\r\n{}\r\n", "1".repeat(0x20_0000))
        } else {
            String::new()
        };
        let answer = raw(&server, &(head + &body)).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{length}: {answer}");
    }
}

#[tokio::test]
async fn a_token_can_be_given_and_reading_can_take_it() {
    let token = Token::new("sixteen-or-more-characters").unwrap();
    let server = Server::with(Options {
        inspect: "127.0.0.1:0".parse().ok(),
        inspect_token: Some(token.clone()),
        inspect_reading: Reading::WithToken,
        ..Options::default()
    })
    .await;
    let url = server.homeserver.inspect_url().unwrap();
    for path in ["", "state", "journal", "synced"] {
        let asked = || server.http.get(url.join(path).unwrap());
        let without = asked().send().await.unwrap();
        assert_eq!(without.status(), 401, "{path}");
        assert!(!without.text().await.unwrap().contains(token.secret()), "{path}");
        assert_ne!(asked().bearer_auth(token.secret()).send().await.unwrap().status(), 401, "{path}");
    }
}
