//! The fields that carry secrets, by their names; and the user info of URLs, by where it stands.

use std::{borrow::Cow, sync::LazyLock};

use regex::{Captures, Regex};

/// Fields of JSON bodies, forms and queries: those of the client-server API, and of the endpoint by which a homeserver
/// registers accounts for who knows its secret.
const FIELDS: [&str; 13] = [
    "access_token",
    "client_secret",
    "login_token",
    "mac",
    "new_password",
    "password",
    "refresh_token",
    "registration_shared_secret",
    "shared-secret",
    "shared_secret",
    "sid",
    "loginToken",
    "token",
];

/// Headers whose whole value is secret. `Authorization` keeps its scheme.
const HEADERS: [&str; 3] = ["cookie", "set-cookie", "proxy-authorization"];

/// The shell variable that stands for the user info of a URL.
const USER_INFO: &str = "USER_INFO";

/// Whether a field of this name carries a secret.
pub(super) fn is_secret(name: &str) -> bool {
    FIELDS.contains(&name)
}

/// Whether a field of this name carries what opens an account: it may stand elsewhere, under another name.
pub(super) fn is_token(name: &str) -> bool {
    ["access_token", "refresh_token", "login_token"].contains(&name)
}

/// Whether a header of this name is secret as a whole.
pub(super) fn is_secret_header(name: &str) -> bool {
    HEADERS.iter().any(|header| name.eq_ignore_ascii_case(header))
}

/// The shell variable that stands for the value of a field that nobody named.
pub(super) fn variable(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

/// Whether this is the variable of some field or header.
pub(super) fn is_variable(name: &str) -> bool {
    name == USER_INFO || FIELDS.iter().chain(&HEADERS).any(|field| variable(field) == name)
}

/// The text with the user info of all URLs in it replaced, up to the last `@` of the authority: a password may have one.
pub(super) fn without_user_info(text: &str) -> Cow<'_, str> {
    static USER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?i)\b([a-z][a-z0-9+.-]*:\\?/\\?/)[^\s/?\#"'<>\\]+@"#)
            .expect("a test compiles the pattern")
    });
    if !text.contains('@') {
        return Cow::Borrowed(text);
    }
    USER.replace_all(text, |found: &Captures<'_>| format!("{}${USER_INFO}@", &found[1]))
}

/// Replaces the values of secret fields in a text that may hold JSON, also a part of one, or a form. `value` is asked
/// for what stands in a value's place.
pub(super) fn replace_in_text(text: &str, value: impl Fn(&str, &str) -> String) -> String {
    static JSON: LazyLock<Regex> = LazyLock::new(|| pattern(r#""(FIELD)("\s*:\s*")((?:[^"\\]|\\.)*)"#));
    static FORM: LazyLock<Regex> = LazyLock::new(|| pattern(r#"\b(FIELD)(=)([^&\s"'<>;,]+)"#));
    if !text.contains(['=', '"']) {
        return text.to_owned();
    }
    let text = JSON.replace_all(text, |found: &Captures<'_>| {
        format!("\"{}{}{}", &found[1], &found[2], value(&found[1], &found[3]))
    });
    let text = FORM.replace_all(&text, |found: &Captures<'_>| {
        format!("{}{}{}", &found[1], &found[2], value(&found[1], &found[3]))
    });
    text.into_owned()
}

fn pattern(with_field: &str) -> Regex {
    Regex::new(&with_field.replace("FIELD", &FIELDS.join("|"))).expect("a test compiles both patterns")
}
