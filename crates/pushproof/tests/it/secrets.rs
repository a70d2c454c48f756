//! No secret leaves the suite, in no form: whatever a homeserver repeats under whatever name, and wherever a user may have
//! put one.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex},
    thread,
};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};
use pushproof_homeserver::Homeserver;
use rstest::rstest;
use serde_json::{Value, json};

/// Every report that there is.
const REPORTS: [&str; 9] = ["json", "junit", "tap", "html", "markdown", "badge", "har", "ctrf", "badge.svg"];

/// A homeserver that repeats what it knows, in every form that it can think of.
struct Echo {
    address: SocketAddr,
    secrets: Arc<Mutex<BTreeSet<String>>>,
}

impl Echo {
    fn start(behind: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let secrets: Arc<Mutex<BTreeSet<String>>> = Arc::default();
        let known = Arc::clone(&secrets);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let known = Arc::clone(&known);
                thread::spawn(move || serve(stream, behind, &known));
            }
        });
        Self { address, secrets }
    }
}

/// One request a connection.
fn serve(mut client: TcpStream, behind: SocketAddr, known: &Mutex<BTreeSet<String>>) -> Option<()> {
    let (head, body) = message(&mut client)?;
    let mut server = TcpStream::connect(behind).ok()?;
    let line = head.lines().next()?;
    let kept = head.lines().skip(1).filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let kept: Vec<&str> = kept.filter(|line| !line.is_empty()).collect();
    write!(server, "{line}\r\n{}\r\nConnection: close\r\n\r\n", kept.join("\r\n")).ok()?;
    server.write_all(&body).ok()?;
    if let Ok(asked) = serde_json::from_slice::<Value>(&body) {
        known
            .lock()
            .expect("no holder of this lock panics")
            .extend(asked["password"].as_str().map(str::to_owned));
    }
    let (head, body) = message(&mut server)?;
    let mut body = body;
    if let Ok(mut answer) = serde_json::from_slice::<Value>(&body) {
        // Those of this very answer too, which nobody knows yet.
        known
            .lock()
            .expect("no holder of this lock panics")
            .extend(answer["access_token"].as_str().map(str::to_owned));
        let is_of_accounts = ["/register", "/login", "/createRoom", "/versions", "/pushers"];
        if answer.is_object() && is_of_accounts.iter().any(|path| line.contains(path)) {
            let secrets: Vec<String> =
                known.lock().expect("no holder of this lock panics").iter().cloned().collect();
            let forms: Vec<Vec<String>> = secrets.iter().map(|secret| forms(secret)).collect();
            answer["also"] = json!({ "known": secrets, "in": forms });
            answer["text"] = json!({ "a": secrets }).to_string().into();
            for secret in &secrets {
                answer[format!("x{secret}")] = Value::from(1);
            }
            body = answer.to_string().into_bytes();
        }
    }
    let last =
        known.lock().expect("no holder of this lock panics").iter().next_back().cloned().unwrap_or_default();
    let kept = head.lines().skip(1).filter(|line| !line.to_ascii_lowercase().starts_with("content-length:"));
    let kept: Vec<&str> = kept.filter(|line| !line.is_empty()).collect();
    let headers = format!(
        "X-Also: {last}\r\nX-Coded: {}\r\nContent-Length: {}",
        STANDARD.encode(format!("me:{last}")),
        body.len()
    );
    write!(client, "{}\r\n{}\r\n{headers}\r\n\r\n", head.lines().next()?, kept.join("\r\n")).ok()?;
    client.write_all(&body).ok()
}

/// Head and body of a message with a length.
fn message(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some((head, body))
}

/// A secret in all its forms.
fn forms(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let each = |form: &dyn Fn(u8) -> String| bytes.iter().map(|byte| form(*byte)).collect::<String>();
    let chars = |form: &dyn Fn(u32) -> String| secret.chars().map(|c| form(c.into())).collect::<String>();
    let within = format!("user:{secret}");
    let mut forms = vec![
        secret.to_owned(),
        each(&|byte| format!("%{byte:02X}")),
        each(&|byte| format!("%{byte:02x}")),
        chars(&|c| format!("\\u{c:04x}")),
        chars(&|c| format!("&#{c};")),
        each(&|byte| format!("{byte:02x}")),
        each(&|byte| format!("{byte:02X}")),
        format!("http://me:{secret}@example.org/"),
    ];
    for engine in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
        forms.extend([engine.encode(secret), engine.encode(&within)]);
    }
    forms
}

