//! Certificates: a PKCS#12 whose public half is shown (without private key: an authority's), or the name of one in a key vault, which no
//! gateway can use yet.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postern_policy::Certificate;
use serde_json::Value;
use time::OffsetDateTime;

use super::Draft;
use crate::clock::arm_time;
use crate::error::ArmError;

/// Reads the certificate, so that nothing is stored that no gateway can use, and notes what clients may see of it.
pub(super) fn before_put(draft: &mut Draft) -> Result<(), ArmError> {
    let data: String = draft.text("data").chars().filter(|c| !c.is_ascii_whitespace()).collect();
    if data.is_empty() {
        let vault = draft.properties.get("keyVault").and_then(|vault| vault.get("secretIdentifier"));
        return match vault.and_then(Value::as_str).is_some_and(|identifier| !identifier.is_empty()) {
            true => Ok(()),
            false => Err(ArmError::field("data", "'data' must not be empty unless 'keyVault' names a secret.")),
        };
    }
    let wrong = |target: &str, message: String| ArmError::field(target, message);
    let bytes = STANDARD.decode(&data).map_err(|_| wrong("data", "'data' must be base64.".to_owned()))?;
    let certificate = Certificate::read(&bytes, draft.text("password"))
        .map_err(|exception| wrong("data", format!("The certificate cannot be read: {}", exception.message)))?;
    let expires = OffsetDateTime::from_unix_timestamp(certificate.not_after_s()).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    draft.set("data", data);
    draft.set("subject", certificate.subject());
    draft.set("thumbprint", certificate.thumbprint());
    draft.set("expirationDate", arm_time(expires));
    Ok(())
}
