//! Pushers: state, link, and what is refused.

use pushproof_vocabulary::{PushState, control::Control};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Server, pusher, with};

#[rstest]
#[tokio::test]
async fn a_set_without_state_is_enabled_and_linked(#[values("stable", "msc0000", "msc3881")] dialect: &str) {
    let server = Server::speaking(dialect).await;
    let phone = server.register("alice", "PHONE").await;
    phone.post("/pushers/set", pusher("key")).await.ok();

    let names = &server.dialect;
    let mut expected = pusher("key");
    expected[&names.state.key] = names.state_value(PushState::Enabled).into();
    expected[&names.link] = "PHONE".into();
    assert_eq!(phone.pushers().await, [expected]);
}

#[rstest]
#[tokio::test]
async fn both_states_come_back_and_an_update_without_state_resets(
    #[values("stable", "msc0000", "msc3881")] dialect: &str,
) {
    let server = Server::speaking(dialect).await;
    let phone = server.register("alice", "PHONE").await;
    let key = &server.dialect.state.key;
    for state in [PushState::Disabled, PushState::Enabled, PushState::Disabled] {
        let value = server.dialect.state_value(state);
        phone.post("/pushers/set", with(pusher("key"), key, value)).await.ok();
        assert_eq!(phone.pushers().await[0][key], value);
    }
    phone.post("/pushers/set", with(pusher("key"), key, Value::Null)).await.ok();
    assert_eq!(phone.pushers().await[0][key], server.dialect.state_value(PushState::Enabled));
}

#[rstest]
#[tokio::test]
async fn a_state_that_is_no_boolean_is_refused_and_changes_nothing(
    #[values("stable", "msc0000", "msc3881")] dialect: &str,
    #[values(json!("true"), json!(1), json!([]), json!({}))] bad: Value,
) {
    let server = Server::speaking(dialect).await;
    let phone = server.register("alice", "PHONE").await;
    let key = &server.dialect.state.key;
    phone.post("/pushers/set", pusher("key")).await.ok();
    let before = phone.pushers().await;
    let answer = phone.post("/pushers/set", with(with(pusher("key"), key, bad), "lang", "de")).await;
    assert_eq!(answer.error(), (400, "M_BAD_JSON"));
    assert_eq!(phone.pushers().await, before);
}

#[rstest]
#[tokio::test]
async fn a_set_with_the_link_is_refused_and_changes_nothing(
    #[values("stable", "msc0000", "msc3881")] dialect: &str,
    #[values(json!("PHONE"), json!("NOWHERE"), json!(null))] link: Value,
    #[values(json!("http"), json!(null))] kind: Value,
) {
    let server = Server::speaking(dialect).await;
    let phone = server.register("alice", "PHONE").await;
    phone.post("/pushers/set", pusher("key")).await.ok();
    let before = phone.pushers().await;
    for pushkey in ["key", "another"] {
        let body = with(with(pusher(pushkey), "kind", kind.clone()), &server.dialect.link, link.clone());
        let answer = phone.post("/pushers/set", body).await;
        assert_eq!(answer.error(), (400, "M_INVALID_PARAM"));
    }
    assert_eq!(phone.pushers().await, before);
}

#[tokio::test]
async fn the_final_names_mean_nothing_in_a_prefixed_dialect() {
    let server = Server::healthy().await;
    let phone = server.register("alice", "PHONE").await;
    let body = with(with(pusher("key"), "device_id", "X"), "is_disabled", true);
    phone.post("/pushers/set", body).await.ok();
    let shown = &phone.pushers().await[0];
    assert_eq!(shown["org.matrix.msc0000.is_disabled"], false);
    assert_eq!(shown.get("is_disabled"), None);
    assert_eq!(shown.get("device_id"), None);
}

#[rstest]
#[case::no_kind("kind", None, "M_MISSING_PARAM")]
#[case::unknown_kind("kind", Some(json!("pigeon")), "M_INVALID_PARAM")]
#[case::kind_of_wrong_type("kind", Some(json!(1)), "M_BAD_JSON")]
#[case::no_app_id("app_id", None, "M_MISSING_PARAM")]
#[case::long_app_id("app_id", Some(json!("a".repeat(65))), "M_INVALID_PARAM")]
#[case::no_pushkey("pushkey", None, "M_MISSING_PARAM")]
#[case::long_pushkey("pushkey", Some(json!("k".repeat(513))), "M_INVALID_PARAM")]
#[case::no_app_name("app_display_name", None, "M_MISSING_PARAM")]
#[case::no_device_name("device_display_name", None, "M_MISSING_PARAM")]
#[case::no_lang("lang", None, "M_MISSING_PARAM")]
#[case::no_data("data", None, "M_MISSING_PARAM")]
#[case::data_without_url("data", Some(json!({})), "M_MISSING_PARAM")]
#[case::wrong_scheme("data", Some(json!({ "url": "ftp://a/_matrix/push/v1/notify" })), "M_INVALID_PARAM")]
#[case::wrong_path("data", Some(json!({ "url": "http://a/notify" })), "M_INVALID_PARAM")]
#[case::append_of_wrong_type("append", Some(json!("yes")), "M_BAD_JSON")]
#[case::unbound_address("kind", Some(json!("email")), "M_THREEPID_NOT_FOUND")]
#[tokio::test]
async fn malformed_sets_are_refused(
    #[case] field: &str,
    #[case] value: Option<Value>,
    #[case] errcode: &str,
) {
    let server = Server::healthy().await;
    let phone = server.register("alice", "PHONE").await;
    let mut body = pusher("key");
    match value {
        Some(value) => body[field] = value,
        None => drop(body.as_object_mut().unwrap().remove(field)),
    }
    assert_eq!(phone.post("/pushers/set", body).await.error(), (400, errcode));
    assert_eq!(phone.pushers().await, [] as [Value; 0]);
}

