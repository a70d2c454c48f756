//! The endpoints of the client-server API, one file a group. A group lists its routes; adding an endpoint adds a row.
//!
//! Left out, and so answered with 404 `M_UNRECOGNIZED`: everything about other servers, guests, single sign-on, token
//! refresh, `/account/deactivate`, `/events`, `/initialSync`, `/search`, knocking, spaces, room upgrades, reports,
//! threads, third-party networks, `OpenID`, storing key backups, cross-signing, and nearly all that came after version
//! 1.3 of the specification.

mod account;
mod account_3pid;
mod account_data;
#[cfg(test)]
mod bad_input;
mod capabilities;
mod context;
mod devices;
mod directory;
mod filter;
mod key_backup;
mod keys;
mod login;
mod media;
mod membership;
mod messages;
#[cfg(test)]
mod model;
mod notifications;
mod presence;
mod profile;
mod push_rules;
mod pushers;
mod receipts;
mod register;
mod relations;
mod room_state;
mod rooms;
mod send;
mod sync;
mod tags;
mod turn_server;
mod user_directory;
mod versions;

use crate::routes::Route;

/// The routes whose paths are written in full: those without a version, or with one of their own.
pub(crate) fn written_in_full() -> Vec<Route> {
    [account_3pid::written_in_full(), media::routes(), relations::routes(), versions::routes()].concat()
}

/// The routes below `/_matrix/client/v3` and `/_matrix/client/r0`.
pub(crate) fn versioned() -> Vec<Route> {
    [
        account::routes(),
        account_3pid::routes(),
        account_data::routes(),
        capabilities::routes(),
        context::routes(),
        devices::routes(),
        directory::routes(),
        filter::routes(),
        key_backup::routes(),
        keys::routes(),
        login::routes(),
        membership::routes(),
        messages::routes(),
        notifications::routes(),
        presence::routes(),
        profile::routes(),
        push_rules::routes(),
        pushers::routes(),
        receipts::routes(),
        register::routes(),
        room_state::routes(),
        rooms::routes(),
        send::routes(),
        sync::routes(),
        tags::routes(),
        turn_server::routes(),
        user_directory::routes(),
    ]
    .concat()
}
