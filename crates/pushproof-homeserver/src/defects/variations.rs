//! Variations: different, but not wrong.

use super::Defect;
use crate::behaviour::RefusalCode;

pub(super) const VARIATIONS: &[Defect] = &[Defect {
    name: "link-refused-as-bad-json",
    description: "the refusal of the link has errcode M_BAD_JSON",
    breaks: &[],
    apply: |b| b.setting.refusal_code = RefusalCode::BadJson,
}];
