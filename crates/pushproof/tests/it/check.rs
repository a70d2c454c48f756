//! `pushproof check` from end to end: the embedded reference, healthy and broken, in every dialect.

use pushproof_homeserver::{Era, Homeserver, Options};
use pushproof_vocabulary::Dialect;
use rstest::rstest;
use serde_json::Value;

use crate::support::{check, verdicts};

/// The clauses with one of these verdicts.
fn clauses_that_are<'a>(record: &'a Value, wanted: &[&str]) -> Vec<&'a str> {
    let clauses = record["clauses"].as_array().expect("clauses");
    let fitting = clauses.iter().filter(|clause| wanted.iter().any(|verdict| clause["verdict"] == *verdict));
    fitting.filter_map(|clause| clause["id"].as_str()).collect()
}

/// Cases that were run and do not say that everything was well.
fn unwell(record: &Value) -> Vec<String> {
    let scenarios = record["scenarios"].as_array().expect("scenarios");
    scenarios
        .iter()
        .filter(|scenario| scenario.get("excluded").is_none() && scenario["verdict"] != "passed")
        .map(|scenario| format!("{scenario:#}"))
        .collect()
}

#[rstest]
#[case("stable")]
#[case("msc0000")]
#[case("msc3881")]
fn the_reference_keeps_every_clause_in_every_dialect(#[case] dialect: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (_, record) = check(&["--embedded", "--dialect", dialect], folder.path());
    assert_eq!(unwell(&record), Vec::<String>::new());
    insta::assert_snapshot!(format!("verdicts-{dialect}"), verdicts(&record));
}

#[rstest]
#[case("stable")]
#[case("msc0000")]
#[case("msc3881")]
#[tokio::test(flavor = "multi_thread")]
async fn the_dialect_is_found_out_by_behaviour(#[case] dialect: &str) {
    let options = Options {
        dialect: Dialect::named(dialect).expect("an embedded dialect").clone(),
        ..Options::default()
    };
    let homeserver = Homeserver::start_with(options).await.expect("the reference starts");
    let url = homeserver.url().to_string();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = "server/pusher/state-default-on-create";
    let path = folder.path().to_owned();
    let (_, record) =
        tokio::task::spawn_blocking(move || check(&[&url, "--run", run], &path)).await.expect("the check");
    assert_eq!(record["subject"]["dialect"], dialect);
    assert_eq!(record["subject"]["dialects_seen"], serde_json::json!([dialect]));
    assert_eq!(record["leftovers"], serde_json::json!([]), "nothing stays behind");
    assert_eq!(clauses_that_are(&record, &["holds"]), ["pusher.state.default-on-create"]);
}

/// Two accounts are enough for all cases one after the other, and are as they were afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn dedicated_accounts_are_used_in_turn_and_given_back() {
    let homeserver = Homeserver::start().await.expect("the reference starts");
    let url = homeserver.url().to_string();
    let register = homeserver.url().join("/_matrix/client/v3/register").expect("a path");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let users = folder.path().join("users");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::new();
    for user in ["one", "two"] {
        let body = format!(
            r#"{{"username": "{user}", "password": "s3cret-of-{user}", "auth": {{"type": "m.login.dummy"}}}}"#
        );
        let answer = client.post(register.clone()).body(body).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
    }
    std::fs::write(&users, "# dedicated to the suite\none s3cret-of-one\n\ntwo s3cret-of-two\n")
        .expect("a file");
    let registration = format!("users={}", users.display());
    let run = "server/pusher/removed-with-device-list,server/pusher/state-only-that-users-pusher";
    let path = folder.path().to_owned();
    let args = ["check", &url, "--registration", &registration, "--run", run];
    let refused = crate::support::pushproof().args(args).output().expect("the command starts");
    let told = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "nobody agreed: {told}");
    assert!(told.contains("takes over 2 accounts (one, two)") && told.contains("--yes"), "{told}");
    let checked = tokio::task::spawn_blocking(move || {
        check(&[&url, "--registration", &registration, "--yes", "--run", run], &path)
    });
    let (_, record) = checked.await.expect("the check");
    assert_eq!(unwell(&record), Vec::<String>::new());
    assert_eq!(record["leftovers"], serde_json::json!([]));
    assert!(!record.to_string().contains("s3cret-of-one"), "the password is shown");
    let login = homeserver.url().join("/_matrix/client/v3/login").expect("a path");
    for user in ["one", "two"] {
        let body = format!(
            r#"{{"type": "m.login.password", "identifier": {{"type": "m.id.user", "user": "{user}"}}, "password": "s3cret-of-{user}"}}"#
        );
        let answer = client.post(login.clone()).body(body).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{user} has the password of before");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_the_proposal_is_told_apart_from_a_broken_one() {
    let options = Options { era: Era::Legacy, ..Options::default() };
    let homeserver = Homeserver::start_with(options).await.expect("the reference starts");
    let url = homeserver.url().to_string();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().to_owned();
    let checked = tokio::task::spawn_blocking(move || check(&[&url, "--patience", "500ms"], &path));
    let (output, record) = checked.await.expect("the check");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(record["verdict"], "not-implemented");
    assert_eq!(clauses_that_are(&record, &["broken", "warned", "holds"]), Vec::<&str>::new());
}

