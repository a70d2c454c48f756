//! The homeserver as a synchronous state machine: everything it remembers, in one place, with one order of events.
//! Nothing here waits, and nothing here knows of sockets. What must happen outside (a delivery to start, a long poll to
//! wake) is left for the caller in a form that costs nothing to leave.

mod account_data;
mod deliveries;
mod devices;
mod directory;
mod emails;
mod encryption;
mod event;
mod filter;
mod holds;
mod later;
mod media;
mod membership;
mod notify;
mod presence;
mod push_rules;
mod pusher;
mod pushers;
mod receipts;
mod restart;
mod room;
mod set_pusher;
mod settings_events;
mod silences;
mod summary;
mod sync;
mod timeline;
mod uia;
mod user;

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, fast::RandomState};
use http::StatusCode;
use indexmap::IndexMap;
use pushproof_vocabulary::{Dialect, Era};
use url::Url;

pub(crate) use self::{
    account_data::Scope,
    devices::RemovalPath,
    directory::Listing,
    emails::{Email, MailOut, VALIDATION_PATH},
    event::Event,
    filter::{EventFilter, Filter, Members, senders, shown},
    holds::{Addition, Held},
    media::Medium,
    membership::Removal,
    push_rules::RuleAddress,
    receipts::ReceiptKind,
    room::{Membership, Room},
    silences::Silence,
    sync::{News, Since, StateWish, Wish, position_of, token},
    timeline::Draft,
    uia::{Operation, user_of},
    user::User,
};
use crate::{
    behaviour::{Behaviour, Identifiers, Lacks, Limits},
    delivery::{Lanes, Letter},
    error::MatrixError,
    ids::{DeviceId, PusherKey, RoomId, UserId},
    request::Request,
    source::Source,
};

/// A place in the one order of events. Grows by one with everything that a sync can tell.
pub(crate) type Position = u64;

/// The user and device that a request's access token belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Caller {
    /// The user.
    pub(crate) user: UserId,
    /// The user's device.
    pub(crate) device: DeviceId,
}

/// Everything that the homeserver remembers.
pub(crate) struct State {
    pub(crate) server_name: String,
    pub(crate) dialect: Dialect,
    pub(crate) era: Era,
    pub(crate) behaviour: Behaviour,
    pub(crate) source: Box<dyn Source>,
    /// In the order in which they came.
    pub(crate) users: IndexMap<UserId, User, RandomState>,
    pub(crate) rooms: BTreeMap<RoomId, Room>,
    pub(crate) aliases: BTreeMap<String, RoomId>,
    pub(crate) media: media::Media,
    /// What waits to be sent for pushers.
    pub(crate) lanes: Lanes,
    /// What was kept silent since somebody looked.
    pub(crate) silences: Vec<Silence>,
    /// Mails that are sent at once, of which none is left when the lock is given back.
    pub(crate) letters: Vec<Letter>,
    /// Whether mail can be sent.
    pub(crate) mail_out: MailOut,
    /// Where clients reach the server: what the links in mails begin with.
    pub(crate) public_url: Url,
    /// What the inspection port holds back.
    holds: holds::Holds,
    tokens: HashMap<String, Caller>,
    uia: uia::Sessions,
    validations: emails::Validations,
    /// Whose the bound mail addresses are.
    email_owners: HashMap<String, UserId>,
    position: Position,
    /// When anybody's identity keys changed last: most syncs need look no further.
    keys_changed: Position,
    /// When anybody last said whether they are there.
    presence_changed: Position,
    /// Which users have a pusher of this key; found here when a set displaces other users' pushers.
    pusher_owners: HashMap<PusherKey, Vec<UserId>>,
    /// The lists of pushers that a defect shows again, by device.
    cached_lists: BTreeMap<(UserId, DeviceId), Vec<u8>>,
    /// The latest answer to a sync that had anything in it, by device, with the position that it was asked from; kept by a
    /// variation alone.
    pub(crate) kept_syncs: BTreeMap<(UserId, DeviceId), (Option<String>, serde_json::Value)>,
    /// Who first set a pusher of a key that was deleted, if a defect remembers it.
    first_setters: BTreeMap<(UserId, PusherKey), DeviceId>,
    /// States that a defective deletion remembers.
    remembered_states: BTreeMap<(UserId, PusherKey), pushproof_vocabulary::PushState>,
    /// The pushers that a defect keeps silent, whatever they are set to.
    silent_keys: BTreeSet<(UserId, PusherKey)>,
    /// Settings events that a defective removal prunes until account data is written, with their contents.
    revivable: Vec<(UserId, String, serde_json::Value)>,
    /// What a defect does later.
    agenda: later::Agenda,
}

