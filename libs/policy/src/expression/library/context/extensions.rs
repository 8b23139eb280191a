//! The extension methods of the context's maps (apim.md §3.4): `GetValueOrDefault`, and forms back to text.

use postern_dotnet::{Exception, ExceptionType, Text};

use super::maps::{lossy, matched_parameter};
use super::{Library, Part, PartObject};
use crate::expression::conversion::is_instance;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::types::Type;
use crate::expression::value::Value;
use crate::expression::{library, sequence};

pub(super) fn declare(library: &mut Library) {
    library
        .declare("static class Microsoft.Azure.ApiManagement.ContextExtensions")
        .method(
            "static string GetValueOrDefault(this IReadOnlyDictionary<string, string[]> map, string name, string defaultValue = null)",
            joined,
        )
        .method(
            "[OverloadResolutionPriority(-1)] static string[] GetValueOrDefault(this IReadOnlyDictionary<string, string[]> map, string name, string[] defaultValue)",
            or_default,
        )
        .method(
            "static string GetValueOrDefault(this IReadOnlyDictionary<string, string> map, string name, string defaultValue = null)",
            or_default,
        )
        .method(
            "static object GetValueOrDefault(this IReadOnlyDictionary<string, object> map, string name, object defaultValue = null)",
            or_default,
        )
        .method(
            "static T GetValueOrDefault<T>(this IReadOnlyDictionary<string, object> map, string name, T defaultValue = default)",
            typed,
        )
        .method("static string ToQueryString(this IDictionary<string, IList<string>> map)", |call| {
            Ok(Value::from(format!("?{}", form(call)?)))
        })
        .method("static string ToFormUrlEncodedContent(this IDictionary<string, IList<string>> map)", |call| {
            Ok(Value::from(form(call)?))
        });
}

/// The values of a name with commas between them. Headers, which most conditions ask for, are read from the exchange without an array.
fn joined(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let name = call.required_text(1, "name")?;
    if let Some(PartObject(Part::Headers(side))) = call.argument(0).downcast_ref::<PartObject>() {
        let mut found: Option<Value> = None;
        call.machine.host.exchange.header_values(*side, &name, &mut |value| {
            found = Some(match found.take() {
                None => Value::String(lossy(value)),
                Some(Value::String(before)) => Value::from(format!("{before},{}", lossy(value))),
                Some(other) => other,
            });
        });
        return Ok(found.unwrap_or_else(|| call.take(2)));
    }
    let Some(values) = look_up(call, &name)? else { return Ok(call.take(2)) };
    let values = sequence::collect(&values, call.machine)?;
    let texts = values.iter().map(|value| if let Value::String(text) = value { text.as_str() } else { "" });
    Ok(Value::from(texts.collect::<Vec<_>>().join(",")))
}

fn look_up(call: &Call<'_, '_>, name: &Text) -> Result<Option<Value>, Thrown> {
    if let Some(PartObject(Part::MatchedParameters)) = call.argument(0).downcast_ref::<PartObject>() {
        return Ok(matched_parameter(call.machine.host.exchange, name));
    }
    match call.argument(0) {
        Value::Object(object) => {
            Ok(object.dictionary().and_then(|dictionary| dictionary.get(call.machine, &Value::String(name.clone()))))
        }
        _ => Err(Exception::null_reference().into()),
    }
}

fn or_default(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let name = call.required_text(1, "name")?;
    Ok(look_up(call, &name)?.unwrap_or_else(|| call.take(2)))
}

/// A value of another type than the one asked for is an error, as in the gateway (not as in the toolkit).
fn typed(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let name = call.required_text(1, "name")?;
    let Some(value) = look_up(call, &name)? else { return Ok(call.take(2)) };
    let of = call.type_argument(0);
    if value.is_null() && of.takes_null() || is_instance(&value, &of) {
        return Ok(if of == Type::Object { value } else { value.into_unboxed() });
    }
    if value.is_null() {
        return Err(Exception::null_reference().into());
    }
    let names = (library::full_name(&value.of()), library::full_name(&of));
    let message = format!("Unable to cast object of type '{}' to type '{}'.", names.0, names.1);
    Err(Exception::new(ExceptionType::InvalidCast, message).into())
}

/// `name=value&name=value`, encoded as forms are.
fn form(call: &mut Call<'_, '_>) -> Result<String, Thrown> {
    let map = call.take(0);
    let Value::Object(object) = &map else { return Err(Exception::null_reference().into()) };
    let Some(dictionary) = object.dictionary() else { return Err(Exception::null_reference().into()) };
    let mut out = String::new();
    for key in dictionary.keys(call.machine) {
        let Value::String(name) = &key else { continue };
        let values = dictionary.get(call.machine, &key).unwrap_or_default();
        for value in sequence::collect(&values, call.machine)? {
            let Value::String(value) = value else { continue };
            if !out.is_empty() {
                out.push('&');
            }
            out.push_str(&postern_dotnet::uri::url_encode(name));
            out.push('=');
            out.push_str(&postern_dotnet::uri::url_encode(&value));
            call.machine.charge_memory(name.len() + value.len())?;
        }
    }
    Ok(out)
}