/// What an output must not have in it. Of Base64 within something else, the part that is the secret's alone.
fn traces(secret: &str) -> Vec<String> {
    let mut traces = forms(secret);
    traces.retain(|form| !form.contains("example.org"));
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        let within = engine.encode(format!("user:{secret}"));
        traces.push(within[7..within.len() - 1].to_owned());
    }
    traces
}

/// Every output: what was written, and every report.
fn outputs(output: &std::process::Output, folder: &Path) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut outputs =
        vec![("stdout".to_owned(), text(&output.stdout)), ("stderr".to_owned(), text(&output.stderr))];
    for entry in std::fs::read_dir(folder).expect("the folder of the run") {
        let path = entry.expect("an entry of the folder").path();
        outputs.push((path.display().to_string(), text(&std::fs::read(&path).expect("what the test made"))));
    }
    outputs
}

fn assert_kept(secrets: impl IntoIterator<Item = String>, outputs: &[(String, String)]) {
    let mut told = String::new();
    for secret in secrets {
        for trace in traces(&secret) {
            for (name, _) in outputs.iter().filter(|(_, text)| text.contains(&trace)) {
                writeln!(told, "{name}: {secret} as {trace}").expect("what the test made");
            }
        }
    }
    assert!(told.is_empty(), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_a_homeserver_repeats_is_told() {
    let homeserver = Homeserver::start().await.unwrap();
    let behind = homeserver.url().socket_addrs(|| None).unwrap()[0];
    let echo = Echo::start(behind);
    let (folder, own) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    // Accounts whose passwords the user knows.
    let users = own.path().join("users");
    let mut list = String::from("\u{feff}");
    for number in 0..6 {
        let (user, password) = (format!("canary{number}"), format!("c4n4ry/\"{number}+pass=wörd"));
        let body = json!({ "username": user, "password": password, "auth": { "type": "m.login.dummy" } });
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = homeserver.url().join("/_matrix/client/v3/register").unwrap();
        assert!(client.post(url).body(body.to_string()).send().await.unwrap().status().is_success());
        write!(list, "{user} {password}\r\n").unwrap();
    }
    std::fs::write(&users, list).unwrap();

    let url = format!("http://c4n4ryuser:c4n4ry%2Fpass@{}/?key=c4n4ryquery#c4n4ryfragment", echo.address);
    let mut command = crate::support::pushproof();
    command.args(["check", &url, "--dialect", "msc0000", "--verbose", "--without", "mail", "--yes"]);
    command.args(["--run", "server/pusher/remote-toggle-state", "--run", "server/settings/private-to-read"]);
    command.arg("--registration").arg(format!("users={}", users.display()));
    command.args(["--gateway-url", "http://g4t3user:g4t3pass@127.0.0.1:0/?key=g4t3query"]);
    command
        .env("PUSHPROOF_RESTART_CMD", "R3STARTVAR=r3startsecret ./restart.sh r3startargument")
        .env("CI", "1");
    command.env("https_proxy", "http://pr0xyuser:pr0xypass@127.0.0.1:1");
    command.env("ALL_PROXY", "http://pr0xyuser:pr0xypass@127.0.0.1:1");
    for kind in REPORTS {
        let path = folder.path().join(kind);
        command.arg("--report").arg(format!("{}={}", kind.split('.').next().unwrap(), path.display()));
    }
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let outputs = outputs(&output, folder.path());
    let told = &outputs[1].1;
    assert!(matches!(output.status.code(), Some(0 | 1)), "{told}");
    let record = &outputs.iter().find(|(name, _)| name.ends_with("/json")).unwrap().1;
    // Not because nothing was there.
    assert!(
        record.contains("$PROBE_TOKEN") && record.contains("X-Also") | record.contains("x-also"),
        "{record}"
    );

    let repeated: BTreeSet<String> = echo.secrets.lock().unwrap().clone();
    assert!(repeated.len() > 8, "{repeated:?}");
    let of_the_user = [
        "c4n4ryuser",
        "c4n4ry/pass",
        "c4n4ryquery",
        "c4n4ryfragment",
        "g4t3user",
        "g4t3pass",
        "g4t3query",
        "R3STARTVAR",
        "r3startsecret",
        "r3startargument",
        "pr0xyuser",
        "pr0xypass",
    ];
    assert_kept(repeated.into_iter().chain(of_the_user.map(str::to_owned)), &outputs);
}

/// Accounts that the suite makes itself: their tokens come in an answer that names them twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_kept_from_the_answer_that_brings_them() {
    let homeserver = Homeserver::start().await.unwrap();
    let echo = Echo::start(homeserver.url().socket_addrs(|| None).unwrap()[0]);
    let folder = tempfile::tempdir().unwrap();
    let mut command = crate::support::pushproof();
    command.args(["check", &format!("http://{}", echo.address), "--dialect", "msc0000", "--verbose"]);
    command.args(["--without", "mail,restart", "--run", "server/settings/private-to-read"]);
    for kind in REPORTS {
        let path = folder.path().join(kind);
        command.arg("--report").arg(format!("{}={}", kind.split('.').next().unwrap(), path.display()));
    }
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let outputs = outputs(&output, folder.path());
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", outputs[1].1);
    let repeated: BTreeSet<String> = echo.secrets.lock().unwrap().clone();
    assert!(repeated.len() > 4, "{repeated:?}");
    assert_kept(repeated, &outputs);
}

/// Struck out of the suite's own words, a secret could be told from what is missing.
#[rstest]
#[case::registration("token=server", "the token")]
#[case::of_titles("shared-secret=pusher", "the shared-secret")]
fn a_secret_that_the_suite_says_itself_is_told_of(#[case] registration: &str, #[case] what: &str) {
    let mut check = crate::support::pushproof();
    check.args(["check", "http://127.0.0.1:1"]).env("PUSHPROOF_REGISTRATION", registration);
    let output = check.output().expect("the command starts");
    let told = String::from_utf8_lossy(&output.stderr);
    let warning =
        "stands in the names of clauses or scenarios; where the homeserver repeats it, reports will show it";
    assert!(told.contains(&format!("{what} {warning}")), "{told}");
}

#[rstest]
#[case::no_address(&["check", "http://c4n4ry:c4n4rypass@[::1"])]
#[case::no_scheme(&["check", "c4n4ry:c4n4rypass@example.org"])]
#[case::one_too_many(&["check", "--embedded", "http://a", "http://c4n4ry:c4n4rypass@example.org/?key=c4n4ryquery"])]
#[case::two_subjects(&["check", "--embedded", "http://c4n4ry:c4n4rypass@example.org/?key=c4n4ryquery"])]
#[case::gateway(&["check", "http://127.0.0.1:1", "--gateway-url", "c4n4ry:c4n4rypass@example.org"])]
#[case::registration(&["check", "http://127.0.0.1:1", "--registration", "token=c4n4ryquery"])]
#[case::way(&["check", "http://127.0.0.1:1", "--registration=c4n4rypass"])]
#[case::driver(&["check-client", "--", "/no/such/driver", "--token", "c4n4rypass"])]
#[case::doctor(&["check-client", "--doctor", "--", "/no/such/driver", "--token", "c4n4rypass"])]
fn complaints_repeat_no_secret(#[case] args: &[&str]) {
    let output = crate::support::pushproof().args(args).output().unwrap();
    assert!(!output.status.success());
    let told =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!told.contains("c4n4ry"), "{told}");
}