impl State {
    /// The state of a server that nothing has happened to, and that sends no mail.
    pub(crate) fn new(
        server_name: String,
        public_url: Url,
        dialect: Dialect,
        source: Box<dyn Source>,
    ) -> Self {
        Self {
            server_name,
            dialect,
            era: Era::Proposal,
            behaviour: Behaviour::default(),
            source,
            users: IndexMap::default(),
            rooms: BTreeMap::new(),
            aliases: BTreeMap::new(),
            media: media::Media::default(),
            lanes: Lanes::default(),
            silences: Vec::new(),
            letters: Vec::new(),
            mail_out: MailOut::None,
            public_url,
            holds: holds::Holds::default(),
            tokens: HashMap::default(),
            uia: uia::Sessions::default(),
            validations: emails::Validations::default(),
            email_owners: HashMap::default(),
            position: 0,
            keys_changed: 0,
            presence_changed: 0,
            pusher_owners: HashMap::default(),
            cached_lists: BTreeMap::new(),
            kept_syncs: BTreeMap::new(),
            first_setters: BTreeMap::new(),
            remembered_states: BTreeMap::new(),
            silent_keys: BTreeSet::new(),
            revivable: Vec::new(),
            agenda: later::Agenda::default(),
        }
    }

    /// Who asks. 401 without a token, or with one that is not (or no longer) known, or has expired.
    pub(crate) fn caller(&mut self, request: &Request) -> Result<Caller, MatrixError> {
        self.do_what_is_due();
        let token = request.token().ok_or_else(MatrixError::missing_token)?;
        let caller = self.tokens.get(token).cloned().ok_or_else(MatrixError::unknown_token)?;
        if self.has_expired(&caller) { Err(MatrixError::expired_token()) } else { Ok(caller) }
    }

    /// 429 when there are too many requests, where the behaviour limits them.
    pub(crate) fn admit(&mut self) -> Result<(), MatrixError> {
        let limited = match self.behaviour.answers.limits {
            Limits::None => false,
            Limits::NowAndThen => self.source.below(5) == 0,
        };
        if limited { Err(MatrixError::limit_exceeded(20)) } else { Ok(()) }
    }

    /// 404 for what the behaviour lacks, 403 for a password that others keep.
    pub(crate) fn must_offer(&self, what: Lacks) -> Result<(), MatrixError> {
        match what {
            _ if self.behaviour.base.lacks != what => Ok(()),
            Lacks::PasswordChange => Err(MatrixError::forbidden("passwords are not kept here")),
            _ => Err(MatrixError::unknown_path()),
        }
    }

    /// The user and device of a request, without judging it.
    pub(crate) fn caller_for_journal(&self, request: &Request) -> Option<Caller> {
        self.tokens.get(request.token()?).cloned()
    }

    /// The latest place in the order of events.
    pub(crate) fn position(&self) -> Position {
        self.position
    }

    /// The next place in the order of events.
    pub(crate) fn advance(&mut self) -> Position {
        self.position += 1;
        self.position
    }

    /// A user who is known to exist because a token or a membership names them.
    pub(crate) fn user(&self, user: &UserId) -> &User {
        self.users
            .get(user)
            .expect("tokens and memberships name users that exist, and users are never removed")
    }

    /// As [`Self::user`], to change.
    pub(crate) fn user_mut(&mut self, user: &UserId) -> &mut User {
        self.users
            .get_mut(user)
            .expect("tokens and memberships name users that exist, and users are never removed")
    }

    /// 403 unless the user in a path is the one who asks.
    pub(crate) fn must_be_self(caller: &Caller, user_in_path: &str) -> Result<(), MatrixError> {
        if caller.user.as_str() == user_in_path {
            Ok(())
        } else {
            Err(MatrixError::forbidden("another user's data is out of reach"))
        }
    }

    /// Registers an account. 400 when the name is taken or no valid localpart.
    pub(crate) fn register(
        &mut self,
        username: Option<&str>,
        password: Option<&str>,
    ) -> Result<UserId, MatrixError> {
        let user = self.registrable(username)?;
        self.users.insert(user.clone(), User::new(password));
        Ok(user)
    }

    /// The id that an account of this name would get. 400 when the name is taken or no valid localpart.
    pub(crate) fn registrable(&mut self, username: Option<&str>) -> Result<UserId, MatrixError> {
        let localpart =
            username.map_or_else(|| self.source.opaque(12).to_ascii_lowercase(), str::to_ascii_lowercase);
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._=-/+".contains(c);
        let user = UserId::from(format!("@{localpart}:{}", self.server_name));
        if localpart.is_empty() || user.as_str().len() > 255 || !localpart.chars().all(allowed) {
            let error = "the name may have lower-case letters, digits and ._=-/+ only";
            return Err(MatrixError::new(StatusCode::BAD_REQUEST, "M_INVALID_USERNAME", error));
        }
        if self.users.contains_key(&user) {
            return Err(MatrixError::new(StatusCode::BAD_REQUEST, "M_USER_IN_USE", "the name is taken"));
        }
        Ok(user)
    }

    /// A fresh opaque part of an identifier, of the look that the behaviour asks for.
    pub(crate) fn opaque(&mut self, length: usize) -> String {
        let plain = self.source.opaque(length);
        match self.behaviour.answers.identifiers {
            Identifiers::Plain => plain,
            Identifiers::Unusual => format!("{plain}-._~+=/%2F"),
        }
    }

    /// Forgets what a real server forgets when it restarts: what was about to be sent, and half-done authentications.
    pub(crate) fn restarted(&mut self) {
        self.lanes = Lanes::default();
        self.uia = uia::Sessions::default();
        self.restore_pushers();
    }
}
