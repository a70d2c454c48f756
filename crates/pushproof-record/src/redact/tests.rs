use proptest::prelude::*;
use rstest::{fixture, rstest};
use serde_json::json;

use super::*;
use crate::{Body, Content, Exchange, HttpRequest, HttpResponse, Mismatch};

#[fixture]
fn redactor() -> Redactor {
    let redactor = Redactor::new();
    redactor.secret("syt_alice", "ALICE_TOKEN");
    redactor.secret("syt_alice_phone", "ALICE_PHONE_TOKEN");
    redactor.secret("p\"ss wörd/+", "ALICE_PASSWORD");
    redactor.secret("7378697", "PIN");
    redactor
}

#[rstest]
#[case::nothing("no secret in here", "no secret in here")]
#[case::by_value("token syt_alice, twice syt_alice", "token $ALICE_TOKEN, twice $ALICE_TOKEN")]
#[case::longest_first("syt_alice_phone!", "$ALICE_PHONE_TOKEN!")]
#[case::at_the_end("x=syt_alice", "x=$ALICE_TOKEN")]
#[case::not_ascii("é p\"ss wörd/+ é", "é $ALICE_PASSWORD é")]
#[case::in_json_text(r#"{"a": "p\"ss wörd/+"}"#, r#"{"a": "$ALICE_PASSWORD"}"#)]
#[case::in_a_url("/a?b=p%22ss%20w%C3%B6rd%2F%2B", "/a?b=$ALICE_PASSWORD")]
#[case::json_field(
    r#"{"access_token" : "un\"known", "a": 1}"#,
    r#"{"access_token" : "$ACCESS_TOKEN", "a": 1}"#
)]
#[case::cut_json_field(r#"{"password":"unkno"#, r#"{"password":"$PASSWORD"#)]
#[case::form("user=a&client_secret=unknown&x=1", "user=a&client_secret=$CLIENT_SECRET&x=1")]
#[case::known_field("access_token=syt_alice", "access_token=$ALICE_TOKEN")]
#[case::longer_name("my_password=visible", "my_password=visible")]
#[case::lower_case("p%22ss%20w%c3%b6rd%2f%2b", "$ALICE_PASSWORD")]
#[case::every_byte("x%70%22%73%73%20%77%c3%b6%72%64%2f%2By", "x$ALICE_PASSWORDy")]
#[case::partly("p%22ss wörd/%2B", "$ALICE_PASSWORD")]
#[case::in_a_form("a=p%22ss+w%C3%B6rd%2F%2B&b", "a=$ALICE_PASSWORD&b")]
#[case::unicode_escapes(r#"{"a":"p\u0022ss w\u00F6rd\/+"}"#, r#"{"a":"$ALICE_PASSWORD"}"#)]
#[case::printed_by_rust(r#""p\"ss w\u{f6}rd/+""#, r#""$ALICE_PASSWORD""#)]
#[case::json_in_json(r#""{\"a\":\"p\\\"ss wörd/+\"}""#, r#""{\"a\":\"$ALICE_PASSWORD\"}""#)]
#[case::percent_twice("p%2522ss%2520w%25C3%25B6rd%252F%252B", "$ALICE_PASSWORD")]
#[case::html("<b>p&quot;ss w&#246;rd/&#x2B;</b>", "<b>$ALICE_PASSWORD</b>")]
#[case::base64("eW cCJzcyB3w7ZyZC8r eW", "eW $ALICE_PASSWORD eW")]
#[case::base64_for_urls("cCJzcyB3w7ZyZC8r", "$ALICE_PASSWORD")]
#[case::padded("a:c3l0X2FsaWNlX3Bob25l", "a:$ALICE_PHONE_TOKEN")]
#[case::hexadecimal("7379745F616C696365 7379745f616c696365", "$ALICE_TOKEN $ALICE_TOKEN")]
#[case::cut("unknown token syt_al…", "unknown token …")]
#[case::user_info(
    "see https://me:p@ss@hs:1/a@b, or http://you@hs",
    "see https://$USER_INFO@hs:1/a@b, or http://$USER_INFO@hs"
)]
#[case::addresses(
    "@alice:hs, alice@example.org, https://matrix.to/#/@a:hs",
    "@alice:hs, alice@example.org, https://matrix.to/#/@a:hs"
)]
fn texts(redactor: Redactor, #[case] text: &str, #[case] redacted: &str) {
    assert_eq!(redactor.text(text), redacted);
}

