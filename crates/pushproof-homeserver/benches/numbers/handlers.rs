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
            ("a bare warp handler", bare, &exchange, Wanted::AtLeast(70.0)),
            ("wiremock", Url::parse(&mock.uri()).unwrap(), &exchange, Wanted::Any),
        ];
        if let Some(url) = &synapse {
            peers.push(("Synapse", url.clone(), &of_synapse[index].2, Wanted::Any));
        }
        let (mut ours, mut theirs) = (Vec::new(), vec![Vec::new(); peers.len()]);
        for _ in 0..scale.rounds {
            ours.push(rate(&server.url(), scale.turn, |_| exchange.clone()).await);
            for ((_, url, exchange, _), rates) in peers.iter().zip(&mut theirs) {
                rates.push(rate(url, scale.turn, |_| (*exchange).clone()).await);
            }
        }
        for ((name, .., wanted), theirs) in peers.into_iter().zip(theirs) {
            let found = Figure::Percent(100.0 * ratio(&ours, &theirs));
            let of = format!("{:.0} of {:.0} requests/s", median(ours.clone()), median(theirs));
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
