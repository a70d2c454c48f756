//! Times on the command line.

use std::time::Duration;

/// Reads a time such as `10s`, `500ms`, `5m`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| "write a number and a unit, such as 10s".to_owned())?;
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
}
