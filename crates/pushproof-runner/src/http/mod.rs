//! Requests to the subject: a deadline on each, bounded answers, rate limits obeyed, every exchange kept as evidence, and
//! what it made on the subject noted.

mod authorities;
mod call;
mod connect;
mod giving_up;
mod outlook;
mod proxy;
mod rate_limit;
mod retry_after;
mod trouble;

use std::{
    sync::{Arc, RwLock},
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use pushproof_record::{Body, Event, Evidence, Exchange, HttpRequest, HttpResponse, Redactor};
use pushproof_vocabulary::json;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

pub use self::{
    authorities::Authorities,
    proxy::{BadProxy, proxy},
};
pub(crate) use self::{
    call::{Answer, Call, Caller, short, token_variable},
    connect::Way,
    connect::local,
    proxy::{Proxy, WITH_CREDENTIALS, keep_proxies_secret, variable_for_none},
    trouble::Trouble,
};
use self::{
    giving_up::GivingUp,
    rate_limit::{HeldUp, RateLimits},
};
use crate::{address::Address, belongings::Belongings, patience::within, trace::Trace};

/// How many times the patience the subject may take to answer a request: 30 s with a patience of 10 s. A long poll asks
/// for less.
const DEADLINE_IN_PATIENCES: u32 = 3;

/// The shortest deadline of a request: long polls last two seconds.
const LEAST_DEADLINE: Duration = Duration::from_secs(5);

/// How long requests that are under way are given to come to their end when the run has ended. What they make on the
/// subject is there only afterwards, and can be cleaned up only then.
pub(crate) const SETTLING: Duration = Duration::from_secs(5);

/// The largest answer that is read. All that a run asks for is its own, and a hundredth of this.
const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// The most values that an answer may have. Parsed, each takes a multiple of the two bytes that it may take on the wire.
const MAX_ANSWER_VALUES: usize = 100_000;

/// Why there is no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    /// No connection.
    #[error("no connection to {url}: {}", trouble.what)]
    Unreachable {
        /// What was asked.
        url: String,
        /// The reason.
        trouble: Box<Trouble>,
    },
    /// Nothing within the deadline of a request.
    #[error("no answer within {} s", .0.as_secs())]
    Late(Duration),
    /// The connection broke, or what came was no HTTP.
    #[error("the answer broke off: {0}")]
    Broken(String),
    /// More than is read.
    #[error("the answer is larger than {} MiB, or has more than {MAX_ANSWER_VALUES} values", MAX_ANSWER_BYTES / 1024 / 1024)]
    TooLarge,
    /// An answer that is none of a homeserver's: of a proxy, a web server, or garbage.
    #[error("what answered is no homeserver: {0}")]
    Foreign(String),
    /// The run gave up, for this reason.
    #[error("{0}")]
    GaveUp(String),
    /// The run was interrupted.
    #[error("the run was interrupted")]
    Interrupted,
}

impl NoAnswer {
    /// Whether it tells of the one request that was sent, as opposed to the subject as a whole or the run.
    #[must_use]
    pub(crate) fn is_of_one_request(&self) -> bool {
        matches!(self, Self::Late(_) | Self::Broken(_) | Self::TooLarge | Self::Foreign(_))
    }
}

/// The connection to the subject, shared by the whole run.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    client: Arc<RwLock<reqwest::Client>>,
    way: Arc<Way>,
    epoch: Instant,
    deadline: Duration,
    redactor: Arc<Redactor>,
    limits: RateLimits,
    giving_up: GivingUp,
    belongings: Arc<Belongings>,
    under_way: TaskTracker,
}

impl Http {
    /// A connection to the subject on its `way`, whose answers may take a few times the `patience`. When rate limits would
    /// take longer than `max_wait` in all, or nothing is answered any more, `cancel` is cancelled and [`Http::given_up`]
    /// tells why. Once it is cancelled nothing is asked for any more.
    pub(crate) fn new(
        way: Way,
        epoch: Instant,
        redactor: Arc<Redactor>,
        patience: Duration,
        max_wait: Duration,
        events: UnboundedSender<Event>,
        cancel: CancellationToken,
    ) -> Result<Self, reqwest::Error> {
        let client = Arc::new(RwLock::new(way.client()?));
        let giving_up = GivingUp::new(cancel);
        let limits = RateLimits::new(max_wait, events, giving_up.clone());
        let deadline = (patience * DEADLINE_IN_PATIENCES).max(LEAST_DEADLINE);
        Ok(Self {
            client,
            way: Arc::new(way),
            epoch,
            deadline,
            redactor,
            limits,
            giving_up,
            belongings: Arc::default(),
            under_way: TaskTracker::new(),
        })
    }

