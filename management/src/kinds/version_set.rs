//! Version sets: the name that goes with the scheme, and no set goes while APIs are in it.

use super::Draft;
use crate::error::ArmError;
use crate::store::row::key_of;
use crate::store::{Row, Writer, row};

pub(super) fn check(draft: &Draft) -> Result<(), ArmError> {
    let (name, scheme) = match draft.text("versioningScheme") {
        "Query" => ("versionQueryName", "Query"),
        "Header" => ("versionHeaderName", "Header"),
        _ => return Ok(()),
    };
    if draft.text(name).is_empty() {
        return Err(ArmError::field(
            name,
            format!("'{name}' must not be empty when 'versioningScheme' is '{scheme}'."),
        ));
    }
    Ok(())
}

pub(super) async fn before_delete(writer: &mut Writer, existing: &Row) -> Result<(), ArmError> {
    for api in row::list(writer, "/apis").await? {
        if key_of(api.text("apiVersionSetId")) == key_of(&existing.id) {
            let message = format!("The version set is used by the API '{}'.", api.name());
            return Err(ArmError::field("id", message));
        }
    }
    Ok(())
}
