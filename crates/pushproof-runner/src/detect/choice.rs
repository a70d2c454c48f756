//! Which dialect is meant, from what was seen and claimed of each half.

use pushproof_vocabulary::{Dialect, Half};
use serde_json::{Map, Value, json};

/// What was found.
#[derive(Clone, Debug)]
pub(crate) struct Detected {
    /// The dialect of the run.
    pub dialect: Dialect,
    /// Every dialect of which anything was seen, by name.
    pub seen: Vec<String>,
    /// The halves that the subject does not have in this dialect.
    pub missing: Vec<Half>,
    /// The halves that cannot be judged, whether or not the subject has them.
    pub obstacles: Vec<Obstacle>,
}

/// Why a half of the proposal cannot be judged: the subject refuses what every step about it begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Obstacle {
    /// Which half.
    pub half: Half,
    /// What was tried, and the subject's own words.
    pub reason: String,
    /// The ways out.
    pub hint: String,
}

/// What was seen of one half.
#[derive(Clone, Debug, Default)]
pub(crate) struct Look {
    /// The dialects in which the subject shows it, by name.
    pub shown: Vec<String>,
    /// What kept it from being judged.
    pub obstacle: Option<Obstacle>,
}

/// The dialects to look for: all that are known, or the one that was asked for first.
#[must_use]
pub(crate) fn candidates(asked: Option<&Dialect>) -> Vec<Dialect> {
    let mut all: Vec<Dialect> = asked.into_iter().cloned().collect();
    all.extend(
        Dialect::embedded()
            .iter()
            .filter(|known| asked.is_none_or(|asked| asked.name != known.name))
            .cloned(),
    );
    all
}

/// The dialects that a subject claims to speak. A flag counts as a claim: a server that makes it and does nothing breaks
/// the proposal, it does not lack it.
pub(super) fn flagged(candidates: &[Dialect], advertised: &Map<String, Value>) -> Vec<String> {
    let claims = |dialect: &&Dialect| {
        let flag = dialect.advertised.as_ref().and_then(|flag| advertised.get(flag));
        flag.is_some_and(|flag| *flag == json!(true))
    };
    candidates.iter().filter(claims).map(|dialect| dialect.name.clone()).collect()
}

/// Chooses among what was seen: the advertised dialect, else in the order of preference. A half that shows in no dialect
/// is missing, unless something kept it from being looked at.
pub(super) fn choose(
    candidates: &[Dialect],
    pushers: Look,
    settings: Look,
    flagged: &[String],
    asked: Option<&Dialect>,
) -> Detected {
    let obstacles: Vec<Obstacle> = pushers.obstacle.into_iter().chain(settings.obstacle).collect();
    let is_obstructed = |half| obstacles.iter().any(|obstacle: &Obstacle| obstacle.half == half);
    let (pushers, settings) = (pushers.shown, settings.shown);
    let seen: Vec<String> = candidates
        .iter()
        .map(|dialect| &dialect.name)
        .filter(|name| pushers.contains(name) || settings.contains(name) || flagged.contains(name))
        .cloned()
        .collect();
    let best = |found: &[String]| {
        let of =
            |wanted: &dyn Fn(&Dialect) -> bool| candidates.iter().find(|dialect| wanted(dialect)).cloned();
        match asked {
            Some(asked) => found.contains(&asked.name).then(|| asked.clone()),
            None => of(&|dialect| found.contains(&dialect.name) && flagged.contains(&dialect.name))
                .or_else(|| of(&|dialect| found.contains(&dialect.name))),
        }
    };
    let claimed = candidates.iter().find(|dialect| {
        flagged.contains(&dialect.name) && asked.is_none_or(|asked| asked.name == dialect.name)
    });
    let of_pushers = best(&pushers).or_else(|| claimed.cloned());
    let of_settings = best(&settings);
    let absent = [(Half::Pushers, of_pushers.is_none()), (Half::Settings, of_settings.is_none())];
    let missing = absent.into_iter().filter(|(half, absent)| *absent && !is_obstructed(*half));
    let missing = missing.map(|(half, _)| half).collect();
    let dialect = match (of_pushers, of_settings) {
        (Some(pushers), Some(settings)) if pushers.name != settings.name => Dialect {
            name: format!("{}+{}", pushers.name, settings.name),
            settings_prefix: settings.settings_prefix,
            paused: settings.paused,
            ..pushers
        },
        (Some(dialect), _) | (None, Some(dialect)) => dialect,
        (None, None) => asked.cloned().unwrap_or_else(|| candidates[0].clone()),
    };
    Detected { dialect, seen, missing, obstacles }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn own(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn look(shown: &[&str]) -> Look {
        Look { shown: own(shown), obstacle: None }
    }

    #[rstest]
    #[case::nothing_else_seen(&[], &[], "msc0000", &[Half::Settings])]
    #[case::the_other_half_seen(&[], &["msc3881"], "msc3881", &[])]
    #[case::seen_all_the_same(&["stable"], &["stable"], "stable", &[])]
    fn a_half_that_could_not_be_looked_at_is_not_missing(
        #[case] pushers: &[&str],
        #[case] settings: &[&str],
        #[case] dialect: &str,
        #[case] missing: &[Half],
    ) {
        let obstacle = Obstacle { half: Half::Pushers, reason: "refused".into(), hint: "allow it".into() };
        let pushers = Look { obstacle: Some(obstacle.clone()), ..look(pushers) };
        let chosen = choose(&candidates(None), pushers, look(settings), &[], None);
        assert_eq!((chosen.dialect.name.as_str(), &*chosen.missing), (dialect, missing));
        assert_eq!(chosen.obstacles, [obstacle]);
    }

    #[rstest]
    #[case::one(&["msc3881"], &["msc3881"], &[], None, "msc3881", &[])]
    #[case::halves_apart(&["msc3881"], &["stable"], &[], None, "msc3881+stable", &[])]
    #[case::advertised_first(&["msc0000", "msc3881"], &["msc3881"], &["msc3881"], None, "msc3881", &[])]
    #[case::prefixed_before_stable(&["stable", "msc3881"], &["stable"], &[], None, "msc3881+stable", &[])]
    #[case::one_half(&["stable"], &[], &[], None, "stable", &[Half::Settings])]
    #[case::other_half(&[], &["stable"], &[], None, "stable", &[Half::Pushers])]
    #[case::neither(&[], &[], &[], None, "msc0000", &[Half::Pushers, Half::Settings])]
    #[case::claimed_but_not_done(&[], &["msc3881"], &["msc3881"], None, "msc3881", &[])]
    #[case::asked_and_found(&["stable"], &["stable"], &[], Some("stable"), "stable", &[])]
    #[case::asked_and_another_found(&["stable"], &["stable"], &[], Some("msc0000"), "msc0000", &[Half::Pushers, Half::Settings])]
    fn choices(
        #[case] pushers: &[&str],
        #[case] settings: &[&str],
        #[case] flagged: &[&str],
        #[case] asked: Option<&str>,
        #[case] dialect: &str,
        #[case] missing: &[Half],
    ) {
        let asked = asked.and_then(Dialect::named);
        let chosen = choose(&candidates(asked), look(pushers), look(settings), &own(flagged), asked);
        assert_eq!(chosen.dialect.name, dialect);
        assert_eq!(chosen.missing, missing);
    }
}
