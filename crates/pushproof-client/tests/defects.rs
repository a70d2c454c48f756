//! Names of defects.

use pushproof_client::behaviour;

#[test]
fn an_unknown_name_is_refused() {
    let error = behaviour(&["no-such-defect".to_owned()]).unwrap_err();
    assert_eq!(error.to_string(), "no defect of a client is named `no-such-defect`");
}
