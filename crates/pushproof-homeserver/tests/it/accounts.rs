//! Registration, login, and who one is.

use reqwest::Method;
use rstest::rstest;
use serde_json::json;

use crate::support::Server;

#[tokio::test]
async fn versions_advertises_the_dialect() {
    let server = Server::healthy().await;
    let answer = server.ask(None, Method::GET, "/_matrix/client/versions", None).await.ok();
    assert_eq!(answer["unstable_features"], json!({ "org.matrix.msc0000": true }));
    assert!(answer["versions"].as_array().unwrap().contains(&json!("v1.3")));
}

#[tokio::test]
async fn registration_asks_for_the_dummy_stage_first() {
    let server = Server::healthy().await;
    let body = json!({ "username": "alice", "password": "secret" });
    let challenge = server.ask(None, Method::POST, "/register", Some(&body)).await;
    assert_eq!(challenge.status, 401);
    assert_eq!(challenge.body["flows"], json!([{ "stages": ["m.login.dummy"] }]));
    let auth = json!({ "type": "m.login.dummy", "session": challenge.body["session"] });
    let body = json!({ "username": "alice", "password": "secret", "auth": auth });
    let answer = server.ask(None, Method::POST, "/register", Some(&body)).await.ok();
    assert_eq!(answer["user_id"], "@alice:reference.test");
}

#[tokio::test]
async fn registration_without_login_gives_no_token() {
    let server = Server::healthy().await;
    let body = json!({ "username": "alice", "inhibit_login": true, "auth": { "type": "m.login.dummy" } });
    let answer = server.ask(None, Method::POST, "/register", Some(&body)).await.ok();
    assert_eq!(answer, json!({ "user_id": "@alice:reference.test" }));
}

#[rstest]
#[case("alice", 400, "M_USER_IN_USE")]
#[case("al ice", 400, "M_INVALID_USERNAME")]
#[case("", 400, "M_INVALID_USERNAME")]
#[tokio::test]
async fn names_that_cannot_be_had(#[case] name: &str, #[case] status: u16, #[case] errcode: &str) {
    let server = Server::healthy().await;
    server.register("alice", "PHONE").await;
    let body = json!({ "username": name, "auth": { "type": "m.login.dummy" } });
    let answer = server.ask(None, Method::POST, "/register", Some(&body)).await;
    assert_eq!(answer.error(), (status, errcode));
    let path = format!("/register/available?username={}", name.replace(' ', "%20"));
    assert_eq!(server.ask(None, Method::GET, &path, None).await.error(), (status, errcode));
}

#[tokio::test]
async fn whoami_names_user_and_device() {
    let server = Server::healthy().await;
    let phone = server.register("alice", "PHONE").await;
    let answer = phone.get("/account/whoami").await.ok();
    assert_eq!(answer["user_id"], "@alice:reference.test");
    assert_eq!(answer["device_id"], "PHONE");
}

#[tokio::test]
async fn logging_in_again_keeps_the_device_and_replaces_its_token() {
    let server = Server::healthy().await;
    let before = server.register("alice", "PHONE").await;
    let after = server.log_in("alice", "PHONE").await;
    assert_eq!(before.get("/account/whoami").await.error(), (401, "M_UNKNOWN_TOKEN"));
    assert_eq!(after.get("/account/whoami").await.ok()["device_id"], "PHONE");
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let server = Server::healthy().await;
    server.register("alice", "PHONE").await;
    let body = json!({ "type": "m.login.password", "user": "alice", "password": "wrong" });
    let answer = server.ask(None, Method::POST, "/login", Some(&body)).await;
    assert_eq!(answer.error(), (403, "M_FORBIDDEN"));
}

#[tokio::test]
async fn no_token_is_told_apart_from_an_unknown_one() {
    let server = Server::healthy().await;
    let none = server.ask(None, Method::GET, "/pushers", None).await;
    assert_eq!(none.error(), (401, "M_MISSING_TOKEN"));
    let unknown = server.ask(Some("nobody"), Method::GET, "/pushers", None).await;
    assert_eq!(unknown.error(), (401, "M_UNKNOWN_TOKEN"));
}

#[tokio::test]
async fn the_token_may_come_in_the_query() {
    let server = Server::healthy().await;
    let phone = server.register("alice", "PHONE").await;
    let path = format!("/account/whoami?access_token={}", phone.token);
    assert_eq!(server.ask(None, Method::GET, &path, None).await.ok()["device_id"], "PHONE");
}
