//! Values as the tables write them (`tests/csharp/README.md`, "Canonical text").

use std::fmt::Write as _;
use std::sync::Arc;

use postern_dotnet::number::{self, Number};
use postern_dotnet::text::{Base64FormattingOptions, to_base64};

use crate::expression::anonymous::AnonymousObject;
use crate::expression::array::Array;
use crate::expression::enums::EnumValue;
use crate::expression::exception::ExceptionObject;
use crate::expression::library::{self, MemberKind};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::tuple::TupleObject;
use crate::expression::type_object::TypeObject;
use crate::expression::{Type, Value, display, sequence};

/// Text as a JSON string that escapes what it must, and every half of a surrogate pair.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            control if control < ' ' => {
                let _ = write!(quoted, "\\u{:04x}", control as u32);
            }
            beyond if beyond > '\u{ffff}' => {
                for unit in beyond.encode_utf16(&mut [0; 2]) {
                    let _ = write!(quoted, "\\u{unit:04x}");
                }
            }
            other => quoted.push(other),
        }
    }
    quoted + "\""
}

/// A member of a class without parameters, or with one enum parameter, called on a value.
fn ask(
    value: &Value,
    class: &str,
    kind: MemberKind,
    name: &str,
    argument: Option<(&str, i64)>,
    machine: &mut Machine<'_>,
) -> Result<Value, Thrown> {
    let class = library::get().class_by_full_name(class, 0).map(|id| library::get().class(id)).unwrap();
    let argument = argument.map(|(of, value)| {
        let id = library::get().class_by_full_name(of, 0).unwrap();
        (EnumValue::shared(id, value), Type::Class(id, Arc::default()))
    });
    let member = class.members_named(name).find(|member| {
        member.kind == kind
            && match &argument {
                Some((_, of)) => member.parameters.len() == 1 && member.parameters[0].of == *of,
                None => member.parameters.is_empty(),
            }
    });
    let mut arguments = smallvec::smallvec![value.clone()];
    arguments.extend(argument.map(|(value, _)| value));
    let mut call = Call { machine, arguments, types: &[], outs: Default::default() };
    (member.unwrap().native)(&mut call)
}

/// The getter of a generic class, by its full name and number of type parameters.
fn ask_generic(value: &Value, class: (&str, usize), name: &str, machine: &mut Machine<'_>) -> Result<Value, Thrown> {
    let class = library::get().class_by_full_name(class.0, class.1).map(|id| library::get().class(id)).unwrap();
    let getter = class.members_named(name).find(|member| member.kind == MemberKind::Getter);
    let arguments = smallvec::smallvec![value.clone()];
    (getter.unwrap().native)(&mut Call { machine, arguments, types: &[], outs: Default::default() })
}

fn tuple_class(value: &Value, machine: &mut Machine<'_>) -> Result<String, Thrown> {
    let Type::Class(_, types) = value.of() else { unreachable!("a tuple is of a class") };
    let names = ["Item1", "Item2", "Item3", "Item4", "Item5", "Item6", "Item7"];
    let class = ("System.Tuple", types.len());
    let items = names.iter().take(types.len()).map(|name| ask_generic(value, class, name, machine));
    let items = items.collect::<Result<Vec<_>, _>>()?;
    list(&items, "(", ")", machine)
}

/// A type as the tables write it.
pub(super) fn type_name(of: &Type) -> String {
    let arguments = |items: &[Type]| items.iter().map(type_name).collect::<Vec<_>>().join(", ");
    match of {
        Type::Null => "null".to_owned(),
        Type::Array(element, rank) => format!("{}[{}]", type_name(element), ",".repeat(usize::from(*rank) - 1)),
        Type::Tuple(items) => format!("System.ValueTuple<{}>", arguments(items)),
        Type::Class(id, types) if !types.is_empty() => {
            format!("{}<{}>", library::get().class(*id).full_name, arguments(types))
        }
        other => {
            let name = library::full_name(other);
            name.strip_prefix("Microsoft.Azure.ApiManagement.").unwrap_or(&name).to_owned()
        }
    }
}

/// The canonical text of a value. Enumerates sequences, so it may throw.
pub(super) fn canonical(value: &Value, machine: &mut Machine<'_>) -> Result<String, Thrown> {
    Ok(match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Float(value) => number::format(Number::Single(*value), "R")?,
        Value::Double(value) => number::format(Number::Double(*value), "R")?,
        Value::Char(unit) if (0xd800..0xe000).contains(unit) => format!("\"\\u{unit:04x}\""),
        Value::String(_) | Value::Char(_) => quoted(&display::to_text(value, machine)?),
        Value::Object(object) => {
            let of = library::full_name(&object.of());
            match known(value, &of, machine)? {
                Some(text) => text,
                None => general(value, &of, machine)?,
            }
        }
        other => display::to_text(other, machine)?.to_string(),
    })
}

