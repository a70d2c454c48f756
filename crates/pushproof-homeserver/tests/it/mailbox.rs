//! An SMTP relay that keeps what it is given.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use pushproof_homeserver::SmtpRelay;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

/// A mail: who it is for, and its header and text as they were sent, the encoding of long lines undone.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub(crate) to: String,
    pub(crate) text: String,
}

#[derive(Default)]
struct Kept {
    arrived: Mutex<Vec<Mail>>,
    /// What the next mails are answered instead of being taken.
    refusals: Mutex<VecDeque<&'static str>>,
    news: Notify,
}

pub(crate) struct Mailbox {
    kept: Arc<Kept>,
    relay: SmtpRelay,
    serving: tokio::task::JoinHandle<()>,
}

impl Mailbox {
    pub(crate) async fn start() -> Self {
        let kept = Arc::new(Kept::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let relay = listener.local_addr().unwrap().into();
        let serving = tokio::spawn({
            let kept = Arc::clone(&kept);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(converse(stream, Arc::clone(&kept)));
                }
            }
        });
        Self { kept, relay, serving }
    }

    pub(crate) fn relay(&self) -> SmtpRelay {
        self.relay.clone()
    }

    /// Refuses the next mail so.
    pub(crate) fn refuse_one(&self, reply: &'static str) {
        self.kept.refusals.lock().unwrap().push_back(reply);
    }

    /// Whether no refusal is left to be told.
    pub(crate) async fn has_refused(&self) {
        self.until(|| self.kept.refusals.lock().unwrap().is_empty()).await;
    }

    /// The mails to an address.
    pub(crate) fn to(&self, address: &str) -> Vec<Mail> {
        self.kept.arrived.lock().unwrap().iter().filter(|mail| mail.to == address).cloned().collect()
    }

    /// Waits for a mail to an address that says this.
    pub(crate) async fn wait_for(&self, address: &str, words: &str) -> Mail {
        let find = || self.to(address).into_iter().find(|mail| mail.text.contains(words));
        self.until(|| find().is_some()).await;
        find().unwrap()
    }

    async fn until(&self, holds: impl Fn() -> bool) {
        let waiting = async {
            loop {
                let news = self.kept.news.notified();
                if holds() {
                    return;
                }
                news.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("no such mail in 20 s");
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn converse(stream: TcpStream, kept: Arc<Kept>) {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 mailbox\r\n").await.unwrap();
    let mut to = String::new();
    while let Ok(Some(line)) = lines.next_line().await {
        let reply = if let Some(address) = line.strip_prefix("RCPT TO:<") {
            address.split('>').next().unwrap().clone_into(&mut to);
            "250 ok"
        } else if line == "DATA" {
            writer.write_all(b"354 go on\r\n").await.unwrap();
            let mut text = String::new();
            while let Ok(Some(line)) = lines.next_line().await {
                match line.as_str() {
                    "." => break,
                    line => match line.strip_suffix('=') {
                        Some(soft) => text.push_str(soft),
                        None => text.extend([line, "\n"]),
                    },
                }
            }
            let refusal = kept.refusals.lock().unwrap().pop_front();
            if refusal.is_none() {
                kept.arrived.lock().unwrap().push(Mail { to: to.clone(), text: text.replace("=3D", "=") });
            }
            kept.news.notify_waiters();
            refusal.unwrap_or("250 ok")
        } else {
            "250 ok"
        };
        if writer.write_all(format!("{reply}\r\n").as_bytes()).await.is_err() {
            return;
        }
    }
}
