//! Resolvers: one for each field of a GraphQL API.

use postern_model::ResolverProperties;

use super::Draft;
use crate::error::ArmError;
use crate::store::{Writer, row};

/// The path names a field, and no other resolver of the API is for it.
pub(super) async fn check(writer: &mut Writer, draft: &Draft) -> Result<(), ArmError> {
    let path = draft.text("path");
    let field = |path: &str| {
        let properties = ResolverProperties { path: Some(path.to_owned()), ..ResolverProperties::default() };
        properties.field().map(|(of_type, field)| (of_type.to_owned(), field.to_owned()))
    };
    let Some(wanted) = field(path) else {
        return Err(ArmError::field("path", format!("'path' must be 'Type/field'; it is '{path}'.")));
    };
    let Some(api) = draft.place.parent() else { return Ok(()) };
    let kind = row::get(writer, &api.id).await?.map(|row| row.text("type").to_ascii_lowercase());
    if kind.as_deref() != Some("graphql") {
        return Err(ArmError::field("path", "Only APIs of type 'graphql' have resolvers."));
    }
    for other in row::list(writer, &format!("{}/resolvers", api.id)).await? {
        let is_other = !other.name().eq_ignore_ascii_case(draft.place.name());
        if is_other && field(other.text("path")).is_some_and(|known| known == wanted) {
            let message = format!("The resolver '{}' is already for '{path}'.", other.name());
            return Err(ArmError::field("path", message));
        }
    }
    Ok(())
}
