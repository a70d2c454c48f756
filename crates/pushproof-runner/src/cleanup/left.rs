//! What stays behind: put together by kind and reason, so that what happened to a hundred accounts is said once.

use pushproof_record::{Leftover, render::first_of};

use crate::belongings::Belonging;

/// How many users are named.
const NAMED: usize = 3;

/// Something of one user's that stays behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Left {
    /// What it is.
    pub what: What,
    /// How much of it.
    pub count: usize,
    /// Whose it is.
    pub user_id: String,
    /// Why it stays.
    pub reason: String,
}

/// A kind of what stays behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A device that is logged in.
    Device,
    /// A pusher.
    Pusher,
    /// An event of the account data, such as a settings event.
    AccountData,
    /// A room that the user is in.
    Room,
    /// A mail address.
    Address,
    /// A password that was changed.
    Password,
    /// An account that may have been made.
    PerhapsAccount,
    /// An account that administers the homeserver.
    Administrator,
}

impl What {
    fn counted(self, count: usize) -> String {
        let (one, many) = match self {
            Self::Device => ("device", "devices"),
            Self::Pusher => ("pusher", "pushers"),
            Self::AccountData => ("account data event", "account data events"),
            Self::Room => ("joined room", "joined rooms"),
            Self::Address => ("mail address", "mail addresses"),
            Self::Password => ("changed password", "changed passwords"),
            Self::PerhapsAccount => ("account that may have been made", "accounts that may have been made"),
            Self::Administrator => ("administrator of the homeserver", "administrators of the homeserver"),
        };
        format!("{count} {}", if count == 1 { one } else { many })
    }
}

impl Left {
    /// All that a user has.
    pub(crate) fn all_of(
        user_id: &str,
        belonging: &Belonging,
        reason: &str,
    ) -> impl Iterator<Item = Self> + use<> {
        let Belonging { devices, pushers, rooms, account_data, addresses } = belonging;
        let counts = [
            (What::Device, devices.len()),
            (What::Pusher, pushers.len()),
            (What::AccountData, account_data.len()),
            (What::Room, rooms.len()),
            (What::Address, usize::from(*addresses)),
        ];
        let (user_id, reason) = (user_id.to_owned(), reason.to_owned());
        counts.into_iter().filter(|(_, count)| *count > 0).map(move |(what, count)| Self {
            what,
            count,
            user_id: user_id.clone(),
            reason: reason.clone(),
        })
    }
}

/// One leftover for each kind and reason. Of what a homeserver says beside status and errcode, which may be different each
/// time, the first words stand for all.
pub(super) fn grouped(left: Vec<Left>) -> Vec<Leftover> {
    let mut groups: Vec<(What, String, usize, Vec<String>)> = Vec::new();
    for Left { what, count, user_id, reason } in left {
        let is_alike = |why: &str| why.split(": ").next() == reason.split(": ").next();
        let known = groups.iter_mut().find(|(of, why, ..)| *of == what && is_alike(why));
        if let Some((.., sum, users)) = known {
            *sum += count;
            if !users.contains(&user_id) {
                users.push(user_id);
            }
        } else {
            groups.push((what, reason, count, vec![user_id]));
        }
    }
    groups
        .into_iter()
        .map(|(what, reason, count, users)| leftover(what.counted(count), reason, users))
        .collect()
}

fn leftover(what: String, reason: String, mut users: Vec<String>) -> Leftover {
    if users.len() == 1 {
        return Leftover { what, user_id: users.pop(), reason };
    }
    let ids: Vec<&str> = users.iter().map(String::as_str).collect();
    let named = first_of(&ids, NAMED);
    Leftover { what: format!("{what} of {} users ({named})", users.len()), user_id: None, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(what: What, count: usize, user: usize, reason: &str) -> Left {
        Left { what, count, user_id: format!("@{user}:hs"), reason: reason.to_owned() }
    }

    #[test]
    fn the_same_of_many_is_said_once() {
        let many = (0..40).flat_map(|user| {
            [left(What::Pusher, 3, user, "refused"), left(What::Device, 1 + user % 2, user, "refused")]
        });
        let told = grouped(many.collect());
        let texts: Vec<&str> = told.iter().map(|leftover| leftover.what.as_str()).collect();
        assert_eq!(
            texts,
            [
                "120 pushers of 40 users (@0:hs, @1:hs, @2:hs and 37 more)",
                "60 devices of 40 users (@0:hs, @1:hs, @2:hs and 37 more)"
            ]
        );
        assert!(told.iter().all(|leftover| leftover.user_id.is_none() && leftover.reason == "refused"));
    }

    #[test]
    fn other_reasons_stay_apart_and_a_single_user_is_named() {
        let told = grouped(vec![
            left(What::Room, 1, 1, "403"),
            left(What::Room, 1, 2, "500"),
            left(What::Room, 1, 1, "403"),
        ]);
        let told: Vec<_> = told.iter().map(|l| (l.what.as_str(), l.user_id.as_deref().unwrap())).collect();
        assert_eq!(told, [("2 joined rooms", "@1:hs"), ("1 joined room", "@2:hs")]);
    }

    #[test]
    fn words_of_the_homeserver_that_are_new_each_time_make_no_new_reason() {
        let answers =
            (0..3).map(|n| left(What::Pusher, 1, n, &format!("it was answered 403 M_FORBIDDEN: no {n}")));
        let told = grouped(answers.collect());
        let told: Vec<_> = told.iter().map(|leftover| (&*leftover.what, &*leftover.reason)).collect();
        assert_eq!(
            told,
            [("3 pushers of 3 users (@0:hs, @1:hs, @2:hs)", "it was answered 403 M_FORBIDDEN: no 0")]
        );
    }
}
