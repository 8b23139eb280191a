//! Members of `IDictionary<TKey, TValue>` and `IReadOnlyDictionary<TKey, TValue>` on any object, and their extension methods.

use postern_dotnet::{Exception, ExceptionType};

use super::arguments::{Answer, default_of, required};
use super::dictionary::{DictionaryObject, not_found};
use super::dictionary_members::{found_or_default, look_up};
use super::dispatch::virtual_call;
use crate::expression::array::Array;
use crate::expression::display;
use crate::expression::library::json::interfaces as token;
use crate::expression::library::{ClassBuilder, Library, MemberKind};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::types::Type;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    let dictionary = library
        .declare(
            "interface System.Collections.Generic.IDictionary<TKey, TValue> : ICollection<KeyValuePair<TKey, TValue>>",
        )
        .getter("ICollection<TKey> Keys", keys)
        .getter("ICollection<TValue> Values", values)
        .index_setter("TValue this[TKey key]", |call| {
            if let Some(answer) = own_member(call, MemberKind::IndexSetter, "") {
                return answer;
            }
            let (key, value) = (required(call, 1, "key")?, call.take(2));
            if let Some(dictionary) = call.object::<DictionaryObject>(0) {
                dictionary.put(call.machine, &key, value)?;
                return Ok(Value::Null);
            }
            call.machine.charge_memory(size_of::<Value>() * 2)?;
            with_dictionary(call, |dictionary| dictionary.set(&key, value))?;
            Ok(Value::Null)
        })
        .method("void Add(TKey key, TValue value)", add)
        .method("bool Remove(TKey key)", |call| {
            if let Some(answer) = own_member(call, MemberKind::Method, "Remove") {
                return answer;
            }
            let key = required(call, 1, "key")?;
            Ok(with_dictionary(call, |dictionary| dictionary.remove(&key))?.into())
        })
        // .NET has this for read-only dictionaries alone, but documents in use call it here, so APIM has it.
        .method("TValue GetValueOrDefault(TKey key, TValue defaultValue = default)", |call| {
            let (dictionary, key) = (call.take(0), required(call, 1, "key")?);
            Ok(look_up(call.machine, &dictionary, &key)?.unwrap_or_else(|| call.take(2)))
        });
    declare_reading(dictionary);
    let reading = library
        .declare(
            "interface System.Collections.Generic.IReadOnlyDictionary<TKey, TValue> : IReadOnlyCollection<KeyValuePair<TKey, TValue>>",
        )
        .getter("IEnumerable<TKey> Keys", keys)
        .getter("IEnumerable<TValue> Values", values);
    declare_reading(reading);
    library
        .declare("static class System.Collections.Generic.CollectionExtensions")
        .method(
            "[OverloadResolutionPriority(-1)] static TValue GetValueOrDefault<TKey, TValue>(this IReadOnlyDictionary<TKey, TValue> dictionary, TKey key)",
            |call| get_value_or_default(call, None),
        )
        .method(
            "[OverloadResolutionPriority(-1)] static TValue GetValueOrDefault<TKey, TValue>(this IReadOnlyDictionary<TKey, TValue> dictionary, TKey key, TValue defaultValue)",
            |call| {
                let default = call.take(2);
                get_value_or_default(call, Some(default))
            },
        );
}

fn declare_reading(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .indexer("TValue this[TKey key]", |call| {
            if let Some(answer) = own_member(call, MemberKind::IndexGetter, "") {
                return answer;
            }
            let (dictionary, key) = (call.take(0), required(call, 1, "key")?);
            match look_up(call.machine, &dictionary, &key)? {
                Some(value) => Ok(value),
                None => Err(not_found(call.machine, &key)?),
            }
        })
        .method("bool ContainsKey(TKey key)", |call| {
            if let Some(answer) = own_member(call, MemberKind::Method, "ContainsKey") {
                return answer;
            }
            let (dictionary, key) = (call.take(0), required(call, 1, "key")?);
            Ok(look_up(call.machine, &dictionary, &key)?.is_some().into())
        })
        .method("bool TryGetValue(TKey key, out TValue value)", |call| {
            if let Some(answer) = own_member(call, MemberKind::Method, "TryGetValue") {
                return answer;
            }
            let (dictionary, key) = (call.take(0), required(call, 1, "key")?);
            let found = look_up(call.machine, &dictionary, &key)?;
            found_or_default(call, found)
        })
}

