//! Starting, restarting and stopping a homeserver.

use std::{
    convert::Infallible,
    fmt,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use bytes::Bytes;
use pushproof_listen::Limits;
use pushproof_vocabulary::{
    Dialect, Era,
    control::{self, Control, Refusal, ServerState, Token},
};
use thiserror::Error;
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    defects::{self, UnknownDefect},
    delivery::{Gateway, Mailer, SmtpRelay},
    http_api,
    inspect::{self, Gate, Reading, Restarts},
    journal::Journal,
    memory::Memory,
    shared::{Generation, Shared},
    source::{Machine, Source},
    state::{MailOut, State},
};

/// A fresh token of the inspection port has so many characters.
const TOKEN_CHARACTERS: usize = 32;

/// What a homeserver is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where clients reach it; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Where its inspection port is, if it has one; port 0 picks a free one.
    pub inspect: Option<SocketAddr>,
    /// The token of the inspection port; `None` for a fresh one.
    pub inspect_token: Option<Token>,
    /// Who may read what the inspection port tells.
    pub inspect_reading: Reading,
    /// Whether it keeps a journal of what it sees and does.
    pub journal: Journalling,
    /// How much memory the process may have allocated; `None` for no bound.
    pub memory: Option<Memory>,
    /// How it spells the names of the proposal.
    pub dialect: Dialect,
    /// Whether it implements the proposal at all.
    pub era: Era,
    /// The [defects](crate::defects) and [variations](crate::variations) in force, by name.
    pub defects: Vec<String>,
    /// What the delays of variations follow from; `None` for others each time. Which request waits how long depends on
    /// the order in which they come, too.
    pub seed: Option<u64>,
    /// The part of user ids after the colon.
    pub server_name: String,
    /// Where it hands mail to. Without, it sends none, and addresses cannot be validated.
    pub smtp: Option<SmtpRelay>,
}

/// Whether a journal is kept. It costs time and, up to a bound, memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Journalling {
    /// It is.
    #[default]
    Kept,
    /// It is not: the journal stays empty.
    Off,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            inspect: None,
            inspect_token: None,
            inspect_reading: Reading::Open,
            journal: Journalling::Kept,
            memory: None,
            dialect: Dialect::named("msc0000").expect("the dialect is embedded").clone(),
            era: Era::Proposal,
            defects: Vec::new(),
            seed: None,
            server_name: "reference.test".to_owned(),
            smtp: None,
        }
    }
}

