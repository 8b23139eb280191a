//! `JsonConvert`, and reading of documents for it and for message bodies.

use postern_dotnet::Text;
use postern_dotnet::json::{self, Formatting, JToken, JTokenType, LoadSettings, Loading};

use super::super::Library;
use super::super::pieces::{ONE_GO_BYTES_MAX, work};
use super::comments;
use super::deserialize::from_text;
use super::serialize::{Into, Style, is_serializing, serialized};
use super::settings::{SerializerSettings, serializer_settings};
use super::token::formatting;
use super::wrapper::{charge_read, json_text_in_pieces, read_bytes};
use super::xml::{self, As};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::type_object::TypeObject;
use crate::expression::types::Type;
use crate::expression::value::Value;

type Answer = Result<Value, Thrown>;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("static class Newtonsoft.Json.JsonConvert")
        .method("static string SerializeObject(object value)", |call| serialize(call, SerializerSettings::default()))
        .method("static string SerializeObject(object value, Formatting formatting)", |call| {
            let formatting = call.constant(1);
            serialize(call, SerializerSettings { formatting, ..SerializerSettings::default() })
        })
        .method("static string SerializeObject(object value, JsonSerializerSettings settings)", |call| {
            let settings = serializer_settings(call, 1);
            serialize(call, settings)
        })
        .method(
            "static string SerializeObject(object value, Formatting formatting, JsonSerializerSettings settings)",
            |call| {
                let settings = SerializerSettings { formatting: call.constant(1), ..serializer_settings(call, 2) };
                serialize(call, settings)
            },
        )
        .method("static object DeserializeObject(string value)", |call| deserialize(call, &Type::Object))
        .method("static object DeserializeObject(string value, JsonSerializerSettings settings)", |call| {
            deserialize(call, &Type::Object)
        })
        .method("static object DeserializeObject(string value, Type type)", |call| {
            let of = call.object::<TypeObject>(1).map_or(Type::Object, |of| of.0.clone());
            deserialize(call, &of)
        })
        .method("static T DeserializeObject<T>(string value)", deserialize_as)
        .method("static T DeserializeObject<T>(string value, JsonSerializerSettings settings)", deserialize_as)
        .method("static T DeserializeAnonymousType<T>(string value, T anonymousTypeObject)", deserialize_as)
        .method("static string ToString(object value)", |call| serialize(call, SerializerSettings::default()))
        .method("static string ToString(string value)", |call| serialize(call, SerializerSettings::default()));
}

/// `JToken.Parse(text)`, paid for; long texts in pieces.
///
/// # Errors
/// `JsonReaderException`, a spent budget, the end of the turn.
pub(crate) fn parse_token(machine: &mut Machine<'_>, text: &Text) -> Result<JToken, Thrown> {
    parse(machine, text, LoadSettings::default(), None)
}

/// `JObject.Parse(text)` (`JTokenType::Object`), `JArray.Parse(text)` (`JTokenType::Array`) or `JToken.Parse(text)`, paid for; long texts in pieces.
///
/// # Errors
/// As [`parse_token`].
pub(super) fn parse(
    machine: &mut Machine<'_>,
    text: &Text,
    settings: LoadSettings,
    of: Option<JTokenType>,
) -> Result<JToken, Thrown> {
    if machine.is_resumed() || text.len() > ONE_GO_BYTES_MAX {
        let begin = |machine: &mut Machine<'_>| {
            machine.charge(text.len() / 64)?;
            machine.take_memory(read_bytes(text))?;
            Ok(Loading::new(text.clone(), settings, of))
        };
        return Ok(work(machine, begin)??);
    }
    charge_read(machine, text)?;
    Ok(match of {
        None => json::parse_with(text, settings)?,
        Some(JTokenType::Object) => json::parse_object(text)?,
        Some(_) => json::parse_array(text)?,
    })
}

fn serialize(call: &mut Call<'_, '_>, settings: SerializerSettings) -> Answer {
    let formatting = formatting(settings.formatting);
    if let Some(item) = xml::item_of(call.argument(0)) {
        return Ok(xml::text_of(call.machine, item, formatting, false)?.into());
    }
    // Raw text is not laid out.
    let xml = if formatting == Formatting::None { As::Raw } else { As::Token };
    // It was made before writing began.
    let token = if call.machine.is_resumed() && !is_serializing(call.machine) {
        JToken::null()
    } else {
        serialized(call, Style { nulls: settings.nulls, xml, into: Into::Text }, |call| Ok(call.argument(0).clone()))?
    };
    Ok(json_text_in_pieces(call.machine, &token, formatting)?.into())
}

fn deserialize_as(call: &mut Call<'_, '_>) -> Answer {
    let of = call.type_argument(0);
    deserialize(call, &of)
}

fn deserialize(call: &mut Call<'_, '_>, of: &Type) -> Answer {
    let text = call.required_text(0, "value")?;
    let text = comments::without_leading(&text).unwrap_or(text);
    let settings = LoadSettings { places: false, ..serializer_settings(call, 1).load };
    let token = |machine: &mut Machine<'_>, settings| parse(machine, &text, settings, None);
    from_text(call.machine, &text, of, settings, token)
}

/// `AsJObject(…, settings)` and its like: a body's text, read with the settings that the argument at `index` gives.
///
/// # Errors
/// `JsonReaderException`, `JsonSerializationException`, or a spent budget.
pub(crate) fn parse_with_settings(call: &mut Call<'_, '_>, text: &str, index: usize, of: &Type) -> Answer {
    let settings = serializer_settings(call, index).load;
    let without_comments = comments::without_leading(text);
    let text = without_comments.as_deref().unwrap_or(text);
    // In one go: the text is part of messages, and is gone after a pause.
    let token = |machine: &mut Machine<'_>, settings| {
        charge_read(machine, text)?;
        Ok(json::parse_with(text, settings)?)
    };
    from_text(call.machine, text, of, settings, token)
}
