//! Syncing: long polls, rooms, and what belongs to them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Server, encoded};

fn event_ids(timeline: &Value) -> Vec<&Value> {
    timeline["events"].as_array().unwrap().iter().map(|event| &event["event_id"]).collect()
}

#[tokio::test]
async fn a_long_poll_wakes_when_something_happens() {
    let server = Server::healthy().await;
    let alice = server.register("alice", "PHONE").await;
    let bob = server.register("bob", "PHONE").await;
    let room = alice.share_room(&[&bob]).await;
    let since = bob.sync(None).await["next_batch"].as_str().unwrap().to_owned();
    let path = format!("/sync?since={since}&timeout=30000");
    let poll = bob.get(&path);
    let send = alice.say(&room, "wake up");
    let (answer, event) = tokio::time::timeout(Duration::from_secs(10), async { tokio::join!(poll, send) })
        .await
        .expect("the poll is answered long before its timeout");
    assert_eq!(event_ids(&answer.ok()["rooms"]["join"][&room]["timeline"]), [&json!(event)]);
}

#[tokio::test]
async fn a_long_poll_ends_with_its_timeout() {
    let server = Server::healthy().await;
    let alice = server.register("alice", "PHONE").await;
    let since = alice.sync(None).await["next_batch"].as_str().unwrap().to_owned();
    let answer = alice.get(&format!("/sync?since={since}&timeout=20")).await.ok();
    assert_eq!(answer["rooms"]["join"], json!({}));
    assert_eq!(answer["next_batch"], since);
}

#[tokio::test]
async fn a_long_poll_of_a_removed_device_ends() {
    let server = Server::healthy().await;
    let phone = server.register("alice", "PHONE").await;
    let laptop = server.log_in("alice", "LAPTOP").await;
    let since = phone.sync(None).await["next_batch"].as_str().unwrap().to_owned();
    let path = format!("/sync?since={since}&timeout=30000");
    let (answer, _) = tokio::time::timeout(Duration::from_secs(10), async {
        tokio::join!(phone.get(&path), laptop.post("/logout/all", json!({})))
    })
    .await
    .expect("the poll is answered long before its timeout");
    assert_eq!(answer.error(), (401, "M_UNKNOWN_TOKEN"));
}

#[tokio::test]
async fn an_invite_a_join_and_a_leave_each_have_their_place() {
    let server = Server::healthy().await;
    let alice = server.register("alice", "PHONE").await;
    let bob = server.register("bob", "PHONE").await;
    let start = bob.sync(None).await["next_batch"].as_str().unwrap().to_owned();
    let room = alice.create_room(json!({ "name": "Den", "is_direct": true }), &[&bob]).await;
    let invited = bob.sync(Some(&start)).await;
    let stripped = invited["rooms"]["invite"][&room]["invite_state"]["events"].as_array().unwrap();
    assert!(stripped.iter().any(|event| event["content"]["name"] == "Den"));
    assert!(stripped.iter().any(|event| event["content"]["is_direct"] == true));

    bob.post(&format!("/rooms/{}/join", encoded(&room)), json!({})).await.ok();
    let joined = bob.sync(invited["next_batch"].as_str()).await;
    let part = &joined["rooms"]["join"][&room];
    let told: Vec<&Value> = part["state"]["events"]
        .as_array()
        .unwrap()
        .iter()
        .chain(part["timeline"]["events"].as_array().unwrap())
        .map(|event| &event["type"])
        .collect();
    assert!(told.contains(&&json!("m.room.create")), "{told:?}");
    assert_eq!(part["summary"]["m.joined_member_count"], 2);

    bob.post(&format!("/rooms/{}/leave", encoded(&room)), json!({})).await.ok();
    alice.say(&room, "gone?").await;
    let left = bob.sync(joined["next_batch"].as_str()).await;
    assert_eq!(left["rooms"]["join"], json!({}));
    let timeline = &left["rooms"]["leave"][&room]["timeline"]["events"];
    assert_eq!(timeline.as_array().unwrap().len(), 1);
    assert_eq!(timeline[0]["content"]["membership"], "leave");
}

#[tokio::test]
async fn unread_counts_rise_and_a_receipt_clears_them() {
    let server = Server::healthy().await;
    let alice = server.register("alice", "PHONE").await;
    let bob = server.register("bob", "PHONE").await;
    let room = alice.share_room(&[&bob]).await;
    alice.say(&room, "plain").await;
    let mention = json!({ "msgtype": "m.text", "body": "bob", "m.mentions": { "user_ids": [bob.user] } });
    let last = alice.send(&room, "m.room.message", mention).await;
    let sync = bob.sync(None).await;
    let counts = &sync["rooms"]["join"][&room]["unread_notifications"];
    assert_eq!(*counts, json!({ "notification_count": 2, "highlight_count": 1 }));
    bob.read(&room, &last).await;
    let sync = bob.sync(sync["next_batch"].as_str()).await;
    let part = &sync["rooms"]["join"][&room];
    assert_eq!(part["unread_notifications"], json!({ "notification_count": 0, "highlight_count": 0 }));
    assert!(part["ephemeral"]["events"][0]["content"][&last]["m.read"][&bob.user]["ts"].is_u64());
}

