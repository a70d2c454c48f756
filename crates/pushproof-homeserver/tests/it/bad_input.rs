//! Whatever is sent, the answer is Matrix JSON and no server error.

use pushproof_homeserver::Options;
use reqwest::{Client, Method};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Device, Server, encoded};

/// Every path with parameters filled in as a client would, and the methods that it takes.
fn routes(alice: &Device<'_>, room: &str, event: &str) -> Vec<(Vec<Method>, String)> {
    let (get, put, post, delete) = (Method::GET, Method::PUT, Method::POST, Method::DELETE);
    let (user, room, event) = (encoded(&alice.user), encoded(room), encoded(event));
    let client = |path: &str| {
        let path = path.replace("{user}", &user).replace("{room}", &room).replace("{event}", &event);
        format!("/_matrix/client/v3{path}")
    };
    let rows: Vec<(Vec<Method>, &str)> = vec![
        (vec![post.clone()], "/register"),
        (vec![get.clone()], "/register/available"),
        (vec![get.clone(), post.clone()], "/login"),
        (vec![get.clone()], "/account/whoami"),
        (vec![post.clone()], "/account/password"),
        (vec![get.clone()], "/devices"),
        (vec![get.clone(), put.clone(), delete.clone()], "/devices/PHONE"),
        (vec![post.clone()], "/delete_devices"),
        (vec![get.clone()], "/pushers"),
        (vec![post.clone()], "/pushers/set"),
        (vec![get.clone()], "/notifications"),
        (vec![get.clone()], "/pushrules/"),
        (vec![get.clone(), put.clone(), delete.clone()], "/pushrules/global/override/rule"),
        (vec![get.clone(), put.clone()], "/pushrules/global/override/.m.rule.master/enabled"),
        (vec![get.clone(), put.clone()], "/pushrules/global/override/.m.rule.master/actions"),
        (vec![get.clone(), put.clone()], "/user/{user}/account_data/m.direct"),
        (vec![get.clone(), put.clone()], "/user/{user}/rooms/{room}/account_data/m.tag"),
        (vec![post.clone()], "/user/{user}/filter"),
        (vec![get.clone()], "/user/{user}/filter/0"),
        (vec![get.clone()], "/sync"),
        (vec![post.clone()], "/createRoom"),
        (vec![post.clone()], "/join/{room}"),
        (vec![post.clone()], "/rooms/{room}/invite"),
        (vec![post.clone()], "/rooms/{room}/join"),
        (vec![post.clone()], "/rooms/{room}/kick"),
        (vec![post.clone()], "/rooms/{room}/ban"),
        (vec![post.clone()], "/rooms/{room}/unban"),
        (vec![post.clone()], "/rooms/{room}/forget"),
        (vec![put.clone()], "/rooms/{room}/send/m.room.message/1"),
        (vec![put.clone()], "/rooms/{room}/redact/{event}/1"),
        (vec![get.clone()], "/rooms/{room}/state"),
        (vec![get.clone(), put.clone()], "/rooms/{room}/state/m.room.name"),
        (vec![get.clone(), put.clone()], "/rooms/{room}/state/m.room.member/{user}"),
        (vec![get.clone()], "/rooms/{room}/messages"),
        (vec![get.clone()], "/rooms/{room}/members"),
        (vec![get.clone()], "/rooms/{room}/joined_members"),
        (vec![get.clone()], "/rooms/{room}/event/{event}"),
        (vec![post.clone()], "/rooms/{room}/receipt/m.read/{event}"),
        (vec![post.clone()], "/rooms/{room}/read_markers"),
        (vec![put.clone()], "/rooms/{room}/typing/{user}"),
        (vec![get.clone()], "/joined_rooms"),
        (vec![get.clone()], "/directory/room/%23alias"),
        (vec![get.clone()], "/profile/{user}"),
        (vec![get.clone(), put.clone()], "/profile/{user}/displayname"),
        (vec![get.clone(), put.clone()], "/profile/{user}/avatar_url"),
        (vec![get.clone()], "/capabilities"),
        (vec![get.clone(), put.clone()], "/presence/{user}/status"),
        (vec![post.clone()], "/keys/upload"),
        (vec![post.clone()], "/keys/query"),
        (vec![post.clone()], "/keys/claim"),
        (vec![get.clone()], "/keys/changes"),
        (vec![put.clone()], "/sendToDevice/m.dummy/1"),
    ];
    let mut routes: Vec<_> = rows.into_iter().map(|(methods, path)| (methods, client(path))).collect();
    routes.push((vec![get], "/_matrix/client/versions".to_owned()));
    routes
}

