//! A driver's process, and the requests to it.

use std::{
    collections::HashMap,
    process::Stdio,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use pushproof_record::{Direction, Evidence, Redactor};
use pushproof_vocabulary::driver::{Method, Notified};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncWriteExt, BufReader},
    process::{ChildStdin, ChildStdout, Command},
    sync::oneshot,
    task::JoinHandle,
};

use super::{
    Finding,
    line::{Line, MAX_LINE, read_line},
    message::{self, Message, Refusal},
};
use crate::{
    http::millis,
    patience::within,
    process::{Group, LAST_WORDS, Output},
    trace::Trace,
};

/// The most notifications that are kept.
const MAX_NOTIFIED: usize = 10_000;
/// A driver whose stdin is closed has this long before it is asked to end.
const BEFORE_TERM: Duration = Duration::from_secs(5);
/// Afterwards it has this long before it is ended.
const BEFORE_KILL: Duration = Duration::from_secs(5);

/// How long a driver has to answer, unless it is given another time.
pub const DRIVER_PATIENCE: Duration = Duration::from_secs(30);

/// How long a driver has to answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadlines(pub Duration);

impl Deadlines {
    /// For `start`, which logs in and syncs, it is twice as long.
    fn of(self, method: &str) -> Duration {
        if method == Method::Start.name() { 2 * self.0 } else { self.0 }
    }

    /// The longest time that a driver may be given to settle: it must be able to say in time that an event did not come.
    pub(crate) fn longest_settle(self) -> Duration {
        self.0 * 2 / 3
    }
}

/// Why a request to a driver gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    /// The driver refused, as it may.
    #[error("the client refused `{method}`: {message} ({code})")]
    Refused {
        /// What it was asked.
        method: String,
        /// The code of the error.
        code: i64,
        /// What it said.
        message: String,
    },
    /// It does not keep to the protocol.
    #[error(transparent)]
    Finding(#[from] Finding),
}

/// A driver that was started.
#[derive(Debug)]
pub(crate) struct Driver {
    group: tokio::sync::Mutex<Option<Group>>,
    stdin: tokio::sync::Mutex<Option<ChildStdin>>,
    heard: Arc<Hearing>,
    stderr: Output,
    logging: tokio::sync::Mutex<JoinHandle<()>>,
    reading: JoinHandle<()>,
    next_id: AtomicU64,
    deadlines: Deadlines,
    epoch: Instant,
    redactor: Arc<Redactor>,
}

/// An answer: the whole message, and what it says.
type Answered = (Value, Result<Value, Refusal>);

/// What came from a driver so far.
#[derive(Debug, Default)]
struct Hearing(Mutex<Inbox>);

#[derive(Debug, Default)]
struct Inbox {
    waiting: HashMap<u64, oneshot::Sender<Answered>>,
    notified: Vec<Notified>,
    /// What ended the hearing. Whoever waits is told by its sender being dropped.
    over: Option<Over>,
}

#[derive(Clone, Debug)]
enum Over {
    /// Its stdout is closed.
    Closed,
    /// It said something wrong.
    Finding(Finding),
}

impl Driver {
    /// Starts the driver with this command.
    pub(crate) fn start(
        command: &[String],
        deadlines: Deadlines,
        epoch: Instant,
        redactor: &Arc<Redactor>,
    ) -> std::io::Result<Self> {
        let (program, args) =
            command.split_first().ok_or_else(|| std::io::Error::other("the command is empty"))?;
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.envs(past_proxies());
        let mut group = Group::start(command)?;
        let stdin = group.child.stdin.take();
        let (Some(from_stdout), Some(from_stderr)) = (group.child.stdout.take(), group.child.stderr.take())
        else {
            return Err(std::io::Error::other("the driver has no stdout or no stderr"));
        };
        let stderr = Output::default();
        let logging = stderr.drain(from_stderr).into();
        let heard = Arc::new(Hearing::default());
        let reading = tokio::spawn(Arc::clone(&heard).listen(from_stdout));
        Ok(Self {
            group: Some(group).into(),
            stdin: stdin.into(),
            heard,
            stderr,
            logging,
            reading,
            next_id: AtomicU64::new(1),
            deadlines,
            epoch,
            redactor: Arc::clone(redactor),
        })
    }

