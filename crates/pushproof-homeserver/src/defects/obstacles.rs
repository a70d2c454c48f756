//! Obstacles: nothing is wrong with the server, but a part of it cannot be judged as it is set up.

use super::{Defect, Manner};
use crate::behaviour::{Gateways, Lacks};

pub(super) const OBSTACLES: &[Defect] = &[
    Defect {
        name: "gateways-with-tls-alone",
        description: "a pusher whose push gateway has no TLS is refused",
        manner: Manner::Obstructive,
        breaks: &[],
        apply: |b| b.base.gateways = Gateways::WithTls,
    },
    Defect {
        name: "public-gateways-alone",
        description: "a pusher whose push gateway has a private address is refused",
        manner: Manner::Obstructive,
        breaks: &[],
        apply: |b| b.base.gateways = Gateways::Public,
    },
    Defect {
        name: "no-pushers",
        description: "there are no endpoints for pushers",
        manner: Manner::Obstructive,
        breaks: &[],
        apply: |b| b.base.lacks = Lacks::Pushers,
    },
];
