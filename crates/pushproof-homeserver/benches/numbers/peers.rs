//! What answers the same without a homeserver.

use bytes::Bytes;
use tokio::net::TcpListener;
use url::Url;
use warp::{Filter, Rejection, Reply};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

/// A warp handler that answers the same bytes to everybody with the token.
pub(crate) async fn bare(answer: String, token: &str) -> Url {
    let expected = format!("Bearer {token}");
    let filter = warp::header::<String>("authorization").and(warp::body::bytes()).map(
        move |given: String, _: Bytes| {
            let body = if given == expected { answer.clone() } else { String::new() };
            warp::reply::with_header(body, "content-type", "application/json")
        },
    );
    serve(filter).await
}

/// A mock that answers the same bytes to everybody with the token.
pub(crate) async fn mock(answer: String, token: &str) -> MockServer {
    // Recording every request would be measured as well.
    let server = MockServer::builder().disable_request_recording().start().await;
    Mock::given(matchers::bearer_token(token))
        .respond_with(ResponseTemplate::new(200).set_body_raw(answer, "application/json"))
        .mount(&server)
        .await;
    server
}

/// Serves on loopback until the program ends.
pub(crate) async fn serve<F, R>(filter: F) -> Url
where
    F: Filter<Extract = (R,), Error = Rejection> + Clone + Send + Sync + 'static,
    R: Reply,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(warp::serve(filter).incoming(listener).run());
    url
}
