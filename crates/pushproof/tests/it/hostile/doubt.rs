//! A refusal that comes otherwise than it should breaks nothing where it comes to what nothing is wrong with as well.

use rstest::rstest;

use super::{
    mischief::Mischief,
    proxy::Point,
    run::{self, Ended},
};

const CASES: &str = "server/link/rejected-on-create:own-device,server/link/rejected-on-create-email,\
    server/link/rejected-on-update:*,server/pusher/state-bad-type:*,server/pusher/state-bad-type-on-create:*";

async fn check(point: Point, mischief: Mischief) -> Ended {
    run::check_cases(point, mischief, CASES).await.expect("it ends well")
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
    let ended = check(point, mischief).await;
    assert_eq!(ended.broken(), Vec::<&str>::new(), "{point:?} {mischief:?}");
    assert_eq!(ended.code, Some(3), "{point:?} {mischief:?}");
}
