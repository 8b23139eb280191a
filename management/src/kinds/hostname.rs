//! Host names and certificate authorities of gateways.

use postern_model::id::{last_segment, relative};

use super::Draft;
use crate::error::ArmError;
use crate::store::{Writer, row};

/// The certificate of a host name must exist; it is kept as a reference within the service.
pub(super) async fn before_put(writer: &mut Writer, draft: &mut Draft) -> Result<(), ArmError> {
    let sent = draft.text("certificateId").to_owned();
    if sent.is_empty() {
        return Err(ArmError::field("certificateId", "'certificateId' must not be empty."));
    }
    let certificate = row::get(writer, relative(&sent)).await?.filter(|row| row.kind == "certificates");
    if certificate.is_none() {
        return Err(ArmError::field("certificateId", format!("The certificate '{sent}' does not exist.")));
    }
    Ok(())
}

/// A certificate authority has the name of a certificate, which must exist.
pub(super) async fn before_put_authority(writer: &mut Writer, draft: &mut Draft) -> Result<(), ArmError> {
    let name = last_segment(&draft.place.id).to_owned();
    let certificate = row::get(writer, &format!("/certificates/{name}")).await?;
    certificate.map(drop).ok_or_else(|| ArmError::not_found("Certificate"))
}
