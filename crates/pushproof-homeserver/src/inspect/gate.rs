//! Who may ask the inspection port. It is meant for programs and people on this machine, whose browsers show pages from
//! elsewhere as well: those must neither read it nor steer it, under whatever name they reach it.

use std::net::{IpAddr, SocketAddr};

use http::{
    HeaderMap, HeaderName, Method, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN},
    uri::Authority,
};
use pushproof_vocabulary::control::{Refusal, Token};
use subtle::ConstantTimeEq;

/// A control message has so many bytes at most.
pub(super) const BODY_BYTES: usize = 1 << 20;

/// Who may read what the inspection port tells. Steering always takes the port's token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// Whoever reaches the port. On loopback its page carries the token.
    #[default]
    Open,
    /// Only who knows the token: for a server whose clients are not to learn what it saw of them.
    WithToken,
}

/// What a request to an inspection port has to be.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    /// Where the port listens.
    pub(crate) own: SocketAddr,
    pub(crate) token: Token,
    pub(crate) reading: Reading,
}

/// A request that is not answered, and why.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) refusal: Refusal,
}

impl Gate {
    /// Whether a request may be answered, by all that is known before its body. `authority` is the one host that the
    /// `Host` header and, if it names one, the request line agree on.
    pub(super) fn admit(
        &self,
        method: &Method,
        authority: Option<&Authority>,
        headers: &HeaderMap,
    ) -> Result<(), Refused> {
        let hosts = headers.get_all(HOST).iter().count();
        if hosts != 1 || !authority.is_some_and(|authority| self.is_own(authority)) {
            let error =
                format!("the inspection port answers only to its own address, {}, as the host", self.own);
            return Err(Refused::new(StatusCode::FORBIDDEN, error));
        }
        if headers.contains_key(ORIGIN)
            && !only(headers, &ORIGIN).is_some_and(|origin| self.is_own_origin(origin))
        {
            let error = "the inspection port answers no pages but its own";
            return Err(Refused::new(StatusCode::FORBIDDEN, error));
        }
        if *method == Method::GET {
            return if self.reading == Reading::Open { Ok(()) } else { self.knows_token(headers) };
        }
        if !only(headers, &CONTENT_TYPE).is_some_and(is_json) {
            let error = "the inspection port takes only `Content-Type: application/json`";
            return Err(Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, error));
        }
        self.knows_token(headers)
    }

    /// The token that the page carries. Where others than this machine reach the port, the page carries none.
    pub(super) fn token_of_page(&self) -> &str {
        if self.own.ip().is_loopback() { self.token.secret() } else { "" }
    }

    /// Whether this is a name of the port. A name that anybody can have point here would let a page of that name in; an
    /// address cannot be made to point elsewhere.
    fn is_own(&self, authority: &Authority) -> bool {
        let port = authority.port_u16().unwrap_or(80);
        if port != self.own.port() || authority.as_str().contains('@') {
            return false;
        }
        let (host, own) = (authority.host(), self.own.ip().to_canonical());
        let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        match literal.parse::<IpAddr>() {
            Ok(address) => own.is_unspecified() || address.to_canonical() == own,
            Err(_) => (own.is_unspecified() || own.is_loopback()) && host.eq_ignore_ascii_case("localhost"),
        }
    }

    fn is_own_origin(&self, origin: &str) -> bool {
        let authority = origin.strip_prefix("http://").and_then(|authority| authority.parse().ok());
        authority.is_some_and(|authority| self.is_own(&authority))
    }

    fn knows_token(&self, headers: &HeaderMap) -> Result<(), Refused> {
        let told = only(headers, &AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        // In the same time for every wrong token of this length, so that it cannot be guessed piece by piece.
        let is_right =
            told.is_some_and(|told| bool::from(told.as_bytes().ct_eq(self.token.secret().as_bytes())));
        if is_right {
            return Ok(());
        }
        let error = "this takes the token of the inspection port, as `Authorization: Bearer TOKEN`; `pushproof serve` prints \
                     it, or has it from --inspect-token";
        Err(Refused::new(StatusCode::UNAUTHORIZED, error))
    }
}

impl Refused {
    fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { status, refusal: Refusal { error: error.into() } }
    }

    pub(super) fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, format!("a control message has {BODY_BYTES} bytes at most"))
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { status: StatusCode::BAD_REQUEST, refusal }
    }
}

/// The value of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none()).and_then(|value| value.to_str().ok())
}

fn is_json(content_type: &str) -> bool {
    content_type
        .split(';')
        .next()
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests;
