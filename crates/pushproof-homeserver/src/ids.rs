//! The identifiers of Matrix as types, so that a push key never stands where a device id belongs. Cloning is cheap:
//! a short text is copied, a long one shared.

use std::{borrow::Borrow, fmt};

use serde::{Serialize, Serializer};
use smol_str::SmolStr;

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(SmolStr);

        impl $name {
            pub(crate) fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    )*};
}

identifiers! {
    /// A user id, `@localpart:server`.
    UserId;
    /// A device id; it has no grammar.
    DeviceId;
    /// A room id, `!opaque:server`.
    RoomId;
    /// An event id, `$opaque`.
    EventId;
}

/// What tells the pushers of one user apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PusherKey {
    /// The application, in reverse DNS.
    pub(crate) app_id: SmolStr,
    /// The key that the platform issued, or the address of an email pusher.
    pub(crate) pushkey: SmolStr,
}

/// One pusher of one user, as delivery addresses it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PusherAddress {
    /// Whose pusher it is.
    pub(crate) user: UserId,
    /// Which of the user's pushers.
    pub(crate) key: PusherKey,
}
