//! How long it takes from the start to the first answer.

use std::time::Instant;

use crate::{
    homeserver,
    load::{Connection, Exchange},
    scale::Scale,
    table::{Figure, Wanted, median, tell},
};

pub(crate) async fn measure(scale: Scale) {
    let mut times = Vec::new();
    for _ in 0..3 * scale.rounds {
        let began = Instant::now();
        let server = homeserver().await;
        Connection::open(&server.url()).await.ask(&Exchange::get("/_matrix/client/versions", "")).await;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    tell("ready, first answer included", Figure::Milliseconds(median(times)), Wanted::AtMost(20.0), "");
}
