//! Mail addresses, as they stand in commands and as mails are found by them.

/// The longest address, in bytes: a local part of 64, a domain of 255, and the `@`.
/// [RFC 5321, 4.5.3.1](https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1)
const MAX_ADDRESS_BYTES: usize = 320;

/// What mails to an address are found by: the address without angle brackets, its domain in lower case. The local part
/// belongs to the receiving host alone, so its case is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct AddressKey(String);

impl AddressKey {
    pub(super) fn new(address: &str) -> Self {
        let address = address.trim();
        let address =
            address.strip_prefix('<').and_then(|inner| inner.strip_suffix('>')).unwrap_or(address).trim();
        Self(match address.rsplit_once('@') {
            Some((local, domain)) => format!("{local}@{}", domain.to_lowercase()),
            None => address.to_owned(),
        })
    }
}

/// Takes the address off the beginning of the argument of `MAIL FROM:` or `RCPT TO:`. Gives it without angle brackets
/// and source route, and what follows it. The null address `<>` is the empty string. Brackets may be missing, as with
/// many a real client.
pub(super) fn take_address(argument: &str) -> Result<(&str, &str), &'static str> {
    let argument = argument.trim_start();
    let (address, rest) = if let Some(inner) = argument.strip_prefix('<') {
        let end = unquoted(inner, |c| c == '>').ok_or("the address has no closing bracket")?;
        (without_route(&inner[..end]), &inner[end + 1..])
    } else {
        argument.split_at(unquoted(argument, |c| c == ' ').unwrap_or(argument.len()))
    };
    if address.is_empty() && !argument.starts_with('<') {
        return Err("there is no address");
    }
    if address.len() > MAX_ADDRESS_BYTES {
        return Err("the address is too long");
    }
    if address.contains(char::is_control) || unquoted(address, |c| c == ' ' || c == '<').is_some() {
        return Err("the address has a character that none may have");
    }
    if !rest.is_empty() && !rest.starts_with(' ') {
        return Err("something clings to the address");
    }
    Ok((address, rest.trim()))
}

/// Hosts that the mail should go through have been without meaning for decades.
/// [RFC 5321, appendix C](https://www.rfc-editor.org/rfc/rfc5321#appendix-C)
fn without_route(path: &str) -> &str {
    if !path.starts_with('@') {
        return path;
    }
    path.split_once(':').map_or(path, |(_route, address)| address)
}

/// Where the first such character stands that no quotes surround.
fn unquoted(text: &str, wanted: impl Fn(char) -> bool) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    text.char_indices()
        .find(|&(_, c)| {
            if escaped {
                escaped = false;
                return false;
            }
            match c {
                '"' => quoted = !quoted,
                '\\' if quoted => escaped = true,
                _ => return !quoted && wanted(c),
            }
            false
        })
        .map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::same("a@b.c", "a@b.c", true)]
    #[case::domain("a@B.C", "a@b.c", true)]
    #[case::brackets("<a@b.c>", " a@b.c ", true)]
    #[case::local("A@b.c", "a@b.c", false)]
    #[case::at_in_local("\"x@Y\"@Z", "\"x@Y\"@z", true)]
    #[case::no_domain("<postmaster>", "postmaster", true)]
    fn addresses_are_the_same_but_for_their_domains_case(
        #[case] a: &str,
        #[case] b: &str,
        #[case] same: bool,
    ) {
        assert_eq!(AddressKey::new(a) == AddressKey::new(b), same);
    }

    #[rstest]
    #[case::plain("<a@b>", "a@b", "")]
    #[case::null("<> SIZE=1", "", "SIZE=1")]
    #[case::space_before(" <a@b>  SIZE=1 BODY=7BIT ", "a@b", "SIZE=1 BODY=7BIT")]
    #[case::route("<@one,@two:a@b>", "a@b", "")]
    #[case::no_brackets("a@b SIZE=1", "a@b", "SIZE=1")]
    #[case::quoted("<\"a> \\\" b\"@c>", "\"a> \\\" b\"@c", "")]
    #[case::beyond_ascii("<дом@пример.рф>", "дом@пример.рф", "")]
    fn an_address_is_taken(#[case] argument: &str, #[case] address: &str, #[case] rest: &str) {
        assert_eq!(take_address(argument), Ok((address, rest)));
    }

    #[rstest]
    #[case::nothing("")]
    #[case::open("<a@b")]
    #[case::space("<a b@c>")]
    #[case::control("<a\u{7}@b>")]
    #[case::clinging("<a@b>SIZE=1")]
    #[case::nested("<<a@b>>")]
    #[case::long(&format!("<{}@b>", "a".repeat(400)))]
    fn what_is_no_address_is_refused(#[case] argument: &str) {
        assert!(take_address(argument).is_err());
    }
}
