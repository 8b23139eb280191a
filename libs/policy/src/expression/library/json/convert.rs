//! `JsonConvert`, and reading of documents for it and for message bodies.

use postern_dotnet::json::{self, JToken};

use super::super::Library;
use super::serialize::to_token_with;
use super::settings::{WriteSettings, write_settings};
use super::token::formatting;
use super::wrapper::{charge_read, json_text};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::types::Type;
use crate::expression::value::Value;

type Answer = Result<Value, Thrown>;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("static class Newtonsoft.Json.JsonConvert")
        .method("static string SerializeObject(object value)", |call| serialize(call, WriteSettings::default()))
        .method("static string SerializeObject(object value, Formatting formatting)", |call| {
            let formatting = call.constant(1);
            serialize(call, WriteSettings { formatting, ..WriteSettings::default() })
        })
        .method("static string SerializeObject(object value, JsonSerializerSettings settings)", |call| {
            let settings = write_settings(call, 1);
            serialize(call, settings)
        })
        .method(
            "static string SerializeObject(object value, Formatting formatting, JsonSerializerSettings settings)",
            |call| {
                let settings = WriteSettings { formatting: call.constant(1), ..write_settings(call, 2) };
                serialize(call, settings)
            },
        )
        .method("static object DeserializeObject(string value)", |call| deserialize(call, &Type::Object))
        .method("static T DeserializeObject<T>(string value)", |call| {
            let of = call.type_argument(0);
            deserialize(call, &of)
        })
        .method("static T DeserializeAnonymousType<T>(string value, T anonymousTypeObject)", |call| {
            let of = call.type_argument(0);
            deserialize(call, &of)
        })
        .method("static string ToString(object value)", |call| serialize(call, WriteSettings::default()))
        .method("static string ToString(string value)", |call| serialize(call, WriteSettings::default()));
}

/// `JToken.Parse(text)`, paid for.
///
/// # Errors
/// `JsonReaderException`, or a spent budget.
pub(crate) fn parse_token(machine: &mut Machine<'_>, text: &str) -> Result<JToken, Thrown> {
    charge_read(machine, text)?;
    Ok(json::parse(text)?)
}

/// `JObject.Parse(text)`, paid for: also what `Body.As<JObject>()` gives.
///
/// # Errors
/// `JsonReaderException`, or a spent budget.
pub(crate) fn parse_object(machine: &mut Machine<'_>, text: &str) -> Result<JToken, Thrown> {
    charge_read(machine, text)?;
    Ok(json::parse_object(text)?)
}

/// `JArray.Parse(text)`, paid for.
///
/// # Errors
/// `JsonReaderException`, or a spent budget.
pub(crate) fn parse_array(machine: &mut Machine<'_>, text: &str) -> Result<JToken, Thrown> {
    charge_read(machine, text)?;
    Ok(json::parse_array(text)?)
}

fn serialize(call: &mut Call<'_, '_>, settings: WriteSettings) -> Answer {
    let value = call.take(0);
    let token = to_token_with(call.machine, &value, settings.nulls)?;
    Ok(json_text(call.machine, &token, formatting(settings.formatting))?.into())
}

fn deserialize(call: &mut Call<'_, '_>, of: &Type) -> Answer {
    let text = call.required_text(0, "value")?;
    super::deserialize::from_text(call.machine, &text, of)
}
