//! Defects and variations whose effect shows only where several things meet.

use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    gateway::Gateway,
    support::{Device, Server, encoded, pusher_to, with},
};

/// Alice, and Bob with a disabled pusher `main` and an enabled one `sentinel`, in a room.
async fn set_up<'a>(server: &'a Server, gateway: &Gateway) -> (Device<'a>, Device<'a>, String) {
    let alice = server.register("alice", "DESKTOP").await;
    let bob = server.register("bob", "PHONE").await;
    let room = alice.share_room(&[&bob]).await;
    let key = &server.dialect.state.key;
    bob.post("/pushers/set", with(pusher_to("main", gateway.url()), key, true)).await.ok();
    bob.post("/pushers/set", pusher_to("sentinel", gateway.url())).await.ok();
    (alice, bob, room)
}

fn is_counts(told: &Value) -> bool {
    told.get("event_id").is_none()
}

#[rstest]
#[tokio::test]
async fn counts_reach_a_disabled_pusher(#[values("disabled-counts", "disabled-counts-late")] defect: &str) {
    let (server, gateway) = (Server::defective(defect).await, Gateway::start().await);
    let (alice, bob, room) = set_up(&server, &gateway).await;
    let event = alice.say(&room, "hello").await;
    gateway.wait_for_event(&event, "sentinel").await;
    bob.read(&room, &event).await;
    gateway.wait_for(|told| is_counts(told) && told["devices"][0]["pushkey"] == "main").await;
    assert!(gateway.to("main").iter().all(is_counts));
}

#[tokio::test]
async fn late_events_reach_a_disabled_pusher() {
    let (server, gateway) = (Server::defective("disabled-notifies-late").await, Gateway::start().await);
    let (alice, _bob, room) = set_up(&server, &gateway).await;
    let event = alice.say(&room, "hello").await;
    gateway.wait_for_event(&event, "sentinel").await;
    assert_eq!(gateway.to("main"), [] as [Value; 0]);
    gateway.wait_for_event(&event, "main").await;
}

#[rstest]
#[case("disabled-not-counted", 0, 1)]
#[case("disabled-not-listed", 1, 0)]
#[tokio::test]
async fn a_disabled_pusher_spoils_the_tallies(
    #[case] defect: &str,
    #[case] unread: u64,
    #[case] listed: usize,
) {
    let (server, gateway) = (Server::defective(defect).await, Gateway::start().await);
    let (alice, bob, room) = set_up(&server, &gateway).await;
    let since = bob.sync(None).await["next_batch"].as_str().unwrap().to_owned();
    let event = alice.say(&room, "hello").await;
    let sync = bob.sync(Some(&since)).await;
    let counts = &sync["rooms"]["join"][&room]["unread_notifications"];
    assert_eq!(counts["notification_count"], unread);
    let notifications = bob.get("/notifications").await.ok();
    let of_event = notifications["notifications"].as_array().unwrap().iter();
    assert_eq!(of_event.filter(|told| told["event"]["event_id"] == event).count(), listed);
}

#[rstest]
#[case("burst-confuses-delivery", 1)]
#[case("burst-duplicates", 2)]
#[tokio::test]
async fn many_sets_at_once_spoil_the_pusher(#[case] defect: &str, #[case] listed: usize) {
    let (server, gateway) = (Server::defective(defect).await, Gateway::start().await);
    let (alice, bob, room) = set_up(&server, &gateway).await;
    let key = &server.dialect.state.key;
    for _ in 0..8 {
        bob.post("/pushers/set", with(pusher_to("main", gateway.url()), key, true)).await.ok();
    }
    let pushers = bob.pushers().await;
    assert_eq!(pushers.iter().filter(|pusher| pusher["pushkey"] == "main").count(), listed);
    let event = alice.say(&room, "hello").await;
    gateway.wait_for_event(&event, "sentinel").await;
    if defect == "burst-confuses-delivery" {
        gateway.wait_for_event(&event, "main").await;
    }
}

#[rstest]
#[case("settings-behind-events", 20)]
#[case("settings-sometimes-behind-events", 4)]
#[tokio::test]
async fn settings_come_behind_the_events_sent_after_them(#[case] defect: &str, #[case] expected: usize) {
    let server = Server::defective(defect).await;
    let alice = server.register("alice", "PHONE").await;
    let room = alice.share_room(&[]).await;
    let mut since = alice.sync(None).await["next_batch"].as_str().unwrap().to_owned();
    let mut late = 0;
    for n in 0..20 {
        alice.put(&alice.settings("PHONE"), json!({ "n": n })).await.ok();
        alice.say(&room, &format!("{n}")).await;
        let sync = alice.sync(Some(&since)).await;
        let told = sync["account_data"]["events"].as_array().unwrap().iter();
        late += usize::from(!told.into_iter().any(|event| event["content"]["n"] == n));
        since = sync["next_batch"].as_str().unwrap().to_owned();
    }
    assert!(late >= expected, "{late} of 20");
}

#[tokio::test]
async fn a_backlog_is_delivered_once_enabled() {
    let (server, gateway) = (Server::defective("backlog-delivered").await, Gateway::start().await);
    let (alice, bob, room) = set_up(&server, &gateway).await;
    let event = alice.say(&room, "missed").await;
    gateway.wait_for_event(&event, "sentinel").await;
    assert_eq!(gateway.to("main"), [] as [Value; 0]);
    bob.post("/pushers/set", pusher_to("main", gateway.url())).await.ok();
    gateway.wait_for_event(&event, "main").await;
}

#[tokio::test]
async fn one_request_names_all_pushers_but_the_disabled_one() {
    let (server, gateway) = (Server::defective("deliveries-wrapped").await, Gateway::start().await);
    let (alice, bob, room) = set_up(&server, &gateway).await;
    bob.post("/pushers/set", pusher_to("third", gateway.url())).await.ok();
    let event = alice.say(&room, "hello").await;
    let told = gateway.wait_for_event(&event, "sentinel").await;
    let keys: Vec<&Value> =
        told["devices"].as_array().unwrap().iter().map(|device| &device["pushkey"]).collect();
    assert_eq!(keys, ["sentinel", "third"]);
}

#[tokio::test]
async fn unusual_ids_work_everywhere() {
    let (server, gateway) = (Server::defective("unusual-ids").await, Gateway::start().await);
    let (alice, bob, room) = set_up(&server, &gateway).await;
    let event = alice.say(&room, "hello").await;
    assert!(room.contains('/') && event.contains('%'), "{room} {event}");
    gateway.wait_for_event(&event, "sentinel").await;
    let path = format!("/rooms/{}/event/{}", encoded(&room), encoded(&event));
    assert_eq!(bob.get(&path).await.ok()["event_id"], event);
}
