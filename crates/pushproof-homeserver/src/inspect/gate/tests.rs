use http::{HeaderValue, header::REFERER};
use rstest::rstest;

use super::*;

const TOKEN: &str = "a-token-of-tests";

fn gate(own: &str, reading: Reading) -> Gate {
    Gate { own: own.parse().unwrap(), token: Token::new(TOKEN).unwrap(), reading }
}

fn get(gate: &Gate, host: &str, more: &[(HeaderName, &str)]) -> u16 {
    let mut headers = HeaderMap::new();
    headers.insert(HOST, host.parse().unwrap());
    for (name, value) in more {
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    status(gate, &Method::GET, host, &headers)
}

fn status(gate: &Gate, method: &Method, authority: &str, headers: &HeaderMap) -> u16 {
    let authority = authority.parse().ok();
    gate.admit(method, authority.as_ref(), headers).map_or_else(|refused| refused.status.as_u16(), |()| 200)
}

#[rstest]
#[case::address("127.0.0.1:8009", "127.0.0.1:8009", 200)]
#[case::name("127.0.0.1:8009", "localhost:8009", 200)]
#[case::name_in_capitals("127.0.0.1:8009", "LocalHost:8009", 200)]
#[case::name_of_ipv6("[::1]:8009", "localhost:8009", 200)]
#[case::ipv6("[::1]:8009", "[::1]:8009", 200)]
#[case::ipv6_in_full("[::1]:8009", "[0:0:0:0:0:0:0:1]:8009", 200)]
#[case::ipv4_as_ipv6("127.0.0.1:8009", "[::ffff:127.0.0.1]:8009", 200)]
#[case::default_port("127.0.0.1:80", "localhost", 200)]
#[case::one_of_all("0.0.0.0:8009", "192.0.2.7:8009", 200)]
#[case::one_of_all_ipv6("[::]:8009", "[2001:db8::7]:8009", 200)]
#[case::name_of_all("0.0.0.0:8009", "localhost:8009", 200)]
#[case::rebound("127.0.0.1:8009", "evil.example:8009", 403)]
#[case::rebound_of_all("0.0.0.0:8009", "evil.example:8009", 403)]
#[case::rebound_by_address("127.0.0.1:8009", "127.0.0.1.evil.example:8009", 403)]
#[case::below_localhost("127.0.0.1:8009", "evil.localhost:8009", 403)]
#[case::above_localhost("127.0.0.1:8009", "localhost.evil.example:8009", 403)]
#[case::root_of_localhost("127.0.0.1:8009", "localhost.:8009", 403)]
#[case::other_port("127.0.0.1:8009", "127.0.0.1:8008", 403)]
#[case::no_port("127.0.0.1:8009", "127.0.0.1", 403)]
#[case::no_number("127.0.0.1:8009", "127.0.0.1:80a9", 403)]
#[case::other_address("127.0.0.1:8009", "127.0.0.2:8009", 403)]
#[case::nowhere("127.0.0.1:8009", "0.0.0.0:8009", 403)]
#[case::other_family("127.0.0.1:8009", "[::1]:8009", 403)]
#[case::decimal("127.0.0.1:8009", "2130706433:8009", 403)]
#[case::name_of_other("192.0.2.7:8009", "localhost:8009", 403)]
#[case::user("127.0.0.1:8009", "me@127.0.0.1:8009", 403)]
#[case::user_with_password("127.0.0.1:8009", "localhost:8009@evil.example:8009", 403)]
#[case::empty("127.0.0.1:8009", "", 403)]
fn only_the_own_host_is_answered(#[case] own: &str, #[case] host: &str, #[case] expected: u16) {
    assert_eq!(get(&gate(own, Reading::Open), host, &[]), expected);
}

#[test]
fn a_host_must_be_there_once() {
    let gate = gate("127.0.0.1:8009", Reading::Open);
    let own = "127.0.0.1:8009";
    assert_eq!(get(&gate, own, &[(HOST, own)]), 403);
    assert_eq!(status(&gate, &Method::GET, own, &HeaderMap::new()), 403, "in the request line alone");
}

#[rstest]
#[case::own("http://127.0.0.1:8009", 200)]
#[case::own_by_name("http://localhost:8009", 200)]
#[case::elsewhere("http://evil.example:8009", 403)]
#[case::elsewhere_on_this_machine("http://127.0.0.1:8008", 403)]
#[case::other_scheme("https://127.0.0.1:8009", 403)]
#[case::sandboxed("null", 403)]
#[case::empty("", 403)]
#[case::with_path("http://127.0.0.1:8009/", 403)]
#[case::two("http://127.0.0.1:8009, http://evil.example", 403)]
fn only_the_own_origin_is_answered(#[case] origin: &str, #[case] expected: u16) {
    let gate = gate("127.0.0.1:8009", Reading::Open);
    assert_eq!(get(&gate, "127.0.0.1:8009", &[(ORIGIN, origin)]), expected);
    let beside = [(ORIGIN, "http://127.0.0.1:8009"), (ORIGIN, origin)];
    assert_eq!(get(&gate, "127.0.0.1:8009", &beside), 403, "beside another one");
}

#[rstest]
#[case::right(Some("Bearer a-token-of-tests"), Some("application/json"), 200)]
#[case::with_charset(Some("Bearer a-token-of-tests"), Some("Application/JSON; charset=utf-8"), 200)]
#[case::no_type(Some("Bearer a-token-of-tests"), None, 415)]
#[case::text(Some("Bearer a-token-of-tests"), Some("text/plain"), 415)]
#[case::text_that_looks_alike(Some("Bearer a-token-of-tests"), Some("text/plain; application/json"), 415)]
#[case::form(Some("Bearer a-token-of-tests"), Some("application/x-www-form-urlencoded"), 415)]
#[case::longer_type(Some("Bearer a-token-of-tests"), Some("application/jsonp"), 415)]
#[case::no_token(None, Some("application/json"), 401)]
#[case::no_bearer(Some("a-token-of-tests"), Some("application/json"), 401)]
#[case::beginning(Some("Bearer a-token-of-test"), Some("application/json"), 401)]
#[case::longer(Some("Bearer a-token-of-tests1"), Some("application/json"), 401)]
#[case::other(Some("Bearer A-token-of-tests"), Some("application/json"), 401)]
#[case::empty(Some("Bearer "), Some("application/json"), 401)]
fn steering_takes_json_and_the_token(
    #[case] token: Option<&str>,
    #[case] content_type: Option<&str>,
    #[case] expected: u16,
) {
    let own = "127.0.0.1:8009";
    let mut headers = HeaderMap::new();
    headers.insert(HOST, own.parse().unwrap());
    for (name, value) in [(AUTHORIZATION, token), (CONTENT_TYPE, content_type)] {
        if let Some(value) = value {
            headers.insert(name, value.parse().unwrap());
        }
    }
    for method in [Method::POST, Method::PUT, Method::OPTIONS, Method::HEAD] {
        assert_eq!(status(&gate(own, Reading::Open), &method, own, &headers), expected, "{method}");
    }
}

#[test]
fn reading_takes_the_token_where_clients_are_tried() {
    let (own, bearer) = ("127.0.0.1:8009", (AUTHORIZATION, "Bearer a-token-of-tests"));
    let gate = gate(own, Reading::WithToken);
    assert_eq!(get(&gate, own, &[]), 401);
    assert_eq!(get(&gate, own, &[(REFERER, "http://127.0.0.1:8009/")]), 401);
    assert_eq!(get(&gate, own, std::slice::from_ref(&bearer)), 200);
    assert_eq!(get(&gate, own, &[bearer.clone(), bearer]), 401, "twice");
}

#[test]
fn the_page_carries_the_token_on_this_machine_alone() {
    for (own, expected) in
        [("127.0.0.1:1", TOKEN), ("[::1]:1", TOKEN), ("0.0.0.0:1", ""), ("192.0.2.7:1", "")]
    {
        assert_eq!(gate(own, Reading::Open).token_of_page(), expected, "{own}");
    }
}
