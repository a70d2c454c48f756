//! The endpoints of the client-server API, one file a group. A group lists its routes; adding an endpoint adds a row.

mod account;
mod login;
mod pushers;
mod register;
mod versions;

use crate::routes::Route;

/// The routes whose paths carry no version, written in full.
pub(crate) fn unversioned() -> Vec<Route> {
    versions::routes()
}

/// The routes below `/_matrix/client/v3` and `/_matrix/client/r0`.
pub(crate) fn versioned() -> Vec<Route> {
    [account::routes(), login::routes(), pushers::routes(), register::routes()].concat()
}
