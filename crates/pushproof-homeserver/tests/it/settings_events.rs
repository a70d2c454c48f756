//! Settings events: stored, private, synced, and pruned with their device.

use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Device, Server};

/// The ways of removing the phone of Alice, by her laptop where that can be.
async fn remove_phone(path: &str, phone: &Device<'_>, laptop: &Device<'_>) {
    match path {
        "logout" => drop(phone.post("/logout", json!({})).await.ok()),
        "delete-device" => {
            drop(laptop.with_password(Method::DELETE, "/devices/PHONE", json!({})).await.ok());
        }
        "delete-devices" => {
            let body = json!({ "devices": ["PHONE"] });
            drop(laptop.with_password(Method::POST, "/delete_devices", body).await.ok());
        }
        "password-change" => {
            let body = json!({ "new_password": "alice's password" });
            drop(laptop.with_password(Method::POST, "/account/password", body).await.ok());
        }
        _ => unreachable!("no such path"),
    }
}

fn settings_in(sync: &Value, event_type: &str) -> Option<Value> {
    let events = sync["account_data"]["events"].as_array().unwrap();
    events.iter().find(|event| event["type"] == event_type).map(|event| event["content"].clone())
}

#[rstest]
#[tokio::test]
async fn an_event_is_stored_synced_and_pruned(
    #[values("stable", "msc0000", "msc3881")] dialect: &str,
    #[values("logout", "delete-device", "delete-devices", "password-change")] path: &str,
) {
    let server = Server::speaking(dialect).await;
    let phone = server.register("alice", "PHONE").await;
    let laptop = server.log_in("alice", "LAPTOP").await;
    let event_type = server.dialect.settings_type("PHONE");
    let content = json!({ (server.dialect.paused.as_str()): true, "org.example.more": { "a": [1] } });
    let before = laptop.sync(None).await;

    laptop.put(&laptop.settings("PHONE"), content.clone()).await.ok();
    laptop.put(&laptop.settings("LAPTOP"), content.clone()).await.ok();
    assert_eq!(phone.get(&phone.settings("PHONE")).await.ok(), content);
    assert_eq!(settings_in(&laptop.sync(None).await, &event_type), Some(content.clone()));
    let stored = laptop.sync(before["next_batch"].as_str()).await;
    assert_eq!(settings_in(&stored, &event_type), Some(content.clone()));

    remove_phone(path, &phone, &laptop).await;
    assert_eq!(laptop.get(&laptop.settings("PHONE")).await.error(), (404, "M_NOT_FOUND"));
    assert_eq!(laptop.get(&laptop.settings("LAPTOP")).await.ok(), content);
    assert_eq!(settings_in(&laptop.sync(None).await, &event_type), None);
    let told = laptop.sync(stored["next_batch"].as_str()).await;
    assert_eq!(settings_in(&told, &event_type), Some(json!({})));
    let after = laptop.sync(told["next_batch"].as_str()).await;
    assert_eq!(settings_in(&after, &event_type), None);
}

#[tokio::test]
async fn logging_out_everywhere_prunes_all() {
    let server = Server::healthy().await;
    let phone = server.register("alice", "PHONE").await;
    let laptop = server.log_in("alice", "LAPTOP").await;
    for device in [&phone, &laptop] {
        device.put(&device.settings(&device.id), json!({})).await.ok();
    }
    phone.post("/logout/all", json!({})).await.ok();
    let back = server.log_in("alice", "NEW").await;
    for gone in ["PHONE", "LAPTOP"] {
        assert_eq!(back.get(&back.settings(gone)).await.error(), (404, "M_NOT_FOUND"));
    }
}

#[rstest]
#[case("PHONE", "PHONE2")]
#[case("a.b", "a.b.c")]
#[case("a/b", "a/b/c")]
#[case("a b", "a b c")]
#[case("é", "é%2F")]
#[tokio::test]
async fn only_the_removed_devices_event_goes(#[case] gone: &str, #[case] stays: &str) {
    let server = Server::healthy().await;
    let removed = server.register("alice", gone).await;
    let other = server.log_in("alice", stays).await;
    for device in [&removed, &other] {
        device.put(&device.settings(&device.id), json!({ "x": 1 })).await.ok();
    }
    removed.post("/logout", json!({})).await.ok();
    assert_eq!(other.get(&other.settings(gone)).await.error(), (404, "M_NOT_FOUND"));
    assert_eq!(other.get(&other.settings(stays)).await.ok(), json!({ "x": 1 }));
}

#[tokio::test]
async fn nobody_else_reads_or_writes_it() {
    let server = Server::healthy().await;
    let alice = server.register("alice", "PHONE").await;
    let bob = server.register("bob", "PHONE").await;
    let path = alice.settings("PHONE");
    alice.put(&path, json!({ "x": 1 })).await.ok();
    assert_eq!(bob.get(&path).await.error(), (403, "M_FORBIDDEN"));
    assert_eq!(bob.put(&path, json!({})).await.error(), (403, "M_FORBIDDEN"));
    assert_eq!(alice.get(&path).await.ok(), json!({ "x": 1 }));
}

#[tokio::test]
async fn a_new_login_with_the_same_id_keeps_it_but_a_return_starts_without() {
    let server = Server::healthy().await;
    let phone = server.register("alice", "PHONE").await;
    let path = phone.settings("PHONE");
    phone.put(&path, json!({ "x": 1 })).await.ok();
    let again = server.log_in("alice", "PHONE").await;
    assert_eq!(again.get(&path).await.ok(), json!({ "x": 1 }));
    again.post("/logout", json!({})).await.ok();
    let returned = server.log_in("alice", "PHONE").await;
    assert_eq!(returned.get(&path).await.error(), (404, "M_NOT_FOUND"));
}

#[tokio::test]
async fn a_password_change_that_logs_nobody_out_keeps_all() {
    let server = Server::healthy().await;
    let phone = server.register("alice", "PHONE").await;
    let laptop = server.log_in("alice", "LAPTOP").await;
    for device in [&phone, &laptop] {
        device.put(&device.settings(&device.id), json!({ "x": 1 })).await.ok();
    }
    let body = json!({ "new_password": "new", "logout_devices": false });
    phone.with_password(Method::POST, "/account/password", body).await.ok();
    for device in [&phone, &laptop] {
        assert_eq!(laptop.get(&device.settings(&device.id)).await.ok(), json!({ "x": 1 }));
    }
}

#[tokio::test]
async fn a_write_is_in_no_later_sync_than_the_event_sent_after_it() {
    let server = Server::healthy().await;
    let alice = server.register("alice", "PHONE").await;
    let laptop = server.log_in("alice", "LAPTOP").await;
    let room = alice.share_room(&[]).await;
    let mut since = laptop.sync(None).await["next_batch"].as_str().unwrap().to_owned();
    for n in 0..20 {
        alice.put(&alice.settings("PHONE"), json!({ "n": n })).await.ok();
        alice.say(&room, &format!("{n}")).await;
        let sync = laptop.sync(Some(&since)).await;
        assert_eq!(settings_in(&sync, &server.dialect.settings_type("PHONE")), Some(json!({ "n": n })));
        assert_eq!(sync["rooms"]["join"][&room]["timeline"]["events"].as_array().unwrap().len(), 1);
        since = sync["next_batch"].as_str().unwrap().to_owned();
    }
}
