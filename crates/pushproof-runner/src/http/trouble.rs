//! Why no connection came about, in words, and the cure.

use std::{error::Error, io};

use rustls::{AlertDescription, CertificateError, Error as Tls, OtherError, pki_types::UnixTime};

use super::{authorities::Untrusted, connect::Way, proxy::WITH_CREDENTIALS};

/// What kept a connection from coming about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// What happened.
    pub what: String,
    /// What to do about it.
    pub cure: Option<String>,
    /// Whether the other scheme may be spoken there: it was no connection that failed, but what came over it.
    pub maybe_other_scheme: bool,
}

impl Trouble {
    fn new(what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { what: what.into(), cure: Some(cure.into()), maybe_other_scheme: false }
    }

    fn plain(what: impl Into<String>) -> Self {
        Self { what: what.into(), cure: None, maybe_other_scheme: false }
    }
}

/// What an error of the HTTP client says of a connection.
pub(super) fn of(error: &reqwest::Error, way: &Way) -> Trouble {
    let host = way.address.url().host_str().unwrap_or_default();
    let Some(proxy) = &way.proxy else { return at(error, host) };
    let tunnel = causes(error).find(|cause| cause.to_string().starts_with("tunnel error"));
    // TLS is spoken with the homeserver itself through a tunnel that has come about.
    let is_connected = tunnel.is_none()
        && way.address.url().scheme() == "https"
        && causes(error).any(<dyn Error>::is::<Tls>);
    if !error.is_connect() || is_connected {
        return at(error, host);
    }
    // A tunnel that the proxy refused has no cause but itself.
    if let Some(tunnel) = tunnel.filter(|tunnel| tunnel.source().is_none()) {
        let asks = tunnel.to_string().contains("authorization");
        let cure = if asks { WITH_CREDENTIALS } else { "it may allow no connection to this host and port" };
        return Trouble::new(format!("the proxy {proxy} makes no connection: {tunnel}"), cure);
    }
    let trouble = at(error, proxy.host());
    let refused = innermost_io(error) == Some(io::ErrorKind::ConnectionRefused);
    Trouble {
        what: format!("no connection to the proxy {proxy}: {}", trouble.what),
        cure: if refused { Some("is the proxy started?".to_owned()) } else { trouble.cure },
        maybe_other_scheme: false,
    }
}

/// The same of a connection to this host.
fn at(error: &reqwest::Error, host: &str) -> Trouble {
    let causes = || causes(error);
    if let Some(tls) = causes().find_map(|cause| cause.downcast_ref::<Tls>()) {
        return of_tls(tls, host);
    }
    let innermost = causes().last().map(ToString::to_string).unwrap_or_default();
    if causes().any(|cause| cause.to_string().starts_with("dns error")) {
        return Trouble::new(
            format!("the name {host} cannot be resolved: {innermost}"),
            "is the name right, and known to this machine?",
        );
    }
    match innermost_io(error) {
        Some(io::ErrorKind::ConnectionRefused) => Trouble::new(
            innermost,
            "is the homeserver started, and is this the address of its client-server API?",
        ),
        _ if error.is_timeout() => Trouble::new(
            "nothing answers the attempt to connect",
            "is the address right, and does a firewall let this machine through?",
        ),
        _ => Trouble { maybe_other_scheme: true, ..Trouble::plain(innermost) },
    }
}

fn innermost_io(error: &reqwest::Error) -> Option<io::ErrorKind> {
    causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).last().map(io::Error::kind)
}

/// Whether an error shows that TLS is spoken there, whatever was wrong with it.
pub(super) fn is_of_tls(error: &reqwest::Error) -> bool {
    causes(error).filter_map(|cause| cause.downcast_ref::<Tls>()).any(|tls| {
        matches!(tls, Tls::InvalidCertificate(_) | Tls::AlertReceived(_) | Tls::PeerIncompatible(_))
    })
}

/// The error and what caused it, outermost first. An I/O error keeps what it wraps to itself.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
        match error.downcast_ref::<io::Error>() {
            Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => error.source(),
        }
    }
    std::iter::successors(Some(error), |error| cause(*error))
}

