//! What the user gave and nothing may tell, as far as it is known before the run.

use pushproof_record::Canon;

use crate::{
    account::Registration,
    address::Address,
    http::keep_proxies_secret,
    prepared::Phase,
    run::{Options, Subject},
    run_error::RunError,
};

/// Has the redactor know all of it. None of it may be a word that records are full of: struck out there, it could be told
/// from what is missing.
pub(crate) fn keep(subject: &Subject, options: &Options, canon: &Canon) -> Result<(), RunError> {
    let redactor = &options.redactor;
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
    let word = canon.words().find_map(|text| redactor.found_in(text));
    word.map_or(Ok(()), |variable| Err(RunError::Word(variable)))
}
