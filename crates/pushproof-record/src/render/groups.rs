//! The parts of the proposal that clauses are shown under.

use crate::ClauseRecord;

/// The clauses of one part of the proposal.
#[derive(Clone, Debug)]
pub(crate) struct Group<'a> {
    /// What the part is called.
    pub(crate) title: &'static str,
    /// Its clauses, in the proposal's order.
    pub(crate) clauses: Vec<&'a ClauseRecord>,
}

/// The beginnings of ids and the parts that they belong to; the first that fits counts.
const PARTS: [(&str, &str); 8] = [
    ("pusher.link.", "Server: the link between pusher and device"),
    ("pusher.removed-with-device", "Server: the link between pusher and device"),
    ("pusher.email-removed-with-device", "Server: the link between pusher and device"),
    ("pusher.", "Server: the pusher's state"),
    ("settings.", "Server: the settings event"),
    ("names.", "Server: names"),
    ("client.", "Client"),
    ("text.", "Text that asks for nothing testable"),
];

/// The clauses under their parts; parts in the order of their first clause.
pub(crate) fn groups(clauses: &[ClauseRecord]) -> Vec<Group<'_>> {
    let mut in_order: Vec<&ClauseRecord> = clauses.iter().collect();
    in_order.sort_by_key(|clause| clause.order);
    let mut groups: Vec<Group<'_>> = Vec::new();
    for clause in in_order {
        let title = part(&clause.id.0);
        match groups.iter_mut().find(|group| group.title == title) {
            Some(group) => group.clauses.push(clause),
            None => groups.push(Group { title, clauses: vec![clause] }),
        }
    }
    groups
}

/// The part that a clause belongs to.
pub(super) fn part(id: &str) -> &'static str {
    PARTS.iter().find(|(beginning, _)| id.starts_with(beginning)).map_or("Other clauses", |(_, part)| part)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use pushproof_vocabulary::Catalogue;

    use super::*;

    #[test]
    fn every_clause_of_the_catalogue_has_a_part() {
        let mut parts: BTreeMap<&str, usize> = BTreeMap::new();
        for clause in &Catalogue::embedded().clauses {
            *parts.entry(part(&clause.id.0)).or_default() += 1;
        }
        assert!(!parts.contains_key("Other clauses"), "{parts:?}");
        assert_eq!(parts.len(), 6, "{parts:?}");
    }
}
