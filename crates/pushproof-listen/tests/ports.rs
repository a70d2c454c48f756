//! Peers that would hold a port.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use pushproof_listen::{Cut, Limits, Phase, Turn, Why, serve};
use rstest::rstest;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_util::sync::CancellationToken;
use warp::Filter;

const PATIENCE: Duration = Duration::from_secs(20);
/// Long enough for a busy machine to send a request, short enough for a test.
const SHORT: Duration = Duration::from_millis(300);
const REQUEST: &str = "GET /at-once HTTP/1.1\r\nHost: x\r\n\r\n";

struct Port {
    address: SocketAddr,
    cuts: mpsc::UnboundedReceiver<Cut>,
    over: CancellationToken,
}

impl Port {
    /// A port that answers at once, with a mebibyte many times over, or never.
    async fn open(limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, cuts) = mpsc::unbounded_channel();
        let over = CancellationToken::new();
        let filter = |turn: Turn| {
            warp::path::full()
                .and(warp::body::stream())
                .then(move |path: warp::path::FullPath, body| {
                    let body = turn.until_arrived(body);
                    async move {
                        let mut body = std::pin::pin!(body);
                        while let Some(Ok(_)) = futures_util::StreamExt::next(&mut body).await {}
                        match path.as_str() {
                            "/much" => vec![b'a'; 64 << 20],
                            "/never" => std::future::pending().await,
                            _ => b"here".to_vec(),
                        }
                    }
                })
                .or_else(|_| async { Ok::<_, Infallible>((Vec::new(),)) })
        };
        tokio::spawn(serve(listener, limits, over.clone(), filter, move |cut| tell.send(cut).unwrap()));
        Self { address, cuts, over }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn cut(&mut self) -> Cut {
        tokio::time::timeout(PATIENCE, self.cuts.recv()).await.expect("a connection is ended").unwrap()
    }
}

async fn answers(connection: &mut TcpStream) -> bool {
    let mut answer = [0; 12];
    let asked = async {
        connection.write_all(REQUEST.as_bytes()).await?;
        connection.read_exact(&mut answer).await
    };
    tokio::time::timeout(PATIENCE, asked).await.expect("an answer or an end").is_ok()
        && answer == *b"HTTP/1.1 200"
}

#[rstest]
#[case::silent("")]
#[case::half_a_head("GET / HTTP/1.1\r\nHost")]
#[case::half_a_body("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")]
#[case::waiting("GET /never HTTP/1.1\r\nHost: x\r\n\r\n")]
#[tokio::test]
async fn a_crowd_does_not_hold_the_port(#[case] said: &str) {
    let port = Port::open(Limits { connections: 8, ..Limits::default() }).await;
    let mut crowd = Vec::new();
    for _ in 0..100 {
        let mut connection = port.connect().await;
        // One that was ended meanwhile cannot be written to.
        let _ = connection.write_all(said.as_bytes()).await;
        crowd.push(connection);
    }
    assert!(answers(&mut port.connect().await).await);
}