#[tokio::test]
async fn a_short_timeline_says_that_it_is_limited_and_where_to_go_on() {
    let server = Server::healthy().await;
    let alice = server.register("alice", "PHONE").await;
    let room = alice.share_room(&[]).await;
    let since = alice.sync(None).await["next_batch"].as_str().unwrap().to_owned();
    let mut sent = Vec::new();
    for n in 0..5 {
        sent.push(alice.say(&room, &format!("{n}")).await);
    }
    let user = encoded(&alice.user);
    let filter = json!({ "room": { "timeline": { "limit": 2 } } });
    let filter = alice.post(&format!("/user/{user}/filter"), filter).await.ok();
    let path = format!("/sync?since={since}&filter={}", filter["filter_id"].as_str().unwrap());
    let sync = alice.get(&path).await.ok();
    let timeline = &sync["rooms"]["join"][&room]["timeline"];
    assert_eq!(timeline["limited"], true);
    assert_eq!(event_ids(timeline), [&json!(sent[3]), &json!(sent[4])]);
    let from = timeline["prev_batch"].as_str().unwrap();
    let path = format!("/rooms/{}/messages?dir=b&from={from}&limit=3", encoded(&room));
    let chunk = alice.get(&path).await.ok();
    let ids: Vec<&Value> =
        chunk["chunk"].as_array().unwrap().iter().map(|event| &event["event_id"]).collect();
    assert_eq!(ids, [&json!(sent[2]), &json!(sent[1]), &json!(sent[0])]);
}

#[tokio::test]
async fn a_transaction_makes_one_event_only() {
    let server = Server::healthy().await;
    let alice = server.register("alice", "PHONE").await;
    let room = alice.share_room(&[]).await;
    assert_eq!(alice.say(&room, "same").await, alice.say(&room, "same").await);
    let sync = alice.sync(None).await;
    let events = sync["rooms"]["join"][&room]["timeline"]["events"].as_array().unwrap().clone();
    assert_eq!(events.iter().filter(|event| event["type"] == "m.room.message").count(), 1);
    assert!(events.last().unwrap()["unsigned"]["transaction_id"].is_string());
}

#[tokio::test]
async fn keys_and_messages_reach_other_devices() {
    let server = Server::healthy().await;
    let alice = server.register("alice", "PHONE").await;
    let bob = server.register("bob", "PHONE").await;
    alice.share_room(&[&bob]).await;
    let since = bob.sync(None).await["next_batch"].as_str().unwrap().to_owned();
    let keys = json!({
        "device_keys": { "user_id": alice.user, "device_id": "PHONE", "algorithms": [], "keys": {} },
        "one_time_keys": { "signed_curve25519:AAAA": { "key": "x" } },
    });
    let counts = alice.post("/keys/upload", keys.clone()).await.ok();
    assert_eq!(counts["one_time_key_counts"], json!({ "signed_curve25519": 1 }));
    let message = json!({ "messages": { &bob.user: { "*": { "hello": 1 } } } });
    alice.put("/sendToDevice/org.example.note/1", message.clone()).await.ok();
    alice.put("/sendToDevice/org.example.note/1", message).await.ok();

    let sync = bob.sync(Some(&since)).await;
    assert_eq!(sync["device_lists"]["changed"], json!([alice.user]));
    let expected = json!([{ "type": "org.example.note", "sender": alice.user, "content": { "hello": 1 } }]);
    assert_eq!(sync["to_device"]["events"], expected);
    let after = bob.sync(sync["next_batch"].as_str()).await;
    assert_eq!(after["to_device"]["events"], json!([]));

    let found = bob.post("/keys/query", json!({ "device_keys": { &alice.user: [] } })).await.ok();
    assert_eq!(found["device_keys"][&alice.user]["PHONE"], keys["device_keys"]);
    let claim = json!({ "one_time_keys": { &alice.user: { "PHONE": "signed_curve25519" } } });
    let claimed = bob.post("/keys/claim", claim.clone()).await.ok();
    let expected = json!({ "signed_curve25519:AAAA": { "key": "x" } });
    assert_eq!(claimed["one_time_keys"][&alice.user]["PHONE"], expected);
    let again = bob.post("/keys/claim", claim).await.ok();
    assert_eq!(again["one_time_keys"][&alice.user], json!({}));
}
