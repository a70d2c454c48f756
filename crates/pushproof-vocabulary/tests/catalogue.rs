//! The shipped catalogue keeps its own rules.

use std::collections::BTreeMap;

use pushproof_vocabulary::{Catalogue, Half, Level, Side};

/// Ids and levels are contracts: a change here is a change for everyone who cites a clause.
#[test]
fn ids_and_levels_are_the_published_ones() {
    let table: String = Catalogue::embedded()
        .clauses
        .iter()
        .map(|clause| format!("{:<50} {:?}\n", clause.id.0, clause.level).to_lowercase())
        .collect();
    insta::assert_snapshot!(table);
}

#[test]
fn ids_are_unique() {
    let mut titles: BTreeMap<&str, &str> = BTreeMap::new();
    for clause in &Catalogue::embedded().clauses {
        let former = titles.insert(&clause.id.0, &clause.title);
        assert_eq!(former, None, "{} is given twice", clause.id);
    }
}

#[test]
fn ids_are_dotted_kebab_case() {
    let is_word = |word: &str| {
        !word.is_empty()
            && !word.starts_with('-')
            && !word.ends_with('-')
            && word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
    };
    for clause in &Catalogue::embedded().clauses {
        let words: Vec<_> = clause.id.0.split('.').collect();
        assert!(words.len() >= 2 && words.iter().all(|word| is_word(word)), "{}", clause.id);
    }
}

#[test]
fn a_reason_is_given_exactly_for_what_cannot_be_tested() {
    for clause in &Catalogue::embedded().clauses {
        assert_eq!(clause.reason.is_some(), clause.level == Level::Untestable, "{}", clause.id);
    }
}

#[test]
fn ids_say_who_is_bound() {
    for clause in Catalogue::embedded().clauses.iter().filter(|clause| clause.level != Level::Untestable) {
        let side = match clause.id.0.split('.').next() {
            Some("client") => Side::Client,
            _ => Side::Server,
        };
        assert_eq!(clause.side, side, "{}", clause.id);
        assert!(clause.side == Side::Server || clause.id.half().is_none(), "{}", clause.id);
    }
}

/// A half without a must could not be reported as not implemented.
#[test]
fn each_half_has_musts_of_its_own() {
    for half in [Half::Pushers, Half::Settings] {
        let mut clauses = Catalogue::embedded().clauses.iter();
        assert!(
            clauses.any(|clause| clause.level == Level::Must && clause.id.half() == Some(half)),
            "{half:?} has no must",
        );
    }
}

#[test]
fn titles_are_one_line_and_texts_are_sentences() {
    for clause in &Catalogue::embedded().clauses {
        assert!(!clause.title.contains('\n') && clause.title.chars().count() <= 100, "{}", clause.id);
        assert!(!clause.title.ends_with('.'), "the title of {} is no sentence", clause.id);
        for text in
            [Some(&clause.shows), clause.reading.as_ref(), clause.reason.as_ref()].into_iter().flatten()
        {
            assert!(text.ends_with('.') && !text.contains('\n'), "{}: {text:?}", clause.id);
        }
    }
}

#[test]
fn clauses_are_found_by_id_in_the_order_of_the_catalogue() {
    let catalogue = Catalogue::embedded();
    for (index, clause) in catalogue.clauses.iter().enumerate() {
        assert_eq!(catalogue.order(&clause.id.0), Some(index));
        assert_eq!(catalogue.get(&clause.id.0), Some(clause));
    }
    assert_eq!(catalogue.get("pusher"), None);
}
