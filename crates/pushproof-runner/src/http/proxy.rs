//! The proxy on the way to a homeserver, which the environment names as it does for curl.

use std::{env, fmt};

use hyper_util::client::proxy::matcher::Matcher;
use pushproof_record::Redactor;
use url::Url;

use crate::address::{self, Address};

/// The variables for `http:`, for `https:`, and for both. Small letters win, and an empty value is none, as with curl;
/// `HTTP_PROXY`, which curl leaves to CGI, is obeyed as most other programs do.
const HTTP: [&str; 2] = ["http_proxy", "HTTP_PROXY"];
const HTTPS: [&str; 2] = ["https_proxy", "HTTPS_PROXY"];
const ALL: [&str; 2] = ["all_proxy", "ALL_PROXY"];
/// The hosts that are reached without one: names with all below them, addresses, networks, `*`.
const NONE: [&str; 2] = ["no_proxy", "NO_PROXY"];

const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// What to do where a proxy asks who one is.
pub(crate) const WITH_CREDENTIALS: &str = "name it with credentials, as in http://USER:PASSWORD@HOST:PORT";

/// A proxy, and the variable that names it. Shown without its credentials.
#[derive(Clone)]
pub(crate) struct Proxy {
    url: Url,
    variable: &'static str,
}

/// A variable that should name a proxy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} names no proxy: {why}")]
pub struct BadProxy {
    /// The variable of the environment.
    pub variable: &'static str,
    why: &'static str,
}

impl Proxy {
    /// The one that the environment names for an address. There is none on the way to this machine: it would be asked for a
    /// homeserver of its own.
    pub(super) fn to(address: &Address) -> Result<Option<Self>, BadProxy> {
        Self::named(address, value)
    }

    /// The same with any environment: the value of a variable, if it has one.
    fn named(address: &Address, value: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, BadProxy> {
        let first = |names: [&'static str; 2]| names.into_iter().find_map(|name| Some((name, value(name)?)));
        let straight = first(NONE).is_some_and(|(_, hosts)| is_among(address.url(), &hosts));
        if address.is_loopback() || straight {
            return Ok(None);
        }
        let of_scheme = if address.url().scheme() == "https" { HTTPS } else { HTTP };
        let named = first(of_scheme).or_else(|| first(ALL));
        named.map(|(variable, value)| Self::parse(variable, &value)).transpose()
    }

    fn parse(variable: &'static str, value: &str) -> Result<Self, BadProxy> {
        let bad = |why| BadProxy { variable, why };
        let url = whole(value).ok_or(bad("it is not the URL of a host"))?;
        if !SCHEMES.contains(&url.scheme()) {
            return Err(bad(
                "pushproof speaks to proxies over http, https, socks4, socks4a, socks5 and socks5h",
            ));
        }
        Ok(Self { url, variable })
    }

    /// What the HTTP client is told.
    pub(super) fn for_client(&self) -> Result<reqwest::Proxy, reqwest::Error> {
        reqwest::Proxy::all(self.url.clone())
    }

    /// Its name or IP address.
    pub(super) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Without what may be secret.
    pub(crate) fn shown(&self) -> Url {
        let mut shown = Address::from(self.url.clone()).shown();
        shown.set_path("/");
        shown
    }

    /// The variable that names it.
    pub(crate) fn variable(&self) -> &'static str {
        self.variable
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown().fmt(formatter)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Proxy").field(&self.shown().as_str()).finish()
    }
}

/// The proxy on the way to an address, for people.
pub fn proxy(address: &Address) -> Result<Option<Url>, BadProxy> {
    Ok(Proxy::to(address)?.map(|proxy| proxy.shown()))
}

/// Keeps the credentials of the proxies that the environment names out of everything that the suite tells.
pub(crate) fn keep_proxies_secret(redactor: &Redactor) {
    for name in [HTTP, HTTPS, ALL].as_flattened() {
        if let Some(url) = value(name).as_deref().and_then(whole) {
            address::keep_secret(&url, redactor, "PROXY");
        }
    }
}

/// The variable for hosts without a proxy that is in force, or to be set.
pub(crate) fn variable_for_none() -> &'static str {
    NONE.into_iter().find(|name| value(name).is_some()).unwrap_or(NONE[1])
}

/// Whether the host of an address is among those of a variable for hosts without a proxy.
fn is_among(url: &Url, hosts: &str) -> bool {
    // curl parts them at blanks, too, and makes nothing of the dot at the end of a name.
    let hosts = hosts.split_whitespace().collect::<Vec<_>>().join(",");
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let Ok(target) = format!("http://{host}/").parse() else { return false };
    Matcher::builder().all("http://proxy.invalid").no(hosts).build().intercept(&target).is_none()
}

