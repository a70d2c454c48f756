//! What an answer costs beside one that is made of nothing.

use url::Url;

use crate::{
    homeserver,
    load::{Connection, Exchange, rate},
    matrix::{Login, NO_GATEWAY},
    peers,
    scale::Scale,
    table::{Figure, Wanted, median, ratio, tell},
};

pub(crate) async fn measure(scale: Scale, synapse: Option<Url>) {
    let server = homeserver().await;
    let own = exchanges(&server.url()).await;
    let of_synapse = match &synapse {
        Some(url) => exchanges(url).await,
        None => Vec::new(),
    };
    for (index, (what, token, exchange)) in own.into_iter().enumerate() {
        let answer = Connection::open(&server.url()).await.ask(&exchange).await.to_string();
        let bare = peers::bare(answer.clone(), &token).await;
        let mock = peers::mock(answer, &token).await;
        let mut peers = vec![
            ("", server.url(), &exchange),
            ("a bare warp handler", bare, &exchange),
            ("wiremock", Url::parse(&mock.uri()).unwrap(), &exchange),
        ];
        if let Some(url) = &synapse {
            peers.push(("Synapse", url.clone(), &of_synapse[index].2));
        }
        let mut rates = vec![Vec::new(); peers.len()];
        for _ in 0..scale.rounds {
            for ((_, url, exchange), rates) in peers.iter().zip(&mut rates) {
                rates.push(rate(url, scale.turn, |_| (*exchange).clone()).await);
            }
        }
        for ((name, ..), others) in peers.iter().zip(&rates).skip(1) {
            let wanted = if name.contains("warp") { Wanted::AtLeast(70.0) } else { Wanted::Any };
            let found = Figure::Percent(100.0 * ratio(&rates[0], others));
            let of = format!("{:.0} of {:.0} requests/s", median(rates[0].clone()), median(others.clone()));
            tell(&format!("{what}, beside {name}"), found, wanted, &of);
        }
    }
}

/// What is asked, with the token that it is asked with, of an account with a pusher and a settings event.
async fn exchanges(url: &Url) -> Vec<(&'static str, String, Exchange)> {
    let mut connection = Connection::open(url).await;
    let alice = Login::register(&mut connection, "alice").await;
    let exchanges = [
        ("POST pushers/set", alice.set_pusher("key", NO_GATEWAY)),
        ("GET pushers", alice.get_pushers()),
        ("PUT account data", alice.put_settings()),
        ("GET account data", alice.get_settings()),
    ];
    for (_, exchange) in &exchanges {
        connection.ask(exchange).await;
    }
    exchanges.map(|(what, exchange)| (what, alice.token.clone(), exchange)).into()
}