#[tokio::test]
async fn a_deleted_pusher_starts_again_from_the_default() {
    let server = Server::healthy().await;
    let phone = server.register("alice", "PHONE").await;
    let key = &server.dialect.state.key;
    phone.post("/pushers/set", with(pusher("key"), key, true)).await.ok();
    phone
        .post("/pushers/set", json!({ "app_id": "org.example.app", "pushkey": "key", "kind": null }))
        .await
        .ok();
    assert_eq!(phone.pushers().await, [] as [Value; 0]);
    phone.post("/pushers/set", pusher("key")).await.ok();
    assert_eq!(phone.pushers().await[0][key], false);
}

#[tokio::test]
async fn another_device_toggles_without_taking_the_pusher_over() {
    let server = Server::healthy().await;
    let phone = server.register("alice", "PHONE").await;
    let laptop = server.log_in("alice", "LAPTOP").await;
    let key = &server.dialect.state.key;
    phone.post("/pushers/set", pusher("key")).await.ok();
    laptop.post("/pushers/set", with(pusher("key"), key, true)).await.ok();
    let shown = laptop.pushers().await;
    assert_eq!(shown, [with(with(pusher("key"), key, true), &server.dialect.link, "PHONE")]);

    laptop.post("/logout", json!({})).await.ok();
    assert_eq!(phone.pushers().await, shown);
}

#[tokio::test]
async fn without_append_the_key_moves_to_the_latest_user() {
    let server = Server::healthy().await;
    let alice = server.register("alice", "PHONE").await;
    let bob = server.register("bob", "PHONE").await;
    alice.post("/pushers/set", pusher("key")).await.ok();
    bob.post("/pushers/set", with(pusher("key"), "append", true)).await.ok();
    assert_eq!((alice.pushers().await.len(), bob.pushers().await.len()), (1, 1));
    bob.post("/pushers/set", pusher("key")).await.ok();
    assert_eq!((alice.pushers().await.len(), bob.pushers().await.len()), (0, 1));
}

#[tokio::test]
async fn the_same_key_belongs_to_the_new_login_once_the_old_device_is_gone() {
    let server = Server::healthy().await;
    let old = server.register("alice", "OLD").await;
    old.post("/pushers/set", pusher("key")).await.ok();
    let new = server.log_in("alice", "NEW").await;
    new.post("/pushers/set", pusher("key")).await.ok();
    assert_eq!(new.pushers().await[0][&server.dialect.link], "OLD");
    old.post("/logout", json!({})).await.ok();
    new.post("/pushers/set", pusher("key")).await.ok();
    assert_eq!(new.pushers().await[0][&server.dialect.link], "NEW");
}

#[tokio::test]
async fn a_server_from_before_the_proposal_knows_neither_state_nor_link() {
    use pushproof_homeserver::Options;
    let loopback = "127.0.0.1:0".parse().unwrap();
    let server = Server::with(Options { inspect: Some(loopback), ..Options::default() }).await;
    let inspect = server.homeserver.inspect_url().unwrap();
    let control = async |control: Control| {
        let body = serde_json::to_string(&control).unwrap();
        let request = server.http.post(inspect.join("control").unwrap()).body(body);
        let request = request.bearer_auth(server.homeserver.inspect_token().secret());
        let answer = request.header("content-type", "application/json").send().await.unwrap();
        assert_eq!(answer.status(), 200);
    };
    let phone = server.register("alice", "PHONE").await;
    let (state, link) = (&server.dialect.state.key, &server.dialect.link);

    control(Control::SetLegacy(true)).await;
    phone.post("/pushers/set", with(with(pusher("key"), state, true), link, "X")).await.ok();
    assert_eq!(phone.pushers().await, [pusher("key")]);
    let versions = server.ask(None, Method::GET, "/_matrix/client/versions", None).await.ok();
    assert_eq!(versions["unstable_features"], json!({}));

    control(Control::SetLegacy(false)).await;
    assert_eq!(phone.pushers().await, [with(with(pusher("key"), state, false), link, "PHONE")]);
}
