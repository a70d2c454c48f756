//! What the reference costs, as ratios to what the same machine does without it in the same run. `ci/numbers` runs this.
//!
//! Server, load and what is compared with share one process and its cores, as they share a machine in CI. They take turns,
//! and the median over the rounds counts, so that what else the machine does falls on all of them.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss, reason = "it measures")]
#![allow(missing_docs, reason = "nothing of it is public")]

mod accounts;
mod fan_out;
mod handlers;
mod load;
mod long_polls;
mod matrix;
mod peers;
mod ready;
mod scale;
mod table;

use pushproof_homeserver::{Homeserver, Journalling, Options};
use scale::Scale;
use url::Url;

#[tokio::main]
async fn main() {
    let (mut scale, mut synapse) = (Scale::FULL, None);
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            // From cargo.
            "--bench" => {}
            "--short" => scale = Scale::SHORT,
            url => synapse = Some(Url::parse(url).expect("an argument is --short, or the URL of a Synapse")),
        }
    }
    table::head();
    ready::measure(scale).await;
    handlers::measure(scale, synapse).await;
    accounts::measure(scale).await;
    fan_out::measure(scale).await;
    long_polls::measure(scale).await;
}

/// A homeserver without a journal, as `pushproof serve` runs where no inspection port is asked for.
async fn homeserver() -> Homeserver {
    Homeserver::start_with(Options { journal: Journalling::Off, ..Options::default() }).await.unwrap()
}
