//! Names of defects.

use pushproof_homeserver::{Homeserver, Options, StartError};

#[tokio::test]
async fn an_unknown_name_does_not_start() {
    let options = Options { defects: vec!["no-such-defect".to_owned()], ..Options::default() };
    let error = Homeserver::start_with(options).await.unwrap_err();
    assert!(matches!(error, StartError::UnknownDefect(_)), "{error}");
}
