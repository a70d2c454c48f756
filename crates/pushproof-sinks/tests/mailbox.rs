//! The mailbox over SMTP.
#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Body, MultiPart, SinglePart, header::ContentTransferEncoding, header::ContentType},
};
use pushproof_sinks::{Loss, Mailbox, MailboxLimits, OddityKind};
use rstest::rstest;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// Longer than any test should wait; only a failing one does.
const PATIENCE: Duration = Duration::from_secs(20);

type Transport = AsyncSmtpTransport<Tokio1Executor>;

fn transport(mailbox: &Mailbox) -> Transport {
    let address = mailbox.address();
    Transport::builder_dangerous(address.ip().to_string()).port(address.port()).build()
}

async fn mailbox() -> (Mailbox, Transport) {
    let mailbox = Mailbox::bind(ANY_PORT).await.unwrap();
    let transport = transport(&mailbox);
    (mailbox, transport)
}

fn message(to: &str, subject: &str) -> Message {
    Message::builder()
        .from("Server <notify@example.org>".parse().unwrap())
        .to(to.parse().unwrap())
        .subject(subject)
        .body("Text\r\n".to_owned())
        .unwrap()
}

/// A conversation by hand.
struct Wire(TcpStream);

impl Wire {
    async fn to(mailbox: &Mailbox) -> Self {
        Self(TcpStream::connect(mailbox.address()).await.unwrap())
    }

    async fn send(&mut self, text: &[u8]) {
        self.0.write_all(text).await.unwrap();
    }

    /// All replies until the mailbox closes the connection.
    async fn replies(mut self) -> String {
        let mut replies = String::new();
        self.0.read_to_string(&mut replies).await.unwrap();
        replies.replace("\r\n", "\n")
    }

    /// Reads until this has been said.
    async fn hear(&mut self, wanted: &str) {
        let mut heard = Vec::new();
        while !String::from_utf8_lossy(&heard).contains(wanted) {
            assert!(self.0.read_buf(&mut heard).await.unwrap() > 0, "heard only {}", heard.escape_ascii());
        }
    }
}

#[tokio::test]
async fn a_mail_is_kept_for_every_recipient() {
    let (mailbox, transport) = mailbox().await;
    let before = Instant::now();
    let message = Message::builder()
        .from("Server <notify@example.org>".parse().unwrap())
        .to("Alice <Alice@Example.org>".parse().unwrap())
        .bcc("bob@example.org".parse().unwrap())
        .subject("Neues für Zoë 🎉, in a subject that is long enough to be folded somewhere")
        .body("Grüße,\r\n.\r\n..dots\r\n".to_owned())
        .unwrap();
    transport.send(message.clone()).await.unwrap();
    for address in ["Alice@example.org", "<bob@EXAMPLE.ORG>"] {
        let mails = mailbox.mails(address);
        assert_eq!(mails.len(), 1);
        let mail = &mails[0];
        assert_eq!(mail.from, "notify@example.org");
        assert_eq!(mail.to, ["Alice@Example.org", "bob@example.org"]);
        assert_eq!(mail.subject, "Neues für Zoë 🎉, in a subject that is long enough to be folded somewhere");
        assert_eq!(mail.text.trim_end(), "Grüße,\r\n.\r\n..dots");
        assert_eq!(mail.html, None);
        assert!((1..1000).contains(&mail.size));
        assert_eq!(mailbox.count_since(address, before), 1);
        assert_eq!(mailbox.count_since(address, Instant::now()), 0);
    }
    assert!(mailbox.mails("alice@example.org").is_empty(), "the local part belongs to its host");
    assert!(mailbox.oddities().is_empty());
}

