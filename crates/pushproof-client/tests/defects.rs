//! The tables of defects and variations of the reference client.

use std::collections::BTreeSet;

use pushproof_client::{Behaviour, Defect, behaviour, defects, variations};
use pushproof_vocabulary::{Catalogue, Level, Manner, Side};

fn all() -> impl Iterator<Item = &'static Defect> {
    defects().iter().chain(variations())
}

#[test]
fn names_are_unique_and_in_kebab_case() {
    let mut names = BTreeSet::new();
    for defect in all() {
        let kebab = defect.name.split('-').all(|word| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        });
        assert!(kebab, "{}", defect.name);
        assert!(names.insert(defect.name), "{} stands twice", defect.name);
        assert!(!defect.description.is_empty(), "{}", defect.name);
    }
}

#[test]
fn every_one_changes_the_behaviour_and_no_two_do_the_same() {
    let healthy = Behaviour::default();
    let mut seen: Vec<(Behaviour, &str)> = vec![(healthy, "healthy")];
    for defect in all() {
        let mut behaviour = Behaviour::default();
        (defect.apply)(&mut behaviour);
        if let Some((_, twin)) = seen.iter().find(|(other, _)| *other == behaviour) {
            panic!("{} does what {twin} does", defect.name);
        }
        seen.push((behaviour, defect.name));
    }
}

#[test]
fn defects_break_clauses_that_bind_clients_and_variations_break_none() {
    for defect in defects() {
        assert!(!defect.breaks.is_empty(), "{} is a variation", defect.name);
        assert_ne!(defect.manner, Manner::Harmless, "{}", defect.name);
        for id in defect.breaks {
            let clause = Catalogue::embedded().get(id).unwrap_or_else(|| panic!("{}: {id}", defect.name));
            assert_eq!(clause.side, Side::Client, "{}: {id}", defect.name);
            assert!(matches!(clause.level, Level::Must | Level::Implied), "{}: {id}", defect.name);
        }
    }
    for variation in variations() {
        assert!(variation.breaks.is_empty(), "{} is a defect", variation.name);
        assert_eq!(variation.manner, Manner::Harmless, "{}", variation.name);
    }
}

#[test]
fn every_firm_clause_has_a_direct_and_a_sly_defect() {
    let firm = Catalogue::embedded()
        .clauses
        .iter()
        .filter(|clause| clause.side == Side::Client && matches!(clause.level, Level::Must | Level::Implied));
    let mut missing = Vec::new();
    for clause in firm {
        let breaking = || defects().iter().filter(|defect| defect.breaks.contains(&clause.id.0.as_str()));
        for manner in [Manner::Direct, Manner::Sly] {
            if !breaking().any(|defect| defect.manner == manner) {
                missing.push(format!("{} has no {} defect", clause.id, manner.as_str()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn an_unknown_name_is_refused() {
    let error = behaviour(&["no-such-defect".to_owned()]).unwrap_err();
    assert_eq!(error.to_string(), "no defect of a client is named `no-such-defect`");
}
