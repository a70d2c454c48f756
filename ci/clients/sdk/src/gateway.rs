//! A push gateway that keeps what it is told.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::Value;

/// Which events it was told of, as they came.
#[derive(Clone, Default)]
pub struct Gateway(Arc<Mutex<Vec<Value>>>);

impl Gateway {
    /// Starts on a free port; the gateway, and its URL.
    pub fn start() -> std::io::Result<(Self, String)> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}/_matrix/push/v1/notify", listener.local_addr()?);
        let gateway = Self::default();
        let kept = gateway.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = kept.clone();
                thread::spawn(move || kept.serve(stream));
            }
        });
        Ok((gateway, url))
    }

    /// Whether it was told of an event.
    pub fn has(&self, event_id: &str) -> bool {
        let kept = self.0.lock().expect("no holder panics");
        kept.iter().any(|told| told["notification"]["event_id"] == event_id)
    }

    /// Takes one notification; the connection is then closed.
    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            match line.trim_end().split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().unwrap_or(0);
                }
                _ if line.trim_end().is_empty() => break,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        self.0.lock().expect("no holder panics").push(serde_json::from_slice(&body)?);
        let answer = r#"{"rejected":[]}"#;
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}",
            answer.len()
        )
    }
}