#[rstest]
#[case::quoted_printable(ContentTransferEncoding::QuotedPrintable)]
#[case::base64(ContentTransferEncoding::Base64)]
#[case::eight_bit(ContentTransferEncoding::EightBit)]
#[tokio::test]
async fn text_and_html_are_decoded_and_their_links_found(#[case] encoding: ContentTransferEncoding) {
    let (mailbox, transport) = mailbox().await;
    let link =
        "http://localhost:8008/_matrix/client/unstable/add_threepid/email/submit_token?token=aZ09&sid=x=y";
    let text = format!("Schöne Grüße\r\n\r\n    {link}\r\n\r\nBis bald.");
    let html = format!(
        "<p>Schöne Grüße</p><a href=\"{}\">hier</a>",
        link.replace("sid", "again").replace('&', "&amp;")
    );
    let part = |content_type, text: &str| {
        let body = match encoding {
            // lettre says of itself that a line of this one is too long for that.
            ContentTransferEncoding::EightBit => Body::dangerous_pre_encoded(text.into(), encoding),
            encoding => Body::new_with_encoding(text.to_owned(), encoding).unwrap(),
        };
        SinglePart::builder().header(content_type).body(body)
    };
    let message = Message::builder()
        .from("notify@example.org".parse().unwrap())
        .to("alice@example.org".parse().unwrap())
        .multipart(
            MultiPart::alternative()
                .singlepart(part(ContentType::TEXT_PLAIN, &text))
                .singlepart(part(ContentType::TEXT_HTML, &html)),
        )
        .unwrap();
    transport.send(message).await.unwrap();
    let mail = &mailbox.mails("alice@example.org")[0];
    assert_eq!(mail.text.trim_end(), text);
    assert_eq!(mail.html.as_deref().map(str::trim_end), Some(html.as_str()));
    let links: Vec<_> = mail.links().into_iter().map(String::from).collect();
    assert_eq!(links, [link.to_owned(), link.replace("sid", "again")]);
}

#[tokio::test]
async fn commands_may_come_at_once() {
    let (mailbox, _) = mailbox().await;
    let mut wire = Wire::to(&mailbox).await;
    wire.send(
        b"EHLO me\r\nMAIL FROM:<> BODY=8BITMIME\r\nRCPT TO:<a@x>\r\nDATA\r\nSubject: one\r\n\r\n\r\n.\r\n\
        MAIL FROM:<b@x>\r\nRCPT TO:<a@x>\r\nDATA\r\nSubject: two\r\n\r\n.\r\nQUIT\r\n",
    )
    .await;
    let replies = wire.replies().await;
    let codes: Vec<_> =
        replies.lines().filter(|line| line.as_bytes()[3] == b' ').map(|line| &line[..3]).collect();
    assert_eq!(codes, ["220", "250", "250", "250", "354", "250", "250", "250", "354", "250", "221"]);
    let subjects: Vec<_> = mailbox.mails("a@x").iter().map(|mail| mail.subject.clone()).collect();
    assert_eq!(subjects, ["one", "two"]);
}

#[tokio::test]
async fn a_mail_in_small_pieces_is_the_same_mail() {
    let (mailbox, _) = mailbox().await;
    let mut wire = Wire::to(&mailbox).await;
    wire.0.set_nodelay(true).unwrap();
    for byte in
        b"HELO me\r\nMAIL FROM:<b@x>\r\nRCPT TO:<a@x>\r\nDATA\r\nSubject: one\r\n\r\n..\r\n.\r\nQUIT\r\n"
    {
        wire.send(&[*byte]).await;
        tokio::task::yield_now().await;
    }
    assert!(wire.replies().await.ends_with("\n250 the mail is kept\n221 bye\n"));
    assert_eq!(mailbox.mails("a@x")[0].text, ".\r\n");
}

