//! What a bad subject answers.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{flood, proxy::Request};

/// One kind of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mischief {
    /// What is no JSON, and says that it is.
    Garbage,
    /// A web page.
    Page,
    /// JSON that is no object.
    Array,
    /// An object in which everything has another type than it should.
    OtherTypes,
    /// JSON that is nested deeper than any parser likes.
    Deep,
    /// JSON in texts of JSON, which `serde_json` may read as deeply nested too.
    DeepInTexts,
    /// A body that never ends.
    Endless,
    /// A large body of small values, within what is read.
    ManyValues,
    /// A byte now and then.
    Trickle,
    /// Nothing, and the connection stays open.
    Hang,
    /// The connection is closed before an answer.
    Close,
    /// The connection is closed within the answer.
    CloseMidAnswer,
    /// What is no HTTP.
    NoHttp,
    /// A redirection to the same address.
    RedirectToItself,
    /// A redirection to where nobody is.
    RedirectElsewhere,
    /// A rate limit of an hour.
    LimitOfAnHour,
    /// A rate limit of a moment, again and again.
    LimitWithoutEnd,
    /// A rate limit of two seconds.
    LimitOfSeconds,
    /// Success, and nothing is done.
    Pretend,
    /// Whoever asks is an administrator.
    Administrator,
    /// 503, as by a proxy.
    Unavailable,
    /// 500, with a Matrix error of a megabyte.
    Failure,
    /// 401, as to who is logged out.
    LoggedOut,
    /// The push gateway that a pusher names is flooded; the request itself is served.
    Flood,
    /// The push gateway that a pusher names has connections opened without end; the request itself is served.
    Crowd,
}

/// Keys of answers, with values that none of them has.
const OTHER_TYPES: &str = r#"{"versions": 1, "pushers": {"0": []}, "access_token": ["a"], "device_id": 7, "user_id": null,
  "room_id": {}, "event_id": false, "next_batch": 7, "account_data": [], "rooms": "none", "flows": 1, "session": [],
  "joined_rooms": 5, "notifications": "many", "global": 0, "unstable_features": [], "errcode": 12, "server": "x"}"#;

impl Mischief {
    /// Answers a request; whether it did so.
    pub(super) async fn answer(self, stream: &mut TcpStream, request: &Request) -> std::io::Result<bool> {
        let json = "application/json";
        match self {
            Self::Garbage => send(stream, "200 OK", json, "", b"{\"pushers\": [\xff\xfe\x00").await?,
            Self::Page => {
                send(stream, "200 OK", "text/html", "", b"<!doctype html><title>Hello</title>").await?;
            }
            Self::Array => send(stream, "200 OK", json, "", b"[[], {}, null]").await?,
            Self::OtherTypes => send(stream, "200 OK", json, "", OTHER_TYPES.as_bytes()).await?,
            Self::Deep => send(stream, "200 OK", json, "", "{\"a\":".repeat(200_000).as_bytes()).await?,
            Self::DeepInTexts => {
                let nested = |text: &str| ["[".repeat(120), text.to_owned(), "]".repeat(120)].concat();
                let within =
                    |inner: String| nested(&json!({ "$serde_json::private::RawValue": inner }).to_string());
                let body = format!("{{\"a\":{}}}", (0..13).fold(nested("0"), |inner, _| within(inner)));
                send(stream, "200 OK", json, "", body.as_bytes()).await?;
            }
            Self::ManyValues => {
                let body = format!("{{\"pushers\": [{}0]}}", "0,".repeat(1_900_000));
                send(stream, "200 OK", json, "", body.as_bytes()).await?;
            }
            Self::Failure => {
                let error = "no ".repeat(300_000);
                let body = format!(r#"{{"errcode": "M_UNKNOWN", "error": "{error}"}}"#);
                send(stream, "500 Internal Server Error", json, "", body.as_bytes()).await?;
            }
            Self::LoggedOut => {
                let body = br#"{"errcode": "M_UNKNOWN_TOKEN", "error": "the access token is not known"}"#;
                send(stream, "401 Unauthorized", json, "", body).await?;
            }
            Self::Unavailable => send(stream, "503 Service Unavailable", "text/plain", "", b"busy").await?,
            Self::RedirectToItself => {
                let to = format!("Location: {}\r\n", request.path);
                send(stream, "307 Temporary Redirect", "text/plain", &to, b"").await?;
            }
            Self::RedirectElsewhere => {
                let to = "Location: http://127.0.0.1:9/nobody\r\n";
                send(stream, "302 Found", "text/plain", to, b"").await?;
            }
            Self::LimitOfAnHour => {
                let body =
                    br#"{"errcode": "M_LIMIT_EXCEEDED", "error": "slow down", "retry_after_ms": 3600000}"#;
                send(stream, "429 Too Many Requests", json, "", body).await?;
            }
            Self::LimitWithoutEnd => {
                send(stream, "429 Too Many Requests", "text/plain", "Retry-After: soon\r\n", b"slow down")
                    .await?;
            }
            Self::LimitOfSeconds => {
                let body =
                    br#"{"errcode": "M_LIMIT_EXCEEDED", "error": "slow down", "retry_after_ms": 2000}"#;
                send(stream, "429 Too Many Requests", json, "", body).await?;
            }
            Self::Pretend => send(stream, "200 OK", json, "", b"{}").await?,
            Self::Administrator => send(stream, "200 OK", json, "", br#"{"admin": true}"#).await?,
            Self::NoHttp => stream.write_all(b"220 mail.example ESMTP\r\n").await?,
            Self::Close => {}
            Self::CloseMidAnswer => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{\"pushers\": [").await?;
            }
            Self::Endless => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n\"").await?;
                loop {
                    stream.write_all(&[b'a'; 8192]).await?;
                }
            }
            Self::Trickle => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{").await?;
                loop {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    stream.write_all(b" ").await?;
                }
            }
            // Until the other side has enough.
            Self::Hang => drop(stream.read(&mut [0]).await?),
            Self::Flood | Self::Crowd => {
                let gateway = serde_json::from_slice(&request.body).ok();
                let gateway =
                    gateway.and_then(|body: Value| Some(body.pointer("/data/url")?.as_str()?.to_owned()));
                if let Some(gateway) = gateway {
                    match self {
                        Self::Crowd => flood::crowd(&gateway),
                        _ => flood::gateway(&gateway, &request.body),
                    }
                }
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether such an answer says nothing about the subject, so that no clause can be found broken by it.
    pub(super) fn says_nothing(self) -> bool {
        !matches!(self, Self::OtherTypes | Self::Failure | Self::ManyValues | Self::LoggedOut)
    }
}

async fn send(
    stream: &mut TcpStream,
    status: &str,
    content_type: &str,
    more: &str,
    body: &[u8],
) -> std::io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n{more}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    stream.shutdown().await?;
    // The rest is read, so that closing the connection does not take the answer back.
    tokio::io::copy(stream, &mut tokio::io::sink()).await.map(drop)
}
