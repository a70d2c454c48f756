//! Defects of the link between pusher and device.

use super::Defect;
use crate::behaviour::LinkOnSet;

pub(super) const DEFECTS: &[Defect] = &[Defect {
    name: "link-ignored",
    description: "a set that carries the link is taken as if it did not",
    breaks: &["pusher.link.rejected-on-set"],
    apply: |b| b.setting.link = LinkOnSet::Ignore,
}];
