//! `check --phase prepare|verify --state FILE`: a homeserver that somebody upgrades by hand between two runs.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Output};

use pushproof_homeserver::{Era, Homeserver, Options};
use pushproof_vocabulary::control::Control;
use rstest::rstest;
use serde_json::Value;

use crate::{
    restart::control,
    support::{check, free_address, verdicts},
};

/// A reference homeserver from before the proposal, and a folder for what is kept.
struct Upgraded {
    homeserver: Homeserver,
    folder: tempfile::TempDir,
}

impl Upgraded {
    async fn start() -> Self {
        Self::start_with(None).await
    }

    async fn start_with(smtp: Option<std::net::SocketAddr>) -> Self {
        let options = Options {
            inspect: Some(([127, 0, 0, 1], 0).into()),
            era: Era::Legacy,
            smtp: smtp.map(Into::into),
            ..Options::default()
        };
        let homeserver = Homeserver::start_with(options).await.expect("the reference starts");
        Self { homeserver, folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn state(&self) -> String {
        self.folder.path().join("state").display().to_string()
    }

    /// The upgrade by hand.
    async fn upgrade(&self) {
        control(&self.homeserver, &Control::SetLegacy(false)).await;
        control(&self.homeserver, &Control::Restart {}).await;
    }

    /// One of the two checks, with further arguments.
    async fn check(&self, phase: &str, args: &[&str]) -> (Output, Value) {
        let (url, state) = (self.homeserver.url().to_string(), self.state());
        let own = [&url, "--phase", phase, "--state", &state];
        let args: Vec<String> = [&own, args].concat().into_iter().map(str::to_owned).collect();
        let folder = self.folder.path().to_owned();
        let checked = tokio::task::spawn_blocking(move || {
            check(&args.iter().map(String::as_str).collect::<Vec<_>>(), &folder)
        });
        checked.await.expect("the check")
    }
}

/// Exit code, what is said on stderr beside progress, the migration's verdict with its reason, and failed checks.
fn told((output, record): &(Output, Value)) -> String {
    let mut lines = vec![format!("exit code {}", output.status.code().unwrap_or(-1))];
    let clauses = record["clauses"].as_array().expect("clauses");
    let migration = clauses.iter().find(|clause| clause["id"] == "pusher.migration").expect("the clause");
    lines.push(format!("migration {}: {}", migration["verdict"], migration["reason"]));
    for failed in record["preflight"].as_array().expect("checks").iter().filter(|c| c["verdict"] == "failed")
    {
        lines.push(format!("{}: {}\nhint: {}", failed["check"], failed["message"], failed["hint"]));
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    lines.extend(stderr.lines().filter(|line| line.starts_with("prepared:")).map(str::to_owned));
    lines.join("\n")
}

fn snapshot(name: &str, folder: &Path, text: &str) {
    let folder = folder.display().to_string();
    let filters = vec![(r"127\.0\.0\.1:\d+", "HOST"), (r"@pp-[0-9a-z.-]+", "@USER"), (&folder, "FOLDER")];
    insta::with_settings!({ filters => filters }, { insta::assert_snapshot!(name, text) });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_by_hand_is_judged() {
    let upgraded = Upgraded::start().await;
    let prepared = upgraded.check("prepare", &["--without", "mail"]).await;
    snapshot("prepared", upgraded.folder.path(), &told(&prepared));
    let (_, record) = &prepared;
    assert_eq!(record["verdict"], "not-judged");
    assert_eq!(record["leftovers"], serde_json::json!([]));
    let mode = fs::metadata(upgraded.state()).expect("the state").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    upgraded.upgrade().await;
    let secrets = fs::read_to_string(upgraded.state()).expect("the state");
    let secrets: Value = serde_json::from_str(&secrets).expect("JSON");
    let (output, record) = upgraded.check("verify", &["--without", "mail,restart"]).await;
    let verdicts = verdicts(&record);
    assert!(verdicts.contains("pusher.migration: holds"), "{verdicts}");
    assert!(verdicts.contains("pusher.state.optional: holds"), "everything else is judged too: {verdicts}");
    assert_eq!(record["leftovers"], serde_json::json!([]));
    assert!(!Path::new(&upgraded.state()).exists(), "what is used up is removed");
    let shown = [record.to_string(), String::from_utf8_lossy(&output.stdout).into_owned()].concat();
    for actor in secrets["cases"][0]["actors"].as_object().expect("people").values() {
        for secret in ["password", "token"] {
            assert!(!shown.contains(actor[secret].as_str().expect("a secret")), "the {secret} is shown");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_the_proposal_cannot_be_prepared() {
    let upgraded = Upgraded::start().await;
    upgraded.upgrade().await;
    let refused = upgraded.check("prepare", &["--without", "mail"]).await;
    snapshot("nothing-to-prepare", upgraded.folder.path(), &told(&refused));
    assert!(!Path::new(&upgraded.state()).exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_upgraded_cannot_be_verified_yet() {
    let upgraded = Upgraded::start().await;
    upgraded.check("prepare", &["--without", "mail"]).await;
    let refused = upgraded.check("verify", &["--without", "mail", "--patience", "1s"]).await;
    snapshot("not-upgraded", upgraded.folder.path(), &told(&refused));
    assert!(Path::new(&upgraded.state()).exists(), "it can be verified later");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_homeserver_is_not_verified() {
    let mut upgraded = Upgraded::start().await;
    upgraded.check("prepare", &["--without", "mail"]).await;
    upgraded.homeserver = Homeserver::start().await.expect("another reference");
    let refused = upgraded.check("verify", &["--run", "server/pusher/migration-*"]).await;
    snapshot("another-homeserver", upgraded.folder.path(), &told(&refused));
}

/// The mailbox listens where it did before, though no flag says so: the addresses that were bound are good again.
#[tokio::test(flavor = "multi_thread")]
async fn email_pushers_are_migrated_too() {
    let smtp = free_address();
    let upgraded = Upgraded::start_with(Some(smtp)).await;
    let run = ["--run", "server/pusher/migration-state-email", "--dialect", "msc0000"];
    let prepared =
        upgraded.check("prepare", &[&run[..], &["--smtp-listen", &smtp.to_string()]].concat()).await;
    snapshot("prepared-with-mail", upgraded.folder.path(), &told(&prepared));
    upgraded.upgrade().await;
    let (output, record) = upgraded.check("verify", &run).await;
    assert_eq!(output.status.code(), Some(0));
    assert!(verdicts(&record).contains("pusher.migration: holds"), "{}", verdicts(&record));
}

#[rstest]
#[case::missing("state-missing", None, 0o600, "verify")]
#[case::empty("state-empty", Some(""), 0o600, "verify")]
#[case::garbage("state-garbage", Some("not JSON"), 0o600, "verify")]
#[case::foreign("state-foreign", Some("{\"format\": \"pushproof-record\"}"), 0o600, "verify")]
#[case::newer("state-newer", Some("{\"format\": \"pushproof-prepared\", \"version\": 2}"), 0o600, "verify")]
#[case::damaged(
    "state-damaged",
    Some("{\"format\": \"pushproof-prepared\", \"version\": 1}"),
    0o600,
    "verify"
)]
#[case::loose("state-loose", Some("{}"), 0o644, "verify")]
#[case::there_already("state-there-already", Some("{}"), 0o600, "prepare")]
fn a_state_that_cannot_be_used(
    #[case] name: &str,
    #[case] text: Option<&str>,
    #[case] mode: u32,
    #[case] phase: &str,
) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("state");
    if let Some(text) = text {
        fs::write(&path, text).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
    }
    let output = crate::support::pushproof()
        .args(["check", "http://localhost:1", "--phase", phase, "--state"])
        .arg(&path)
        .output()
        .expect("the command starts");
    assert_eq!(output.status.code(), Some(2));
    snapshot(name, folder.path(), &String::from_utf8_lossy(&output.stderr));
}