#[test]
fn a_broken_clause_is_red_and_says_why() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let args = ["--embedded", "--defect", "link-ignored", "--run", "server/link/**"];
    let (output, record) = check(&args, folder.path());
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(record["verdict"], "not-conformant");
    assert_eq!(clauses_that_are(&record, &["broken"]), ["pusher.link.rejected-on-set"]);
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    for part in ["pusher.link.rejected-on-set", "expected 400", "curl", "scenarios/server/link/"] {
        assert!(text.contains(part), "{part:?} is missing in:\n{text}");
    }
}

#[rstest]
#[case::healthy(&[])]
#[case::broken(&["--defect", "link-ignored"])]
#[case::lacking(&["--without", "mail,restart,push-gateway"])]
#[case::selected(&["--run", "server/link/**"])]
fn real_records_keep_to_the_schema(#[case] args: &[&str]) {
    let schema = include_str!("../../../../fixtures/schemas/record.json");
    let schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (_, record) = check(&[&["--embedded"], args].concat(), folder.path());
    let errors: Vec<String> = validator.iter_errors(&record).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
}

#[test]
fn a_declared_lack_is_in_the_headline_and_an_undeclared_one_is_not_judged() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = ["--embedded", "--run", "server/pusher/enabled-resumes"];
    let (output, record) = check(&[&run[..], &["--without", "push-gateway"]].concat(), folder.path());
    assert_eq!(record["subject"]["without"], serde_json::json!(["push-gateway"]));
    assert_eq!(clauses_that_are(&record, &["not-applicable"]), ["pusher.enabled.resumes"]);
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(text.contains("; without: push-gateway)"), "the headline says so:\n{text}");
}

#[test]
fn scenarios_of_ones_own_are_run_and_their_mistakes_shown() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let own = folder.path().join("own");
    std::fs::create_dir(&own).expect("a folder");
    let good = "title: Mine\nactors: { alice: [phone] }\nsteps:\n  - set_pusher: { by: alice.phone, pusher: main, \
                state: omitted, clause: pusher.state.optional }\n";
    std::fs::write(own.join("mine.yaml"), good).expect("a file");
    let scenarios = own.to_str().expect("UTF-8").to_owned();
    let args = ["--embedded", "--scenarios", &scenarios, "--run", "mine"];
    let (_, record) = check(&args, folder.path());
    assert_eq!(clauses_that_are(&record, &["holds"]), ["pusher.state.optional"]);

    std::fs::write(own.join("mine.yaml"), good.replace("alice.phone", "alice.fone")).expect("a file");
    let output = crate::support::pushproof().arg("check").args(args).output().expect("the command starts");
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).expect("UTF-8");
    for part in ["mine.yaml:4:", "alice.fone", "alice.phone"] {
        assert!(text.contains(part), "{part:?} is missing in:\n{text}");
    }
}

/// Every secret that the run had shows in the record as the name of a variable alone.
#[test]
fn no_secret_enters_any_output() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let args = ["--embedded", "--defect", "link-ignored", "--verbose"];
    let (output, record) = check(&args, folder.path());
    let written = [record.to_string(), String::from_utf8_lossy(&output.stdout).into_owned()].concat();
    assert!(written.contains("$ALICE_PHONE_TOKEN"), "tokens are named");
    for field in ["access_token", "password", "new_password"] {
        let mut rest = written.as_str();
        while let Some(at) = rest.find(&format!("\"{field}\":")) {
            rest = rest[at + field.len() + 3..].trim_start();
            assert!(rest.starts_with("\"$") || !rest.starts_with('"'), "{field} is shown: {rest:.60}");
        }
    }
    // Passwords that the run makes up begin like this; nothing else does.
    let made_up = written.match_indices("pp-").filter(|(at, _)| {
        let tail: String = written[at + 3..].chars().take(32).collect();
        tail.len() == 32 && tail.chars().all(|c| c.is_ascii_hexdigit())
    });
    assert_eq!(made_up.count(), 0, "a password is shown");
}