/// Why a homeserver did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The client for push gateways cannot be made.
    #[error("cannot make a client for push gateways")]
    Gateway(#[source] reqwest::Error),
    /// A name is no defect and no variation.
    #[error(transparent)]
    UnknownDefect(#[from] UnknownDefect),
}

/// A running reference homeserver. Dropping it stops it. Any number of them may run in one process.
///
/// ```
/// # async fn test() -> Result<(), Box<dyn std::error::Error>> {
/// use pushproof_homeserver::{Homeserver, Options};
/// use pushproof_vocabulary::control::{Control, Happening};
///
/// let homeserver = Homeserver::start().await?;
/// // …a client of yours does something with `homeserver.url()`…
/// # let body = r#"{"username": "alice", "device_id": "PHONE", "auth": {"type": "m.login.dummy"}}"#;
/// # let url = homeserver.url().join("_matrix/client/v3/register")?;
/// # reqwest::Client::new().post(url).body(body).send().await?.error_for_status()?;
///
/// // What it remembers now, and what it saw and did:
/// let state = homeserver.state();
/// assert!(state.users["@alice:reference.test"].devices.contains_key("PHONE"));
/// let journal = homeserver.journal(0);
/// let Happening::Request { path, status, .. } = &journal.entries[0].what else { panic!("a request came") };
/// assert_eq!((path.as_str(), *status), ("/_matrix/client/v3/register", 200));
///
/// // From now on it is one that lets clients choose the link.
/// homeserver.control(Control::SetDefects(vec!["link-ignored".to_owned()])).await?;
///
/// // Another one, beside it, with a defect from its start.
/// let options = Options { defects: vec!["link-ignored".to_owned()], ..Options::default() };
/// let defective = Homeserver::start_with(options).await?;
/// assert_ne!(homeserver.url(), defective.url());
/// # Ok(())
/// # }
/// # let _ = rustls::crypto::ring::default_provider().install_default();
/// # tokio::runtime::Runtime::new().unwrap().block_on(test()).unwrap();
/// ```
pub struct Homeserver {
    url: Url,
    inspect_url: Option<Url>,
    inspect_token: Token,
    shared: Arc<Shared>,
    restart: Restarts,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

/// A wish to restart, and who waits for it to be done.
pub(crate) type RestartRequest = oneshot::Sender<std::io::Result<()>>;

impl Homeserver {
    /// Starts a healthy homeserver on a free port of the loopback interface.
    pub async fn start() -> Result<Self, StartError> {
        Self::start_with(Options::default()).await
    }

    /// Starts a homeserver. Any number of them may run in one process.
    pub async fn start_with(options: Options) -> Result<Self, StartError> {
        let behaviour = defects::behaviour(&options.defects)?;
        let (listener, address) = bind(options.listen).await?;
        let inspection = match options.inspect {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        let mailer = options.smtp.as_ref().map(|relay| Mailer::new(relay, &options.server_name));
        let mut source = Box::new(Machine::new(options.seed));
        let fresh = || Token::new(source.opaque(TOKEN_CHARACTERS)).expect("letters and digits make a token");
        let inspect_token = options.inspect_token.unwrap_or_else(fresh);
        let mut state = State::new(options.server_name, url_of(address), options.dialect, source);
        state.behaviour = behaviour;
        state.era = options.era;
        if mailer.is_some() {
            state.mail_out = MailOut::Relay;
        }

        let stop = CancellationToken::new();
        let generation = Generation::new(&stop);
        let gateway = Gateway::new().map_err(StartError::Gateway)?;
        let journal = (options.journal == Journalling::Kept).then(|| Journal::new(options.memory));
        let shared =
            Arc::new(Shared::new(state, gateway, mailer, journal, options.memory, generation.clone()));

        let (restart, restarts) = mpsc::channel(1);
        let inspect_url = inspection.as_ref().map(|(_, address)| url_of(*address));
        let inspecting = inspection.map(|(listener, own)| {
            let gate = Arc::new(Gate { own, token: inspect_token.clone(), reading: options.inspect_reading });
            let (shared, restart, over) = (Arc::clone(&shared), restart.clone(), stop.child_token());
            tokio::spawn(async move {
                let filter =
                    |turn| inspect::filter(Arc::clone(&shared), restart.clone(), Arc::clone(&gate), turn);
                pushproof_listen::serve(listener, Limits::default(), over, filter, |_| {}).await;
            })
        });
        let running = tokio::spawn({
            let (shared, stop) = (Arc::clone(&shared), stop.clone());
            async move {
                run(shared, listener, address, generation, stop, restarts).await;
                if let Some(inspecting) = inspecting {
                    // Err only when it panicked, and then it is over as well.
                    let _ = inspecting.await;
                }
            }
        });
        Ok(Self { url: url_of(address), inspect_url, inspect_token, shared, restart, stop, running })
    }

    /// Where clients reach it.
    #[must_use]
    pub fn url(&self) -> Url {
        self.url.clone()
    }

    /// Where its inspection port is, if it has one.
    #[must_use]
    pub fn inspect_url(&self) -> Option<Url> {
        self.inspect_url.clone()
    }

    /// What steering takes over the inspection port.
    #[must_use]
    pub fn inspect_token(&self) -> &Token {
        &self.inspect_token
    }

    /// What it remembers now, in short.
    #[must_use]
    pub fn state(&self) -> ServerState {
        self.shared.act(State::summary)
    }

    /// What it saw and did from entry number `since` on; a page of it.
    #[must_use]
    pub fn journal(&self, since: u64) -> control::Journal {
        self.shared.journal.as_ref().map_or_else(control::Journal::default, |journal| journal.since(since))
    }

    /// Tells it something, as its inspection port does, and waits until it is done.
    pub async fn control(&self, control: Control) -> Result<(), Refusal> {
        inspect::obey(&self.shared, &self.restart, control).await
    }

    /// Answers a request without a connection, as it answers those that come over one: for a test that has the requests at
    /// hand, or that may open no sockets. The path and the query are those of the request's URI.
    ///
    /// ```
    /// # async fn test() -> Result<(), Box<dyn std::error::Error>> {
    /// let homeserver = pushproof_homeserver::Homeserver::start().await?;
    /// let answer = homeserver.answer(http::Request::get("/_matrix/client/v3/pushers").body(bytes::Bytes::new())?).await;
    /// assert_eq!(answer.status(), 401);
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(test()).unwrap();
    /// ```
    pub async fn answer(&self, request: http::Request<Bytes>) -> http::Response<Bytes> {
        let (head, body) = request.into_parts();
        let query = head.uri.query().unwrap_or_default().to_owned();
        let body = futures_util::stream::once(std::future::ready(Ok::<_, Infallible>(body)));
        http_api::respond(&self.shared, head.method, head.uri.path(), query, &head.headers, body).await.0
    }

    /// Stops it, and waits until nothing of it runs any more.
    pub async fn stop(mut self) {
        self.stop.cancel();
        // Err only when it panicked, and then it is over as well.
        let _ = (&mut self.running).await;
    }
}

impl fmt::Debug for Homeserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, inspect_url, .. } = self;
        f.debug_struct("Homeserver")
            .field("url", url)
            .field("inspect_url", inspect_url)
            .finish_non_exhaustive()
    }
}

impl Drop for Homeserver {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// So many connections may wait to be accepted; as many as at the start.
const BACKLOG: u32 = 1024;

/// Keeps an address that was listened on, and refuses connections there: what nobody holds, the system gives to whoever asks
/// for any port.
fn hold(address: SocketAddr) -> std::io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections that were closed linger on.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

fn url_of(address: SocketAddr) -> Url {
    Url::parse(&format!("http://{address}/")).expect("a socket address is a host and a port")
}

/// Serves until it is stopped. A restart closes every connection, forgets what a real server forgets, and comes back
/// on the same address.
async fn run(
    shared: Arc<Shared>,
    mut listener: TcpListener,
    address: SocketAddr,
    mut generation: Generation,
    stop: CancellationToken,
    mut restarts: mpsc::Receiver<RestartRequest>,
) {
    loop {
        let filter = |turn| http_api::filter(Arc::clone(&shared), turn);
        let over = generation.over.clone();
        let mut serving =
            std::pin::pin!(pushproof_listen::serve(listener, Limits::default(), over, filter, |_| {}));
        let restart = tokio::select! {
            () = &mut serving => None,
            restart = restarts.recv() => {
                generation.over.cancel();
                serving.await;
                restart
            }
        };
        let held = hold(address);
        generation.end().await;
        let Some(restarted) = restart else { return };
        generation = Generation::new(&stop);
        shared.renew(generation.clone());
        shared.act(State::restarted);
        match held.and_then(|held| held.listen(BACKLOG)) {
            Ok(bound) => {
                listener = bound;
                // Err when nobody waits for it any more.
                let _ = restarted.send(Ok(()));
            }
            Err(error) => {
                let _ = restarted.send(Err(error));
                return;
            }
        }
    }
}
