//! `System.Enum`: reading names and values, and what every enum value has.

use std::rc::Rc;

use postern_dotnet::{Exception, ExceptionType, Text};

use super::type_class::enum_class;
use super::values::{hash, number, sign, text, text_array};
use super::{Class, ClassKind, Library, compare, get};
use crate::expression::array::Array;
use crate::expression::enums::EnumValue;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::type_object::TypeObject;
use crate::expression::types::Type;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.Enum")
        .method("static TEnum Parse<TEnum>(string value)", |call| parse(call, false))
        .method("static TEnum Parse<TEnum>(string value, bool ignoreCase)", |call| parse(call, call.bool(1)))
        .method("static bool TryParse<TEnum>(string value, out TEnum result)", |call| try_parse(call, false, 1))
        .method("static bool TryParse<TEnum>(string value, bool ignoreCase, out TEnum result)", |call| {
            try_parse(call, call.bool(1), 2)
        })
        .method("static string[] GetNames<TEnum>()", |call| {
            let names: Vec<&str> = class(call)?.constants.iter().map(|(name, _)| *name).collect();
            text_array(call, names)
        })
        .method("static TEnum[] GetValues<TEnum>()", |call| {
            let class = class(call)?;
            let values = class.constants.iter().map(|(_, value)| enum_value(class, *value)).collect();
            Ok(Value::object(Array::values(call.type_argument(0), values)))
        })
        .method("static string GetName<TEnum>(TEnum value)", |call| {
            let (class, value) = (class(call)?, call.constant(0));
            Ok(class.constants.iter().find(|(_, known)| *known == value).map(|(name, _)| Text::new_static(name)).into())
        })
        .method("static bool IsDefined<TEnum>(TEnum value)", |call| {
            let (class, value) = (class(call)?, call.constant(0));
            Ok(class.constants.iter().any(|(_, known)| *known == value).into())
        })
        .method("static object Parse(Type enumType, string value)", |call| parse_of_type(call, false))
        .method("static object Parse(Type enumType, string value, bool ignoreCase)", |call| {
            parse_of_type(call, call.bool(2))
        })
        .method("static bool TryParse(Type enumType, string value, out object result)", |call| {
            let class = class_at(call, 0)?;
            let parsed = call.text(1).and_then(|text| read(class, text, false));
            call.set_out(2, parsed.map_or(Value::Null, |value| enum_value(class, value)));
            Ok(parsed.is_some().into())
        })
        .method("static string[] GetNames(Type enumType)", |call| {
            let names: Vec<&str> = class_at(call, 0)?.constants.iter().map(|(name, _)| *name).collect();
            text_array(call, names)
        })
        .method("static Array GetValues(Type enumType)", |call| {
            let class = class_at(call, 0)?;
            let values = class.constants.iter().map(|(_, value)| enum_value(class, *value)).collect();
            Ok(Value::object(Array::values(get().type_of(class.id, std::sync::Arc::default()), values)))
        })
        .method("static string GetName(Type enumType, object value)", |call| {
            let (class, value) = (class_at(call, 0)?, number_of(call, 1));
            let found = class.constants.iter().find(|(_, known)| Some(*known) == value);
            Ok(found.map(|(name, _)| Text::new_static(name)).into())
        })
        .method("static bool IsDefined(Type enumType, object value)", |call| {
            let (class, value) = (class_at(call, 0)?, number_of(call, 1));
            let same = |(name, known): &(&str, i64)| match call.text(1) {
                Some(text) => text == name,
                None => Some(*known) == value,
            };
            Ok(class.constants.iter().any(same).into())
        })
        .method("static object ToObject(Type enumType, int value)", |call| {
            Ok(enum_value(class_at(call, 0)?, call.int(1).into()))
        })
        .method("bool HasFlag(Enum flag)", |call| {
            let flag = call.constant(1);
            Ok((call.constant(0) & flag == flag).into())
        })
        .method("string ToString()", to_string)
        .method("string ToString(string format)", to_string)
        .method("bool Equals(object obj)", |call| Ok(call.argument(0).equals(call.argument(1)).into()))
        .method("int GetHashCode()", |call| Ok(hash(call.argument(0))))
        .method("int CompareTo(object target)", |call| Ok(sign(compare::compare(call.argument(0), call.argument(1))?)));
}

