//! The driver: answers the suite's requests, one line each.

use std::{
    io::{self, BufRead, Write},
    sync::{Arc, PoisonError},
};

use pushproof_vocabulary::{
    driver::{
        AskNotifications, Capabilities, Effect, Effects, Initialize, Initialized, Kind, Method,
        Notifications, Notified, PROTOCOL, SetPush, Settle, Start, code,
    },
    json,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::{
    sync::{Mutex, mpsc},
    task::JoinSet,
};

use crate::{
    behaviour::Behaviour,
    session::{Running, Session},
};

/// Answers requests until there are no more, and then stops the client.
pub async fn serve<I, O>(input: I, output: O, behaviour: Behaviour) -> io::Result<()>
where
    I: BufRead + Send + 'static,
    O: Write + Send + 'static,
{
    let (requests, mut asked) = mpsc::unbounded_channel::<io::Result<String>>();
    // Reading from a pipe blocks, so that it gets a thread of its own; it ends with the pipe.
    std::thread::spawn(move || {
        let _ = input.lines().try_for_each(|line| requests.send(line));
    });
    let output = Arc::new(std::sync::Mutex::new(output));
    let driver = Arc::new(Driver { behaviour, running: Mutex::default(), latest: Mutex::default() });
    let mut answering = JoinSet::new();
    while let Some(line) = asked.recv().await {
        let (line, driver, output) = (line?, Arc::clone(&driver), Arc::clone(&output));
        // Each by itself: `stop` may come while `settle` waits.
        answering.spawn(async move {
            let answer = match json::from_slice(line.as_bytes()) {
                Ok(request) => driver.answer(&request).await,
                Err(error) => refusal(&Value::Null, code::PARSE_ERROR, &error.to_string()),
            };
            let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
            // Err when nobody listens any more; then stdin is closed soon as well.
            let _ = writeln!(output, "{answer}").and_then(|()| output.flush());
        });
    }
    driver.stop().await;
    while answering.join_next().await.is_some() {}
    Ok(())
}

struct Driver {
    behaviour: Behaviour,
    running: Mutex<Option<Running>>,
    /// The latest session, of which is still told after its end.
    latest: Mutex<Option<Arc<Session>>>,
}

/// Why a request gets no result: a code and a message.
type Refused = (i64, String);

impl Driver {
    async fn answer(&self, request: &Value) -> Value {
        let id = &request["id"];
        let Some(name) = request["method"].as_str() else {
            return refusal(id, code::INVALID_REQUEST, "the message has no method");
        };
        let Some(method) = Method::named(name) else {
            return refusal(id, code::METHOD_NOT_FOUND, &format!("there is no method `{name}`"));
        };
        match self.call(method, request["params"].clone()).await {
            Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
            Err((code, message)) => refusal(id, code, &message),
        }
    }

    async fn call(&self, method: Method, params: Value) -> Result<Value, Refused> {
        match method {
            Method::Initialize => initialize(&read(params)?),
            Method::Start => self.start(read(params)?).await,
            Method::Settle => {
                let settle: Settle = read(params)?;
                let session = self.session().await?;
                session.settle(&settle).await.map(|()| json!({})).map_err(failed)
            }
            Method::Notifications => {
                let asked: AskNotifications = read(params)?;
                let latest = self.latest.lock().await.clone();
                let session = latest.ok_or_else(|| failed("the client was never started"))?;
                let notifications: Vec<Notified> = session.notifications(asked.room_id.as_deref());
                Ok(json!(Notifications { notifications }))
            }
            Method::ListPushers => {
                self.session().await?.list_pushers().await.map(|listed| json!(listed)).map_err(failed)
            }
            Method::ListDevices => {
                self.session().await?.list_devices().await.map(|listed| json!(listed)).map_err(failed)
            }
            Method::SetPush => {
                let wish: SetPush = read(params)?;
                self.session().await?.set_push(&wish).await.map(|()| json!({})).map_err(failed)
            }
            Method::Stop => {
                self.stop().await;
                Ok(json!({}))
            }
        }
    }

    async fn start(&self, start: Start) -> Result<Value, Refused> {
        let mut running = self.running.lock().await;
        if running.is_some() {
            return Err(failed("the client is running already"));
        }
        let started = Running::start(start, self.behaviour).await.map_err(failed)?;
        *self.latest.lock().await = Some(Arc::clone(&started.session));
        *running = Some(started);
        Ok(json!({}))
    }

    async fn stop(&self) {
        drop(self.running.lock().await.take());
    }

    async fn session(&self) -> Result<Arc<Session>, Refused> {
        let running = self.running.lock().await;
        let running = running.as_ref().ok_or_else(|| failed("the client is not running"))?;
        Ok(Arc::clone(&running.session))
    }
}

fn initialize(asked: &Initialize) -> Result<Value, Refused> {
    if asked.protocol != PROTOCOL {
        let message = format!("version {} of the protocol is unknown, {PROTOCOL} is spoken", asked.protocol);
        return Err((code::INVALID_PARAMS, message));
    }
    Ok(json!(Initialized {
        name: "pushproof reference client".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        language: "Rust".to_owned(),
        dialects: vec!["*".to_owned()],
        capabilities: Capabilities {
            pusherless: true,
            pusher: true,
            list_pushers: true,
            list_devices: true,
            toggle: true,
            restart: true,
        },
        effects: Effects::OfAll(vec![Effect::Sound, Effect::Banner, Effect::LockScreen]),
        kinds: Kind::ALL.to_vec(),
        lacks: Vec::new(),
    }))
}

fn read<T: DeserializeOwned>(params: Value) -> Result<T, Refused> {
    serde_json::from_value(params).map_err(|error| (code::INVALID_PARAMS, error.to_string()))
}

fn failed(message: impl Into<String>) -> Refused {
    (code::FAILED, message.into())
}

fn refusal(id: &Value, code: i64, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}
