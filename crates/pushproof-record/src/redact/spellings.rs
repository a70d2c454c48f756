//! How a secret is spelled where it is encoded as a whole, or as a part of something that is.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};

/// The shortest part of a spelling that is looked for: a random text of some length has any shorter one by chance.
const LEAST: usize = 6;

/// The secret itself, in hexadecimal, and in Base64, alone or between others as in `user:password`. Escapes are undone
/// before anything is looked for, and so are not spelled here.
pub(super) fn spellings(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let mut spellings = vec![secret.to_owned(), hex::encode(bytes), hex::encode_upper(bytes)];
    for (padded, bare) in [(STANDARD, STANDARD_NO_PAD), (URL_SAFE, URL_SAFE_NO_PAD)] {
        spellings.extend([padded.encode(bytes), bare.encode(bytes)]);
        for before in 0..3 {
            let mut within = vec![0; before];
            within.extend_from_slice(bytes);
            // The characters in which neighbours have no part.
            let core = (before * 8).div_ceil(6)..within.len() * 8 / 6;
            if core.len() >= LEAST {
                spellings.push(bare.encode(&within)[core].to_owned());
            }
        }
    }
    spellings
}
