//! A refusal that comes otherwise than it should breaks nothing where it comes to what nothing is wrong with as well, and
//! a homeserver that fails at what the specification has says nothing of what the proposal adds.

use rstest::rstest;

use super::{
    mischief::Mischief,
    proxy::Point,
    run::{self, Ended},
};

const CASES: &str = "server/link/rejected-on-create:own-device,server/link/rejected-on-create-email,\
    server/link/rejected-on-update:*,server/pusher/state-bad-type:*,server/pusher/state-bad-type-on-create:*";

/// Cases that look at what the specification has.
const LOOKS: &str = "server/link/http-required,server/pusher/state-only-that-pusher:*,\
    server/pusher/disabled-counts-kept-*,server/settings/pruned:*,server/settings/pruned-initial-sync:*,\
    server/settings/pruned-incremental-sync:*,server/settings/synced-*,server/settings/ordered-before-events";

async fn check(point: Point, mischief: Mischief, cases: &str) -> Ended {
    run::check_cases(point, mischief, cases).await.expect("it ends well")
}

/// The pushers of dialect detection and preflight are set and deleted before.
#[rstest]
#[case::every_set(Point { method: "POST", path: "/pushers/set", after: 4 })]
#[case::some_sets(Point { method: "POST", path: "/pushers/set", after: 12 })]
#[case::everything(Point { method: "", path: "/", after: 100 })]
#[tokio::test(flavor = "multi_thread")]
async fn who_is_logged_out_judges_no_refusal(
    #[case] point: Point,
    #[values(Mischief::LoggedOut, Mischief::Failure)] mischief: Mischief,
) {
    let ended = check(point, mischief, CASES).await;
    assert_eq!(ended.broken(), Vec::<&str>::new(), "{point:?} {mischief:?}");
    assert_eq!(ended.code, Some(3), "{point:?} {mischief:?}");
}

#[rstest]
#[case::pushers(Point { method: "GET", path: "/pushers", after: 6 })]
#[case::settings(Point { method: "GET", path: "/account_data/", after: 16 })]
#[case::syncs(Point { method: "GET", path: "/sync", after: 4 })]
#[case::push_rules(Point { method: "GET", path: "/pushrules", after: 1 })]
#[case::everything(Point { method: "", path: "/", after: 150 })]
#[tokio::test(flavor = "multi_thread")]
async fn a_homeserver_that_fails_is_not_judged_by_that(#[case] point: Point) {
    let ended = check(point, Mischief::Failure, LOOKS).await;
    assert_eq!(ended.broken(), Vec::<&str>::new(), "{point:?}");
    assert!(ended.is_in_doubt(), "{point:?}");
}
