//! `context.GraphQL`: the field that a resolver resolves.

use postern_dotnet::json::{self, LoadSettings};

use super::Library;
use crate::exchange::Exchange;
use crate::expression::library::json::wrapper::token_value;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;
use crate::graphql::GraphqlField;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("interface Microsoft.Azure.ApiManagement.IGraphQLDataContext")
        .getter("JObject Arguments", |call| object(call, |field| field.arguments))
        .getter("JObject Parent", |call| object(call, |field| field.parent));
}

/// A new object each time, as `As<JObject>()` gives one; null for a field of an operation.
fn object(call: &mut Call<'_, '_>, text: impl Fn(GraphqlField<'_>) -> &str) -> Result<Value, Thrown> {
    let exchange: &dyn Exchange = call.machine.host.exchange;
    let text = exchange.graphql_field().map(|field| text(field).to_owned()).unwrap_or_default();
    crate::expression::library::json::wrapper::charge_read(call.machine, &text)?;
    if !text.starts_with('{') {
        return Ok(Value::Null);
    }
    // It was written by a JSON writer. Texts that look like dates are texts: nobody reads the query with a reader that makes dates of them.
    let settings = LoadSettings { parse_dates: false, ..LoadSettings::default() };
    Ok(token_value(json::parse_with(&text, settings).ok()))
}
