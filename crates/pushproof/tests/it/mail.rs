//! Mail from end to end: dedicated accounts that have addresses, and what the preflight makes of a homeserver that sends
//! no mail.

use std::{net::SocketAddr, time::Duration};

use pushproof_homeserver::{Homeserver, Options};
use pushproof_sinks::Mailbox;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{check, free_address};

async fn reference(smtp: Option<SocketAddr>, defects: &[&str]) -> Homeserver {
    let defects = defects.iter().map(|&name| name.to_owned()).collect();
    let options = Options { smtp: smtp.map(Into::into), defects, ..Options::default() };
    Homeserver::start_with(options).await.expect("the reference starts")
}

/// Runs `check` against the reference with these arguments; the record.
async fn check_of(homeserver: &Homeserver, args: Vec<String>) -> Value {
    let url = homeserver.url().to_string();
    let checked = tokio::task::spawn_blocking(move || {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut all = vec![url.as_str(), "--dialect", "msc0000", "--without", "restart,push-gateway"];
        all.extend(args.iter().map(String::as_str));
        check(&all, folder.path()).1
    });
    checked.await.expect("the check")
}

/// A person of the reference, as their client would ask for things.
struct Person {
    client: reqwest::Client,
    base: url::Url,
    name: &'static str,
    token: String,
}

impl Person {
    fn nobody(homeserver: &Homeserver, name: &'static str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let base = homeserver.url().join("/_matrix/client/v3/").expect("a path");
        Self { client: reqwest::Client::new(), base, name, token: String::new() }
    }

    async fn register(homeserver: &Homeserver, name: &'static str) -> Self {
        let person = Self::nobody(homeserver, name);
        let body = json!({ "username": name, "password": format!("of-{name}"), "auth": { "type": "m.login.dummy" } });
        let made = person.post("register", &body).await;
        Self { token: made["access_token"].as_str().expect("a token").to_owned(), ..person }
    }

    async fn log_in(homeserver: &Homeserver, name: &'static str) -> Self {
        let person = Self::nobody(homeserver, name);
        let identifier = json!({ "type": "m.id.user", "user": name });
        let body = json!({
            "type": "m.login.password", "identifier": identifier, "password": format!("of-{name}")
        });
        let made = person.post("login", &body).await;
        Self { token: made["access_token"].as_str().expect("a token").to_owned(), ..person }
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.client.post(self.base.join(path).expect("a path")).body(body.to_string());
        let answer = request.bearer_auth(&self.token).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON")
    }

    /// Binds an address by the link that is mailed to it.
    async fn bind(&self, mailbox: &Mailbox, address: &str) {
        let ask = json!({ "client_secret": "a-secret", "email": address, "send_attempt": 1 });
        let sid = self.post("account/3pid/email/requestToken", &ask).await["sid"].clone();
        let arrival = mailbox.wait_for(address, |mail| !mail.links().is_empty());
        let mail = tokio::time::timeout(Duration::from_secs(30), arrival).await.expect("a mail");
        let opened = self.client.get(mail.links()[0].clone()).send().await.expect("an answer");
        assert_eq!(opened.status(), 200);
        let identifier = json!({ "type": "m.id.user", "user": self.name });
        let auth = json!({
            "type": "m.login.password", "identifier": identifier, "password": format!("of-{}", self.name)
        });
        let add = json!({ "sid": sid, "client_secret": "a-secret", "auth": auth });
        self.post("account/3pid/add", &add).await;
    }

    async fn addresses(&self) -> Vec<String> {
        let request =
            self.client.get(self.base.join("account/3pid").expect("a path")).bearer_auth(&self.token);
        let text = request.send().await.expect("an answer").text().await.expect("a body");
        let found: Value = serde_json::from_str(&text).expect("JSON");
        let threepids = found["threepids"].as_array().expect("a list").iter();
        threepids.filter_map(|threepid| threepid["address"].as_str().map(str::to_owned)).collect()
    }
}

