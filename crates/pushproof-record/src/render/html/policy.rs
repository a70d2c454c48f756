//! What a page may load and run: its own style and script, known by their digests, and nothing else. Whatever came from
//! a subject would stay text even if it were not escaped.

use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

/// How pages look.
pub(in crate::render) const STYLE: &str = include_str!("../../../templates/report.css");

/// What filters, searches and copies.
pub(super) const SCRIPT: &str = include_str!("../../../templates/report.js");

/// The content security policy of a page with the style and these scripts.
pub(in crate::render) fn policy(scripts: &[&str]) -> String {
    let digest = |text: &str| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)));
    let scripts: Vec<String> = scripts.iter().map(|script| digest(script)).collect();
    let scripts = if scripts.is_empty() { "'none'".to_owned() } else { scripts.join(" ") };
    format!(
        "default-src 'none'; style-src {}; script-src {scripts}; base-uri 'none'; form-action 'none'",
        digest(STYLE)
    )
}
