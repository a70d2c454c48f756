//! What many accounts cost: in time per request, and in memory per pusher.

use std::fs;

use futures_util::future::join_all;
use pushproof_homeserver::Homeserver;
use url::Url;

use crate::{
    homeserver,
    load::{CONNECTIONS, Connection, Exchange, rate},
    matrix::{Login, NO_GATEWAY, pusher},
    scale::Scale,
    table::{Figure, Wanted, median, ratio, tell},
};

const DEVICES: usize = 3;

/// What a device asks.
type Operation = fn(usize, &Login) -> Exchange;

pub(crate) async fn measure(scale: Scale) {
    let (few, many) = (Populated::new(scale.few).await, Populated::new(scale.many).await);
    let json = pusher(&push_key(12345), NO_GATEWAY).len();
    let of = format!("the pusher is {json} B of JSON");
    let wanted = Wanted::AtMost((2 * json + 1024) as f64);
    tell("memory of a pusher", Figure::Bytes(many.bytes_of_a_pusher), wanted, &of);

    let operations: [(&str, Operation); 4] = [
        ("POST pushers/set", |number, login| login.set_pusher(&push_key(number), NO_GATEWAY)),
        ("GET pushers", |_, login| login.get_pushers()),
        ("PUT account data", |_, login| login.put_settings()),
        ("GET account data", |_, login| login.get_settings()),
    ];
    for (what, operation) in operations {
        let (mut of_few, mut of_many) = (Vec::new(), Vec::new());
        for _ in 0..scale.rounds {
            of_few.push(few.rate(scale, operation).await);
            of_many.push(many.rate(scale, operation).await);
        }
        let found = Figure::Times(ratio(&of_few, &of_many));
        let of = format!("{:.0} and {:.0} requests/s", median(of_few), median(of_many));
        tell(
            &format!("{what}, cost at {} accounts beside {}", scale.many, scale.few),
            found,
            Wanted::AtMost(1.5),
            &of,
        );
    }
}

/// A homeserver with accounts of three devices, each of which has a pusher and a settings event.
struct Populated {
    server: Homeserver,
    logins: Vec<Login>,
    bytes_of_a_pusher: f64,
}

impl Populated {
    async fn new(accounts: usize) -> Self {
        let server = homeserver().await;
        let logins = populate(&server.url(), accounts, DEVICES).await;
        ask_all(&server.url(), &logins, |_, login| login.put_settings()).await;
        let before = resident();
        ask_all(&server.url(), &logins, |number, login| login.set_pusher(&push_key(number), NO_GATEWAY))
            .await;
        let bytes_of_a_pusher = (resident() - before) / logins.len() as f64;
        Self { server, logins, bytes_of_a_pusher }
    }

    /// How often random devices are answered.
    async fn rate(&self, scale: Scale, operation: Operation) -> f64 {
        let request = |random: usize| {
            let number = random % self.logins.len();
            operation(number, &self.logins[number])
        };
        rate(&self.server.url(), scale.turn, request).await
    }
}

fn push_key(number: usize) -> String {
    format!("key-{number:06}")
}

/// Makes so many accounts with so many devices each; gives the devices.
pub(crate) async fn populate(url: &Url, accounts: usize, devices: usize) -> Vec<Login> {
    let populating = (0..CONNECTIONS).map(|first| async move {
        let mut connection = Connection::open(url).await;
        let mut logins = Vec::new();
        for number in (first..accounts).step_by(CONNECTIONS) {
            let name = format!("user{number}");
            logins.push(Login::register(&mut connection, &name).await);
            for _ in 1..devices {
                logins.push(Login::another(&mut connection, &name).await);
            }
        }
        logins
    });
    join_all(populating).await.into_iter().flatten().collect()
}

/// Has every device ask once.
async fn ask_all(url: &Url, logins: &[Login], operation: Operation) {
    let asking = (0..CONNECTIONS).map(|first| async move {
        let mut connection = Connection::open(url).await;
        for (number, login) in logins.iter().enumerate().skip(first).step_by(CONNECTIONS) {
            connection.ask(&operation(number, login)).await;
        }
    });
    join_all(asking).await;
}

/// Resident memory of this process, in bytes.
fn resident() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() * 1024.0
}
