//! What the user gave and nothing may tell, as far as it is known before the run.

use pushproof_record::Canon;

use crate::{
    account::Registration,
    address::Address,
    http::keep_proxies_secret,
    prepared::Phase,
    run::{Options, Subject},
};

/// Has the redactor know all of it, but what the suite itself says.
pub(crate) fn keep(subject: &Subject, options: &Options, canon: &Canon) {
    let redactor = &options.redactor;
    redactor.spare(canon.words());
    match &options.registration {
        Registration::Token(token) => redactor.secret(token, "REGISTRATION_TOKEN"),
        Registration::SharedSecret(secret) => redactor.secret(secret, "REGISTRATION_SHARED_SECRET"),
        Registration::Users(users) => {
            for user in users {
                redactor.secret(&user.password, "USER_PASSWORD");
            }
        }
        Registration::Open => {}
    }
    subject.url.keep_secret(redactor, "HOMESERVER");
    keep_proxies_secret(redactor);
    let prepared = match &options.phase {
        Some(Phase::Verify(prepared)) => Some(&prepared.gateway_url),
        Some(Phase::Prepare) | None => None,
    };
    for url in options.gateway_url.iter().chain(prepared) {
        Address::from(url.clone()).keep_secret(redactor, "GATEWAY");
    }
}
