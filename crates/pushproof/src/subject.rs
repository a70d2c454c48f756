//! The one subject of a check: a homeserver at an address, the embedded reference, or one in a container.

use std::net::SocketAddr;

use pushproof_homeserver::Homeserver;
use pushproof_record::{Record, Redactor};
use pushproof_runner::{Address, Inspect, Known, Lifetime, Options, Restart, Subject};
use pushproof_vocabulary::Dialect;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    Usage,
    args::CheckArgs,
    check::{LOOPBACK, embedded_dialect},
    container::{Container, Plan},
    serve,
};

/// The subject that the arguments name.
pub(crate) enum Chosen {
    /// A homeserver that somebody else has started.
    Url(Address),
    /// The reference homeserver, in this process.
    Embedded,
    /// A homeserver in a container that the run starts.
    Container(Box<Plan>),
}

/// What the run has started, and ends.
pub(crate) enum Running {
    /// Nothing: the subject is somebody else's.
    Elsewhere,
    /// The reference.
    Embedded(Box<Homeserver>),
    /// A container.
    Container(Box<Container>),
}

impl Chosen {
    /// The one subject. None, or more than one, is no run against some default.
    pub(crate) async fn new(args: &CheckArgs) -> Result<Self, Usage> {
        const WAYS: &str = "name one subject: a URL, as in `pushproof check http://localhost:8008`; --embedded for the reference \
                            homeserver; or --container for one that is started in a container";
        // An unset variable in somebody's CI gives an empty word, and must not be taken for anything.
        let said = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        match (said(&args.url), args.embedded, said(&args.container)) {
            (Some(url), false, None) => Ok(Self::Url(address(&url, "a homeserver")?)),
            (None, true, None) => Ok(Self::Embedded),
            (None, false, Some(name)) => Ok(Self::Container(Box::new(Plan::new(&name).await?))),
            (None, false, None) => Err(Usage::new("there is no subject to check").hint(WAYS)),
            (url, embedded, container) => {
                let named = [
                    (url.is_some(), "a URL"),
                    (embedded, "--embedded"),
                    (container.is_some(), "--container"),
                ];
                let named: Vec<&str> =
                    named.iter().filter(|(said, _)| *said).map(|(_, name)| *name).collect();
                let message = format!("there is more than one subject: {}", named.join(" and "));
                Err(Usage::new(message).hint(WAYS))
            }
        }
    }

    /// What a record calls the subject that was not started.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Url(url) => url.to_string(),
            Self::Embedded => "the embedded reference".to_owned(),
            Self::Container(_) => "a container".to_owned(),
        }
    }

    /// The dialect, where it is known beforehand.
    pub(crate) fn dialect(&self) -> Option<Dialect> {
        match self {
            Self::Url(_) => None,
            Self::Embedded => Some(embedded_dialect()),
            Self::Container(plan) => plan.dialect().and_then(Dialect::named).cloned(),
        }
    }

    /// The proxy on the way to it.
    pub(crate) fn proxy(&self) -> Option<Url> {
        match self {
            // One that is no proxy keeps the run from beginning.
            Self::Url(address) => pushproof_runner::proxy(address).ok().flatten(),
            Self::Embedded | Self::Container(_) => None,
        }
    }

    /// Where the mailbox listens that the subject is told of without being asked.
    pub(crate) fn mailbox(&self) -> Option<SocketAddr> {
        match self {
            Self::Url(_) => None,
            Self::Embedded => Some(LOOPBACK),
            Self::Container(plan) => plan.sends_mail().then(|| plan.listen()),
        }
    }

    /// The subject, which is started if it is not there yet.
    pub(crate) async fn start(
        self,
        args: &CheckArgs,
        options: &Options,
        cancel: &CancellationToken,
    ) -> anyhow::Result<(Subject, Running)> {
        let mailbox = options.mailbox.as_ref().map(|mailbox| mailbox.address());
        let patience = args.restart_patience;
        Ok(match self {
            Self::Url(url) => {
                let restart = args.restart_cmd.clone().map(|command| Restart::Command { command, patience });
                (
                    Subject { url, known: Known::Unknown, lifetime: Lifetime::Longer, restart },
                    Running::Elsewhere,
                )
            }
            Self::Embedded => {
                let options = pushproof_homeserver::Options {
                    dialect: options.dialect.clone().unwrap_or_else(embedded_dialect),
                    defects: args.defect.clone(),
                    seed: args.seed,
                    inspect: Some(LOOPBACK),
                    smtp: mailbox.map(Into::into),
                    ..pushproof_homeserver::Options::default()
                };
                let homeserver = serve::start(options).await?;
                (reference(&homeserver), Running::Embedded(Box::new(homeserver)))
            }
            Self::Container(plan) => {
                let container = plan.start(mailbox, patience, cancel).await?;
                let subject = Subject {
                    url: container.url().into(),
                    known: Known::Unknown,
                    lifetime: Lifetime::Run,
                    restart: container.restart(patience),
                };
                (subject, Running::Container(Box::new(container)))
            }
        })
    }
}

impl Running {
    /// Adds to the record what the subject wrote while cases did not pass, where that is known.
    pub(crate) fn add_log(&self, record: &mut Record, redactor: &Redactor) {
        if let Self::Container(container) = self {
            container.add_log(record, redactor);
        }
    }

    /// Ends what the run has started.
    pub(crate) async fn stop(self) {
        match self {
            Self::Elsewhere => {}
            Self::Embedded(homeserver) => homeserver.stop().await,
            Self::Container(container) => container.remove().await,
        }
    }
}

/// The reference homeserver as a subject, which has an inspection port.
pub(crate) fn reference(homeserver: &Homeserver) -> Subject {
    Subject {
        url: homeserver.url().into(),
        known: Known::Implements,
        lifetime: Lifetime::Run,
        restart: inspect(homeserver).map(Restart::Inspection),
    }
}

/// The inspection port of a homeserver of ours, if it has one.
pub(crate) fn inspect(homeserver: &Homeserver) -> Option<Inspect> {
    let token = homeserver.inspect_token().clone();
    homeserver.inspect_url().map(|url| Inspect { url, token })
}

/// An HTTP address of the user's. One that is none is shown only where nothing in it can be secret.
pub(crate) fn address(text: &str, whose: &str) -> Result<Address, Usage> {
    Address::parse(text).ok_or_else(|| {
        let may_be_secret = text.contains(['@', '?']) || text.contains("://") && text.contains('#');
        let shown = if may_be_secret { "what was given" } else { &format!("`{text}`") };
        Usage::new(format!("{shown} is no address of {whose}"))
            .hint("it begins with http:// or https://, such as http://localhost:8008")
    })
}
