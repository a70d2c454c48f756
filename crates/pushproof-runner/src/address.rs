//! Addresses as users give them: shown without what may be secret in them, whole for requests alone.

use std::{fmt, net::IpAddr};

use percent_encoding::percent_decode_str;
use pushproof_record::Redactor;
use url::{Host, Url};

/// The parts of the suite's own requests. A user name that stands in all of them is no secret, and no record could be read
/// without it.
const IN_EVERY_REQUEST: &str = "/_matrix/client/v3/pushers/set pushproof";

/// The `http:` or `https:` address of a homeserver or gateway.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(Url);

impl Address {
    /// Reads an address; `None` if it is none of HTTP.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(Self(url))
    }

    /// The whole address, for requests.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// The address without user info, query and fragment, for people.
    #[must_use]
    pub fn shown(&self) -> Url {
        let mut shown = self.without_user_info();
        shown.set_query(None);
        shown.set_fragment(None);
        shown
    }

    /// The address without user info alone.
    pub(crate) fn without_user_info(&self) -> Url {
        let mut url = self.0.clone();
        // Err only of addresses without a host.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url
    }

    /// Whether it leads to this machine and never to another.
    pub(crate) fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
            Some(Host::Ipv6(address)) => {
                let address = IpAddr::V6(address).to_canonical();
                address.is_loopback() || address.is_unspecified()
            }
            Some(Host::Domain(name)) => {
                let name = name.trim_end_matches('.');
                name == "localhost" || name.ends_with(".localhost")
            }
            None => false,
        }
    }

    /// Keeps what may be secret in it out of everything that the suite tells. `whose` begins the names of the variables,
    /// such as `HOMESERVER`.
    pub fn keep_secret(&self, redactor: &Redactor, whose: &str) {
        keep_secret(&self.0, redactor, whose);
    }
}

/// The same of any address.
pub(crate) fn keep_secret(url: &Url, redactor: &Redactor, whose: &str) {
    let keep = |text: &str, what: &str| {
        for text in [text, &percent_decode_str(text).decode_utf8_lossy()] {
            redactor.secret(text, &format!("{whose}_{what}"));
        }
    };
    let user = url.username();
    if let Some(password) = url.password() {
        keep(&format!("{user}:{password}"), "USER_INFO");
        keep(password, "PASSWORD");
    }
    if !IN_EVERY_REQUEST.contains(user) {
        keep(user, "USER");
    }
    for pair in url.query().unwrap_or_default().split('&') {
        keep(pair, "QUERY");
        keep(pair.split_once('=').map_or("", |(_, value)| value), "QUERY");
    }
    keep(url.fragment().unwrap_or_default(), "FRAGMENT");
}

impl From<Url> for Address {
    fn from(url: Url) -> Self {
        Self(url)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown().fmt(formatter)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("http://me:s3cret@hs:8008/base?key=s3cret#s3cret", "http://hs:8008/base")]
    #[case("https://s3cret@hs", "https://hs/")]
    #[case("http://hs/a", "http://hs/a")]
    fn shown_without_secrets(#[case] text: &str, #[case] shown: &str) {
        let address = Address::parse(text).unwrap();
        assert_eq!(address.to_string(), shown);
        assert_eq!(format!("{address:?}"), shown);
        assert_eq!(address.url().as_str().trim_end_matches('/'), text);
    }

    #[rstest]
    #[case("ftp://hs")]
    #[case("hs:8008")]
    #[case("")]
    fn other_addresses(#[case] text: &str) {
        assert_eq!(Address::parse(text), None);
    }

    #[rstest]
    #[case("http://localhost:1", true)]
    #[case("http://hs.localhost./", true)]
    #[case("http://127.1.2.3", true)]
    #[case("http://0.0.0.0:1", true)]
    #[case("http://[::1]:1", true)]
    #[case("http://[::ffff:127.0.0.1]", true)]
    #[case("http://localhost.example.org", false)]
    #[case("http://192.168.0.1", false)]
    fn loopback(#[case] text: &str, #[case] is_loopback: bool) {
        assert_eq!(Address::parse(text).unwrap().is_loopback(), is_loopback);
    }

    #[rstest]
    fn secrets_are_kept() {
        let redactor = Redactor::new();
        let address = Address::parse("http://john:a%20b%2Fc@hs/?key=qu3ry&x=1#fr4gment").unwrap();
        address.keep_secret(&redactor, "HOMESERVER");
        let told = redactor.message("am9objphIGIvYw== a b/c a+b%2fc qu3ry fr4gment key of john");
        let expected = "$HOMESERVER_USER_INFO $HOMESERVER_PASSWORD $HOMESERVER_PASSWORD $HOMESERVER_QUERY \
                        $HOMESERVER_FRAGMENT key of $HOMESERVER_USER";
        assert_eq!(told, expected);
    }

    #[rstest]
    fn a_user_name_that_is_everywhere_is_none() {
        let redactor = Redactor::new();
        Address::parse("http://matrix:s3cret@hs").unwrap().keep_secret(&redactor, "HOMESERVER");
        assert_eq!(redactor.message("GET /_matrix/client/versions"), "GET /_matrix/client/versions");
    }
}