/// Their addresses are used as they are: the homeserver is not asked to validate any, and keeps those that there were.
#[tokio::test(flavor = "multi_thread")]
async fn dedicated_accounts_bring_their_own_addresses() {
    let smtp = free_address();
    let homeserver = reference(Some(smtp), &[]).await;
    let (one, two) = (Person::register(&homeserver, "one").await, Person::register(&homeserver, "two").await);
    {
        let mailbox = Mailbox::bind(smtp).await.expect("the port is free");
        let theirs = [
            (&one, ["a@dedicated.test", "b@dedicated.test"]),
            (&two, ["c@dedicated.test", "d@dedicated.test"]),
        ];
        for (person, address) in
            theirs.iter().flat_map(|(person, both)| both.map(|address| (person, address)))
        {
            person.bind(&mailbox, address).await;
        }
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let users = folder.path().join("users");
    let text = "one of-one mail=a@dedicated.test,b@dedicated.test\ntwo of-two mail=c@dedicated.test,d@dedicated.test\n";
    std::fs::write(&users, text).expect("a file");
    let registration = format!("users={}", users.display());
    let run = "server/pusher/disabled-no-email:message,server/pusher/state-optional-email:created";
    let args = ["--registration", &registration, "--yes", "--smtp-listen", &smtp.to_string(), "--run", run];
    let record = check_of(&homeserver, args.map(str::to_owned).to_vec()).await;
    let ran = record["scenarios"].as_array().expect("scenarios").iter();
    let verdicts: Vec<(&Value, &Value)> = ran
        .filter(|scenario| scenario.get("excluded").is_none())
        .map(|scenario| (&scenario["id"], &scenario["verdict"]))
        .collect();
    assert_eq!(
        verdicts,
        [
            (&json!("server/pusher/disabled-no-email"), &json!("passed")),
            (&json!("server/pusher/state-optional-email"), &json!("passed")),
        ],
        "{:#}",
        record["preflight"]
    );
    assert_eq!(record["leftovers"], json!([]));
    let text = format!("{record:#}");
    let asked: Vec<&str> = text.lines().filter(|line| line.contains("requestToken")).collect();
    assert_eq!(asked, Vec::<&str>::new(), "the homeserver is asked to validate an address");
    // The run logged all devices of its dedicated accounts out.
    let again = Person::log_in(&homeserver, "one").await;
    assert_eq!(again.addresses().await, ["a@dedicated.test", "b@dedicated.test"]);
}

/// Where the homeserver hands its mail to.
enum Relay {
    None,
    Mailbox,
    Elsewhere,
}

/// What the preflight says of mail, with what differs from run to run made alike.
fn finding(record: &Value) -> String {
    let preflight = record["preflight"].as_array().expect("a preflight");
    let mail = preflight.iter().find(|check| check["check"] == "mail").expect("mail was looked at");
    let text = |name: &str| mail[name].as_str().unwrap_or_default().to_owned();
    format!("{}\n{}\n{}", text("verdict"), text("message"), text("hint"))
}

#[rstest]
#[case("validates-no-addresses", Relay::None, &[])]
#[case("sends-elsewhere", Relay::Elsewhere, &[])]
#[case("mails-late", Relay::Mailbox, &["deliveries-late"])]
#[tokio::test(flavor = "multi_thread")]
async fn the_preflight_says_why_no_mail_comes(
    #[case] name: &str,
    #[case] relay: Relay,
    #[case] defects: &[&str],
) {
    let mailbox = free_address();
    let relay = match relay {
        Relay::None => None,
        Relay::Mailbox => Some(mailbox),
        Relay::Elsewhere => Some(free_address()),
    };
    let homeserver = reference(relay, defects).await;
    let args = ["--patience", "1s", "--smtp-listen", &mailbox.to_string(), "--run", "server/pusher/*-email"];
    let record = check_of(&homeserver, args.map(str::to_owned).to_vec()).await;
    insta::with_settings!({ filters => vec![(r"127\.0\.0\.1:\d+", "[MAILBOX]"), (r"pp-\w+-preflight", "[ADDRESS]")] }, {
        insta::assert_snapshot!(format!("preflight-{name}"), finding(&record));
    });
}
