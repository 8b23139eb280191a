//! Gateway tokens as `docs/configuration-endpoint.md` describes them, for the ones management would not make.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha512;

/// A token of `gateway` until `expiry` (`yyyyMMddHHmm`, UTC), signed with the text of its key.
pub fn sign(gateway: &str, expiry: &str, key: &str) -> String {
    let mut mac = Hmac::<Sha512>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(format!("{gateway}\n{expiry}").as_bytes());
    format!("{gateway}&{expiry}&{}", STANDARD.encode(mac.finalize().into_bytes()))
}
