//! Devices: listing, renaming, and every way of removing them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Server;

#[tokio::test]
async fn devices_are_listed_and_renamed() {
    let server = Server::healthy().await;
    let phone = server.register("alice", "PHONE").await;
    phone.put("/devices/PHONE", json!({ "display_name": "Pocket" })).await.ok();
    assert_eq!(phone.get("/devices/PHONE").await.ok()["display_name"], "Pocket");
    assert_eq!(phone.get("/devices").await.ok()["devices"].as_array().unwrap().len(), 1);
    assert_eq!(phone.get("/devices/NOWHERE").await.error(), (404, "M_NOT_FOUND"));
}

#[tokio::test]
async fn deleting_wants_the_password_and_a_session_of_its_own() {
    let server = Server::healthy().await;
    let phone = server.register("alice", "PHONE").await;
    server.log_in("alice", "A").await;
    server.log_in("alice", "B").await;
    let challenge = phone.delete("/devices/A", json!({})).await;
    assert_eq!(challenge.status, 401);
    let auth = json!({
        "type": "m.login.password", "session": challenge.body["session"],
        "identifier": { "type": "m.id.user", "user": "alice" }, "password": "alice's password",
    });
    let other = phone.delete("/devices/B", json!({ "auth": auth })).await;
    assert_eq!(other.error(), (403, "M_FORBIDDEN"));
    phone.delete("/devices/A", json!({ "auth": auth })).await.ok();
    let again = phone.delete("/devices/A", json!({ "auth": auth })).await;
    assert_eq!(again.error(), (400, "M_INVALID_PARAM"));
}

#[tokio::test]
async fn a_wrong_password_deletes_nothing() {
    let server = Server::healthy().await;
    let phone = server.register("alice", "PHONE").await;
    let laptop = server.log_in("alice", "LAPTOP").await;
    let auth = json!({ "type": "m.login.password", "user": "alice", "password": "wrong" });
    let refused = phone.delete("/devices/LAPTOP", json!({ "auth": auth })).await;
    assert_eq!(refused.error(), (401, "M_FORBIDDEN"));
    assert!(refused.body["session"].is_string());
    laptop.get("/account/whoami").await.ok();
}

#[tokio::test]
async fn several_devices_go_at_once() {
    let server = Server::healthy().await;
    let phone = server.register("alice", "PHONE").await;
    let (a, b) = (server.log_in("alice", "A").await, server.log_in("alice", "B").await);
    let body = json!({ "devices": ["A", "B", "NOWHERE"] });
    phone.with_password(Method::POST, "/delete_devices", body).await.ok();
    for gone in [a, b] {
        assert_eq!(gone.get("/account/whoami").await.error(), (401, "M_UNKNOWN_TOKEN"));
    }
    phone.get("/account/whoami").await.ok();
}

#[tokio::test]
async fn a_password_change_logs_the_others_out_unless_told_not_to() {
    let server = Server::healthy().await;
    let phone = server.register("alice", "PHONE").await;
    let laptop = server.log_in("alice", "LAPTOP").await;
    let keeping = json!({ "new_password": "alice's password", "logout_devices": false });
    phone.with_password(Method::POST, "/account/password", keeping).await.ok();
    laptop.get("/account/whoami").await.ok();
    let body = json!({ "new_password": "new" });
    phone.with_password(Method::POST, "/account/password", body).await.ok();
    assert_eq!(laptop.get("/account/whoami").await.error(), (401, "M_UNKNOWN_TOKEN"));
    phone.get("/account/whoami").await.ok();
    let login = json!({ "type": "m.login.password", "user": "alice", "password": "new" });
    server.ask(None, Method::POST, "/login", Some(&login)).await.ok();
}

#[tokio::test]
async fn logging_out_everywhere_leaves_no_device() {
    let server = Server::healthy().await;
    let phone = server.register("alice", "PHONE").await;
    let laptop = server.log_in("alice", "LAPTOP").await;
    laptop.post("/logout/all", json!({})).await.ok();
    assert_eq!(phone.get("/devices").await.error(), (401, "M_UNKNOWN_TOKEN"));
    let back = server.log_in("alice", "NEW").await;
    let ids: Vec<Value> = back.get("/devices").await.ok()["devices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|device| device["device_id"].clone())
        .collect();
    assert_eq!(ids, [json!("NEW")]);
}
