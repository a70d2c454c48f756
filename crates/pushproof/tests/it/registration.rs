//! Homeservers that make no accounts: their words are quoted, with what to do about it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};

use rstest::rstest;
use serde_json::{Value, json};

/// A homeserver that answers `/register` so: with the first as long as nothing is authenticated, else with the second.
fn homeserver(flows: Value, then: (u16, Value)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("a bound port");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Err when the other side is gone.
            let _ = answer(stream, &flows, &then);
        }
    });
    format!("http://{address}")
}

fn answer(stream: TcpStream, flows: &Value, then: &(u16, Value)) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line)?;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        if header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (status, body) = if line.contains("/versions") {
        (200, json!({ "versions": ["v1.3"] }))
    } else if !line.contains("/register") {
        (404, json!({ "errcode": "M_UNRECOGNIZED", "error": "Unrecognized request" }))
    } else if asked["auth"].is_null() {
        (401, json!({ "session": "s", "flows": [{ "stages": flows }] }))
    } else {
        then.clone()
    };
    let body = body.to_string();
    let length = body.len();
    let mut stream = reader.into_inner();
    write!(stream, "HTTP/1.1 {status} Said\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

fn refused(flows: &Value) -> (u16, Value) {
    let error = json!({
        "session": "s", "flows": [{ "stages": flows }], "completed": [],
        "errcode": "M_UNAUTHORIZED", "error": "Invalid registration token",
    });
    (401, error)
}

fn token() -> Value {
    json!(["m.login.registration_token"])
}

#[rstest]
#[case::refused(token(), refused(&token()), "token", &["401 M_UNAUTHORIZED: Invalid registration token", "used up"])]
#[case::refused_without_errcode(token(), (401, json!({ "session": "s", "flows": [{ "stages": token() }], "completed": [] })), "token", &["used up"])]
#[case::forbidden(token(), (403, json!({ "errcode": "M_FORBIDDEN", "error": "Token has expired" })), "token", &["Token has expired", "expired or revoked"])]
#[case::none_given(token(), refused(&token()), "open", &["registration needs a token", "--registration token=@FILE"])]
#[case::a_person_is_needed(json!(["m.login.recaptcha", "m.login.terms", "m.login.dummy"]), (500, json!({})), "open", &["asks for m.login.recaptcha, which a person has to do"])]
#[case::a_person_and_a_token(json!(["m.login.email.identity", "m.login.registration_token"]), (500, json!({})), "token", &["asks for m.login.email.identity, which a person has to do"])]
#[case::terms_are_accepted(json!(["m.login.terms"]), (500, json!({ "errcode": "M_UNKNOWN", "error": "too far" })), "open", &["500 M_UNKNOWN: too far"])]
fn homeservers_that_make_no_account(
    #[case] flows: Value,
    #[case] then: (u16, Value),
    #[case] how: &str,
    #[case] told: &[&str],
) {
    let url = homeserver(flows, then);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("token");
    std::fs::write(&file, "\u{feff}s3cret_token\r\n").expect("a file");
    let how = if how == "token" { format!("token=@{}", file.display()) } else { how.to_owned() };
    let mut command = crate::support::pushproof();
    let output = command.args(["check", &url, "--registration", &how]).output().expect("the command starts");
    let text = String::from_utf8_lossy(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(output.status.code(), Some(3), "{text}");
    for part in told {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("no suite can do") && !text.contains("s3cret"), "{text}");
}
