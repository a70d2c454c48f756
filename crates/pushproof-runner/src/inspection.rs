//! The inspection port of the reference homeserver, by which it is told what no client could ask of a server.

use std::time::Duration;

use pushproof_vocabulary::control::{Control, Refusal};
use url::Url;

use crate::{http::Http, patience::within};

/// How long the reference may take to obey.
const DEADLINE: Duration = Duration::from_secs(30);

/// Has the reference obey a control message, or says why it did not.
pub(crate) async fn tell(http: &Http, inspect: &Url, control: &Control) -> Result<(), String> {
    let url = inspect.join("/control").map_err(|error| error.to_string())?;
    let body = serde_json::to_vec(control).map_err(|error| error.to_string())?;
    let asked = async {
        let answer = http.client().post(url).body(body).send().await?;
        let status = answer.status();
        Ok::<_, reqwest::Error>((status, answer.bytes().await?))
    };
    match within(DEADLINE, asked).await {
        None => Err(format!("its inspection port gave no answer within {} s", DEADLINE.as_secs())),
        Some(Err(error)) => Err(error.to_string()),
        Some(Ok((status, _))) if status.is_success() => Ok(()),
        Some(Ok((status, body))) => Err(match serde_json::from_slice::<Refusal>(&body) {
            Ok(refusal) => refusal.error,
            Err(_) => format!("its inspection port answered {status}"),
        }),
    }
}