#[rstest]
#[case::by_value(json!({ "a": ["x syt_alice y"] }), json!({ "a": ["x $ALICE_TOKEN y"] }))]
#[case::in_a_key(json!({ "syt_alice": 1 }), json!({ "$ALICE_TOKEN": 1 }))]
#[case::field(json!({ "auth": { "password": "unknown" } }), json!({ "auth": { "password": "$PASSWORD" } }))]
#[case::known_field(json!({ "password": "p\"ss wörd/+" }), json!({ "password": "$ALICE_PASSWORD" }))]
#[case::number(json!({ "password": 1234 }), json!({ "password": "$PASSWORD" }))]
#[case::a_number_that_is_one(json!([7_378_697, 7]), json!(["$PIN", 7]))]
#[case::no_value(json!({ "password": null, "token": true }), json!({ "password": null, "token": true }))]
#[case::inside_a_field(json!({ "token": { "token": "unknown" } }), json!({ "token": { "token": "$TOKEN" } }))]
#[case::looks_redacted(json!({ "password": "$ecret" }), json!({ "password": "$PASSWORD" }))]
fn json_values(redactor: Redactor, #[case] value: Value, #[case] redacted: Value) {
    assert_eq!(redactor.json(value), redacted);
}

/// Whatever stands before and behind it: what is left are parts of characters that neighbours share.
#[rstest]
fn base64_of_something_longer(
    redactor: Redactor,
    #[values(0, 1, 2, 3, 7)] before: usize,
    #[values("", ":", "é!")] after: &str,
) {
    use base64::{Engine, engine::general_purpose};
    let whole = format!("{}syt_alice_phone{after}", "u".repeat(before));
    for engine in [general_purpose::STANDARD, general_purpose::URL_SAFE_NO_PAD] {
        let encoded = engine.encode(&whole);
        let redacted = redactor.text(&format!("Basic {encoded}"));
        assert!(redacted.contains("$ALICE_PHONE_TOKEN"), "{redacted}");
        let left = redacted.replace("$ALICE_PHONE_TOKEN", "");
        assert!(left.len() <= "Basic ".len() + encoded.len() - 18, "{left}");
    }
}

#[rstest]
#[case::nothing("http://hs/a%20b?c=%26", "http://hs/a%20b?c=%26")]
#[case::odd_encoding("http://hs/%73yt_alice", "http://hs/$ALICE_TOKEN")]
#[case::query("http://hs/a?b=1&x=syt%5Falice", "http://hs/a?b=1&x=$ALICE_TOKEN")]
#[case::field("http://hs/a?token=unknown&flag", "http://hs/a?token=$TOKEN&flag")]
#[case::known_field("http://hs/a?access_token=syt_alice", "http://hs/a?access_token=$ALICE_TOKEN")]
fn urls(redactor: Redactor, #[case] url: &str, #[case] redacted: &str) {
    assert_eq!(redactor.url(url), redacted);
}

#[rstest]
#[case("Authorization", "Bearer syt_alice", "Bearer $ALICE_TOKEN")]
#[case("authorization", "Bearer unknown", "Bearer $ACCESS_TOKEN")]
#[case("authorization", "unknown", "$ACCESS_TOKEN")]
#[case("Authorization", "Bearer $ALICE_TOKEN", "Bearer $ALICE_TOKEN")]
#[case("Set-Cookie", "session=unknown", "$SET_COOKIE")]
#[case("X-Echo", "syt_alice", "$ALICE_TOKEN")]
#[case("Content-Type", "application/json", "application/json")]
fn headers(redactor: Redactor, #[case] name: &str, #[case] value: &str, #[case] redacted: &str) {
    let headers = redactor.headers(vec![(name.to_owned(), value.to_owned())]);
    assert_eq!(headers, [(name.to_owned(), redacted.to_owned())]);
}

/// A request with nothing else known of it.
fn posted(url: &str, body: &str) -> Exchange {
    Exchange {
        at_ms: 0,
        duration_ms: 0,
        actor: None,
        token_variable: None,
        variables: Vec::new(),
        request: HttpRequest {
            method: "POST".into(),
            url: url.into(),
            headers: Vec::new(),
            body: Some(Body::new(body.as_bytes())),
        },
        response: None,
        error: None,
        repeats: 1,
    }
}

