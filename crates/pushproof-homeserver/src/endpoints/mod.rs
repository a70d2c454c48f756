//! The endpoints of the client-server API, one file a group. A group lists its routes; adding an endpoint adds a row.

mod account;
mod account_data;
mod capabilities;
mod devices;
mod filter;
mod keys;
mod login;
mod membership;
mod messages;
mod notifications;
mod profile;
mod push_rules;
mod pushers;
mod receipts;
mod register;
mod room_state;
mod rooms;
mod send;
mod sync;
mod versions;

use crate::routes::Route;

/// The routes whose paths carry no version, written in full.
pub(crate) fn unversioned() -> Vec<Route> {
    versions::routes()
}

/// The routes below `/_matrix/client/v3` and `/_matrix/client/r0`.
pub(crate) fn versioned() -> Vec<Route> {
    [
        account::routes(),
        account_data::routes(),
        capabilities::routes(),
        devices::routes(),
        filter::routes(),
        keys::routes(),
        login::routes(),
        membership::routes(),
        messages::routes(),
        notifications::routes(),
        profile::routes(),
        push_rules::routes(),
        pushers::routes(),
        receipts::routes(),
        register::routes(),
        room_state::routes(),
        rooms::routes(),
        send::routes(),
        sync::routes(),
    ]
    .concat()
}
