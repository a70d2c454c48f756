//! Shards: the parts that a plan is divided into, so that several machines share a run.

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};

use crate::ScenarioKey;

/// One of the parts that a plan is divided into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShardNumber {
    /// Which part, from 1 on.
    pub index: u32,
    /// Of how many.
    pub total: u32,
}

impl ShardNumber {
    /// The most parts that a plan is divided into, many more than it has cases. Without a limit, a number of shards in a
    /// record could cost any amount of memory.
    pub const MOST: u32 = 10_000;

    /// Whether the case belongs to this part. That depends on the name of the case alone, so that a new scenario moves
    /// no other to another part.
    #[must_use]
    pub fn takes(self, key: &ScenarioKey) -> bool {
        Self::index_of(key, self.total) == self.index
    }

    /// Which of so many parts the case belongs to.
    pub(crate) fn index_of(key: &ScenarioKey, total: u32) -> u32 {
        let digest = Sha256::digest(key.to_string());
        let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let place = number % u64::from(total.max(1));
        u32::try_from(place).map_or(u32::MAX, |place| place + 1)
    }

    /// Whether there is such a part.
    pub(crate) fn exists(self) -> bool {
        (1..=self.total).contains(&self.index) && self.total <= Self::MOST
    }
}

/// `2/4`.
impl fmt::Display for ShardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.total)
    }
}

/// A text that names no shard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no part of a whole")]
pub struct NoShard(pub String);

impl FromStr for ShardNumber {
    type Err = NoShard;

    fn from_str(text: &str) -> Result<Self, NoShard> {
        let numbers = text.split_once('/').and_then(|(index, total)| {
            let shard = Self { index: index.parse().ok()?, total: total.parse().ok()? };
            shard.exists().then_some(shard)
        });
        numbers.ok_or_else(|| NoShard(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("1/1", true)]
    #[case("4/4", true)]
    #[case("0/4", false)]
    #[case("5/4", false)]
    #[case("1/0", false)]
    #[case("1", false)]
    #[case("-1/4", false)]
    #[case("a/b", false)]
    #[case("10000/10000", true)]
    #[case("1/10001", false)]
    #[case("1/4294967296", false)]
    fn shards_are_read_as_they_are_written(#[case] text: &str, #[case] valid: bool) {
        let shard = text.parse::<ShardNumber>();
        assert_eq!(
            shard.map(|shard| shard.to_string()),
            if valid { Ok(text.into()) } else { Err(NoShard(text.into())) }
        );
    }

    /// Where cases go is a promise: a baseline of one machine stays with it.
    #[test]
    fn cases_stay_where_they_are() {
        let of = |key: &str| {
            (1..=4)
                .filter(|index| ShardNumber { index: *index, total: 4 }.takes(&key.parse().unwrap()))
                .collect::<Vec<_>>()
        };
        let keys = [
            "server/pusher/state-optional:http",
            "server/pusher/state-optional:email",
            "server/names/advertised",
        ];
        assert_eq!(keys.map(of), [vec![2], vec![3], vec![2]]);
    }

    proptest! {
        #[test]
        fn every_case_is_in_exactly_one_shard(key in "[a-z/:-]{1,40}", total in 1_u32..50) {
            let key: ScenarioKey = key.parse().unwrap();
            let taking = (1..=total).filter(|index| ShardNumber { index: *index, total }.takes(&key)).count();
            prop_assert_eq!(taking, 1);
        }
    }
}