#[tokio::test]
async fn who_keeps_the_port_waiting_gives_way_before_who_waits_for_it() {
    let mut port = Port::open(Limits { connections: 2, ..Limits::default() }).await;
    let mut waits = port.connect().await;
    waits.write_all(b"GET /never HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut asks = port.connect().await;
    assert!(answers(&mut asks).await);
    let mut third = port.connect().await;
    assert!(answers(&mut third).await);
    assert_eq!(port.cut().await, Cut { why: Why::Crowded, phase: Phase::Answered });
}

#[rstest]
#[case::silent("", Phase::Opened)]
#[case::half_a_head("GET / HTTP/1.1\r\nHost", Phase::Arriving)]
#[case::half_a_body("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf", Phase::Arriving)]
#[case::done("GET /at-once HTTP/1.1\r\nHost: x\r\n\r\n", Phase::Answered)]
#[case::next_half("GET /at-once HTTP/1.1\r\nHost: x\r\n\r\nGET / HT", Phase::Answered)]
#[case::answer_not_taken("GET /much HTTP/1.1\r\nHost: x\r\n\r\n", Phase::Untaken)]
#[tokio::test]
async fn the_port_does_not_wait_for_ever(#[case] said: &str, #[case] phase: Phase) {
    let mut port = Port::open(Limits { request: SHORT, silence: SHORT, ..Limits::default() }).await;
    let mut connection = port.connect().await;
    connection.write_all(said.as_bytes()).await.unwrap();
    assert_eq!(port.cut().await, Cut { why: Why::Late, phase });
}

/// It takes memory, as what arrives does, and has no longer than that.
#[tokio::test]
async fn an_answer_is_not_kept_as_long_as_a_silent_connection() {
    let mut port = Port::open(Limits { request: SHORT, ..Limits::default() }).await;
    let mut connection = port.connect().await;
    connection.write_all(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert_eq!(port.cut().await, Cut { why: Why::Late, phase: Phase::Untaken });
}

/// Who has taken all of it in the end is as good as anybody.
#[tokio::test]
async fn an_answer_may_be_taken_after_a_while() {
    let mut port = Port::open(Limits { silence: SHORT, ..Limits::default() }).await;
    let mut connection = port.connect().await;
    connection.write_all(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let _silent = port.connect().await;
    assert_eq!(port.cut().await.phase, Phase::Opened);
    let mut taken = vec![0; 64 << 20];
    connection.read_exact(&mut taken).await.unwrap();
    assert_eq!(port.cut().await, Cut { why: Why::Late, phase: Phase::Answered });
}

#[tokio::test]
async fn a_trickle_is_no_progress() {
    let mut port = Port::open(Limits { request: SHORT, ..Limits::default() }).await;
    let mut connection = port.connect().await;
    let trickle = async {
        while connection.write_all(b"G").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, trickle).await.expect("the connection is ended");
    assert_eq!(port.cut().await, Cut { why: Why::Late, phase: Phase::Arriving });
}

#[tokio::test]
async fn who_waits_for_an_answer_is_left_alone_and_all_end_with_the_port() {
    let mut port = Port::open(Limits { request: SHORT, silence: SHORT, ..Limits::default() }).await;
    let mut waits = port.connect().await;
    waits.write_all(b"GET /never HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    // What is swept later was looked at after this one had waited for longer than a peer may.
    let _silent = port.connect().await;
    assert_eq!(port.cut().await, Cut { why: Why::Late, phase: Phase::Opened });
    port.over.cancel();
    let read = tokio::time::timeout(PATIENCE, waits.read(&mut [0])).await.expect("it ends");
    assert!(matches!(read, Ok(0) | Err(_)));
    assert_eq!(port.cuts.try_recv().ok(), None);
}

#[tokio::test]
async fn requests_may_come_at_once_and_heads_are_bounded() {
    let port = Port::open(Limits::default()).await;
    let mut connection = port.connect().await;
    connection.write_all(REQUEST.repeat(50).as_bytes()).await.unwrap();
    let mut answers = String::new();
    while answers.matches("HTTP/1.1 200").count() < 50 {
        let mut piece = [0; 4096];
        let read = tokio::time::timeout(PATIENCE, connection.read(&mut piece)).await.unwrap().unwrap();
        assert_ne!(read, 0, "{answers}");
        answers += std::str::from_utf8(&piece[..read]).unwrap();
    }
    for head in [format!("X: {}\r\n", "a".repeat(1_000_000)), "X: a\r\n".repeat(200)] {
        let mut connection = port.connect().await;
        let _ = connection
            .write_all(format!("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{head}\r\n").as_bytes())
            .await;
        let mut answer = Vec::new();
        let _ = connection.read_to_end(&mut answer).await;
        let answer = String::from_utf8(answer).unwrap();
        // A peer that still sends when the connection ends may not read why it did.
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
}
