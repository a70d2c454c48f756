//! The tables of defects and variations, of the reference homeserver and of the reference client.

use std::{collections::BTreeSet, fmt::Debug};

use pushproof_vocabulary::{Catalogue, Defect, Level, Manner, Side};

/// A table, defects and variations apart.
struct Table<B: 'static> {
    side: Side,
    defects: &'static [Defect<B>],
    variations: &'static [Defect<B>],
    obstacles: &'static [Defect<B>],
}

fn of_homeserver() -> Table<pushproof_homeserver::Behaviour> {
    Table {
        side: Side::Server,
        defects: pushproof_homeserver::defects(),
        variations: pushproof_homeserver::variations(),
        obstacles: pushproof_homeserver::obstacles(),
    }
}

fn of_client() -> Table<pushproof_client::Behaviour> {
    Table {
        side: Side::Client,
        defects: pushproof_client::defects(),
        variations: pushproof_client::variations(),
        obstacles: &[],
    }
}

impl<B: Debug + Default + PartialEq> Table<B> {
    fn all(&self) -> impl Iterator<Item = &'static Defect<B>> {
        self.defects.iter().chain(self.variations).chain(self.obstacles)
    }

    fn names_are_unique_and_in_kebab_case(&self) {
        let mut names = BTreeSet::new();
        for defect in self.all() {
            let kebab = defect.name.split('-').all(|word| {
                !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
            });
            assert!(kebab, "{}", defect.name);
            assert!(names.insert(defect.name), "{} stands twice", defect.name);
            assert!(!defect.description.is_empty(), "{}", defect.name);
        }
    }

    fn every_one_changes_the_behaviour_and_no_two_do_the_same(&self) {
        let mut seen: Vec<(B, &str)> = vec![(B::default(), "healthy")];
        for defect in self.all() {
            let mut behaviour = B::default();
            (defect.apply)(&mut behaviour);
            if let Some((_, twin)) = seen.iter().find(|(other, _)| *other == behaviour) {
                panic!("{} does what {twin} does", defect.name);
            }
            seen.push((behaviour, defect.name));
        }
    }

    fn defects_break_clauses_of_their_side_and_variations_break_none(&self) {
        for defect in self.defects {
            assert!(!defect.breaks.is_empty(), "{} is a variation", defect.name);
            assert!(matches!(defect.manner, Manner::Direct | Manner::Sly), "{}", defect.name);
            for id in defect.breaks {
                let clause = Catalogue::embedded().get(id).unwrap_or_else(|| panic!("{}: {id}", defect.name));
                assert_eq!(clause.side, self.side, "{}: {id}", defect.name);
                assert!(matches!(clause.level, Level::Must | Level::Implied), "{}: {id}", defect.name);
            }
        }
        for variation in self.variations {
            assert!(variation.breaks.is_empty(), "{} is a defect", variation.name);
            assert_eq!(variation.manner, Manner::Harmless, "{}", variation.name);
        }
        for obstacle in self.obstacles {
            assert!(obstacle.breaks.is_empty(), "{} is a defect", obstacle.name);
            assert_eq!(obstacle.manner, Manner::Obstructive, "{}", obstacle.name);
        }
    }

    fn every_firm_clause_has_a_direct_and_a_sly_defect(&self) {
        let firm = Catalogue::embedded().clauses.iter().filter(|clause| {
            clause.side == self.side && matches!(clause.level, Level::Must | Level::Implied)
        });
        let mut missing = Vec::new();
        for clause in firm {
            let breaking =
                || self.defects.iter().filter(|defect| defect.breaks.contains(&clause.id.0.as_str()));
            for manner in [Manner::Direct, Manner::Sly] {
                if !breaking().any(|defect| defect.manner == manner) {
                    missing.push(format!("{} has no {} defect", clause.id, manner.as_str()));
                }
            }
        }
        assert!(missing.is_empty(), "{missing:#?}");
    }
}

#[test]
fn names_are_unique_and_in_kebab_case() {
    of_homeserver().names_are_unique_and_in_kebab_case();
    of_client().names_are_unique_and_in_kebab_case();
}

#[test]
fn every_one_changes_the_behaviour_and_no_two_do_the_same() {
    of_homeserver().every_one_changes_the_behaviour_and_no_two_do_the_same();
    of_client().every_one_changes_the_behaviour_and_no_two_do_the_same();
}

#[test]
fn defects_break_clauses_of_their_side_and_variations_break_none() {
    of_homeserver().defects_break_clauses_of_their_side_and_variations_break_none();
    of_client().defects_break_clauses_of_their_side_and_variations_break_none();
}

#[test]
fn every_firm_clause_has_a_direct_and_a_sly_defect() {
    of_homeserver().every_firm_clause_has_a_direct_and_a_sly_defect();
    of_client().every_firm_clause_has_a_direct_and_a_sly_defect();
}
