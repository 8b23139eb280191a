//! A body that is checked, and what is said of it.

use crate::contract::{NoSchema, Schema, Variant};
use crate::exchange::Side;
use crate::policies::validation::{NO_DEFINITIONS, Problem};

/// Why there is no schema for a body.
pub(super) enum Unresolved {
    /// The operation does not declare the media type.
    Unspecified,
    NoSchema,
}

/// One body on its way through the checks.
pub(super) struct Subject<'s> {
    pub(super) side: Side,
    pub(super) media_type: &'s str,
    /// Of a body of JSON.
    pub(super) text: &'s str,
}

impl Subject<'_> {
    pub(super) fn kind(&self) -> &'static str {
        match self.side {
            Side::Request => "RequestBody",
            Side::Response => "ResponseBody",
        }
    }

    pub(super) fn whose(&self) -> &'static str {
        match self.side {
            Side::Request => "request",
            Side::Response => "response",
        }
    }

    /// `definition`: its name with a space before it, or nothing.
    pub(super) fn incorrect(&self, definition: &str, message: &str) -> Problem {
        let (whose, media_type) = (self.whose(), self.media_type);
        let details = format!(
            "Body of the {whose} does not conform to the definition{definition}, which is associated with the content type {media_type}. {message}"
        );
        Problem::of_message(media_type, self.kind(), "IncorrectMessage", details)
    }

    /// The definition's own faults.
    pub(super) fn without_schema(&self, definition: &Schema, reason: &NoSchema) -> Problem {
        let (name, media_type) = (definition.name(), self.media_type);
        match reason {
            NoSchema::Missing => {
                let details = format!(
                    "API's schema does not contain definition {name}, which is associated with the content type {media_type}."
                );
                Problem::of_definition(media_type, self.kind(), "MissingDefinition", details)
            }
            NoSchema::NoDefinitions => {
                Problem::of_definition(media_type, "ApiSchema", "ApiSchema", NO_DEFINITIONS.to_owned())
            }
            NoSchema::Unusable(message) => {
                let details = format!(
                    "Body of the {} cannot be validated for the content type {media_type}. {message}",
                    self.whose()
                );
                Problem::of_definition(media_type, self.kind(), "ValidationException", details)
            }
        }
    }

    pub(super) fn conforms(&self, definition: &Schema, variant: Variant) -> Vec<Problem> {
        let name = format!(" {}", definition.name());
        match definition.check_json(self.text, variant) {
            Err(reason) => vec![self.without_schema(definition, reason)],
            Ok(Err(unparsable)) => vec![self.incorrect(&name, &unparsable.0)],
            Ok(Ok(violations)) => {
                violations.iter().map(|violation| self.incorrect(&name, &violation.with_place())).collect()
            }
        }
    }

    /// Whether a text of JSON can be read at all.
    pub(super) fn is_well_formed(&self) -> Vec<Problem> {
        crate::contract::read(self.text).err().map(|error| self.incorrect("", &error.0)).into_iter().collect()
    }
}