#[tokio::test]
async fn waiting_ends_with_the_mail_that_fits() {
    let (mailbox, transport) = mailbox().await;
    let wait = mailbox.wait_for("alice@EXAMPLE.org", |mail| mail.subject == "3");
    let wait = tokio::time::timeout(PATIENCE, wait);
    let send = async {
        for (to, subject) in [("alice", "1"), ("bob", "3"), ("alice", "2"), ("alice", "3"), ("alice", "4")] {
            transport.send(message(&format!("{to}@example.org"), subject)).await.unwrap();
        }
    };
    let (found, ()) = tokio::join!(wait, send);
    assert_eq!(found.unwrap().seq, 4);
    let before = mailbox.wait_for("alice@example.org", |_| true).await;
    assert_eq!(before.seq, 1);
}

#[tokio::test]
async fn what_does_not_fit_is_not_taken() {
    let (mailbox, transport) = mailbox().await;
    transport.send(message("alice@example.org", "1")).await.unwrap();
    let wait = mailbox.wait_for("alice@example.org", |_| false);
    assert!(tokio::time::timeout(Duration::from_millis(5), wait).await.is_err());
}

#[tokio::test]
async fn half_a_mail_is_not_kept() {
    let (mailbox, _) = mailbox().await;
    let mut wire = Wire::to(&mailbox).await;
    wire.send(b"HELO me\r\nMAIL FROM:<b@x>\r\nRCPT TO:<a@x>\r\nDATA\r\n").await;
    wire.hear("354 ").await;
    wire.send(b"Subject: one\r\n\r\ntext\r\n.").await;
    wire.0.shutdown().await.unwrap();
    wire.replies().await;
    assert_eq!(mailbox.tally().mails, 0);
    let oddities = mailbox.oddities();
    assert_eq!(oddities.len(), 1);
    assert_eq!(oddities[0].to_string(), "the client hung up within a mail: from <b@x> to <a@x>");
}

#[rstest]
#[case::http(b"GET / HTTP/1.1\r\nHost: mail\r\n\r\n".as_slice(), "500 unknown command\n500 unknown command\n500 unknown command\n")]
#[case::long_command(&[b'a'].repeat(20_000), "500 the command is too long\n")]
#[case::tls(b"\x16\x03\x01\x00\xee".as_slice(), "")]
#[case::garbage(&b"\xff\xfe\0\n".repeat(30), "421 too many commands were refused\n")]
#[tokio::test]
async fn what_is_no_smtp_is_answered_and_noted(#[case] sent: &[u8], #[case] last: &str) {
    let limits = MailboxLimits { refusals: 20, ..MailboxLimits::default() };
    let mailbox = Mailbox::bind_with(ANY_PORT, limits).await.unwrap();
    let mut wire = Wire::to(&mailbox).await;
    wire.send(sent).await;
    wire.0.shutdown().await.unwrap();
    let replies = wire.replies().await;
    assert!(replies.starts_with("220 ") && replies.ends_with(last), "{replies}");
    let tally = mailbox.tally();
    assert!(tally.breaches > 0);
    assert_eq!((tally.mails, mailbox.oddities()[0].kind), (0, OddityKind::Breach));
}

#[tokio::test]
async fn a_client_that_says_nothing_is_not_waited_for() {
    let limits = MailboxLimits { idle: Duration::from_millis(5), ..MailboxLimits::default() };
    let mailbox = Mailbox::bind_with(ANY_PORT, limits).await.unwrap();
    let replies = Wire::to(&mailbox).await.replies().await;
    assert!(replies.ends_with("421 the client took too long\n"), "{replies}");
}

#[tokio::test]
async fn a_mail_that_is_too_large_is_refused_and_told() {
    let limits = MailboxLimits { mail_bytes: 100_000, ..MailboxLimits::default() };
    let mailbox = Mailbox::bind_with(ANY_PORT, limits).await.unwrap();
    let before = Instant::now();
    let mut wire = Wire::to(&mailbox).await;
    wire.send(b"HELO me\r\nMAIL FROM:<b@x>\r\nRCPT TO:<a@x>\r\nDATA\r\n").await;
    wire.send("a line of this mail\r\n".repeat(10_000).as_bytes()).await;
    wire.send(b".\r\nQUIT\r\n").await;
    assert!(wire.replies().await.ends_with("\n552 the mail is too large\n221 bye\n"));
    assert_eq!((mailbox.tally().mails, mailbox.tally().refused), (0, 1));
    assert_eq!(mailbox.lost_since("a@x", before), Some(Loss::Refused));
    assert_eq!(mailbox.lost_since("a@x", Instant::now()), None);
    assert_eq!(mailbox.oddities()[0].to_string(), "the mail is too large: from <b@x> to <a@x>");
}