    /// Asks for something and reads the answer as what it must be.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        trace: &Trace,
        method: Method,
        params: impl Serialize,
    ) -> Result<T, Trouble> {
        let answer = self.ask(trace, method.name(), json!(params)).await?;
        let wrong = |reason| Finding::WrongAnswer { method: method.name().to_owned(), reason }.into();
        if !answer.is_object() {
            return Err(wrong(format!(
                "`result` has to be an object, `{{}}` where there is nothing to say, not {answer}"
            )));
        }
        serde_json::from_value(answer).map_err(|error| wrong(error.to_string()))
    }

    /// Asks for anything.
    pub(crate) async fn ask(&self, trace: &Trace, method: &str, params: Value) -> Result<Value, Trouble> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let request = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.note(trace, Direction::ToDriver, request.clone());
        let ended = || Finding::Ended { method: method.to_owned() };
        let answered = self.heard.wait(id).map_err(|over| over.finding(method))?;
        let after = self.deadlines.of(method);
        let exchange = async {
            // A driver that has ended breaks the pipe; its answer, if there is one, is read nevertheless.
            let _ = self.write(&request).await;
            answered.await
        };
        match within(after, self.unless_ended(exchange)).await {
            None => Err(Finding::Late { method: method.to_owned(), after }.into()),
            Some(None | Some(Err(_))) => {
                Err(self.heard.lock().over.clone().map_or_else(ended, |over| over.finding(method)).into())
            }
            Some(Some(Ok((message, answer)))) => {
                self.note(trace, Direction::FromDriver, message);
                answer.map_err(|Refusal { code, message }| Trouble::Refused {
                    method: method.to_owned(),
                    code,
                    message,
                })
            }
        }
    }

    /// The notifications that it told of unasked.
    pub(crate) fn notified(&self) -> Vec<Notified> {
        self.heard.lock().notified.clone()
    }

    /// What it wrote to stderr, without secrets. Of a driver that has ended it is all that it wrote.
    pub(crate) async fn log(&self) -> String {
        if self.heard.lock().over.is_some() {
            self.last_words().await;
        }
        self.redactor.text(&self.stderr.text())
    }

    /// What it wrote to stderr, as evidence; `None` if that is nothing.
    pub(crate) async fn logged(&self) -> Option<Evidence> {
        let text = self.log().await;
        let at_ms = millis(self.epoch.elapsed());
        (!text.trim().is_empty()).then_some(Evidence::ServerLog { at_ms, text })
    }

    /// Lets it end: its stdin is closed, then it is asked to, then made to. Nothing of its group is left. Gives whether
    /// the closed stdin was enough.
    pub(crate) async fn close(&self) -> bool {
        drop(self.stdin.lock().await.take());
        let Some(mut group) = self.group.lock().await.take() else { return true };
        let by_itself = tokio::time::timeout(BEFORE_TERM, group.child.wait()).await.is_ok();
        if !by_itself {
            group.ask_to_end();
            let _ = tokio::time::timeout(BEFORE_KILL, group.child.wait()).await;
        }
        drop(group);
        self.last_words().await;
        by_itself
    }

    /// What an exchange gives; `None` when the driver has ended before it could. What it started may well live on, and
    /// hold its stdout open.
    async fn unless_ended<T>(&self, exchange: impl Future<Output = T>) -> Option<T> {
        let mut exchange = std::pin::pin!(exchange);
        let ended = async {
            if let Some(group) = self.group.lock().await.as_mut() {
                let _ = group.child.wait().await;
            }
        };
        tokio::select! {
            given = &mut exchange => Some(given),
            () = ended => tokio::time::timeout(LAST_WORDS, exchange).await.ok(),
        }
    }

    /// Waits for what is still in the pipe of its stderr.
    async fn last_words(&self) {
        let mut logging = self.logging.lock().await;
        if !logging.is_finished() {
            let _ = tokio::time::timeout(LAST_WORDS, &mut *logging).await;
        }
    }

    async fn write(&self, request: &Value) -> std::io::Result<()> {
        let mut stdin = self.stdin.lock().await;
        let Some(stdin) = stdin.as_mut() else { return Err(std::io::Error::other("its stdin is closed")) };
        stdin.write_all(format!("{request}\n").as_bytes()).await?;
        stdin.flush().await
    }

    fn note(&self, trace: &Trace, direction: Direction, message: Value) {
        let at_ms = millis(self.epoch.elapsed());
        trace.add(self.redactor.evidence(Evidence::DriverMessage { at_ms, direction, message }));
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

impl Over {
    fn finding(self, method: &str) -> Finding {
        match self {
            Self::Closed => Finding::Ended { method: method.to_owned() },
            Self::Finding(finding) => finding,
        }
    }
}

impl Hearing {
    fn lock(&self) -> MutexGuard<'_, Inbox> {
        self.0.lock().expect("no holder of this lock panics")
    }

    /// Says that an answer to this request is waited for.
    fn wait(&self, id: u64) -> Result<oneshot::Receiver<Answered>, Over> {
        let mut inbox = self.lock();
        if let Some(over) = &inbox.over {
            return Err(over.clone());
        }
        let (sender, receiver) = oneshot::channel();
        inbox.waiting.insert(id, sender);
        Ok(receiver)
    }

    /// Reads what the driver says until it ends or says something wrong.
    async fn listen(self: Arc<Self>, stdout: ChildStdout) {
        let mut stdout = BufReader::new(stdout);
        let over = loop {
            let line = match read_line(&mut stdout).await {
                Ok(Line::Whole(line)) => line,
                Ok(Line::TooLong) => break Over::Finding(Finding::LongLine { limit: MAX_LINE }),
                Ok(Line::End) | Err(_) => break Over::Closed,
            };
            if let Err(finding) = message::read(&line).and_then(|(json, message)| self.take(json, message)) {
                break Over::Finding(finding);
            }
        };
        let mut inbox = self.lock();
        inbox.over = Some(over);
        inbox.waiting.clear();
    }

    fn take(&self, json: Value, message: Message) -> Result<(), Finding> {
        let mut inbox = self.lock();
        match message {
            Message::Answer { id, answer } => {
                let waiting = inbox.waiting.remove(&id);
                let waiting = waiting.ok_or_else(|| Finding::NotAsked { id: id.to_string() })?;
                // Err when whoever asked has given up.
                let _ = waiting.send((json, answer));
            }
            Message::Notified(_) if inbox.notified.len() == MAX_NOTIFIED => {
                return Err(Finding::Flood { limit: MAX_NOTIFIED });
            }
            Message::Notified(notified) => inbox.notified.push(notified),
        }
        Ok(())
    }
}

/// What has a client reach the reference homeserver straight, whatever proxy it is told to use for others.
fn past_proxies() -> impl Iterator<Item = (&'static str, String)> {
    const LOOPBACK: &str = "localhost,127.0.0.1,::1";
    ["NO_PROXY", "no_proxy"].into_iter().map(|name| match std::env::var(name) {
        Ok(others) if !others.trim().is_empty() => (name, format!("{others},{LOOPBACK}")),
        _ => (name, LOOPBACK.to_owned()),
    })
}