fn whole(value: &str) -> Option<Url> {
    let value = value.trim();
    let url = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    Url::parse(&url).ok().filter(Url::has_host)
}

/// The value of a variable of this process. An empty one is none.
fn value(name: &str) -> Option<String> {
    let value = env::var_os(name)?.to_string_lossy().into_owned();
    (!value.trim().is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const PLAIN: &str = "http://hs.example.org";
    const TLS: &str = "https://hs.example.org";

    fn named(url: &str, environment: &[(&str, &str)]) -> Result<Option<String>, BadProxy> {
        let value = |name: &str| {
            environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let proxy = Proxy::named(&Address::parse(url).unwrap(), value)?;
        Ok(proxy.map(|proxy| format!("{}: {proxy}", proxy.variable())))
    }

    #[rstest]
    #[case::of_its_scheme(PLAIN, &[("HTTP_PROXY", "http://a:1"), ("HTTPS_PROXY", "http://b:2")], "HTTP_PROXY: http://a:1/")]
    #[case::of_tls(TLS, &[("HTTP_PROXY", "http://a:1"), ("HTTPS_PROXY", "http://b:2")], "HTTPS_PROXY: http://b:2/")]
    #[case::small_letters_win(PLAIN, &[("HTTP_PROXY", "http://a:1"), ("http_proxy", "http://b:2")], "http_proxy: http://b:2/")]
    #[case::of_all(TLS, &[("http_proxy", "http://a:1"), ("ALL_PROXY", "http://b:2")], "ALL_PROXY: http://b:2/")]
    #[case::before_that_of_all(TLS, &[("all_proxy", "http://a:1"), ("HTTPS_PROXY", "http://b:2")], "HTTPS_PROXY: http://b:2/")]
    #[case::without_a_scheme(PLAIN, &[("http_proxy", "user:secret@a:1")], "http_proxy: http://a:1/")]
    #[case::with_credentials(PLAIN, &[("http_proxy", "https://user:secret@a:1/path?key")], "http_proxy: https://a:1/")]
    #[case::socks(TLS, &[("all_proxy", "socks5h://a:1")], "all_proxy: socks5h://a:1/")]
    #[case::of_another_host(PLAIN, &[("http_proxy", "a:1"), ("no_proxy", "example.com,notexample.org")], "http_proxy: http://a:1/")]
    #[case::small_letters_win_there(PLAIN, &[("http_proxy", "a:1"), ("no_proxy", "b"), ("NO_PROXY", "*")], "http_proxy: http://a:1/")]
    fn a_proxy_is_on_the_way(
        #[case] url: &str,
        #[case] environment: &[(&str, &str)],
        #[case] expected: &str,
    ) {
        assert_eq!(named(url, environment).unwrap().as_deref(), Some(expected));
    }

    #[rstest]
    #[case::all(PLAIN, "*")]
    #[case::all_among_others(PLAIN, "localhost, *")]
    #[case::name(PLAIN, "hs.example.org")]
    #[case::other_case(PLAIN, "HS.Example.ORG")]
    #[case::domain(TLS, "example.org")]
    #[case::domain_with_a_dot(TLS, ".example.org")]
    #[case::after_a_blank(TLS, "localhost example.org")]
    #[case::dot_at_the_end("http://hs.example.org./", "example.org")]
    #[case::port("http://hs.example.org:8008", "example.org")]
    #[case::ip("http://192.0.2.7:8008", "192.0.2.7")]
    #[case::network("http://192.0.2.7", "127.0.0.0/8,192.0.2.0/24")]
    #[case::ipv6("http://[2001:db8::7]", "2001:db8::/32")]
    #[case::this_machine("http://127.0.0.1:8008", "elsewhere")]
    fn no_proxy_is_on_the_way(#[case] url: &str, #[case] hosts: &str) {
        let environment = [("ALL_PROXY", "http://a:1"), ("NO_PROXY", hosts)];
        assert_eq!(named(url, &environment), Ok(None));
    }

    #[rstest]
    #[case("http://")]
    #[case("http://a:b:c")]
    #[case("http://a:99999")]
    #[case("ftp://a:1")]
    fn what_is_no_proxy_is_refused(#[case] value: &str) {
        assert!(
            named(PLAIN, &[("http_proxy", value)]).unwrap_err().to_string().starts_with("http_proxy names")
        );
        assert_eq!(named(TLS, &[("http_proxy", value)]), Ok(None));
    }
}
