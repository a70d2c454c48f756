//! Every kind of mischief at every point of a run.

use futures_util::StreamExt;
use rstest::rstest;

use super::{mischief::Mischief, proxy::Point, run};

/// Endpoints that a run cannot do without, each from its first request on and in the midst of the run.
const NEEDED: &[Point] = &[
    Point::EVERYWHERE,
    at("", "/", 30),
    at("", "/", 150),
    at("GET", "/versions", 0),
    at("POST", "/register", 0),
    at("POST", "/register", 9),
    at("POST", "/login", 0),
    at("POST", "/createRoom", 1),
    at("POST", "/join/", 1),
    at("PUT", "/send/", 1),
    at("PUT", "/send/", 5),
    at("POST", "/receipt/", 0),
    at("POST", "/invite", 0),
    at("POST", "/pushers/set", 0),
    at("POST", "/pushers/set", 12),
    at("GET", "/pushers", 1),
    at("GET", "/pushers", 6),
    at("PUT", "/account_data/", 0),
    at("PUT", "/account_data/", 14),
    at("GET", "/account_data/", 16),
    at("GET", "/sync", 0),
    at("GET", "/sync", 2),
    at("GET", "/notifications", 0),
    at("GET", "/pushrules", 0),
    at("DELETE", "/devices/", 1),
    at("POST", "/delete_devices", 1),
    at("POST", "/account/password", 0),
];

/// Endpoints that are asked only afterwards, or only out of interest.
const SPARE: &[Point] =
    &[at("GET", "/federation/", 0), at("GET", "/joined_rooms", 0), at("POST", "/leave", 0)];

const fn at(method: &'static str, path: &'static str, after: usize) -> Point {
    Point { method, path, after }
}

/// How many checks run at the same time: they mostly wait.
const AT_ONCE: usize = 16;

/// Of the points, each kind of mischief is done at every third, beginning at another one, so that each point has six
/// kinds. With this variable set, all is done everywhere.
const ALL: &str = "PUSHPROOF_HOSTILE_ALL";
const EVERY: usize = 3;

#[rstest]
#[case(Mischief::Garbage)]
#[case(Mischief::Page)]
#[case(Mischief::Array)]
#[case(Mischief::OtherTypes)]
#[case(Mischief::Deep)]
#[case(Mischief::DeepInTexts)]
#[case(Mischief::Endless)]
#[case(Mischief::ManyValues)]
#[case(Mischief::Trickle)]
#[case(Mischief::Hang)]
#[case(Mischief::Close)]
#[case(Mischief::CloseMidAnswer)]
#[case(Mischief::NoHttp)]
#[case(Mischief::RedirectToItself)]
#[case(Mischief::RedirectElsewhere)]
#[case(Mischief::LimitOfAnHour)]
#[case(Mischief::LimitWithoutEnd)]
#[case(Mischief::Unavailable)]
#[case(Mischief::Failure)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_point_of_a_run_ends_in_a_diagnosis(#[case] mischief: Mischief) {
    let needed = NEEDED.iter().map(|point| (point, true));
    let spare = SPARE.iter().map(|point| (point, false));
    let all = std::env::var_os(ALL).is_some();
    let checks: Vec<_> = needed
        .chain(spare)
        .enumerate()
        .filter(|(number, _)| all || (number + mischief as usize).is_multiple_of(EVERY))
        .map(|(_, (point, needed))| complaint(point, mischief, needed))
        .collect();
    let complaints: Vec<Option<String>> =
        futures_util::stream::iter(checks).buffer_unordered(AT_ONCE).collect().await;
    let complaints: Vec<String> = complaints.into_iter().flatten().collect();
    assert!(complaints.is_empty(), "{mischief:?}:\n{}", complaints.join("\n"));
}

/// What is wrong with how the check of such a subject ended.
async fn complaint(point: &Point, mischief: Mischief, needed: bool) -> Option<String> {
    let place = format!("{} …{}… after {}", point.method, point.path, point.after);
    let ended = match run::check(*point, mischief).await {
        Ok(ended) => ended,
        Err(complaint) => return Some(format!("{place}: {complaint}")),
    };
    let broken = ended.broken();
    if needed && ended.code == Some(0) && !ended.is_in_doubt() {
        return Some(format!("{place}: it is found conformant"));
    }
    (mischief.says_nothing() && (!broken.is_empty() || ended.code == Some(1))).then(|| {
        format!("{place}: an answer that says nothing breaks {broken:?}, exit code {:?}", ended.code)
    })
}