/// Bodies that no endpoint wants.
fn bodies() -> Vec<Vec<u8>> {
    let nested = |open: &str, close: &str| [open.repeat(5000), close.repeat(5000)].concat().into_bytes();
    let mut bodies: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"{".to_vec(),
        b"\xff\xfe".to_vec(),
        b"{\"a\": \"\xff\"}".to_vec(),
        nested("[", "]"),
        nested("{\"a\":", "}"),
        vec![b' '; (1 << 20) + 1],
        br#"{"a": 1e999}"#.to_vec(),
        br#"{"timeout": -1, "typing": true}"#.to_vec(),
        br#"{"a": "\u0000", "username": "\u0000", "device_id": "\u0000"}"#.to_vec(),
    ];
    let wrong: [Value; 7] =
        [json!(null), json!(true), json!(-1), json!("text"), json!([[]]), json!({}), json!({ "x": 1 })];
    bodies.extend(wrong.iter().map(|value| value.to_string().into_bytes()));
    // Every field that some endpoint reads, with every type that it does not want.
    for value in &wrong {
        let names = [
            "username",
            "password",
            "auth",
            "device_id",
            "type",
            "identifier",
            "user",
            "new_password",
            "logout_devices",
            "display_name",
            "devices",
            "app_id",
            "pushkey",
            "kind",
            "data",
            "lang",
            "append",
            "actions",
            "conditions",
            "pattern",
            "enabled",
            "room",
            "invite",
            "preset",
            "initial_state",
            "creation_content",
            "power_level_content_override",
            "is_direct",
            "name",
            "room_alias_name",
            "user_id",
            "reason",
            "membership",
            "m.read",
            "m.fully_read",
            "typing",
            "timeout",
            "displayname",
            "avatar_url",
            "presence",
            "device_keys",
            "one_time_keys",
            "messages",
            "inhibit_login",
        ];
        let all: serde_json::Map<String, Value> =
            names.iter().map(|name| ((*name).to_owned(), value.clone())).collect();
        bodies.push(Value::Object(all).to_string().into_bytes());
    }
    bodies
}

async fn must_be_matrix(
    http: &Client,
    method: &Method,
    url: &str,
    token: Option<&str>,
    body: Vec<u8>,
) -> u16 {
    let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
    let mut request = http.request(method.clone(), url).body(body);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let response = request.send().await.unwrap_or_else(|error| panic!("{method} {url} {shown}: {error}"));
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let answer: Value =
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{method} {url} {shown}: {status} {text}"));
    assert!(status < 500, "{method} {url} {shown}: {status} {text}");
    if status >= 400 {
        let challenge = status == 401 && answer["flows"].is_array();
        assert!(challenge || answer["errcode"].is_string(), "{method} {url} {shown}: {status} {text}");
    }
    status
}

#[tokio::test]
async fn no_body_is_too_strange() {
    let server = Server::healthy().await;
    let alice = server.register("alice", "PHONE").await;
    let room = alice.share_room(&[]).await;
    let event = alice.say(&room, "hello").await;
    for (methods, path) in routes(&alice, &room, &event) {
        let url = format!("{}{}", server.homeserver.url(), &path[1..]);
        for method in methods {
            for body in bodies() {
                must_be_matrix(&server.http, &method, &url, Some(&alice.token), body).await;
            }
        }
    }
    alice.get("/account/whoami").await.ok();
}

