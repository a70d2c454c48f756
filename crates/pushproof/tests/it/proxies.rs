//! Proxies of the environment: obeyed on the way to a homeserver elsewhere, and named; never asked for what runs here.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    process::{Command, Output},
    sync::{Arc, Mutex},
    thread,
};

use pushproof_homeserver::Homeserver;
use rstest::rstest;

/// Every variable that names a proxy.
const VARIABLES: [&str; 6] =
    ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// A proxy that answers every request by itself; what it was asked for, a line each.
fn proxy(answer: &'static str) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("a bound port");
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&asked);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = [0; 2048];
            let read = stream.read(&mut head).unwrap_or(0);
            let head = String::from_utf8_lossy(&head[..read]).into_owned();
            seen.lock()
                .expect("no holder of this lock panics")
                .extend(head.lines().next().map(str::to_owned));
            let _ = write!(stream, "HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    (address, asked)
}

fn behind(proxy: SocketAddr) -> Command {
    let mut command = crate::support::pushproof();
    for name in VARIABLES {
        command.env(name, format!("http://pr0xyuser:pr0xypass@{proxy}"));
    }
    command.env_remove("NO_PROXY").env_remove("no_proxy");
    command
}

fn told(output: &Output) -> String {
    let told =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    told.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[rstest]
#[case::embedded(&["check", "--embedded", "--run", "server/pusher/remote-toggle-state"])]
#[case::client(&["check-client", "--embedded", "--run", "client/notify/falsy:zero"])]
#[case::doctor(&["check-client", "--doctor", "--embedded"])]
fn what_runs_here_needs_no_proxy(#[case] args: &[&str]) {
    let (address, asked) = proxy("502 Bad Gateway");
    let output = behind(address).args(args).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert!(asked.lock().unwrap().is_empty(), "{asked:?}");
}

/// By its name, too; with pushes, whose gateway the homeserver reaches.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_homeserver_on_this_machine_needs_none_either() {
    let homeserver = Homeserver::start().await.unwrap();
    let port = homeserver.url().port().unwrap();
    let (address, asked) = proxy("502 Bad Gateway");
    let mut command = behind(address);
    command.args(["check", &format!("http://localhost:{port}"), "--dialect", "msc0000"]);
    command.args(["--without", "mail,restart", "--run", "server/pusher/remote-toggle-state"]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert!(asked.lock().unwrap().is_empty(), "{asked:?}");
}

#[rstest]
#[case::http(
    "http://hs.example.org",
    "502 Bad Gateway",
    "GET http://hs.example.org/_matrix/client/versions HTTP/1.1",
    "status 502"
)]
#[case::unknown(
    "http://hs.example.org",
    "407 Proxy Authentication Required",
    "GET http://hs.example.org/",
    "asks for credentials"
)]
#[case::https(
    "https://hs.example.org",
    "403 Forbidden",
    "CONNECT hs.example.org:443 HTTP/1.1",
    "makes no connection"
)]
#[case::https_unknown(
    "https://hs.example.org",
    "407 Proxy Authentication Required",
    "CONNECT hs.example.org:443 HTTP/1.1",
    "name it with credentials"
)]
fn a_homeserver_elsewhere_is_reached_through_it(
    #[case] url: &str,
    #[case] answer: &'static str,
    #[case] line: &str,
    #[case] says: &str,
) {
    let (address, asked) = proxy(answer);
    let folder = tempfile::tempdir().unwrap();
    let report = format!("json={}", folder.path().join("record.json").display());
    let output = behind(address).args(["check", url, "--report", &report]).output().unwrap();
    let told = told(&output);
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(asked.lock().unwrap().first().is_some_and(|asked| asked.starts_with(line)), "{asked:?}");
    assert!(told.contains(&format!("the proxy http://{address}/")), "{told}");
    assert!(told.contains("NO_PROXY=hs.example.org"), "{told}");
    assert!(told.contains(says), "{told}");
    let record = crate::support::record(folder.path());
    assert_eq!(record["options"]["proxy"], format!("http://{address}/"));
    assert!(!told.contains("pr0xy") && !record.to_string().contains("pr0xy"), "{told}");
}

#[rstest]
fn no_proxy_is_respected() {
    let (address, asked) = proxy("502 Bad Gateway");
    let mut command = behind(address);
    command.env("NO_PROXY", "example.org").args([
        "check",
        "http://hs.invalid.example.org",
        "--patience",
        "1s",
    ]);
    let output = command.output().unwrap();
    let told = told(&output);
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(asked.lock().unwrap().is_empty(), "{asked:?}");
    assert!(told.contains("cannot be resolved") && !told.contains("proxy"), "{told}");
}

/// The proxy is what fails, and not the homeserver behind it: its name, its port, its TLS.
#[rstest]
#[case::name(
    "http://proxy.invalid:3128",
    "no connection to the proxy http://proxy.invalid:3128/: the name proxy.invalid cannot be resolved"
)]
#[case::port("http://{closed}", "no connection to the proxy http://{closed}/: ")]
#[case::tls(
    "https://{plain}",
    "no connection to the proxy https://{plain}/: what listens there does not speak TLS"
)]
fn a_proxy_that_fails_is_blamed(
    #[case] named: &str,
    #[case] says: &str,
    #[values("http", "https")] scheme: &str,
) {
    let (plain, _) = proxy("400 Bad Request");
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap();
    let filled =
        |text: &str| text.replace("{plain}", &plain.to_string()).replace("{closed}", &closed.to_string());
    let mut command = crate::support::pushproof();
    for name in VARIABLES {
        command.env(name, filled(named));
    }
    command.env_remove("NO_PROXY").env_remove("no_proxy");
    let output = command.args(["check", &format!("{scheme}://hs.example.org")]).output().unwrap();
    let told = told(&output);
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains(&filled(says)), "{told}");
}

#[test]
fn what_is_no_proxy_ends_the_run_before_it_begins() {
    let mut command = behind("127.0.0.1:9".parse().unwrap());
    let output =
        command.env("http_proxy", "ftp://hs").args(["check", "http://hs.example.org"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("http_proxy names no proxy"), "{}", told(&output));
}