/// Values of classes that the table has a form of its own for.
fn known(value: &Value, of: &str, machine: &mut Machine<'_>) -> Result<Option<String>, Thrown> {
    let token_classes = ["JObject", "JArray", "JValue", "JProperty", "JRaw", "JConstructor"];
    let node_classes =
        ["XElement", "XDocument", "XText", "XCData", "XComment", "XProcessingInstruction", "XDocumentType"];
    if let Some(exception) = value.downcast_ref::<ExceptionObject>() {
        return Ok(Some(format!("{}: {}", exception.0.of.name(), quoted(&exception.0.message))));
    }
    if let Some(of) = value.downcast_ref::<TypeObject>() {
        return Ok(Some(type_name(&of.0)));
    }
    if let Some(bytes) = value.downcast_ref::<Array>().and_then(Array::as_bytes) {
        return Ok(Some(quoted(&to_base64(&bytes, Base64FormattingOptions::None))));
    }
    if of.strip_prefix("Newtonsoft.Json.Linq.").is_some_and(|name| token_classes.contains(&name)) {
        let class = "Newtonsoft.Json.Linq.JToken";
        let kind = ask(value, class, MemberKind::Getter, "Type", None, machine)?;
        let plain = Some(("Newtonsoft.Json.Formatting", 0));
        let text = ask(value, class, MemberKind::Method, "ToString", plain, machine)?;
        return Ok(Some(format!("{}:{}", display::to_text(&kind, machine)?, display::to_text(&text, machine)?)));
    }
    if of.strip_prefix("System.Xml.Linq.").is_some_and(|name| node_classes.contains(&name)) {
        let plain = Some(("System.Xml.Linq.SaveOptions", 1));
        let text = ask(value, "System.Xml.Linq.XNode", MemberKind::Method, "ToString", plain, machine)?;
        return Ok(Some(quoted(&display::to_text(&text, machine)?)));
    }
    Ok(match of {
        "System.DateTime" => {
            let text = display::format(value, "o", machine)?;
            let kind = match text.len() {
                _ if text.ends_with('Z') => "Utc",
                length if length > "0001-01-01T00:00:00.0000000".len() => "Local",
                _ => "Unspecified",
            };
            Some(format!("{text} {kind}"))
        }
        "System.Uri" => {
            let text = ask(value, "System.Uri", MemberKind::Getter, "OriginalString", None, machine)?;
            Some(quoted(&display::to_text(&text, machine)?))
        }
        "System.DateTimeOffset" => Some(display::format(value, "o", machine)?.to_string()),
        "System.TimeSpan" | "System.Guid" => Some(display::to_text(value, machine)?.to_string()),
        _ if value.downcast_ref::<EnumValue>().is_some() => Some(display::to_text(value, machine)?.to_string()),
        "System.Text.RegularExpressions.Match" | "System.Text.RegularExpressions.Group" => {
            Some(quoted(&display::to_text(value, machine)?))
        }
        _ => None,
    })
}

/// Records, dictionaries, sequences, and the text of anything else.
fn general(value: &Value, of: &str, machine: &mut Machine<'_>) -> Result<String, Thrown> {
    if let Some(tuple) = value.downcast_ref::<TupleObject>() {
        return list(tuple.items(), "(", ")", machine);
    }
    if of.starts_with("System.Tuple`") {
        return tuple_class(value, machine);
    }
    if let Some(pair) = value.downcast_ref::<library::pair::PairValue>() {
        return list(&[pair.key.clone(), pair.value.clone()], "(", ")", machine);
    }
    if let Some(object) = value.downcast_ref::<AnonymousObject>() {
        let properties =
            object.properties().map(|(name, value)| Ok(format!("{name} = {}", canonical(value, machine)?)));
        return Ok(format!("{{ {} }}", properties.collect::<Result<Vec<_>, Thrown>>()?.join(", ")));
    }
    let Value::Object(object) = value else { return Ok(String::new()) };
    if let Some(dictionary) = object.dictionary() {
        let mut entries = Vec::new();
        for key in dictionary.keys(machine) {
            let value = dictionary.get(machine, &key).unwrap_or_default();
            entries.push(format!("{}: {}", canonical(&key, machine)?, canonical(&value, machine)?));
        }
        return Ok(format!("{{{}}}", entries.join(", ")));
    }
    if object.clone().enumerate().is_some() && of != "System.Xml.Linq.XAttribute" {
        let items = list(&sequence::collect(value, machine)?, "[", "]", machine)?;
        if of.starts_with("System.Linq.IGrouping") {
            let key = ask_generic(value, ("System.Linq.IGrouping", 2), "Key", machine)?;
            return Ok(format!("{} => {items}", canonical(&key, machine)?));
        }
        return Ok(items);
    }
    if of.starts_with("Microsoft.Azure.ApiManagement.") && of.ends_with("Jwt") {
        // Objects of the mock say what class they are of, and those have no namespace.
        return Ok(quoted(&type_name(&value.of())));
    }
    Ok(quoted(&display::to_text(value, machine)?))
}

fn list(items: &[Value], open: &str, close: &str, machine: &mut Machine<'_>) -> Result<String, Thrown> {
    let items = items.iter().map(|item| canonical(item, machine)).collect::<Result<Vec<_>, _>>()?;
    Ok(format!("{open}{}{close}", items.join(", ")))
}
