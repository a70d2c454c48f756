//! Handing mail to an SMTP relay. The only place that knows how mail is made and sent.

use std::{net::SocketAddr, str::FromStr, time::Duration};

use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor, message::Mailbox};

use super::Letter;

/// A relay has so long to take a mail.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Where mail is handed to, unencrypted and without a login: `localhost:25`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpRelay {
    /// A name or an address.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl FromStr for SmtpRelay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
        let host = |host: &str| host.trim_start_matches('[').trim_end_matches(']').to_owned();
        match parts {
            Some((name, port)) if !name.is_empty() && port != 0 => Ok(Self { host: host(name), port }),
            _ => Err("write host and port, such as localhost:25".to_owned()),
        }
    }
}

impl From<SocketAddr> for SmtpRelay {
    fn from(address: SocketAddr) -> Self {
        Self { host: address.ip().to_string(), port: address.port() }
    }
}

/// The way to the relay.
pub(crate) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Why a mail was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTaken {
    /// The letter cannot be made a mail.
    #[error("no mail can be made of the letter: {0}")]
    NoMail(String),
    /// The relay does not take it, or cannot be reached.
    #[error("the relay did not take the mail: {0}")]
    Relay(#[from] lettre::transport::smtp::Error),
}

impl Mailer {
    /// A way to this relay; mails are from the server with this name.
    pub(crate) fn new(relay: &SmtpRelay, server_name: &str) -> Self {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&relay.host)
            .port(relay.port)
            .timeout(Some(TIMEOUT))
            .build();
        // A server name may have a port, and be an address that no mail can be from.
        let domain = server_name.split(':').next().unwrap_or_default();
        let address = Address::new("no-reply", domain).or_else(|_| Address::new("no-reply", "localhost"));
        let address = address.expect("the second address is one");
        Self { transport, from: Mailbox::new(Some("pushproof reference".to_owned()), address) }
    }

    /// Hands a letter to the relay.
    pub(crate) async fn send(&self, letter: &Letter) -> Result<(), NotTaken> {
        let to = letter.to.parse().map_err(|error| NotTaken::NoMail(format!("{}: {error}", letter.to)))?;
        let mail = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&letter.subject)
            .body(letter.text.clone())
            .map_err(|error| NotTaken::NoMail(error.to_string()))?;
        self.transport.send(mail).await?;
        Ok(())
    }
}

/// Whether mail can be sent to this address.
pub(crate) fn is_mail_address(text: &str) -> bool {
    text.parse::<Address>().is_ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("localhost:25", Some(("localhost", 25)))]
    #[case("127.0.0.1:1025", Some(("127.0.0.1", 1025)))]
    #[case("[::1]:1025", Some(("::1", 1025)))]
    #[case("localhost", None)]
    #[case(":25", None)]
    #[case("localhost:smtp", None)]
    #[case("localhost:0", None)]
    fn a_relay_is_host_and_port(#[case] text: &str, #[case] expected: Option<(&str, u16)>) {
        let relay = text.parse::<SmtpRelay>().ok();
        assert_eq!(relay.as_ref().map(|relay| (relay.host.as_str(), relay.port)), expected);
    }
}
