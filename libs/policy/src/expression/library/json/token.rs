//! `JToken`: what all tokens can do.

use postern_dotnet::json::{Formatting, JToken, Key};
use postern_dotnet::{Exception, Text};

use super::super::pieces::work;
use super::super::{Library, full_name, values};
use super::content::{self, Place, adopted, or_null, token_from};
use super::convert::parse_token;
use super::deserialize::from_token;
use super::found::Found;
use super::relatives::{Relatives, Way};
use super::selected::{select_token, select_tokens};
use super::serialize::from_object;
use super::walk::{Gives, Walk};
use super::wrapper::{TokenValue, charge_shift, copy_of, json_text_in_pieces, linq_type, token_of, token_value};
use crate::expression::enums::EnumValue;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Object as _;
use crate::expression::type_object::TypeObject;
use crate::expression::types::Type;
use crate::expression::value::Value;

type Answer = Result<Value, Thrown>;

pub(super) fn declare(library: &mut Library) {
    let names = postern_dotnet::json::JTokenType::ALL.iter().zip(0..);
    let constants: Vec<(&'static str, i64)> = names.map(|(of, number)| (of.name(), number)).collect();
    library.enumeration("Newtonsoft.Json.Linq.JTokenType", &constants);
    library
        .declare("class Newtonsoft.Json.Linq.JToken : IEnumerable<JToken>, ICloneable")
        .getter("JTokenType Type", token_type)
        .getter("JToken Root", |call| {
            let token = this(call)?;
            call.machine.charge(token.depth())?;
            Ok(token_value(token.root()))
        })
        .getter("bool HasValues", |call| Ok(this(call)?.has_values().into()))
        .getter("JToken Next", |call| Ok(token_value(this(call)?.next())))
        .getter("JToken Previous", |call| Ok(token_value(this(call)?.previous())))
        .getter("JToken First", |call| Ok(token_value(this(call)?.first()?)))
        .getter("JToken Last", |call| Ok(token_value(this(call)?.last()?)))
        .getter("string Path", |call| {
            let token = this(call)?;
            call.machine.charge(token.depth().saturating_mul(PATH_STEPS))?;
            values::text(call, token.path())
        })
        .indexer("JToken this[object key]", at)
        .index_setter("JToken this[object key]", set_at)
        .method("string ToString()", |call| {
            let token = this(call)?;
            if token.is_container() {
                return Ok(json_text_in_pieces(call.machine, &token, Formatting::Indented)?.into());
            }
            Ok(call.this::<TokenValue>()?.to_text(call.machine)?.into())
        })
        .method("string ToString(Formatting formatting)", |call| {
            let token = this(call)?;
            let formatting = formatting(call.constant(1));
            Ok(json_text_in_pieces(call.machine, &token, formatting)?.into())
        })
        .method("bool Equals(object obj)", |call| {
            let token = this(call)?;
            Ok(token_of(call.argument(1)).is_some_and(|other| token.value_equals(other)).into())
        })
        .method("int GetHashCode()", |call| {
            #[allow(clippy::cast_possible_truncation, reason = "a hash: any 32 bits of it do")]
            Ok(Value::Int(call.argument(0).hash_code() as i32))
        })
        .method("JToken DeepClone()", deep_clone)
        .method("object ToObject(Type objectType)", |call| {
            let of = call.object::<TypeObject>(1).ok_or_else(|| Exception::argument_null("objectType"))?;
            let token = this(call)?;
            from_token(call.machine, &token, &of.0)
        })
        .method("T ToObject<T>()", |call| {
            let (token, of) = (this(call)?, call.type_argument(0));
            from_token(call.machine, &token, &of)
        })
        .method("T Value<T>(object key)", |call| {
            let found = child_at(call)?;
            Ok(super::cast::convert(found.as_ref(), &call.type_argument(0))?)
        })
        .method("static bool DeepEquals(JToken t1, JToken t2)", deep_equals)
        .method("static JToken Parse(string json)", |call| {
            let text = call.required_text(0, "s")?;
            parse_token(call.machine, &text).map(token_value)
        })
        .method("static JToken FromObject(object o)", |call| from_object(call).map(token_value));
    declare_relatives(library);
    declare_changes(library);
}

fn declare_relatives(library: &mut Library) {
    library
        .declare("class Newtonsoft.Json.Linq.JToken")
        .method("IJEnumerable<JToken> Children()", |call| {
            let token = this(call)?;
            Ok(Walk::value(linq_type("JToken"), token, Gives::Children))
        })
        .method("IJEnumerable<T> Children<T>()", |call| {
            let (token, of) = (this(call)?, call.type_argument(0));
            Ok(Walk::value(of.clone(), token, Gives::Of(of)))
        })
        .method("IEnumerable<T> Values<T>()", |call| {
            let (token, of) = (this(call)?, call.type_argument(0));
            // Throws for a value.
            token.first()?;
            Ok(Walk::value(of.clone(), token, Gives::As(of)))
        })
        .method("IEnumerable<JToken> Ancestors()", |call| Ok(Relatives::value(this(call)?, Way::Ancestors)))
        .method("IEnumerable<JToken> AncestorsAndSelf()", |call| {
            Ok(Relatives::value(this(call)?, Way::AncestorsAndSelf))
        })
        .method("IEnumerable<JToken> AfterSelf()", |call| Ok(Relatives::value(this(call)?, Way::AfterSelf)))
        .method("IEnumerable<JToken> BeforeSelf()", |call| Ok(Relatives::value(this(call)?, Way::BeforeSelf)))
        .method("JToken SelectToken(string path, bool errorWhenNoMatch = false)", select_token)
        .method("IEnumerable<JToken> SelectTokens(string path, bool errorWhenNoMatch = false)", select_tokens);
}

fn declare_changes(library: &mut Library) {
    library
        .declare("class Newtonsoft.Json.Linq.JToken")
        .method("void Remove()", |call| {
            let token = this(call)?;
            if let Some(parent) = token.parent() {
                charge_shift(call.machine, &parent)?;
            }
            token.remove()?;
            Ok(Value::Null)
        })
        .method("void Replace(JToken value)", |call| {
            let (token, value) = (this(call)?, token_of(call.argument(1)).cloned());
            let value = adopted(call.machine, token.parent().as_ref(), value)?;
            token.replace(value.as_ref())?;
            Ok(Value::Null)
        })
        .method("void AddAfterSelf(object content)", |call| add_beside(call, 1))
        .method("void AddBeforeSelf(object content)", |call| add_beside(call, 0));
}

/// `this`.
pub(super) fn this(call: &Call<'_, '_>) -> Result<JToken, Thrown> {
    Ok(call.this::<TokenValue>()?.0.clone())
}

/// Steps for a part of a path: the token's position is looked for, and its text made.
const PATH_STEPS: usize = 24;

/// The `Formatting` behind a number.
pub(super) fn formatting(number: i64) -> Formatting {
    if number == 1 { Formatting::Indented } else { Formatting::None }
}

/// Tokens as a sequence of a class of `Newtonsoft.Json.Linq`.
pub(super) fn list(call: &mut Call<'_, '_>, class: &str, tokens: Vec<JToken>) -> Answer {
    call.machine.charge_memory(tokens.len() * size_of::<Value>() * 2)?;
    Ok(Found::value(linq_type(class), tokens.into_iter().map(token_value).collect()))
}

fn token_type(call: &mut Call<'_, '_>) -> Answer {
    let value = this(call)?.token_type() as i64;
    Ok(match linq_type("JTokenType") {
        Type::Class(class, _) => Value::object(EnumValue { class, value }),
        _ => Value::Null,
    })
}

/// `token[key]`.
pub(super) fn child_at(call: &mut Call<'_, '_>) -> Result<Option<JToken>, Thrown> {
    let token = this(call)?;
    with_key(call.machine, call.arguments.get(1), |key| token.at(key))
}

fn at(call: &mut Call<'_, '_>) -> Answer {
    child_at(call).map(token_value)
}

fn set_at(call: &mut Call<'_, '_>) -> Answer {
    let (token, value) = (this(call)?, token_from(call.argument(2))?);
    let value = adopted(call.machine, Some(&token), value)?;
    with_key(call.machine, call.arguments.get(1), |key| token.set_at(key, value.as_ref()))?;
    Ok(Value::Null)
}

fn with_key<T>(
    machine: &mut Machine<'_>,
    key: Option<&Value>,
    run: impl FnOnce(Key<'_>) -> Result<T, Exception>,
) -> Result<T, Thrown> {
    let text: Text;
    let key = match key {
        None | Some(Value::Null) => Key::Null,
        Some(Value::String(name)) => {
            machine.charge(name.len() / 8)?;
            Key::Name(name)
        }
        Some(Value::Int(index)) => Key::Index(*index),
        Some(other) => {
            text = crate::expression::display::to_text(other, machine)?;
            Key::Other(&text)
        }
    };
    Ok(run(key)?)
}

fn deep_clone(call: &mut Call<'_, '_>) -> Answer {
    let token = this(call)?;
    copy_of(call.machine, &token).map(token_value)
}

fn deep_equals(call: &mut Call<'_, '_>) -> Answer {
    let (left, right) = (token_of(call.argument(0)).cloned(), token_of(call.argument(1)).cloned());
    Ok(match (left, right) {
        (None, None) => true,
        (Some(left), Some(right)) => work(call.machine, |_| Ok(left.comparing(&right)))?,
        _ => false,
    }
    .into())
}

fn add_beside(call: &mut Call<'_, '_>, offset: usize) -> Answer {
    content::add(call, 1, |call| {
        let token = this(call)?;
        match token.parent().and_then(|parent| Some((parent.clone(), parent.index_of(&token)?))) {
            Some((parent, index)) => Ok(Place::at(parent, index + offset)),
            None => {
                // Throws: the parent is missing.
                token.add_after_self(Some(&or_null(None)))?;
                Ok(Place::end(token))
            }
        }
    })?;
    Ok(Value::Null)
}

/// The name of a value's type, for messages.
pub(super) fn type_name(value: &Value) -> String {
    full_name(&value.of())
}
