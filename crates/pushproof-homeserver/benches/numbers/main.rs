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
    let (mut scale, mut synapse, mut parts) = (Scale::FULL, None, Vec::new());
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            // From cargo.
            "--bench" => {}
            "--short" => scale = Scale::SHORT,
            part @ ("ready" | "handlers" | "accounts" | "fan-out" | "long-polls") => {
                parts.push(part.to_owned());
            }
            url => {
                let url = Url::parse(url).expect("an argument is --short, a part, or the URL of a Synapse");
                synapse = Some(url);
            }
        }
    }
    let is_wanted = |part: &str| parts.is_empty() || parts.iter().any(|wanted| wanted == part);
    table::head();
    if is_wanted("ready") {
        ready::measure(scale).await;
    }
    if is_wanted("handlers") {
        handlers::measure(scale, synapse).await;
    }
    if is_wanted("accounts") {
        accounts::measure(scale).await;
    }
    if is_wanted("fan-out") {
        fan_out::measure(scale).await;
    }
    if is_wanted("long-polls") {
        long_polls::measure(scale).await;
    }
}

/// A homeserver without a journal, as `pushproof serve` runs where no inspection port is asked for.
async fn homeserver() -> Homeserver {
    Homeserver::start_with(Options { journal: Journalling::Off, ..Options::default() }).await.unwrap()
}