    /// The same connection for what is to be done however the run has ended.
    #[must_use]
    pub(crate) fn afterwards(&self) -> Self {
        let giving_up = GivingUp::new(CancellationToken::new());
        Self { limits: self.limits.afterwards(giving_up.clone()), giving_up, ..self.clone() }
    }

    /// What the run has on the subject.
    #[must_use]
    pub(crate) fn belongings(&self) -> &Belongings {
        &self.belongings
    }

    /// The run needs so many accounts, and so many logins beside, from now on.
    pub(crate) fn expect(&self, accounts: usize, logins: usize) {
        self.limits.outlook().expect(accounts as u64, logins as u64);
    }

    /// The client that requests are sent with.
    #[must_use]
    pub(crate) fn client(&self) -> reqwest::Client {
        self.client.read().expect("no holder of this lock panics").clone()
    }

    /// Forgets every connection: after a restart of the subject none of them leads anywhere, and a request may find that
    /// out too late.
    pub(crate) fn reconnect(&self) {
        // Err cannot be: the same client was made when the run began.
        if let Ok(fresh) = self.way.client() {
            *self.client.write().expect("no holder of this lock panics") = fresh;
        }
    }

    /// The address of the subject.
    #[must_use]
    pub(crate) fn base(&self) -> &Address {
        &self.way.address
    }

    /// The proxy on the way to it.
    #[must_use]
    pub(crate) fn proxy(&self) -> Option<&Proxy> {
        self.way.proxy.as_ref()
    }

    /// The address with the other scheme, `https:` for `http:`, if it is that which is spoken there.
    pub(crate) async fn other_scheme(&self) -> Option<Url> {
        let mut url = self.way.address.shown();
        let (other, port) =
            (if url.scheme() == "http" { "https" } else { "http" }, url.port_or_known_default());
        url.set_scheme(other).ok()?;
        url.set_port(port).ok()?;
        let answer = self.client().get(url.clone()).timeout(LEAST_DEADLINE).send().await;
        let is_spoken = answer.map_or_else(|error| trouble::is_of_tls(&error), |_| true);
        (is_spoken && self.proxy().is_none()).then_some(url)
    }

    /// What is waited for, unless the run ends before it is there.
    pub(crate) async fn unless_over<T>(&self, awaited: impl Future<Output = T>) -> Result<T, NoAnswer> {
        self.giving_up.unless_over(awaited).await.ok_or_else(|| self.giving_up.why())
    }

    /// Why the run ended from within, if it did.
    #[must_use]
    pub(crate) fn given_up(&self) -> Option<String> {
        self.giving_up.reason()
    }

    /// Waits for requests whose callers were interrupted.
    pub(crate) async fn settle(&self) {
        self.under_way.close();
        let _ = tokio::time::timeout(SETTLING, self.under_way.wait()).await;
    }

    /// Sends a request and reads the answer, which must be one that a homeserver can give. Rate limits are obeyed: the
    /// request is sent again.
    pub(crate) async fn send(&self, trace: &Trace, call: &Call) -> Result<Answer, NoAnswer> {
        self.send_to_anything(trace, call).await?.of_a_homeserver(call)
    }

    /// The same, with any answer taken: it is not known yet what listens there, or what it may say.
    pub(crate) async fn send_to_anything(&self, trace: &Trace, call: &Call) -> Result<Answer, NoAnswer> {
        let mut held_up = None;
        loop {
            if self.giving_up.is_over() {
                return Err(self.giving_up.why());
            }
            let (result, exchange) = self.exchange(call).await;
            trace.add(exchange);
            let answer = result?;
            if answer.status != 429 {
                if answer.is_success() {
                    self.limits.outlook().granted(call);
                }
                return Ok(answer);
            }
            held_up.get_or_insert_with(|| HeldUp::new(&self.limits)).obey(call, &answer).await?;
        }
    }

    /// The whole address of a call, query included, below a base address.
    fn url(base: &Url, call: &Call) -> Url {
        let mut url = base.clone();
        // Whole paths are those of Matrix, of a homeserver's own making, and those that RFC 8615 reserves.
        let is_whole = call.path.starts_with("/_") || call.path.starts_with("/.well-known");
        let prefix = if is_whole { "" } else { "/_matrix/client/v3" };
        url.set_path(&format!("{}{prefix}{}", base.path().trim_end_matches('/'), call.path));
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        url
    }

