//! How long a rate limit asks to wait, however it says so.

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822};
use serde_json::Value;

use super::Answer;

/// What is taken for the wait where none is named, or one that makes no sense.
const UNSAID: Duration = Duration::from_secs(1);

/// The shortest wait: a limit that asks for none is not asked again at once.
const LEAST: Duration = Duration::from_millis(10);

/// The longest wait. No run waits for that long; it keeps sums of waits from running over.
const MOST: Duration = Duration::from_hours(24 * 365);

/// How long the answer asks to wait: in the body's `retry_after_ms`, or, as newer versions of the specification and
/// proxies have it, in `Retry-After`, which is in seconds or a date.
pub(super) fn retry_after(answer: &Answer) -> Duration {
    let in_body = answer.json.as_ref().and_then(|body| body.get("retry_after_ms")).and_then(milliseconds);
    let wait = in_body.or_else(|| header(answer.header("retry-after")?.trim(), answer.header("date")));
    wait.unwrap_or(UNSAID).clamp(LEAST, MOST)
}

/// A number of milliseconds, which some servers write as a text or with a fraction.
fn milliseconds(value: &Value) -> Option<Duration> {
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    seconds(number / 1000.0)
}

/// A time that is not before now; one that is too long to be counted is the longest.
fn seconds(number: f64) -> Option<Duration> {
    (number.is_finite() && number >= 0.0).then(|| Duration::try_from_secs_f64(number).unwrap_or(MOST))
}

/// Seconds, or the time from the server's own date, whose clock need not be ours, until the one named.
fn header(text: &str, date: Option<&str>) -> Option<Duration> {
    if let Ok(number) = text.parse() {
        return seconds(number);
    }
    let at = |text: &str| rfc2822::parse(text).ok().map(|date| date.timestamp());
    let now = date.and_then(at).unwrap_or_else(Timestamp::now);
    Duration::try_from(at(text)?.duration_since(now)).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn answer(body: Option<Value>, headers: &[(&str, &str)]) -> Answer {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let headers = headers.iter().map(own).collect();
        Answer { status: 429, json: body, text: String::new(), headers, asked: Instant::now() }
    }

    #[rstest]
    #[case::number(json!(1500), 1500)]
    #[case::fraction(json!(1500.4), 1500)]
    #[case::text(json!("1500"), 1500)]
    #[case::at_once(json!(0), 10)]
    #[case::negative(json!(-5000), 1000)]
    #[case::words(json!("soon"), 1000)]
    #[case::not_a_number(json!("NaN"), 1000)]
    #[case::null(json!(null), 1000)]
    #[case::list(json!([1500]), 1000)]
    #[case::huge(json!(u64::MAX), 365 * 24 * 3_600_000)]
    #[case::beyond_all(json!(1e300), 365 * 24 * 3_600_000)]
    fn values_of_bodies(#[case] value: Value, #[case] expected_ms: u128) {
        let body = json!({ "errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": value });
        assert_eq!(retry_after(&answer(Some(body), &[])).as_millis(), expected_ms);
    }

    #[rstest]
    #[case::seconds(&[("retry-after", "7")], 7000)]
    #[case::blanks(&[("retry-after", " 7 ")], 7000)]
    #[case::negative(&[("retry-after", "-7")], 1000)]
    #[case::words(&[("retry-after", "soon")], 1000)]
    #[case::date(&[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"), ("date", "Sun, 06 Nov 1994 08:49:07 GMT")], 30_000)]
    #[case::date_gone_by(&[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")], 1000)]
    #[case::nothing(&[], 1000)]
    fn values_of_headers(#[case] headers: &[(&str, &str)], #[case] expected_ms: u128) {
        assert_eq!(retry_after(&answer(None, headers)).as_millis(), expected_ms);
    }

    #[test]
    fn the_body_comes_before_the_header() {
        let both = answer(Some(json!({ "retry_after_ms": 20 })), &[("retry-after", "7")]);
        assert_eq!(retry_after(&both).as_millis(), 20);
        let senseless = answer(Some(json!({ "retry_after_ms": "?" })), &[("retry-after", "7")]);
        assert_eq!(retry_after(&senseless).as_millis(), 7000);
    }
}
