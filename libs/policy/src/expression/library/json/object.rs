//! `JObject`.

use postern_dotnet::Exception;
use postern_dotnet::json::{JToken, JTokenType, LoadSettings};
use postern_dotnet::text::StringComparison;

use super::super::Library;
use super::container::copy;
use super::content::{self, Place, adopted};
use super::convert::parse;
use super::serialize::from_object;
use super::token::this;
use super::walk::{Gives, Walk};
use super::wrapper::{charge_shift, linq_type, token_of, token_value};
use crate::expression::library::collections::enumerator::start_of;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::types::Type;
use crate::expression::value::Value;

type Answer = Result<Value, Thrown>;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class Newtonsoft.Json.Linq.JObject : JContainer, IDictionary<string, JToken>")
        .constructor("()", |_| Ok(token_value(JToken::object())))
        .constructor("(JObject other)", copy)
        .constructor("(object content)", new_object)
        .constructor("(params object[] content)", new_object)
        .method("static JObject Parse(string json)", |call| {
            let text = call.required_text(0, "s")?;
            parse(call.machine, &text, LoadSettings::default(), Some(JTokenType::Object)).map(token_value)
        })
        .method("static JObject FromObject(object o)", |call| {
            let token = from_object(call)?;
            if token.is_object() {
                return Ok(token_value(token));
            }
            let message = format!("Object serialized to {}. JObject instance expected.", token.token_type().name());
            Err(Exception::new(postern_dotnet::ExceptionType::Argument, message).into())
        })
        .indexer("JToken this[string propertyName]", |call| {
            let name = name_at(call, "propertyName")?;
            Ok(token_value(this(call)?.get(&name)))
        })
        .index_setter("JToken this[string propertyName]", |call| {
            let (token, name) = (this(call)?, name_at(call, "name")?);
            set(call, &token, |token, value| token.set(&name, value))
        })
        .method("void Add(string propertyName, JToken value)", |call| {
            let (token, name) = (this(call)?, name_at(call, "name")?);
            set(call, &token, |token, value| token.add_property(name, value))
        })
        .method("bool Remove(string propertyName)", |call| {
            let Some(name) = call.text(1).cloned() else {
                return Ok(false.into());
            };
            let token = this(call)?;
            charge_shift(call.machine, &token)?;
            Ok(token.remove_property(&name)?.into())
        })
        .method("bool ContainsKey(string propertyName)", |call| {
            let name = name_at(call, "propertyName")?;
            Ok(this(call)?.contains_key(&name).into())
        });
    declare_lookups(library);
}

fn declare_lookups(library: &mut Library) {
    library
        .declare("class Newtonsoft.Json.Linq.JObject")
        .method("IEnumerable<JProperty> Properties()", |call| {
            let token = this(call)?;
            Ok(Walk::value(linq_type("JProperty"), token, Gives::Children))
        })
        .method("IJEnumerable<JToken> PropertyValues()", |call| {
            let token = this(call)?;
            Ok(Walk::value(linq_type("JToken"), token, Gives::PropertyValues))
        })
        .method("IEnumerator<KeyValuePair<string, JToken>> GetEnumerator()", |call| {
            let pair = [Type::String, linq_type("JToken")];
            start_of(call, Type::generic("System.Collections.Generic.KeyValuePair", pair))
        })
        .method("JProperty Property(string name)", |call| {
            let (token, name) = (this(call)?, call.text(1));
            Ok(token_value(name.and_then(|name| token.property_named(name))))
        })
        .method("JProperty Property(string name, StringComparison comparison)", |call| {
            let (token, comparison) = (this(call)?, StringComparison::from_value(call.constant(2))?);
            call.machine.charge(token.count().saturating_mul(COMPARED_STEPS))?;
            Ok(token_value(call.text(1).and_then(|name| token.property_compared(name, comparison))))
        })
        .method("JToken GetValue(string propertyName)", |call| {
            let (token, name) = (this(call)?, call.text(1));
            Ok(token_value(name.and_then(|name| token.get(name))))
        })
        .method("JToken GetValue(string propertyName, StringComparison comparison)", |call| {
            let (token, comparison) = (this(call)?, StringComparison::from_value(call.constant(2))?);
            call.machine.charge(token.count().saturating_mul(COMPARED_STEPS))?;
            Ok(token_value(call.text(1).and_then(|name| token.get_compared(name, comparison))))
        })
        .method("bool TryGetValue(string propertyName, out JToken value)", |call| {
            let (token, name) = (this(call)?, call.text(1).cloned());
            let found = name.and_then(|name| token.get(&name));
            let is_found = found.is_some();
            call.set_out(2, token_value(found));
            Ok(is_found.into())
        })
        .method("bool TryGetValue(string propertyName, StringComparison comparison, out JToken value)", |call| {
            let (token, comparison) = (this(call)?, StringComparison::from_value(call.constant(2))?);
            call.machine.charge(token.count().saturating_mul(COMPARED_STEPS))?;
            let found = call.text(1).and_then(|name| token.get_compared(name, comparison));
            let is_found = found.is_some();
            call.set_out(3, token_value(found));
            Ok(is_found.into())
        });
}

/// Steps for comparing the name of a property without case.
const COMPARED_STEPS: usize = 4;

/// The name of a property, paid for as it is looked up.
fn name_at(call: &mut Call<'_, '_>, parameter: &str) -> Result<postern_dotnet::Text, Thrown> {
    let name = call.required_text(1, parameter)?;
    call.machine.charge(name.len() / 8)?;
    Ok(name)
}

fn new_object(call: &mut Call<'_, '_>) -> Answer {
    content::add(call, 0, |_| Ok(Place::end(JToken::object()))).map(token_value)
}

/// Sets the last argument.
fn set(
    call: &mut Call<'_, '_>,
    token: &JToken,
    run: impl FnOnce(&JToken, Option<&JToken>) -> Result<(), Exception>,
) -> Answer {
    let value = adopted(call.machine, Some(token), token_of(call.argument(2)).cloned())?;
    run(token, value.as_ref())?;
    Ok(Value::Null)
}