fn get_value_or_default(call: &mut Call<'_, '_>, default: Option<Value>) -> Answer {
    let (dictionary, key) = (required(call, 0, "dictionary")?, required(call, 1, "key")?);
    match (look_up(call.machine, &dictionary, &key)?, default) {
        (Some(value), _) | (None, Some(value)) => Ok(value),
        (None, None) => default_of(call.machine, &call.type_argument(1)),
    }
}

/// `this` as what can be looked up and changed.
fn with_dictionary<T>(
    call: &Call<'_, '_>,
    run: impl FnOnce(&dyn crate::expression::object::Dictionary) -> Result<T, Exception>,
) -> Result<T, Thrown> {
    let Value::Object(object) = call.argument(0) else { return Err(Exception::null_reference().into()) };
    let dictionary = object.dictionary().ok_or_else(super::arguments::read_only)?;
    Ok(run(dictionary)?)
}

/// The member of the same name of a `JObject`, which knows null names and missing properties in its own way.
fn own_member(call: &mut Call<'_, '_>, kind: MemberKind, name: &str) -> Option<Answer> {
    if token::is_object(call) { virtual_call(call, kind, name) } else { None }
}

fn add(call: &mut Call<'_, '_>) -> Answer {
    if let Some(answer) = own_member(call, MemberKind::Method, "Add") {
        return answer;
    }
    let (key, value) = (required(call, 1, "key")?, call.take(2));
    if let Some(dictionary) = call.object::<DictionaryObject>(0) {
        dictionary.add(call.machine, &key, value)?;
        return Ok(Value::Null);
    }
    let is_there = with_dictionary(call, |dictionary| Ok(dictionary.get(call.machine, &key).is_some()))?;
    if is_there {
        let key = display::to_text(&key, call.machine)?;
        let message = format!("An item with the same key has already been added. Key: {key}");
        return Err(Exception::new(ExceptionType::Argument, message).into());
    }
    call.machine.charge_memory(size_of::<Value>() * 2)?;
    with_dictionary(call, |dictionary| dictionary.set(&key, value))?;
    Ok(Value::Null)
}

fn keys(call: &mut Call<'_, '_>) -> Answer {
    if let Some(dictionary) = call.object::<DictionaryObject>(0) {
        return Ok(Value::object(super::view::KeyOrValueView::new(dictionary, super::dictionary::Part::Key)));
    }
    let keys = match token::names(call) {
        Some(names) => names?,
        None => with_dictionary(call, |dictionary| Ok(dictionary.keys(call.machine)))?,
    };
    array(call, 0, keys)
}

fn values(call: &mut Call<'_, '_>) -> Answer {
    if let Some(dictionary) = call.object::<DictionaryObject>(0) {
        return Ok(Value::object(super::view::KeyOrValueView::new(dictionary, super::dictionary::Part::Value)));
    }
    if token::is_object(call) {
        // Newtonsoft has left this out.
        return Err(Exception::new(ExceptionType::NotImplemented, "The method or operation is not implemented.").into());
    }
    let values = with_dictionary(call, |dictionary| {
        let keys = dictionary.keys(call.machine);
        Ok(keys.iter().map(|key| dictionary.get(call.machine, key).unwrap_or_default()).collect::<Vec<_>>())
    })?;
    array(call, 1, values)
}

fn array(call: &mut Call<'_, '_>, type_argument: usize, items: Vec<Value>) -> Answer {
    call.machine.charge_memory(items.len() * size_of::<Value>())?;
    let element: Type = call.type_argument(type_argument);
    Ok(Value::object(Array::values(element, items)))
}
