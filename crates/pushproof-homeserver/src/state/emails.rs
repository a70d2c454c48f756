//! Mail addresses of accounts: validated by a link in a mail, bound, and unbound (client-server API, "Adding Account
//! Administrative Contact Information").

use std::collections::{BTreeMap, VecDeque};

use http::StatusCode;
use serde_json::{Value, json};
use url::Url;

use super::{Caller, State};
use crate::{
    delivery::{Letter, is_mail_address},
    error::MatrixError,
    ids::{PusherKey, UserId},
};

/// Where the link in a validation mail points to. No client knows this path: the specification leaves it to servers.
pub(crate) const VALIDATION_PATH: &str = "/_pushproof/validate_email";

/// So many validations are remembered; the oldest is forgotten first.
const REMEMBERED: usize = 10_000;

/// Whether the server sends mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MailOut {
    /// It has nobody to hand mail to.
    None,
    /// It has a relay.
    Relay,
}

/// A mail address that is bound to an account.
#[derive(Clone, Debug)]
pub(crate) struct Email {
    /// The address, in lower case.
    pub(crate) address: String,
    validated_ms: u64,
    added_ms: u64,
}

impl Email {
    /// The address as `GET /account/3pid` lists it.
    pub(crate) fn shown(&self) -> Value {
        json!({
            "medium": "email",
            "address": self.address,
            "validated_at": self.validated_ms,
            "added_at": self.added_ms,
        })
    }
}

/// The proof that somebody reads the mails to an address, begun or done.
struct Validation {
    client_secret: String,
    address: String,
    token: String,
    latest_attempt: u64,
    validated_ms: Option<u64>,
}

/// All validations, by session id.
#[derive(Default)]
pub(crate) struct Validations {
    by_session: BTreeMap<String, Validation>,
    oldest_first: VecDeque<String>,
}

impl Validations {
    fn add(&mut self, session: String, validation: Validation) {
        if self.oldest_first.len() >= REMEMBERED
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.by_session.remove(&oldest);
        }
        self.oldest_first.push_back(session.clone());
        self.by_session.insert(session, validation);
    }

    fn get(&mut self, session: &str, client_secret: &str) -> Option<&mut Validation> {
        self.by_session.get_mut(session).filter(|validation| validation.client_secret == client_secret)
    }
}

impl State {
    /// Begins to validate an address, or goes on with it, and gives the session id. A mail is sent unless one was sent
    /// for this attempt or a later one.
    pub(crate) fn request_validation(
        &mut self,
        address: &str,
        client_secret: &str,
        attempt: u64,
    ) -> Result<String, MatrixError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || ".=_-".contains(c);
        if !(1..=255).contains(&client_secret.len()) || !client_secret.chars().all(allowed) {
            return Err(MatrixError::invalid_param("`client_secret` has 1 to 255 letters, digits and .=_-"));
        }
        if !is_mail_address(address) {
            return Err(MatrixError::invalid_param("`email` is no mail address"));
        }
        if self.mail_out == MailOut::None {
            let error = "this homeserver cannot send mail: it was started without an SMTP relay";
            return Err(MatrixError::new(StatusCode::FORBIDDEN, "M_THREEPID_DENIED", error));
        }
        let address = canonical(address);
        if self.email_owners.contains_key(&address) {
            return Err(in_use());
        }
        let known = self.validations.by_session.iter_mut().find(|(_, validation)| {
            validation.client_secret == client_secret && validation.address == address
        });
        let (session, token) = match known {
            Some((session, validation)) if attempt <= validation.latest_attempt => return Ok(session.clone()),
            Some((session, validation)) => {
                validation.latest_attempt = attempt;
                (session.clone(), validation.token.clone())
            }
            None => {
                let (session, token) = (self.source.opaque(24), self.source.opaque(32));
                let validation = Validation {
                    client_secret: client_secret.to_owned(),
                    address: address.clone(),
                    token: token.clone(),
                    latest_attempt: attempt,
                    validated_ms: None,
                };
                self.validations.add(session.clone(), validation);
                (session, token)
            }
        };
        let link = self.validation_link(&session, client_secret, &token);
        self.letters.push(Letter::validation(&address, &link));
        Ok(session)
    }

    fn validation_link(&self, session: &str, client_secret: &str, token: &str) -> Url {
        let mut link = self.public_url.clone();
        link.set_path(VALIDATION_PATH);
        link.query_pairs_mut()
            .append_pair("token", token)
            .append_pair("client_secret", client_secret)
            .append_pair("sid", session);
        link
    }

    /// The link of a validation mail was opened.
    pub(crate) fn validate(
        &mut self,
        session: &str,
        client_secret: &str,
        token: &str,
    ) -> Result<(), MatrixError> {
        let now = self.source.now_ms();
        let validation = self.validations.get(session, client_secret);
        match validation.filter(|validation| validation.token == token) {
            Some(validation) => {
                validation.validated_ms.get_or_insert(now);
                Ok(())
            }
            None => Err(MatrixError::new(
                StatusCode::BAD_REQUEST,
                "M_THREEPID_AUTH_FAILED",
                "the link is not, or no longer, that of a mail from here",
            )),
        }
    }

    /// Binds a validated address to the caller's account.
    pub(crate) fn bind_email(
        &mut self,
        caller: &Caller,
        session: &str,
        client_secret: &str,
    ) -> Result<(), MatrixError> {
        let validated = self
            .validations
            .get(session, client_secret)
            .and_then(|validation| Some((validation.address.clone(), validation.validated_ms?)));
        let Some((address, validated_ms)) = validated else {
            let error = "no address was validated in this session";
            return Err(MatrixError::new(StatusCode::BAD_REQUEST, "M_THREEPID_AUTH_FAILED", error));
        };
        match self.email_owners.get(&address) {
            Some(owner) if *owner == caller.user => return Ok(()),
            Some(_) => return Err(in_use()),
            None => {}
        }
        self.email_owners.insert(address.clone(), caller.user.clone());
        let added_ms = self.source.now_ms();
        self.user_mut(&caller.user).emails.push(Email { address, validated_ms, added_ms });
        Ok(())
    }

    /// Takes an address off an account, and the email pushers for it. Nothing happens if it is not there.
    pub(crate) fn unbind_email(&mut self, user: &UserId, address: &str) {
        let address = canonical(address);
        if self.email_owners.get(&address) != Some(user) {
            return;
        }
        self.email_owners.remove(&address);
        self.user_mut(user).emails.retain(|email| email.address != address);
        let pushers = self.user(user).pushers.iter();
        let of_address: Vec<PusherKey> = pushers
            .filter(|(key, pusher)| pusher.is_email() && canonical(&key.pushkey) == address)
            .map(|(key, _)| key.clone())
            .collect();
        for key in of_address {
            self.delete_pusher(user, &key);
        }
    }

    /// Whether an address is bound to an account.
    pub(super) fn has_email(&self, user: &UserId, address: &str) -> bool {
        self.email_owners.get(&canonical(address)) == Some(user)
    }
}

/// The one spelling of an address: mail hosts that tell letters apart by their case are unheard of.
fn canonical(address: &str) -> String {
    address.trim().to_lowercase()
}

fn in_use() -> MatrixError {
    MatrixError::new(
        StatusCode::BAD_REQUEST,
        "M_THREEPID_IN_USE",
        "the address belongs to an account already",
    )
}
