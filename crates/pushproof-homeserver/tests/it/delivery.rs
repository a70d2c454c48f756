//! Push delivery, against a gateway.

use http::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    gateway::Gateway,
    support::{Device, Server, encoded, pusher_to, with},
};

/// Bob's phone with a pusher, and the room that he shares with Alice.
async fn set_up<'a>(server: &'a Server, gateway: &Gateway) -> (Device<'a>, Device<'a>, String) {
    let alice = server.register("alice", "DESKTOP").await;
    let bob = server.register("bob", "PHONE").await;
    let room = alice.share_room(&[&bob]).await;
    bob.post("/pushers/set", pusher_to("main", gateway.url())).await.ok();
    (alice, bob, room)
}

async fn disable(device: &Device<'_>, pushkey: &str, gateway: &Gateway, disabled: bool) {
    let key = &device.server.dialect.state.key;
    device.post("/pushers/set", with(pusher_to(pushkey, gateway.url()), key, disabled)).await.ok();
}

#[tokio::test]
async fn a_message_is_told_with_all_that_the_gateway_needs() {
    let (server, gateway) = (Server::healthy().await, Gateway::start().await);
    let (alice, _bob, room) = set_up(&server, &gateway).await;
    let event = alice.say(&room, "hello").await;
    let mut told = gateway.wait_for_event(&event, "main").await;
    assert!(told["devices"][0]["pushkey_ts"].take().is_u64());
    assert_eq!(
        told,
        json!({
            "event_id": event, "room_id": room, "type": "m.room.message", "sender": alice.user,
            "content": { "msgtype": "m.text", "body": "hello" }, "prio": "high", "counts": { "unread": 1 },
            "devices": [{
                "app_id": "org.example.app", "pushkey": "main", "pushkey_ts": null,
                "data": { "brand": "example" }, "tweaks": { "sound": "default" },
            }],
        })
    );
}

#[tokio::test]
async fn event_id_only_tells_no_more_than_ids() {
    let (server, gateway) = (Server::healthy().await, Gateway::start().await);
    let (alice, bob, room) = set_up(&server, &gateway).await;
    let mut body = pusher_to("ids", gateway.url());
    body["data"]["format"] = "event_id_only".into();
    bob.post("/pushers/set", body).await.ok();
    let event = alice.say(&room, "hello").await;
    let told = gateway.wait_for_event(&event, "ids").await;
    let names: Vec<&String> = told.as_object().unwrap().keys().collect();
    assert_eq!(names, ["event_id", "room_id", "counts", "devices"]);
}

#[tokio::test]
async fn an_invite_is_told_and_names_its_target() {
    let (server, gateway) = (Server::healthy().await, Gateway::start().await);
    let (alice, bob, _room) = set_up(&server, &gateway).await;
    alice.create_room(json!({ "name": "Den" }), &[&bob]).await;
    let told = gateway.wait_for(|told| told["type"] == "m.room.member").await;
    assert_eq!(told["user_is_target"], true);
    assert_eq!(told["room_name"], "Den");
}

#[rstest]
#[case::message("m.room.message", json!({ "msgtype": "m.text", "body": "second" }))]
#[case::highlight(
    "m.room.message",
    json!({ "msgtype": "m.text", "body": "bob", "m.mentions": { "user_ids": ["@bob:reference.test"] } })
)]
#[case::encrypted("m.room.encrypted", json!({ "algorithm": "x", "ciphertext": "y" }))]
#[case::call("m.call.invite", json!({ "call_id": "1", "lifetime": 1, "version": 1, "offer": {} }))]
#[tokio::test]
async fn a_disabled_pusher_is_silent_and_resumes_without_a_backlog(
    #[case] event_type: &str,
    #[case] content: Value,
) {
    let (server, gateway) = (Server::healthy().await, Gateway::start().await);
    let (alice, bob, room) = set_up(&server, &gateway).await;
    bob.post("/pushers/set", pusher_to("sentinel", gateway.url())).await.ok();
    let first = alice.say(&room, "first").await;
    gateway.wait_for_event(&first, "main").await;

    disable(&bob, "main", &gateway, true).await;
    let second = alice.send(&room, event_type, content).await;
    gateway.wait_for_event(&second, "sentinel").await;
    bob.read(&room, &second).await;
    gateway.wait_for(|told| told.get("event_id").is_none()).await;

    disable(&bob, "main", &gateway, false).await;
    let third = alice.say(&room, "third").await;
    gateway.wait_for_event(&third, "main").await;
    let told: Vec<Value> = gateway.to("main").iter().map(|told| told["event_id"].clone()).collect();
    assert_eq!(told, [json!(first), json!(third)]);
}

