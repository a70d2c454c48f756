//! Single cases of bad input, with the answer that each must get. That no row of the route table fails over any of it is
//! tested beside the table.

use pushproof_homeserver::Options;
use reqwest::{Client, Method};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Server, encoded};

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

#[rstest]
#[case::content("m.room.message", 65_000, 413)]
#[case::content_that_fits("m.room.message", 60_000, 200)]
#[tokio::test]
async fn events_have_a_largest_size(#[case] event_type: &str, #[case] bytes: usize, #[case] expected: u16) {
    let server = Server::healthy().await;
    let alice = server.register("alice", "PHONE").await;
    let room = alice.share_room(&[]).await;
    let content = json!({ "body": "x".repeat(bytes) });
    let answer = alice.put(&format!("/rooms/{}/send/{event_type}/1", encoded(&room)), content).await;
    assert_eq!(answer.status, expected);
    if expected == 413 {
        assert_eq!(answer.error(), (413, "M_TOO_LARGE"));
    }
}
