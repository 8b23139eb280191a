//! `Newtonsoft.Json.Linq.Extensions`: methods on sequences of tokens.

use postern_dotnet::json::JToken;
use postern_dotnet::{Exception, ExceptionType};

use super::super::Library;
use super::super::linq::all_items;
use super::cast::convert;
use super::found::Found;
use super::token::list;
use super::walk::{Gives, Walk};
use super::wrapper::{LISTED_STEPS, linq_type, token_of, token_value};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::types::Type;
use crate::expression::value::Value;

type Answer = Result<Value, Thrown>;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("interface Newtonsoft.Json.Linq.IJEnumerable<out T> : IEnumerable<T>")
        .indexer("IJEnumerable<JToken> this[object key]", |call| values(call, Some(1), &Type::Object));
    // Where the original asks for tokens by a constraint (`where T : JToken`), here it does by the parameter's type: sequences convert.
    library
        .declare("static class Newtonsoft.Json.Linq.Extensions")
        .method("static U Value<U>(this IEnumerable<JToken> value)", |call| value(call, 0))
        .method("static U Value<T, U>(this IEnumerable<T> value)", |call| value(call, 1))
        .method("static IJEnumerable<JToken> Values(this IEnumerable<JToken> source)", |call| {
            values(call, None, &Type::Object)
        })
        .method("static IJEnumerable<JToken> Values(this IEnumerable<JToken> source, object key)", |call| {
            values(call, Some(1), &Type::Object)
        })
        .method("static IJEnumerable<U> Values<U>(this IEnumerable<JToken> source)", |call| {
            let of = call.type_argument(0);
            values(call, None, &of)
        })
        .method("static IJEnumerable<U> Values<U>(this IEnumerable<JToken> source, object key)", |call| {
            let of = call.type_argument(0);
            values(call, Some(1), &of)
        })
        .method("static IJEnumerable<JToken> Children(this IEnumerable<JToken> source)", |call| {
            each(call, "JToken", JToken::children)
        })
        .method("static IJEnumerable<JToken> Descendants(this IEnumerable<JToken> source)", |call| {
            each(call, "JToken", JToken::descendants)
        })
        .method("static IJEnumerable<JToken> DescendantsAndSelf(this IEnumerable<JToken> source)", |call| {
            each(call, "JToken", JToken::descendants_and_self)
        })
        .method("static IJEnumerable<JToken> Ancestors(this IEnumerable<JToken> source)", |call| {
            each(call, "JToken", JToken::ancestors)
        })
        .method("static IJEnumerable<JToken> AncestorsAndSelf(this IEnumerable<JToken> source)", |call| {
            each(call, "JToken", JToken::ancestors_and_self)
        })
        .method("static IJEnumerable<JProperty> Properties(this IEnumerable<JObject> source)", |call| {
            each(call, "JProperty", JToken::properties)
        })
        .method("static IJEnumerable<JToken> AsJEnumerable(this IEnumerable<JToken> source)", |call| Ok(call.take(0)));
}

/// The tokens of the first argument: a token's children, or the items of a sequence, which are found in turns. The native does nothing before.
fn tokens(call: &mut Call<'_, '_>) -> Result<Vec<JToken>, Thrown> {
    if let Some(token) = token_of(call.argument(0)) {
        let children = token.children();
        call.machine.charge(children.len().saturating_mul(LISTED_STEPS))?;
        return Ok(children);
    }
    let items = all_items(call)?;
    Ok(items.iter().filter_map(|item| token_of(item).cloned()).collect())
}

fn value(call: &mut Call<'_, '_>, type_argument: usize) -> Answer {
    let of = call.type_argument(type_argument);
    match token_of(call.argument(0)) {
        Some(token) => Ok(convert(Some(token), &of)?),
        None if call.argument(0).is_null() => Err(Exception::argument_null("value").into()),
        None => Err(Exception::new(ExceptionType::Argument, "Source value must be a JToken.").into()),
    }
}

/// The values of all tokens: those of `JValue`s themselves, or of what a key finds in each token, or of the children.
fn values(call: &mut Call<'_, '_>, key: Option<usize>, of: &Type) -> Answer {
    let key = key.map(|index| call.argument(index).clone()).filter(|key| !key.is_null());
    if let (None, Type::Object, Some(token)) = (&key, of, token_of(call.argument(0))) {
        return Ok(Walk::value(linq_type("JToken"), token.clone(), Gives::Grandchildren));
    }
    let mut found: Vec<Value> = Vec::new();
    for token in tokens(call)? {
        call.machine.charge_memory(size_of::<Value>())?;
        match &key {
            Some(Value::String(name)) => add_found(&mut found, token.at(postern_dotnet::json::Key::Name(name))?, of)?,
            Some(Value::Int(index)) => add_found(&mut found, token.at(postern_dotnet::json::Key::Index(*index))?, of)?,
            Some(_) => add_found(&mut found, token.at(postern_dotnet::json::Key::Other("object"))?, of)?,
            None if !token.is_container() => add_found(&mut found, Some(token), of)?,
            None => {
                let children = token.children();
                call.machine.charge(children.len().saturating_mul(LISTED_STEPS))?;
                call.machine.charge_memory(children.len() * size_of::<Value>())?;
                for child in children {
                    add_found(&mut found, Some(child), of)?;
                }
            }
        }
    }
    let element = if *of == Type::Object { linq_type("JToken") } else { of.clone() };
    Ok(Found::value(element, found))
}

fn add_found(found: &mut Vec<Value>, token: Option<JToken>, of: &Type) -> Result<(), Exception> {
    if let Some(token) = token {
        found.push(if *of == Type::Object { token_value(token) } else { convert(Some(&token), of)? });
    }
    Ok(())
}

fn each(call: &mut Call<'_, '_>, class: &str, relatives: fn(&JToken) -> Vec<JToken>) -> Answer {
    let mut found = Vec::new();
    for token in tokens(call)? {
        let mut more = relatives(&token);
        call.machine.charge(1 + more.len())?;
        found.append(&mut more);
    }
    list(call, class, found)
}