    async fn exchange(&self, call: &Call) -> (Result<Answer, NoAnswer>, Evidence) {
        let address = &self.way.address;
        // User info goes where an access token goes.
        let base = if call.caller.is_some() { address.without_user_info() } else { address.url().clone() };
        let mut request = self.client().request(call.method.clone(), Self::url(&base, call));
        let mut headers = Vec::new();
        if let Some(caller) = &call.caller {
            request = request.bearer_auth(&caller.token);
            headers.push(("Authorization".to_owned(), format!("Bearer ${}", caller.variable())));
        }
        let text = call.body.as_ref().map(Value::to_string);
        if let Some(text) = &text {
            request = request.header("Content-Type", "application/json").body(text.clone());
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        let asked = Instant::now();
        // Apart from the caller, whom an interruption may take away: what was asked for is done all the same, and noted.
        let receiving = within(self.deadline, receive(request, Arc::clone(&self.way)));
        let noting = self.belongings.begin(call);
        let receiving = self.under_way.spawn(async move {
            let received = receiving.await;
            if let Some(Ok((head, bytes))) = &received {
                noting.answered(head.status, json::from_slice(bytes).ok().as_ref());
            }
            received
        });
        let received = tokio::select! {
            biased;
            received = receiving => match received {
                Ok(Some(received)) => received,
                Ok(None) => Err(NoAnswer::Late(self.deadline)),
                Err(error) => Err(NoAnswer::Broken(error.to_string())),
            },
            () = self.giving_up.over_for(SETTLING) => Err(self.giving_up.why()),
        };
        match received {
            Err(NoAnswer::Late(_)) => self.giving_up.unanswered(),
            Err(NoAnswer::Interrupted | NoAnswer::GaveUp(_)) => {}
            _ => self.giving_up.answered(),
        }
        let sent = HttpRequest {
            method: call.method.to_string(),
            url: Self::url(&address.shown(), call).to_string(),
            headers,
            body: text.map(|text| Body::new(text.as_bytes())),
        };
        let (result, response, error) = match received {
            Ok((head, bytes)) => {
                let headers = head.headers.clone();
                let response = HttpResponse {
                    status: head.status,
                    headers: head.headers,
                    body: Some(Body::new(&bytes)),
                };
                let answer = Answer {
                    status: head.status,
                    json: json::from_slice(&bytes).ok(),
                    text: String::from_utf8_lossy(&bytes).into_owned(),
                    headers,
                    asked,
                };
                (Ok(answer), Some(response), None)
            }
            Err(error) => {
                let text = error.to_string();
                (Err(error), None, Some(text))
            }
        };
        let evidence = Evidence::Exchange(Box::new(Exchange {
            at_ms: millis(asked.duration_since(self.epoch)),
            duration_ms: millis(asked.elapsed()),
            actor: call.caller.as_ref().map(|caller| caller.name.clone()),
            token_variable: call.caller.as_ref().map(Caller::variable),
            variables: Vec::new(),
            request: sent,
            response,
            error,
            repeats: 1,
        }));
        (result, self.redactor.evidence(evidence))
    }
}

/// Asks once whether a homeserver answers there; what came instead, if it does not.
pub async fn answers(homeserver: &Address) -> Result<(), String> {
    let way = Way::new(homeserver.clone(), &Authorities::default()).map_err(|error| error.to_string())?;
    let url = homeserver.url().join("/_matrix/client/versions").map_err(|error| error.to_string())?;
    let client = way.client().map_err(|error| error.to_string())?;
    let answer = client.get(url).timeout(LEAST_DEADLINE).send().await;
    match answer.map_err(|error| trouble::of(&error, &way).what)?.status().as_u16() {
        200 => Ok(()),
        status => Err(format!("status {status}")),
    }
}

/// What is known of an answer before its body.
struct Head {
    status: u16,
    headers: Vec<(String, String)>,
}

async fn receive(request: reqwest::RequestBuilder, way: Arc<Way>) -> Result<(Head, Vec<u8>), NoAnswer> {
    let response = request.send().await.map_err(|error| {
        let trouble = trouble::of(&error, &way);
        if error.is_connect() {
            let url = way.address.url().origin().ascii_serialization();
            NoAnswer::Unreachable { url, trouble: Box::new(trouble) }
        } else {
            NoAnswer::Broken(trouble.what)
        }
    })?;
    let head = Head {
        status: response.status().as_u16(),
        headers: response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
    };
    let mut bytes = Vec::new();
    let mut stream = response.bytes_stream();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| NoAnswer::Broken(trouble::of(&error, &way).what))?;
        if bytes.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(NoAnswer::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    // Values are parted by commas; there are others, in texts, but not so many.
    if bytes.split(|byte| *byte == b',').count() > MAX_ANSWER_VALUES {
        return Err(NoAnswer::TooLarge);
    }
    Ok((head, bytes))
}

/// Milliseconds, as records give times.
#[must_use]
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
