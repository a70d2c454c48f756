//! What a homeserver has is found out from what it does, never from how well it does it: one that breaks a clause is not
//! taken for one without the proposal, and one that refuses what every check begins with is not judged.

use futures_util::StreamExt;
use pushproof_homeserver::{Homeserver, Options, defects};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::check;

/// Checks a reference that was started with a defect, a variation or an obstacle; the exit code, the output, the record.
async fn check_with(name: &str, args: &[&str]) -> (Option<i32>, String, Value) {
    let options = Options { defects: vec![name.to_owned()], ..Options::default() };
    let homeserver = Homeserver::start_with(options).await.expect("the reference starts");
    let url = homeserver.url().to_string();
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    let checked = tokio::task::spawn_blocking(move || {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let args: Vec<&str> = std::iter::once(url.as_str()).chain(args.iter().map(String::as_str)).collect();
        let (output, record) = check(&args, folder.path());
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned(), record)
    });
    let ended = checked.await.expect("the check");
    homeserver.stop().await;
    ended
}

/// The clauses that were found to be one of these.
fn clauses<'a>(record: &'a Value, wanted: &[&str]) -> Vec<&'a str> {
    let all = record["clauses"].as_array().expect("clauses");
    let found = all.iter().filter(|clause| wanted.iter().any(|verdict| clause["verdict"] == *verdict));
    found.filter_map(|clause| clause["id"].as_str()).collect()
}

const SOME: &str = "server/pusher/state-default-on-create,server/settings/stored:own-device";
const PUSHED: &str = "server/pusher/state-default-on-create-notifies,server/settings/stored:own-device";

const TLS: &[&str] = &["400 M_INVALID_PARAM: only https scheme is allowed", "without TLS"];
const PRIVATE: &[&str] = &["403 M_FORBIDDEN: the push gateway's address is in a range", "private address"];
const NONE: &[&str] = &["the homeserver has no pushers", "404 M_UNRECOGNIZED"];
const WAYS_OUT: &[&str] = &["--gateway-url https://", "--without push-gateway"];

#[rstest]
#[case::tls("gateways-with-tls-alone", TLS, &["proxy with TLS"])]
#[case::private("public-gateways-alone", PRIVATE, &["ip_range_denylist = []", "ip_range_whitelist"])]
#[case::no_pushers("no-pushers", NONE, &[])]
#[tokio::test(flavor = "multi_thread")]
async fn a_homeserver_that_refuses_pushers_is_not_judged_by_them(
    #[case] obstacle: &str,
    #[case] words: &[&str],
    #[case] ways_out: &[&str],
    #[values(&[], &["--dialect", "msc0000"], &["--without", "push-gateway,mail,restart"])] more: &[&str],
    #[values(SOME, PUSHED)] run: &str,
) {
    let declared = more.contains(&"--without");
    if declared && run == PUSHED {
        return;
    }
    let (code, output, record) = check_with(obstacle, &[&["--run", run], more].concat()).await;
    assert_eq!((code, &record["verdict"]), (Some(3), &json!("not-judged")), "{output}");
    assert_eq!(record["subject"]["missing"], json!([]));
    assert_eq!(clauses(&record, &["not-judged"]), ["pusher.state.default-on-create"]);
    assert_eq!(clauses(&record, &["holds"]), ["settings.stored"]);
    assert_eq!(clauses(&record, &["broken", "warned", "not-implemented"]), Vec::<&str>::new());
    let checks = record["preflight"].as_array().expect("checks");
    let pushers = checks.iter().find(|check| check["check"] == "pushers").expect("a check of pushers");
    let headline = output.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in words {
        assert!(pushers["message"].as_str().is_some_and(|message| message.contains(word)), "{pushers:#}");
        assert!(headline.contains(word), "{word:?} is missing in:\n{output}");
    }
    let ways_out = ways_out.iter().chain(if ways_out.is_empty() { &[] } else { WAYS_OUT });
    for way in ways_out {
        assert!(pushers["hint"].as_str().is_some_and(|hint| hint.contains(way)), "{pushers:#}");
    }
}

/// The way out that the diagnosis names for who wants to judge the rest.
#[rstest]
#[case("gateways-with-tls-alone")]
#[case("public-gateways-alone")]
#[tokio::test(flavor = "multi_thread")]
async fn without_a_push_gateway_an_address_that_is_never_reached_will_do(#[case] obstacle: &str) {
    let args = ["--without", "push-gateway,mail,restart", "--gateway-url", "https://pushproof.invalid"];
    let (code, output, record) = check_with(obstacle, &[&args[..], &["--run", SOME]].concat()).await;
    assert_eq!(code, Some(0), "{output}");
    assert_eq!(clauses(&record, &["holds"]), ["pusher.state.default-on-create", "settings.stored"]);
}

/// Where the suite starts the homeserver itself, it does not look for the dialect, but for what is in the way.
#[test]
fn a_refused_gateway_breaks_nothing_of_the_embedded_reference() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let args = ["--embedded", "--defect", "gateways-with-tls-alone", "--run", "server/pusher/state-optional"];
    let (output, record) = check(&args, folder.path());
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(clauses(&record, &["not-judged"]), ["pusher.state.optional"]);
}

