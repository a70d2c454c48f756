//! Subjects that are no homeservers, or bad ones: each ends in a diagnosis and exit code 3, never in a hang or a
//! verdict.

mod cleanup;
mod doubt;
mod flood;
mod limits;
mod mischief;
mod points;
mod proxy;
mod run;

use std::{
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};

use rstest::rstest;
use serde_json::Value;

/// Serves every connection in the same way until the test ends; the address.
pub(crate) fn serve(behave: fn(TcpStream)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("a bound port");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || behave(stream));
        }
    });
    format!("http://{address}")
}

/// Reads a request; its first line. To its end, for what is closed with something unread takes the answer along.
fn request_line(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: u64 = length.map_or(0, |length| length.trim().parse().expect("a number"));
    let _ = io::copy(&mut stream.take(length), &mut io::sink());
    head.lines().next().unwrap_or_default().to_owned()
}

pub(crate) fn answer(stream: &mut TcpStream, status: &str, content_type: &str, body: &str) {
    let _ = request_line(stream);
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
}

fn html(mut stream: TcpStream) {
    answer(&mut stream, "200 OK", "text/html", "<!doctype html><title>It works</title>");
}

fn other_json(mut stream: TcpStream) {
    answer(&mut stream, "200 OK", "application/json", "{\"status\": \"ok\"}");
}

fn nonsense(mut stream: TcpStream) {
    let _ = request_line(&mut stream);
    let _ = stream.write_all(b"220 mail.example ESMTP\r\n");
}

fn closes(mut stream: TcpStream) {
    // The request is read: what the other side is told of a connection with unread bytes depends on the moment.
    let _ = request_line(&mut stream);
}

fn closes_mid_answer(mut stream: TcpStream) {
    let _ = request_line(&mut stream);
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{\"versions\": [");
}

fn redirects(mut stream: TcpStream) {
    let _ = request_line(&mut stream);
    let _ = stream.write_all(
        b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
}

fn endless(mut stream: TcpStream) {
    let _ = request_line(&mut stream);
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n\"");
    let chunk = [b'a'; 8192];
    while stream.write_all(&chunk).is_ok() {}
}

fn closed_registration(mut stream: TcpStream) {
    let line = request_line(&mut stream);
    let (status, body) = if line.contains("/versions") {
        ("200 OK", r#"{"versions": ["v1.3"]}"#)
    } else if line.contains("/register") {
        ("403 Forbidden", r#"{"errcode": "M_FORBIDDEN", "error": "Registration has been disabled"}"#)
    } else {
        ("404 Not Found", r#"{"errcode": "M_UNRECOGNIZED", "error": "Unrecognized request"}"#)
    };
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
}

fn limits_rates(mut stream: TcpStream) {
    answer(
        &mut stream,
        "429 Too Many Requests",
        "application/json",
        r#"{"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": 3600000}"#,
    );
}

#[rstest]
#[case::html("html", html)]
#[case::other_json("other-json", other_json)]
#[case::nonsense("nonsense", nonsense)]
#[case::closes("closes", closes)]
#[case::closes_mid_answer("closes-mid-answer", closes_mid_answer)]
#[case::redirects("redirects", redirects)]
#[case::endless("endless", endless)]
#[case::closed_registration("closed-registration", closed_registration)]
#[case::limits_rates("limits-rates", limits_rates)]
fn a_subject_that_cannot_be_judged(#[case] name: &str, #[case] behave: fn(TcpStream)) {
    let url = serve(behave);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (output, record) = crate::support::check(&[&url], folder.path());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{stderr}");

    assert_eq!(record["verdict"], "not-judged");
    assert!(
        record["scenarios"].as_array().is_some_and(|planned| !planned.is_empty()),
        "the plan is in the record"
    );
    let failed: Vec<&Value> =
        record["preflight"].as_array().expect("checks").iter().filter(|c| c["verdict"] == "failed").collect();
    let told: Vec<String> = failed
        .iter()
        .map(|check| format!("{}: {}\nhint: {}", check["check"], check["message"], check["hint"]))
        .collect();
    let filters = vec![(r"127\.0\.0\.1:\d+", "HOST"), (r"scenarios need \d+", "scenarios need N")];
    insta::with_settings!({ filters => filters }, { insta::assert_snapshot!(name, told.join("\n")) });
}