#[tokio::test]
async fn a_connection_too_many_takes_the_place_of_a_silent_one() {
    let limits = MailboxLimits { connections: 1, ..MailboxLimits::default() };
    let mailbox = Mailbox::bind_with(ANY_PORT, limits).await.unwrap();
    let before = Instant::now();
    let mut silent = Wire::to(&mailbox).await;
    silent.hear("220 ").await;
    let mut second = Wire::to(&mailbox).await;
    second.send(b"QUIT\r\n").await;
    assert!(second.replies().await.ends_with("221 bye\n"));
    assert_eq!(mailbox.lost_since("a@x", before), Some(Loss::CutOff), "a mail may have been about to come");
}

#[tokio::test]
async fn a_flood_stays_within_bounds() {
    let limits = MailboxLimits { mails: 500, body_bytes: 1_000, ..MailboxLimits::default() };
    let mailbox = Mailbox::bind_with(ANY_PORT, limits).await.unwrap();
    let transport = transport(&mailbox);
    let before = Instant::now();
    stream::iter(0..2_000)
        .for_each_concurrent(16, |n| {
            let message = message("alice@example.org", &n.to_string());
            let transport = &transport;
            async move {
                transport.send(message).await.unwrap();
            }
        })
        .await;
    let tally = mailbox.tally();
    assert_eq!((tally.mails, tally.mails_dropped), (2_000, 1_500));
    let mails = mailbox.mails("alice@example.org");
    assert_eq!((mails.len(), mailbox.count_since("alice@example.org", before)), (500, 500));
    let with_body = mails.iter().filter(|mail| !mail.text.is_empty()).count();
    assert!((100..=200).contains(&with_body), "{with_body} bodies are kept");
    assert_eq!(tally.bodies_dropped, 2_000 - with_body as u64);
    // Whose the mails were that are wholly forgotten is not known; the rest is known to be for one address.
    assert_eq!(mailbox.lost_since("bob@example.org", before), Some(Loss::Forgotten));
    let (oldest, newest) = (mails[0].at, mails[499].at);
    assert_eq!(mailbox.lost_since("bob@example.org", oldest), None);
    assert_eq!(mailbox.lost_since("alice@example.org", oldest), Some(Loss::Forgotten));
    assert_eq!(mailbox.lost_since("alice@example.org", newest), None);
}

#[tokio::test]
async fn an_address_in_use_is_an_error() {
    let (mailbox, _transport) = mailbox().await;
    let error = Mailbox::bind(mailbox.address()).await.unwrap_err();
    assert_eq!(error.address, mailbox.address());
}

#[tokio::test]
async fn dropping_closes_connections_and_frees_the_address() {
    let (mailbox, _transport) = mailbox().await;
    let mut wire = Wire::to(&mailbox).await;
    wire.hear("220 ").await;
    let address = mailbox.address();
    drop(mailbox);
    assert_eq!(wire.replies().await, "");
    // The server is gone once its task has been polled for the last time, which takes a moment.
    let again = loop {
        match Mailbox::bind(address).await {
            Ok(mailbox) => break mailbox,
            Err(_in_use) => tokio::task::yield_now().await,
        }
    };
    transport(&again).send(message("alice@example.org", "1")).await.unwrap();
    assert_eq!(again.mails("alice@example.org").len(), 1);
}