fn of_tls(error: &Tls, host: &str) -> Trouble {
    match error {
        Tls::InvalidCertificate(error) => of_certificate(error, host),
        Tls::AlertReceived(AlertDescription::ProtocolVersion) | Tls::PeerIncompatible(_) => Trouble::new(
            format!("TLS: the other side and pushproof have nothing in common ({error})"),
            "pushproof speaks TLS 1.2 and 1.3: let the homeserver, or what stands before it, speak one of them",
        ),
        Tls::AlertReceived(AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity) => {
            Trouble::new(
                format!("TLS: the other side refuses the handshake ({error})"),
                "pushproof speaks TLS 1.2 with ECDHE and AEAD ciphers, and TLS 1.3",
            )
        }
        Tls::AlertReceived(AlertDescription::CertificateRequired | AlertDescription::BadCertificate) => {
            Trouble::new(
                "TLS: the other side asks for a certificate of ours, which pushproof has none of",
                "let the homeserver be reached without client certificates",
            )
        }
        Tls::AlertReceived(AlertDescription::UnrecognisedName) => Trouble::new(
            format!("TLS: the other side has no certificate for {host}"),
            "use the name that its certificate is for",
        ),
        Tls::InvalidMessage(_) => Trouble {
            maybe_other_scheme: true,
            ..Trouble::new(
                "what listens there does not speak TLS",
                "use http://, or the port on which the homeserver speaks TLS",
            )
        },
        error => Trouble::plain(format!("TLS: {error}")),
    }
}

fn of_certificate(error: &CertificateError, host: &str) -> Trouble {
    const OWN: &str = "--ca FILE trusts the certificate in FILE (PEM); SSL_CERT_FILE and SSL_CERT_DIR replace what the system trusts";
    match error {
        CertificateError::Expired => Trouble::new("its certificate has expired", RENEW),
        CertificateError::ExpiredContext { not_after, .. } => {
            Trouble::new(format!("its certificate expired on {}", day(*not_after)), RENEW)
        }
        CertificateError::NotValidYet => Trouble::new("its certificate is not valid yet", CLOCK),
        CertificateError::NotValidYetContext { not_before, .. } => {
            Trouble::new(format!("its certificate is not valid before {}", day(*not_before)), CLOCK)
        }
        CertificateError::NotValidForName => Trouble::new(format!("its certificate is not for {host}"), NAME),
        CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => Trouble::new(
            format!("its certificate is not for {host}: it has no name at all in its subjectAltName"),
            format!(
                "make one with a name, as in `openssl req -x509 … -addext subjectAltName={}`",
                alt_name(host)
            ),
        ),
        CertificateError::NotValidForNameContext { presented, .. } => {
            Trouble::new(format!("its certificate is not for {host}, but for {}", names(presented)), NAME)
        }
        CertificateError::BadSignature => Trouble::new(
            "its certificate is not signed with the key of the authority that it names, which may have been made anew",
            format!("give the authority's certificate: {OWN}"),
        ),
        CertificateError::Other(OtherError(cause)) => match cause.downcast_ref::<Untrusted>() {
            Some(untrusted @ Untrusted::SelfSigned) => {
                Trouble::new(untrusted.to_string(), format!("give this certificate: {OWN}"))
            }
            Some(untrusted @ Untrusted::UnknownIssuer) => Trouble::new(
                untrusted.to_string(),
                format!(
                    "give the authority's certificate: {OWN}; or have the homeserver send the certificates in between"
                ),
            ),
            None => Trouble::new(format!("its certificate cannot be used: {cause}"), VERSION),
        },
        error => Trouble::new(format!("its certificate cannot be used: {error}"), VERSION),
    }
}

const RENEW: &str = "renew it; or this machine's clock is wrong";
const CLOCK: &str = "this machine's clock may be wrong, or that of the machine on which it was made";
const NAME: &str = "use a name that it is for, or give the homeserver one for this name";
const VERSION: &str = "make it anew: X.509 version 3, for servers, with a subjectAltName";

/// The names that a certificate is for, as many as a message can bear.
fn names(presented: &[String]) -> String {
    const MOST: usize = 5;
    let shown: Vec<String> = presented
        .iter()
        .take(MOST)
        // Such as `DnsName("example.org")`.
        .map(|name| name.split('"').nth(1).unwrap_or(name).chars().take(80).collect())
        .collect();
    let more = if presented.len() > MOST { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

fn alt_name(host: &str) -> String {
    let address = host.trim_matches(['[', ']']);
    let kind = if address.parse::<std::net::IpAddr>().is_ok() { "IP" } else { "DNS" };
    format!("{kind}:{address}")
}

fn day(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_| "a day far away".to_owned(), |time| time.strftime("%Y-%m-%d").to_string())
}
