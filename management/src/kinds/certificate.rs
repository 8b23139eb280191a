//! Certificates: a PKCS#12 whose public half is shown (without private key: an authority's), or the name of one in a key vault, which no
//! gateway can use yet. No certificate goes while a gateway uses it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postern_model::id::relative;
use postern_policy::Certificate;
use serde_json::Value;
use time::OffsetDateTime;

use super::Draft;
use crate::clock::arm_time;
use crate::error::ArmError;
use crate::store::row::key_of;
use crate::store::{Row, Writer, row};

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

/// A host name would have none to show, and an authority would be gone.
pub(super) async fn before_delete(writer: &mut Writer, existing: &Row) -> Result<(), ArmError> {
    for hostname in row::of_kind(writer, "gateways/hostnameConfigurations").await? {
        if key_of(relative(hostname.text("certificateId"))) == key_of(&existing.id) {
            let message = format!("The certificate is used by the host name '{}'.", hostname.text("hostname"));
            return Err(ArmError::field("id", message));
        }
    }
    for authority in row::of_kind(writer, "gateways/certificateAuthorities").await? {
        if authority.name().eq_ignore_ascii_case(existing.name()) {
            let message = format!("The certificate is used by the certificate authority '{}'.", authority.id);
            return Err(ArmError::field("id", message));
        }
    }
    Ok(())
}
