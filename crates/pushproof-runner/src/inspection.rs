//! The inspection port of the reference homeserver, by which it is told what no client could ask of a server.

use std::time::Duration;

use pushproof_vocabulary::control::{Control, Refusal, Token};
use reqwest::{
    Client, RequestBuilder,
    header::{CONTENT_TYPE, HeaderValue},
};
use url::Url;

use crate::{http, patience::within};

/// How long the reference may take to obey.
const DEADLINE: Duration = Duration::from_secs(30);

/// How an inspection port is reached.
#[derive(Clone, Debug)]
pub struct Inspect {
    /// Its address.
    pub url: Url,
    /// What steering takes, and where clients are tried, reading as well.
    pub token: Token,
}

impl Inspect {
    /// A request that reads something.
    pub(crate) fn read(&self, client: &Client, path: &str) -> Result<RequestBuilder, url::ParseError> {
        Ok(client.get(self.url.join(path)?).bearer_auth(self.token.secret()))
    }

    /// A request that has the reference obey a control message.
    pub(crate) fn control(&self, client: &Client, control: &Control) -> Result<RequestBuilder, String> {
        let url = self.url.join("/control").map_err(|error| error.to_string())?;
        let body = serde_json::to_vec(control).map_err(|error| error.to_string())?;
        let request = client.post(url).bearer_auth(self.token.secret()).body(body);
        Ok(request.header(CONTENT_TYPE, HeaderValue::from_static("application/json")))
    }
}

/// Has the reference obey a control message, or says why it did not.
pub(crate) async fn tell(inspect: &Inspect, control: &Control) -> Result<(), String> {
    let request = inspect.control(&http::local(), control)?;
    let asked = async {
        let answer = request.send().await?;
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
