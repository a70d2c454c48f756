//! The settings' half: in which dialects the subject prunes the settings event of a device that goes, or why that could
//! not be seen.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use futures_util::future::select_all;
use pushproof_vocabulary::{Dialect, Half};
use serde_json::{Value, json};

use super::{Look, Obstacle};
use crate::{
    account::{Account, NoAccount},
    context::RunContext,
    http::{Answer, Call, Caller, NoAnswer},
    login::Login,
    patience::poll,
    presence::Presence,
    steps::{device_of, encode},
    trace::Trace,
    uia::send_with_password,
};

/// The ways in which the throw-away devices go; a server that prunes on one of them has settings events.
#[derive(Clone, Copy, Debug)]
enum Removal {
    Logout,
    DeleteDevice,
    DeleteDevices,
}

/// How one way ended.
enum Way {
    /// Settings events went with the device, or changed, in these dialects.
    Pruned(Vec<String>),
    /// They all stayed as they were.
    Kept,
    /// It could not be gone to its end.
    Failed(String),
}

/// Looks which settings events go with their device. Whichever way shows that decides; a server without it has all of
/// them waited for, and a way that fails hides none of the others.
pub(super) async fn look(
    run: &RunContext,
    trace: &Trace,
    probe: &Account,
    candidates: &[Dialect],
) -> Result<Look, NoAnswer> {
    let removals = [Removal::Logout, Removal::DeleteDevice, Removal::DeleteDevices];
    let way = |removal| Box::pin(Throwing { run, trace, probe, candidates, removal }.away());
    let mut ways: Vec<_> = removals.into_iter().map(way).collect();
    let (mut kept, mut failures, mut unanswered) = (false, Vec::new(), None);
    while !ways.is_empty() {
        let (way, _, rest) = select_all(ways).await;
        match way {
            Ok(Way::Pruned(shown)) => return Ok(Look { shown, obstacle: None }),
            Ok(Way::Kept) => kept = true,
            Ok(Way::Failed(failure)) if !failures.contains(&failure) => failures.push(failure),
            Ok(Way::Failed(_)) => {}
            Err(error) => unanswered = Some(error),
        }
        ways = rest;
    }
    if kept {
        return Ok(Look::default());
    }
    match unanswered {
        Some(error) => Err(error),
        None => Ok(Look {
            shown: Vec::new(),
            obstacle: Some(Obstacle {
                half: Half::Settings,
                reason: format!("no settings event could be watched go: {}", failures.join("; ")),
                hint: "account data and the removal of devices are parts of the specification (client-server API, \
                       \"Client Config\", \"Device Management\"): mend these first"
                    .to_owned(),
            }),
        }),
    }
}

/// A settings event that is there before its device goes.
struct Before<'a> {
    dialect: &'a Dialect,
    /// How it reads; none where it reads otherwise each time.
    content: Option<Value>,
}

/// A device that is made to be removed in one way.
#[derive(Clone, Copy)]
struct Throwing<'a> {
    run: &'a RunContext,
    trace: &'a Trace,
    probe: &'a Account,
    candidates: &'a [Dialect],
    removal: Removal,
}

impl<'a> Throwing<'a> {
    async fn away(self) -> Result<Way, NoAnswer> {
        let Account { user_id, password, .. } = self.probe;
        let login = Login { name: "probe.throw-away", user: user_id, password, device_id: None };
        let device = match login.make(&self.run.http, self.trace, &self.run.redactor).await {
            Ok(answer) => device_of(&answer).map_err(|missed| missed.message),
            Err(NoAccount::NoAnswer(error)) => return Err(error),
            Err(refused) => Err(refused.to_string()),
        };
        let (id, token) = match device.map(|device| (device.id, device.token)) {
            Ok((id, Some(token))) => (id, token),
            Ok((_, None)) => return Ok(Way::Failed("a login gives no access token".to_owned())),
            Err(reason) => return Ok(Way::Failed(format!("a throw-away device is needed: {reason}"))),
        };
        let itself = Caller { token, name: "probe.throw-away".to_owned() };
        let written = match self.write(&id, &itself).await? {
            Ok(written) => written,
            Err(failure) => return Ok(Way::Failed(failure)),
        };
        let before = self.read_again(&id, written).await?;
        let removed = self.remove(&id, itself).await?;
        if !removed.is_success() {
            return Ok(Way::Failed(format!("{} was answered {}", self.removal.request(), removed.brief())));
        }
        self.watch(&id, &before).await
    }