#[tokio::test]
async fn wrong_methods_are_told_apart_from_unknown_paths() {
    let server = Server::healthy().await;
    let alice = server.register("alice", "PHONE").await;
    for (methods, path) in routes(&alice, "!room:reference.test", "$event") {
        let url = format!("{}{}", server.homeserver.url(), &path[1..]);
        let wrong = [Method::GET, Method::PUT, Method::POST, Method::DELETE, Method::PATCH];
        for method in wrong.iter().filter(|method| !methods.contains(method)) {
            let status = must_be_matrix(&server.http, method, &url, Some(&alice.token), Vec::new()).await;
            assert_eq!(status, 405, "{method} {path}");
        }
        let unknown = format!("{url}/and/more/of/it/than/there/is");
        let status = must_be_matrix(&server.http, &methods[0], &unknown, None, Vec::new()).await;
        assert_eq!(status, 404, "{path}");
    }
}

#[rstest]
#[case("")]
#[case("Bearer")]
#[case("Bearer ")]
#[case("Bearer x")]
#[case("Basic YTpi")]
#[tokio::test]
async fn bad_tokens_are_refused(#[case] authorization: &str) {
    let server = Server::healthy().await;
    let url = format!("{}_matrix/client/v3/account/whoami", server.homeserver.url());
    let response = server.http.get(url).header("authorization", authorization).send().await.unwrap();
    assert_eq!(response.status(), 401);
}

#[rstest]
#[case::not_utf8("/_matrix/client/v3/devices/%FF", 400)]
#[case::half_an_escape("/_matrix/client/v3/devices/%F", 404)]
#[case::no_escape("/_matrix/client/v3/devices/%", 404)]
#[case::empty_segment("/_matrix/client/v3/devices/", 404)]
#[case::double_slash("/_matrix//client/v3/devices", 404)]
#[case::nul("/_matrix/client/v3/devices/%00", 404)]
#[case::slash("/_matrix/client/v3/devices/%2F", 404)]
#[case::root("/", 404)]
#[case::bad_since("/_matrix/client/v3/sync?since=yesterday", 400)]
#[case::since_of_the_future("/_matrix/client/v3/sync?since=s18446744073709551615", 200)]
#[case::bad_timeout("/_matrix/client/v3/sync?timeout=-1", 400)]
#[case::unknown_filter("/_matrix/client/v3/sync?filter=7", 400)]
#[case::filter_that_is_no_json("/_matrix/client/v3/sync?filter=%7B", 400)]
#[case::filter_of_wrong_type("/_matrix/client/v3/sync?filter=%7B%22room%22%3A1%7D", 400)]
#[tokio::test]
async fn strange_paths_and_queries(#[case] path: &str, #[case] expected: u16) {
    let server = Server::healthy().await;
    let alice = server.register("alice", "PHONE").await;
    let url = format!("{}{}", server.homeserver.url(), &path[1..]);
    let status = must_be_matrix(&server.http, &Method::GET, &url, Some(&alice.token), Vec::new()).await;
    assert_eq!(status, expected);
}

#[rstest]
#[case::after_itself("b", "?after=b", 400)]
#[case::before_itself("b", "?before=b", 400)]
#[case::after_the_last("a", "?after=b", 200)]
#[case::after_one_that_is_not("a", "?after=nowhere", 400)]
#[case::after_a_default("a", "?after=.m.rule.master", 400)]
#[case::between("c", "?after=b&before=a", 200)]
#[case::the_wrong_way_round("c", "?after=a&before=b", 400)]
#[case::as_a_default(".a", "", 400)]
#[tokio::test]
async fn push_rules_stand_where_they_can(#[case] rule: &str, #[case] query: &str, #[case] expected: u16) {
    let server = Server::with(Options::default()).await;
    let alice = server.register("alice", "PHONE").await;
    let body = json!({ "actions": ["notify"], "pattern": "x" });
    for name in ["a", "b"] {
        alice.put(&format!("/pushrules/global/content/{name}"), body.clone()).await.ok();
    }
    let answer = alice.put(&format!("/pushrules/global/content/{rule}{query}"), body).await;
    assert_eq!(answer.status, expected, "{}", answer.body);
}