#[rstest]
fn help_says_no_value_of_the_environment(
    #[values("check", "check-client", "prove", "serve")] command: &str,
    #[values("-h", "--help")] help: &str,
) {
    let folder = tempfile::tempdir().unwrap();
    let file =
        "[check]\nurl = \"http://c4n4ry@hs\"\nregistration = \"users=c4n4ry\"\nrestart-cmd = \"c4n4ry\"\n";
    std::fs::write(folder.path().join("pushproof.toml"), file).unwrap();
    let mut pushproof = crate::support::pushproof();
    for name in ["URL", "REGISTRATION", "RESTART_CMD", "GATEWAY_URL", "DIALECT", "RUN", "SCENARIOS", "REPORT"]
    {
        pushproof.env(format!("PUSHPROOF_{name}"), "c4n4ry");
    }
    let output = pushproof.args([command, help]).current_dir(folder.path()).output().unwrap();
    let told =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!told.contains("c4n4ry"), "{told}");
    assert!(told.contains("PUSHPROOF_"), "{told}");
}

#[rstest]
#[case("registration = [\"token=c4n4ry\"]")]
#[case("restart-cmd = [\"ssh c4n4ry\"]")]
#[case("url = \"http://c4n4ry:c4n4ry@hs")]
fn mistakes_in_a_file_show_no_secret(#[case] line: &str) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pushproof.toml"), format!("[check]\n{line}\n")).unwrap();
    let output = crate::support::pushproof().arg("check").current_dir(folder.path()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(!told.contains("c4n4ry") && told.contains("pushproof.toml:2"), "{told}");
}
