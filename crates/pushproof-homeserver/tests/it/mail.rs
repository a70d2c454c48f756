//! Mail addresses of accounts, and what is mailed to them.

use pushproof_homeserver::Options;
use pushproof_vocabulary::control::{Control, Happening};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    mailbox::Mailbox,
    support::{Device, Server, with},
};

const SECRET: &str = "a.secret_of=the-client";

async fn mailing(mailbox: &Mailbox, defects: &[&str]) -> Server {
    let defects = defects.iter().map(ToString::to_string).collect();
    Server::with(Options { smtp: Some(mailbox.relay()), defects, ..Options::default() }).await
}

fn request(address: &str) -> Value {
    json!({ "client_secret": SECRET, "email": address, "send_attempt": 1 })
}

/// A set of an email pusher with all fields but the state.
fn email_pusher(address: &str) -> Value {
    json!({
        "app_id": "m.email", "pushkey": address, "kind": "email", "app_display_name": "Email Notifications",
        "device_display_name": address, "lang": "en", "data": {},
    })
}

impl Server {
    async fn request_token(&self, body: &Value) -> crate::support::Answer {
        self.ask(None, Method::POST, "/account/3pid/email/requestToken", Some(body)).await
    }

    /// Has the address validated, and gives the session.
    async fn validated(&self, mailbox: &Mailbox, address: &str) -> String {
        let session = self.request_token(&request(address)).await.ok()["sid"].as_str().unwrap().to_owned();
        let mail = mailbox.wait_for(&address.to_lowercase(), "http://").await;
        let link = mail.text.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
        let path = link.strip_prefix(self.homeserver.url().as_str()).expect("the link leads to the server");
        let answer = self.http.get(self.homeserver.url().join(path).unwrap()).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{link}");
        session
    }
}