fn enum_value(class: &Class, value: i64) -> Value {
    Value::Object(Rc::new(EnumValue { class: class.id, value }))
}

/// The enum that the type argument is.
fn class(call: &Call<'_, '_>) -> Result<&'static Class, Thrown> {
    match call.type_argument(0) {
        Type::Class(id, _) if get().class(id).kind == ClassKind::Enum => Ok(get().class(id)),
        _ => Err(Exception::argument("enumType", "Type provided must be an Enum.").into()),
    }
}

/// The enum that a `Type` argument stands for.
fn class_at(call: &Call<'_, '_>, index: usize) -> Result<&'static Class, Thrown> {
    let of = call.object::<TypeObject>(index).ok_or_else(|| Exception::argument_null("enumType"))?;
    enum_class(&of.0).ok_or_else(|| Exception::argument("enumType", "Type provided must be an Enum.").into())
}

/// The number of an enum value or of an integer.
fn number_of(call: &Call<'_, '_>, index: usize) -> Option<i64> {
    match call.argument(index) {
        Value::Object(object) => object.primitive(),
        value => Some(value.clone()),
    }
    .and_then(|value| number(&value)?.integer())
    .and_then(|value| i64::try_from(value).ok())
}

fn to_string(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let Some(object) = call.argument(0).downcast::<EnumValue>() else { return Ok(Value::from("")) };
    let format = call.text(1).cloned().unwrap_or_default();
    let formatted =
        crate::expression::object::Object::format(&*object, &format).unwrap_or_else(|| Ok(object.text()))?;
    text(call, formatted)
}

fn parse(call: &mut Call<'_, '_>, ignore_case: bool) -> Result<Value, Thrown> {
    let (class, given) = (class(call)?, call.required_text(0, "value")?);
    parse_text(call, class, &given, ignore_case)
}

fn parse_of_type(call: &mut Call<'_, '_>, ignore_case: bool) -> Result<Value, Thrown> {
    let (class, given) = (class_at(call, 0)?, call.required_text(1, "value")?);
    parse_text(call, class, &given, ignore_case)
}

fn parse_text(call: &mut Call<'_, '_>, class: &Class, given: &str, ignore_case: bool) -> Result<Value, Thrown> {
    call.machine.charge(given.len() / 8 + class.constants.len())?;
    if given.trim().is_empty() {
        let message = "Must specify valid information for parsing in the string.";
        return Err(Exception::argument("value", message).into());
    }
    let parsed = read(class, given, ignore_case);
    let message = || format!("Requested value '{}' was not found.", given.trim());
    let value = parsed.ok_or_else(|| Exception::new(ExceptionType::Argument, message()))?;
    Ok(enum_value(class, value))
}

fn try_parse(call: &mut Call<'_, '_>, ignore_case: bool, out: usize) -> Result<Value, Thrown> {
    let class = class(call)?;
    call.machine.charge(call.text(0).map_or(0, |text| text.len() / 8) + class.constants.len())?;
    let parsed = call.text(0).and_then(|text| read(class, text, ignore_case));
    call.set_out(out, enum_value(class, parsed.unwrap_or(0)));
    Ok(parsed.is_some().into())
}

/// A number, or names with commas between them.
pub(super) fn read(class: &Class, text: &str, ignore_case: bool) -> Option<i64> {
    let text = text.trim();
    if text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+')) {
        // Enums are `int`s.
        return text.parse::<i32>().ok().map(i64::from);
    }
    text.split(',').try_fold(0, |value, name| {
        let name = name.trim();
        let same = |known: &str| if ignore_case { known.eq_ignore_ascii_case(name) } else { known == name };
        class.constants.iter().find(|(known, _)| same(known)).map(|(_, found)| value | found)
    })
}