/// What servers do otherwise in what the proposal builds on, with the cases that met it.
#[rstest]
#[case::cached_syncs("syncs-kept", "server/settings/**,server/pusher/disabled-counts-kept-*")]
#[case::push_keys("one-pusher-a-pushkey", "server/pusher/state-only-*,server/pusher/remote-other-user-*")]
#[case::path_users("account-data-of-who-asks", "server/settings/**")]
#[case::notifications("no-notifications", "server/pusher/disabled-counts-kept-*")]
#[case::logout_all("no-logout-all", "server/settings/pruned*,server/pusher/removed-*")]
#[case::delete_device("no-delete-device", "server/settings/**,server/pusher/removed-*")]
#[case::delete_devices("no-delete-devices", "server/settings/**,server/pusher/removed-*")]
#[case::password_change("no-password-change", "server/settings/**,server/pusher/removed-*")]
#[case::receipts("no-receipts", "server/pusher/disabled-no-counts,server/pusher/state-optional")]
#[tokio::test(flavor = "multi_thread")]
async fn what_the_proposal_does_not_ask_for_breaks_nothing(#[case] variation: &str, #[case] run: &str) {
    let args = ["--without", "mail,restart", "--patience", "3s", "--run", run];
    let (code, output, record) = check_with(variation, &args).await;
    assert_eq!(code, Some(0), "{output}");
    assert_eq!(clauses(&record, &["broken", "warned", "not-judged", "not-implemented"]), Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_not_there_is_asked_once() {
    let run = "server/pusher/disabled-counts-kept-notifications";
    let (_, output, record) = check_with("no-notifications", &["--run", run]).await;
    assert_eq!(clauses(&record, &["not-applicable"]), ["pusher.disabled.counts-kept"], "{output}");
    assert_eq!(record.to_string().matches("/v3/notifications\"").count(), 1, "it is asked once");
}

/// Cases that need what the homeserver lacks do not apply, the report says so, and what other cases show holds.
#[tokio::test(flavor = "multi_thread")]
async fn a_way_of_removing_devices_that_is_not_there_takes_nothing_else_along() {
    let args = ["--without", "mail,restart", "--run", "server/settings/pruned*"];
    let (code, output, record) = check_with("no-delete-device", &args).await;
    assert_eq!(code, Some(0), "{output}");
    assert_eq!(clauses(&record, &["not-applicable"]), ["settings.pruned.delete-device"], "{output}");
    let holds = clauses(&record, &["holds"]);
    for clause in ["settings.pruned.sync", "settings.pruned.only-that-device", "settings.pruned.logout"] {
        assert!(holds.contains(&clause), "{clause} is not in {holds:?}");
    }
    let headline = output.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(
        headline.matches("lacks DELETE /devices/{deviceId}, which was answered 404").count(),
        1,
        "{output}"
    );
}

/// How settings events are stored is one clause, what becomes of them another.
#[tokio::test(flavor = "multi_thread")]
async fn settings_events_that_read_otherwise_than_written_break_one_clause() {
    let kept_out =
        "server/settings/private-to-write,server/settings/validation,server/settings/ordered-before-events";
    let args =
        ["--without", "mail,restart", "--patience", "3s", "--run", "server/settings/**", "--skip", kept_out];
    let (code, output, record) = check_with("settings-with-more", &args).await;
    assert_eq!(code, Some(1), "{output}");
    assert_eq!(clauses(&record, &["broken", "warned"]), ["settings.stored"], "{output}");
    assert_eq!(clauses(&record, &["not-judged", "not-implemented"]), Vec::<&str>::new(), "{output}");
}

/// The clauses that are about what the detection looks at.
const LOOKED_AT: &[&str] = &[
    "settings.stored",
    "settings.pruned",
    "names.",
    "pusher.link.http-required",
    "pusher.state.optional",
    "pusher.state.always-returned",
];
/// So many are checked at the same time.
const AT_ONCE: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn a_homeserver_that_breaks_a_clause_is_not_taken_for_one_without_the_proposal() {
    let is_looked_at = |clause: &&str| LOOKED_AT.iter().any(|start| clause.starts_with(start));
    let confusing = defects().iter().filter(|defect| defect.breaks.iter().any(&is_looked_at));
    let checks = confusing.map(|defect| async {
        let args = ["--run", SOME, "--without", "push-gateway,mail,restart"];
        let (_, _, record) = check_with(defect.name, &args).await;
        let (missing, preflight) = (&record["subject"]["missing"], &record["preflight"]);
        let is_well = |check: &Value| check["verdict"] == "passed";
        let whole = *missing == json!([]) && preflight.as_array().is_some_and(|all| all.iter().all(is_well));
        (!whole).then(|| format!("{}: {missing} {preflight:#}", defect.name))
    });
    let checks: Vec<_> = checks.collect();
    let mistaken: Vec<Option<String>> =
        futures_util::stream::iter(checks).buffer_unordered(AT_ONCE).collect().await;
    let mistaken: Vec<String> = mistaken.into_iter().flatten().collect();
    assert!(mistaken.is_empty(), "{}", mistaken.join("\n"));
}
