//! What long polls cost while they wait, and how soon they hear.

use std::{fs, time::Instant};

use futures_util::future::join_all;
use pushproof_homeserver::Homeserver;
use pushproof_vocabulary::control::Control;
use tokio::task::JoinHandle;
use url::Url;

use crate::{
    accounts::populate,
    homeserver,
    load::Connection,
    matrix::Login,
    scale::Scale,
    table::{Figure, Wanted, quantile, tell},
};

pub(crate) async fn measure(scale: Scale) {
    one_by_one(scale).await;
    all_at_once(scale).await;
}

/// Users of a device each. Nothing happens; then something does for one after the other.
async fn one_by_one(scale: Scale) {
    let server = homeserver().await;
    let logins = populate(&server.url(), scale.polls, 1).await;
    let polls = wait(&server, &logins).await;
    let (began, before) = (Instant::now(), processor_time());
    tokio::time::sleep(scale.idle).await;
    let idle = (processor_time() - before) / began.elapsed().as_secs_f64();
    let of = format!("of a core, over {} s", scale.idle.as_secs());
    tell(
        &format!("{} long polls, idle", scale.polls),
        Figure::Percent(100.0 * idle),
        Wanted::AtMost(1.0),
        &of,
    );

    let mut connection = Connection::open(&server.url()).await;
    let mut waits = Vec::new();
    for (login, poll) in logins.iter().zip(polls) {
        let began = Instant::now();
        connection.ask(&login.put_settings()).await;
        waits.push(milliseconds(began, poll.await.unwrap().0));
    }
    tell_waits(&format!("{} long polls, woken one by one, p99", scale.polls), &waits);
}

/// The devices of one user, which all hear of the same.
async fn all_at_once(scale: Scale) {
    let server = homeserver().await;
    let logins = populate(&server.url(), 1, scale.polls).await;
    let polls = wait(&server, &logins).await;
    let mut connection = Connection::open(&server.url()).await;
    let began = Instant::now();
    connection.ask(&logins[0].put_settings()).await;
    let heard: Vec<_> = join_all(polls).await.into_iter().map(Result::unwrap).collect();
    let waits: Vec<f64> = heard.iter().map(|(at, _)| milliseconds(began, *at)).collect();
    tell_waits(&format!("{} long polls, woken at once, p99", scale.polls), &waits);
}

fn tell_waits(what: &str, waits: &[f64]) {
    let part = |part| quantile(waits.iter().copied(), part);
    tell(
        what,
        Figure::Milliseconds(part(0.99)),
        Wanted::AtMost(50.0),
        &format!("median {:.1} ms", part(0.5)),
    );
}

/// Has every device wait for news; gives the times at which it hears, and its connection: closing it costs as much as
/// the answer, which no client does here.
async fn wait(server: &Homeserver, logins: &[Login]) -> Vec<JoinHandle<(Instant, Connection)>> {
    let mut polls = Vec::new();
    for login in logins {
        let mut connection = Connection::open(&server.url()).await;
        let first = connection.ask(&login.sync(None)).await;
        connection.send(&login.sync(first["next_batch"].as_str())).await;
        polls.push(tokio::spawn(async move {
            connection.receive().await;
            (Instant::now(), connection)
        }));
    }
    // What was sent must have been read before nothing is under way.
    settled(&server.url(), &logins[0]).await;
    server.control(Control::WaitIdle { deadline_ms: 10_000 }).await.unwrap();
    polls
}

/// Asks something else meanwhile: by then the sockets that had something to read before have been read.
async fn settled(url: &Url, login: &Login) {
    let mut connection = Connection::open(url).await;
    for _ in 0..100 {
        connection.ask(&login.get_pushers()).await;
    }
}

fn milliseconds(began: Instant, ended: Instant) -> f64 {
    (ended - began).as_secs_f64() * 1000.0
}

/// Processor time of this process so far, in seconds.
fn processor_time() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    ticks as f64 / 100.0
}