impl Device<'_> {
    async fn bind(&self, mailbox: &Mailbox, address: &str) {
        let sid = self.server.validated(mailbox, address).await;
        let body = json!({ "sid": sid, "client_secret": SECRET });
        self.with_password(Method::POST, "/account/3pid/add", body).await.ok();
    }

    async fn emails(&self) -> Vec<String> {
        let listed = self.get("/account/3pid").await.ok()["threepids"].as_array().unwrap().clone();
        listed.iter().map(|entry| entry["address"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn an_address_is_bound_by_the_link_in_a_mail_and_taken_off_with_its_pusher() {
    let mailbox = Mailbox::start().await;
    let server = mailing(&mailbox, &[]).await;
    let alice = server.register("alice", "PHONE").await;
    let refused = alice.post("/pushers/set", email_pusher("alice@example.org")).await;
    assert_eq!(refused.error(), (400, "M_THREEPID_NOT_FOUND"));
    alice.bind(&mailbox, "Alice@example.org").await;
    let listed = alice.get("/account/3pid").await.ok()["threepids"][0].clone();
    assert_eq!((&listed["medium"], &listed["address"]), (&json!("email"), &json!("alice@example.org")));
    assert!(listed["validated_at"].is_u64() && listed["added_at"].is_u64(), "{listed}");
    alice.post("/pushers/set", email_pusher("alice@example.org")).await.ok();
    let pusher = alice.pushers().await[0].clone();
    assert_eq!(pusher.get(&server.dialect.link), Some(&Value::Null));
    assert_eq!(pusher.get(&server.dialect.state.key), Some(&json!(false)));

    let taken = server.request_token(&request("alice@example.org")).await;
    assert_eq!(taken.error(), (400, "M_THREEPID_IN_USE"));
    let body = json!({ "medium": "email", "address": "alice@example.org" });
    alice.post("/account/3pid/delete", body).await.ok();
    assert_eq!((alice.emails().await.len(), alice.pushers().await.len()), (0, 0));
    server
        .request_token(
            &json!({ "client_secret": "another", "email": "alice@example.org", "send_attempt": 1 }),
        )
        .await
        .ok();
}

#[tokio::test]
async fn the_journal_tells_of_mails_and_not_what_they_say() {
    let mailbox = Mailbox::start().await;
    let server = mailing(&mailbox, &[]).await;
    server.validated(&mailbox, "a@example.org").await;
    server.homeserver.control(Control::WaitIdle { deadline_ms: 10_000 }).await.unwrap();
    let journal = server.homeserver.journal(0);
    let is_mail = |what: &&Happening| matches!(what, Happening::Mail { .. });
    let mails: Vec<&Happening> = journal.entries.iter().map(|entry| &entry.what).filter(is_mail).collect();
    let (to, subject) = ("a@example.org".to_owned(), "Is this your mail address?".to_owned());
    assert_eq!(mails, [&Happening::Mail { to, subject, status: Some(250) }]);
}

#[tokio::test]
async fn one_attempt_sends_one_mail() {
    let mailbox = Mailbox::start().await;
    let server = mailing(&mailbox, &[]).await;
    for attempt in [1, 1, 2, 1] {
        server.request_token(&with(request("a@example.org"), "send_attempt", attempt)).await.ok();
    }
    // Mails are not in order: the last one is that of another address.
    server.validated(&mailbox, "b@example.org").await;
    mailbox.wait_for("a@example.org", "http://").await;
    assert!(mailbox.to("a@example.org").len() <= 2);
}

#[rstest]
#[case::no_secret(json!({ "email": "a@example.org", "send_attempt": 1 }), 400, "M_MISSING_PARAM")]
#[case::bad_secret(with(request("a@example.org"), "client_secret", "a b"), 400, "M_INVALID_PARAM")]
#[case::empty_secret(with(request("a@example.org"), "client_secret", ""), 400, "M_INVALID_PARAM")]
#[case::no_attempt(json!({ "client_secret": SECRET, "email": "a@example.org" }), 400, "M_MISSING_PARAM")]
#[case::bad_attempt(with(request("a@example.org"), "send_attempt", "1"), 400, "M_BAD_JSON")]
#[case::no_address(request("example.org"), 400, "M_INVALID_PARAM")]
#[case::two_lines(request("a@example.org\r\nRCPT TO:<b@example.org>"), 400, "M_INVALID_PARAM")]
#[tokio::test]
async fn what_is_no_request_for_a_mail_is_refused(
    #[case] body: Value,
    #[case] status: u16,
    #[case] errcode: &str,
) {
    let mailbox = Mailbox::start().await;
    let server = mailing(&mailbox, &[]).await;
    assert_eq!(server.request_token(&body).await.error(), (status, errcode));
}

#[tokio::test]
async fn a_server_without_a_relay_validates_nothing() {
    let server = Server::healthy().await;
    let refused = server.request_token(&request("a@example.org")).await;
    assert_eq!(refused.error(), (403, "M_THREEPID_DENIED"));
}

#[tokio::test]
async fn only_who_opened_the_link_binds_the_address() {
    let mailbox = Mailbox::start().await;
    let server = mailing(&mailbox, &[]).await;
    let alice = server.register("alice", "PHONE").await;
    let sid = server.request_token(&request("a@example.org")).await.ok()["sid"].clone();
    let add = async |body: Value| {
        alice.with_password(Method::POST, "/account/3pid/add", body).await.error().1.to_owned()
    };
    assert_eq!(add(json!({ "sid": sid, "client_secret": SECRET })).await, "M_THREEPID_AUTH_FAILED");
    let path =
        format!("/_pushproof/validate_email?sid={}&client_secret={SECRET}&token=x", sid.as_str().unwrap());
    let url = server.homeserver.url().join(&path).unwrap();
    assert_eq!(server.http.get(url).send().await.unwrap().status(), 400);
    let sid = server.validated(&mailbox, "a@example.org").await;
    assert_eq!(add(json!({ "sid": sid, "client_secret": "other" })).await, "M_THREEPID_AUTH_FAILED");
}

/// Alice, and Bob with email pushers for two addresses, in a room.
async fn set_up<'a>(server: &'a Server, mailbox: &Mailbox) -> (Device<'a>, Device<'a>, String) {
    let (alice, bob) = (server.register("alice", "DESKTOP").await, server.register("bob", "PHONE").await);
    let room = alice.share_room(&[&bob]).await;
    for address in ["main@example.org", "sentinel@example.org"] {
        bob.bind(mailbox, address).await;
        bob.post("/pushers/set", email_pusher(address)).await.ok();
    }
    (alice, bob, room)
}

#[tokio::test]
async fn mails_say_who_did_what_in_which_room() {
    let mailbox = Mailbox::start().await;
    let server = mailing(&mailbox, &[]).await;
    let (alice, bob, room) = set_up(&server, &mailbox).await;
    alice.create_room(json!({ "name": "The attic" }), &[&bob]).await;
    let invite = mailbox.wait_for("main@example.org", "invites you to").await;
    alice.say(&room, "Hello Bob.\nHow are you?").await;
    let message = mailbox.wait_for("main@example.org", "How are you?").await;
    alice.send(&room, "m.room.encrypted", json!({ "algorithm": "x" })).await;
    let encrypted = mailbox.wait_for("main@example.org", "encrypted").await;
    let shown = |mail: &crate::mailbox::Mail| {
        let lines = mail.text.lines().filter(|line| !line.starts_with("Date:"));
        lines.map(|line| line.replace(&room, "!room")).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!([&invite, &message, &encrypted].map(shown).join("\n=====\n"));
}

#[tokio::test]
async fn a_disabled_email_pusher_mails_nothing_not_even_what_waits() {
    let mailbox = Mailbox::start().await;
    let server = mailing(&mailbox, &[]).await;
    let (alice, bob, room) = set_up(&server, &mailbox).await;
    let key = &server.dialect.state.key;
    let set = async |address: &str, disabled: bool| {
        bob.post("/pushers/set", with(email_pusher(address), key, disabled)).await.ok();
    };
    set("sentinel@example.org", true).await;
    mailbox.refuse_one("451 later");
    alice.say(&room, "refused").await;
    mailbox.has_refused().await;
    set("main@example.org", true).await;
    set("sentinel@example.org", false).await;
    alice.say(&room, "while disabled").await;
    mailbox.wait_for("sentinel@example.org", "while disabled").await;
    set("main@example.org", false).await;
    alice.say(&room, "enabled again").await;
    mailbox.wait_for("main@example.org", "enabled again").await;
    let about_events =
        mailbox.to("main@example.org").into_iter().filter(|mail| mail.text.contains("wrote in"));
    assert_eq!(about_events.count(), 1);
}

#[tokio::test]
async fn a_mail_that_the_relay_refuses_is_sent_again() {
    let mailbox = Mailbox::start().await;
    let server = mailing(&mailbox, &[]).await;
    let (alice, bob, room) = set_up(&server, &mailbox).await;
    bob.post("/pushers/set", with(email_pusher("sentinel@example.org"), "kind", Value::Null)).await.ok();
    mailbox.refuse_one("451 later");
    alice.say(&room, "refused").await;
    mailbox.has_refused().await;
    mailbox.wait_for("main@example.org", "refused").await;
}
