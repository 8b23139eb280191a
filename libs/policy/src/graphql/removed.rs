//! Telling the caller which fields were taken out of the query: their errors are added to those of the response.

use postern_dotnet::json::{self, JToken};
use postern_graphql::{GraphqlError, add_errors, errors_json};

use super::GraphqlState;
use crate::effect::Effect;
use crate::exchange::{Exchange, Side};

/// Errors as a JSON array.
pub(crate) fn to_json(errors: &[GraphqlError]) -> Option<JToken> {
    json::parse(&errors_json(errors)).ok()?.get("errors")
}

impl GraphqlState {
    /// Adds the errors of removed fields to the response, if that is a GraphQL answer. An effect: do it and come back.
    pub(crate) fn tell_removed(&mut self, exchange: &mut dyn Exchange) -> Option<Effect> {
        if self.removed.is_empty() {
            return None;
        }
        if exchange.has_response() && exchange.content(Side::Response).is_none() {
            return Some(Effect::ReadContent(Side::Response));
        }
        let removed = std::mem::take(&mut self.removed);
        let body = exchange.content(Side::Response).unwrap_or_default();
        if let Some(made) = add_errors(body, &removed) {
            exchange.set_body(Side::Response, made.as_bytes());
        }
        None
    }
}
