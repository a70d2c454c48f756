//! What was found, beside what is wanted, a line each.

use std::fmt;

/// What a figure is to be.
#[derive(Clone, Copy)]
pub(crate) enum Wanted {
    AtLeast(f64),
    AtMost(f64),
    /// Nothing: it is there to be read.
    Any,
}

/// A figure and its unit.
#[derive(Clone, Copy)]
pub(crate) enum Figure {
    Percent(f64),
    Times(f64),
    Milliseconds(f64),
    Bytes(f64),
}

impl Figure {
    fn value(self) -> f64 {
        match self {
            Self::Percent(value) | Self::Times(value) | Self::Milliseconds(value) | Self::Bytes(value) => {
                value
            }
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percent(value) if *value < 10.0 => write!(f, "{value:.2} %"),
            Self::Percent(value) => write!(f, "{value:.0} %"),
            Self::Times(value) => write!(f, "{value:.2} ×"),
            Self::Milliseconds(value) => write!(f, "{value:.1} ms"),
            Self::Bytes(value) => write!(f, "{value:.0} B"),
        }
    }
}

pub(crate) fn head() {
    println!("{:<52} {:>10}  {:<9} of what", "", "found", "wanted");
}

/// Tells of a figure; `of` is what it was found from.
pub(crate) fn tell(what: &str, found: Figure, wanted: Wanted, of: &str) {
    let (bound, kept) = match wanted {
        Wanted::AtLeast(bound) => (format!("≥ {bound}"), found.value() >= bound),
        Wanted::AtMost(bound) => (format!("≤ {bound}"), found.value() <= bound),
        Wanted::Any => (String::new(), true),
    };
    let missed = if kept { "" } else { "  MISSED" };
    println!("{what:<52} {:>10}  {bound:<9} {of}{missed}", found.to_string());
}

pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    quantile(values, 0.5)
}

/// The value that this part of all is not above.
pub(crate) fn quantile(values: impl IntoIterator<Item = f64>, part: f64) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index below the number of values"
    )]
    let index = ((values.len() - 1) as f64 * part).round() as usize;
    values[index]
}

/// The median over the rounds of one beside the other.
pub(crate) fn ratio(ones: &[f64], others: &[f64]) -> f64 {
    median(ones.iter().zip(others).map(|(one, other)| one / other))
}