    /// Writes the settings event of every dialect, and waits until it is there, in whatever form: those that are. Some
    /// servers let only the device itself write it, others show it only to who wrote it, so both write in turn.
    async fn write(&self, id: &str, itself: &Caller) -> Result<Result<Vec<Before<'a>>, String>, NoAnswer> {
        let attempt = AtomicUsize::new(0);
        let written: Mutex<Vec<Before<'a>>> = Mutex::default();
        let is_written = |dialect: &Dialect| {
            written
                .lock()
                .expect("no holder of this lock panics")
                .iter()
                .any(|known| known.dialect.name == dialect.name)
        };
        let looked = poll(self.run.patience, || async {
            let own_turn = attempt.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
            let writer = if own_turn { itself.clone() } else { self.caller() };
            let mut missing = None;
            for dialect in self.candidates.iter().filter(|dialect| !is_written(dialect)) {
                let content = json!({ dialect.paused.as_str(): true });
                let put = Call::put(self.path(dialect, id), content).by(writer.clone());
                let put = self.run.http.send(self.trace, &put).await.map_err(Err)?;
                let read = self.read(dialect, id).await.map_err(Err)?;
                if put.is_success() && Presence::of(&read) == Presence::There {
                    let there = Before { dialect, content: read.json };
                    written.lock().expect("no holder of this lock panics").push(there);
                } else {
                    missing.get_or_insert_with(|| {
                        let (put, read) = (put.brief(), read.brief());
                        format!("a settings event was written with {put} and read with {read}")
                    });
                }
            }
            missing.map_or(Ok(()), |missing| Err(Ok(missing)))
        });
        match looked.await {
            Err(Err(error)) => Err(error),
            Err(Ok(missing)) if written.lock().expect("no holder of this lock panics").is_empty() => {
                Ok(Err(missing))
            }
            Ok(()) | Err(Ok(_)) => Ok(Ok(written.into_inner().expect("no holder of this lock panics"))),
        }
    }

    async fn remove(&self, id: &str, itself: Caller) -> Result<Answer, NoAnswer> {
        let Self { run, trace, probe: Account { user_id, password, .. }, .. } = self;
        let call = match self.removal {
            Removal::Logout => {
                return run.http.send(trace, &Call::post("/logout", json!({})).by(itself)).await;
            }
            Removal::DeleteDevice => Call {
                body: Some(json!({})),
                ..Call::new(http::Method::DELETE, format!("/devices/{}", encode(id)))
            },
            Removal::DeleteDevices => Call::post("/delete_devices", json!({ "devices": [id] })),
        };
        send_with_password(&run.http, trace, call.by(self.caller()), user_id, password).await
    }

    /// Reads once more what is there: only what reads alike can be seen to change.
    async fn read_again(&self, id: &str, mut written: Vec<Before<'a>>) -> Result<Vec<Before<'a>>, NoAnswer> {
        for before in &mut written {
            let read = self.read(before.dialect, id).await?;
            before.content = before.content.take().filter(|content| read.json.as_ref() == Some(content));
        }
        Ok(written)
    }

    /// Waits until any settings event of the removed device is gone, or changed: a server that knows nothing of it leaves it
    /// as it is.
    async fn watch(&self, id: &str, written: &[Before<'a>]) -> Result<Way, NoAnswer> {
        let looked = poll(self.run.patience, || async {
            let (mut pruned, mut left) = (Vec::new(), None);
            for Before { dialect, content } in written {
                let read = self.read(dialect, id).await.map_err(Err)?;
                let changed = content.is_some() && read.json != *content;
                match Presence::of(&read) {
                    Presence::There if changed => pruned.push(dialect.name.clone()),
                    Presence::Gone => pruned.push(dialect.name.clone()),
                    Presence::There => left = Some(Way::Kept),
                    Presence::Unclear => {
                        let after = self.removal.request();
                        let failure =
                            format!("after {after}, a settings event was read with {}", read.brief());
                        left = left.or(Some(Way::Failed(failure)));
                    }
                }
            }
            if pruned.is_empty() { Err(Ok(left.unwrap_or(Way::Kept))) } else { Ok(Way::Pruned(pruned)) }
        });
        match looked.await {
            Ok(way) | Err(Ok(way)) => Ok(way),
            Err(Err(error)) => Err(error),
        }
    }

    /// What reads as JSON that is no object is taken as well: it may be what stays of an event.
    async fn read(&self, dialect: &Dialect, id: &str) -> Result<Answer, NoAnswer> {
        let get = Call::get(self.path(dialect, id)).by(self.caller());
        let answer = self.run.http.send_to_anything(self.trace, &get).await?;
        if answer.is_success() && answer.json.is_some() {
            return Ok(answer);
        }
        answer.of_a_homeserver(&get)
    }

    fn path(&self, dialect: &Dialect, id: &str) -> String {
        let event_type = dialect.settings_type(id);
        format!("/user/{}/account_data/{}", encode(&self.probe.user_id), encode(&event_type))
    }

    fn caller(&self) -> Caller {
        Caller { token: self.probe.token.clone(), name: "probe".to_owned() }
    }
}

impl Removal {
    fn request(self) -> &'static str {
        match self {
            Self::Logout => "POST /logout",
            Self::DeleteDevice => "DELETE /devices/{deviceId}",
            Self::DeleteDevices => "POST /delete_devices",
        }
    }
}
