//! Times on the command line.

use std::time::Duration;

/// The longest watch that can be asked for.
const MOST_WATCH: Duration = Duration::from_hours(1);

/// Reads a time such as `10s`, `500ms`, `5m`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    if number.is_empty() {
        return Err("write a number and a unit, such as 10s".to_owned());
    }
    // More digits than fit are more than a day.
    let number: u64 = number.parse().unwrap_or(u64::MAX);
    let duration = match unit {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        "m" if number <= 24 * 60 => Duration::from_secs(60 * number),
        _ => return Err("the unit must be ms, s or m, such as 10s".to_owned()),
    };
    if duration.is_zero() || duration > Duration::from_hours(24) {
        return Err("the time must be above 0 and at most a day".to_owned());
    }
    Ok(duration)
}

/// Reads how long silences are watched.
pub(super) fn watch(text: &str) -> Result<Duration, String> {
    let least = pushproof_runner::LEAST_WATCH;
    match duration(text)? {
        time if time < least => Err(format!(
            "what comes late comes about a second late: watch for at least {} s",
            least.as_secs()
        )),
        time if time > MOST_WATCH => Err(format!(
            "the run would last that long: watch for at most {} minutes",
            MOST_WATCH.as_secs() / 60
        )),
        time => Ok(time),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("500ms", Some(500))]
    #[case("10s", Some(10_000))]
    #[case("5m", Some(300_000))]
    #[case("0s", None)]
    #[case("10", None)]
    #[case("s", None)]
    #[case("-1s", None)]
    #[case("1h", None)]
    #[case("99999999999999999999s", None)]
    #[case("18446744073709551615m", None)]
    fn times(#[case] text: &str, #[case] millis: Option<u64>) {
        assert_eq!(duration(text).ok(), millis.map(Duration::from_millis));
    }

    #[rstest]
    #[case("2s", Some(2))]
    #[case("5s", Some(5))]
    #[case("60m", Some(3600))]
    #[case("1999ms", None)]
    #[case("0s", None)]
    #[case("-5s", None)]
    #[case("61m", None)]
    #[case("99999999999999999999s", None)]
    fn watches(#[case] text: &str, #[case] seconds: Option<u64>) {
        assert_eq!(watch(text).ok(), seconds.map(Duration::from_secs));
    }
}