#[tokio::test]
async fn reading_tells_the_counts_once() {
    let (server, gateway) = (Server::healthy().await, Gateway::start().await);
    let (alice, bob, room) = set_up(&server, &gateway).await;
    let event = alice.say(&room, "hello").await;
    gateway.wait_for_event(&event, "main").await;
    bob.read(&room, &event).await;
    let counts = gateway.wait_for(|told| told.get("event_id").is_none()).await;
    assert_eq!(counts["counts"], json!({ "unread": 0 }));
    bob.read(&room, &event).await;
    let last = alice.say(&room, "last").await;
    gateway.wait_for_event(&last, "main").await;
    assert_eq!(gateway.arrived().len(), 3);
}

#[tokio::test]
async fn a_failed_delivery_is_tried_again_in_order() {
    let (server, gateway) = (Server::healthy().await, Gateway::start().await);
    let (alice, _bob, room) = set_up(&server, &gateway).await;
    gateway.answer([(StatusCode::BAD_GATEWAY, json!({}))]);
    let first = alice.say(&room, "first").await;
    let second = alice.say(&room, "second").await;
    gateway.wait_for_event(&second, "main").await;
    let told: Vec<Value> = gateway.to("main").iter().map(|told| told["event_id"].clone()).collect();
    assert_eq!(told, [json!(first), json!(first), json!(second)]);
}

#[tokio::test]
async fn no_retry_follows_a_disabling() {
    let (server, gateway) = (Server::healthy().await, Gateway::start().await);
    let (alice, bob, room) = set_up(&server, &gateway).await;
    gateway.answer([(StatusCode::BAD_GATEWAY, json!({}))]);
    let first = alice.say(&room, "first").await;
    gateway.wait_for_event(&first, "main").await;
    disable(&bob, "main", &gateway, true).await;
    disable(&bob, "main", &gateway, false).await;
    let second = alice.say(&room, "second").await;
    gateway.wait_for_event(&second, "main").await;
    assert_eq!(gateway.to("main").len(), 2);
}

#[tokio::test]
async fn a_rejected_key_is_removed() {
    let (server, gateway) = (Server::healthy().await, Gateway::start().await);
    let (alice, bob, room) = set_up(&server, &gateway).await;
    bob.post("/pushers/set", pusher_to("other", gateway.url())).await.ok();
    let rejecting = || (StatusCode::OK, json!({ "rejected": ["main"] }));
    gateway.answer([rejecting(), rejecting()]);
    let first = alice.say(&room, "first").await;
    gateway.wait_for_event(&first, "other").await;
    let second = alice.say(&room, "second").await;
    gateway.wait_for_event(&second, "other").await;
    let keys: Vec<Value> = bob.pushers().await.iter().map(|pusher| pusher["pushkey"].clone()).collect();
    assert_eq!(keys, [json!("other")]);
}

#[tokio::test]
async fn a_removed_device_takes_its_pushers_along() {
    let (server, gateway) = (Server::healthy().await, Gateway::start().await);
    let (alice, bob, room) = set_up(&server, &gateway).await;
    let laptop = server.log_in("bob", "LAPTOP").await;
    laptop.post("/pushers/set", pusher_to("laptop", gateway.url())).await.ok();
    bob.post("/logout", json!({})).await.ok();
    let keys: Vec<Value> = laptop.pushers().await.iter().map(|pusher| pusher["pushkey"].clone()).collect();
    assert_eq!(keys, [json!("laptop")]);
    let event = alice.say(&room, "hello").await;
    gateway.wait_for_event(&event, "laptop").await;
    assert_eq!(gateway.to("main"), [] as [Value; 0]);
}

#[tokio::test]
async fn push_rules_decide_what_is_told() {
    let (server, gateway) = (Server::healthy().await, Gateway::start().await);
    let (alice, bob, room) = set_up(&server, &gateway).await;
    let rule = format!("/pushrules/global/room/{}", encoded(&room));
    bob.put(&rule, json!({ "actions": [] })).await.ok();
    alice.say(&room, "unheard").await;
    bob.put(&format!("{rule}/enabled"), json!({ "enabled": false })).await.ok();
    let heard = alice.say(&room, "heard").await;
    gateway.wait_for_event(&heard, "main").await;
    assert_eq!(gateway.to("main").len(), 1);
    let notifications = bob.get("/notifications").await.ok();
    let listed: Vec<&Value> =
        notifications["notifications"].as_array().unwrap().iter().map(|n| &n["event"]["event_id"]).collect();
    assert_eq!(listed.first(), Some(&&json!(heard)));
}