#[rstest]
fn no_part_of_an_exchange_is_left_out(redactor: Redactor) {
    let headers = || vec![("X-Echo".to_owned(), "syt_alice".to_owned())];
    let mut exchange = posted("http://hs/syt_alice", r#"{"x": "syt_alice"}"#);
    exchange.request.headers = headers();
    let body = Some(Body::new(b"syt_alice"));
    exchange.response = Some(HttpResponse { status: 200, headers: headers(), body });
    exchange.error = Some("syt_alice".into());
    let written = serde_json::to_string(&redactor.evidence(exchange.into())).unwrap();
    assert!(!written.contains("syt_alice"), "{written}");
    assert_eq!(written.matches("$ALICE_TOKEN").count(), 6);
}

#[rstest]
#[case::made("http://hs/syt_alice", r#"{"password": "unknown"}"#, &["ALICE_TOKEN", "PASSWORD"])]
#[case::sent("http://hs/$ALICE_TOKEN", r#"{"a": "$HOME $PASSWORD"}"#, &[])]
#[case::sent_and_made("http://hs/syt_alice/$ALICE_TOKEN", "{}", &[])]
#[case::sent_in_disguise("http://hs/%24ALICE_TOKEN-syt_alice%24HOME", "{}", &[])]
fn variables_are_those_that_were_made(
    redactor: Redactor,
    #[case] url: &str,
    #[case] body: &str,
    #[case] variables: &[&str],
) {
    let once = redactor.exchange(posted(url, body));
    assert_eq!(once.variables, variables);
    assert_eq!(redactor.exchange(once.clone()), once);
}

#[rstest]
fn a_cut_body_does_not_end_in_half_a_secret(redactor: Redactor) {
    let text = format!("{}{}{}", "x".repeat(64 * 1024 - 12), "syt_alice_phone", "y".repeat(100));
    let Content::Text(kept) = redactor.body(Body::new(text.as_bytes())).content else { panic!("no text") };
    assert!(kept.ends_with('x'), "{}", &kept[kept.len() - 20..]);
}

#[rstest]
fn mismatches_tell_no_secret(redactor: Redactor) {
    let mismatch = Mismatch::of("/access_token", "unknown", Some(json!("syt_alice")));
    let redacted = redactor.mismatch(mismatch);
    assert_eq!(redacted.expected, "$ACCESS_TOKEN");
    assert_eq!(redacted.actual, Some(json!("$ALICE_TOKEN")));
}

/// A token that nobody has named yet is known once a field has held it; whoever names it is heard.
#[rstest]
fn tokens_are_learnt_from_their_fields(redactor: Redactor) {
    let _ = redactor.json(json!({ "access_token": "made_just_now", "refresh_token": "short" }));
    assert_eq!(redactor.text("made_just_now, short"), "$ACCESS_TOKEN, short");
    redactor.secret("made_just_now", "BOB_TOKEN");
    assert_eq!(redactor.text("made_just_now"), "$BOB_TOKEN");
}

#[rstest]
fn short_values_are_not_looked_for(redactor: Redactor) {
    redactor.secret("abc", "SHORT");
    assert_eq!(redactor.text("abc"), "abc");
    assert_eq!(redactor.json(json!({ "password": "abc" })), json!({ "password": "$PASSWORD" }));
}

proptest! {
    #[test]
    fn redacting_is_idempotent(text in r#"(syt_alice|_phone|password|token|["=:& $a-zé]){0,12}"#) {
        let redactor = redactor();
        let once = redactor.text(&text);
        prop_assert_eq!(redactor.text(&once), once);
    }

    #[test]
    fn no_known_secret_survives(before in ".{0,8}", secret in "[!-~é]{4,12}", after in ".{0,8}") {
        prop_assume!(!"SECRET".contains(&secret));
        let redactor = Redactor::new();
        redactor.secret(&secret, "SECRET");
        let text = format!("{before}{secret}{after}");
        let redacted = redactor.text(&text);
        prop_assert!(redacted.replace("$SECRET", "\0").find(&secret).is_none(), "{redacted}");
    }
}

#[rstest]
fn what_the_suite_says_is_no_secret(redactor: Redactor) {
    redactor.secret("pusher", "EARLIER");
    redactor.spare(["server/pusher/state-null", "The link names the device"]);
    redactor.secret("link", "LATER");
    redactor.secret("linkage", "LONGER");
    assert_eq!(redactor.text("pusher, link, linkage, syt_alice"), "pusher, link, $LONGER, $ALICE_TOKEN");
}
