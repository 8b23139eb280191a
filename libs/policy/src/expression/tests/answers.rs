//! The engine against what real C# answers (`tests/csharp/table.jsonl`): code in, canonical text of the value out.

use std::fmt::Write as _;
use std::sync::Arc;

use postern_dotnet::number::{self, Number};

use crate::expression::anonymous::AnonymousObject;
use crate::expression::array::Array;
use crate::expression::enums::EnumValue;
use crate::expression::exception::ExceptionObject;
use crate::expression::library::{self, MemberKind};
use crate::expression::machine::{Host, Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::tuple::TupleObject;
use crate::expression::type_object::TypeObject;
use crate::expression::{Form, Type, Value, compile, display, sequence};
use crate::testing::MemoryExchange;
use crate::variables::Variables;

/// Text as a JSON string that escapes what it must.
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

fn canonical(value: &Value, machine: &mut Machine<'_>) -> Result<String, Thrown> {
    Ok(match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Float(value) => number::format(Number::Single(*value), "R")?,
        Value::Double(value) => number::format(Number::Double(*value), "R")?,
        Value::Char(unit) if (0xd800..0xe000).contains(unit) => format!("\"\\u{unit:04x}\""),
        Value::String(_) | Value::Char(_) => quoted(&display::to_text(value, machine)?),
        Value::Object(object) => {
            let of = library::full_name(&object.of());
            let tokens = ["JObject", "JArray", "JValue", "JProperty", "JRaw", "JConstructor"];
            let is_token = of.strip_prefix("Newtonsoft.Json.Linq.").is_some_and(|name| tokens.contains(&name));
            if let Some(exception) = value.downcast_ref::<ExceptionObject>() {
                format!("{}: {}", exception.0.of.name(), quoted(&exception.0.message))
            } else if is_token {
                let class = "Newtonsoft.Json.Linq.JToken";
                let kind = ask(value, class, MemberKind::Getter, "Type", None, machine)?;
                let text = ask(
                    value,
                    class,
                    MemberKind::Method,
                    "ToString",
                    Some(("Newtonsoft.Json.Formatting", 0)),
                    machine,
                )?;
                format!("{}:{}", display::to_text(&kind, machine)?, display::to_text(&text, machine)?)
            } else if of == "System.DateTime" {
                let text = display::format(value, "o", machine)?;
                let kind = if text.ends_with('Z') {
                    "Utc"
                } else if text.len() > 27 {
                    "Local"
                } else {
                    "Unspecified"
                };
                format!("{text} {kind}")
            } else if of == "System.DateTimeOffset" {
                display::format(value, "o", machine)?.to_string()
            } else if of == "System.TimeSpan" || of == "System.Guid" || value.downcast_ref::<EnumValue>().is_some() {
                display::to_text(value, machine)?.to_string()
            } else if let Some(of) = value.downcast_ref::<TypeObject>() {
                library::full_name(&of.0)
            } else if let Some(bytes) = value.downcast_ref::<Array>().and_then(Array::as_bytes) {
                quoted(&postern_dotnet::text::to_base64(&bytes, postern_dotnet::text::Base64FormattingOptions::None))
            } else if let Some(tuple) = value.downcast_ref::<TupleObject>() {
                list(tuple.items(), "(", ")", machine)?
            } else if let Some(object) = value.downcast_ref::<AnonymousObject>() {
                let mut text = String::from("{ ");
                for (index, (name, value)) in object.properties().enumerate() {
                    let separator = if index > 0 { ", " } else { "" };
                    let _ = write!(text, "{separator}{name} = {}", canonical(value, machine)?);
                }
                text + " }"
            } else if of.starts_with("System.Xml.Linq.X")
                && of != "System.Xml.Linq.XName"
                && of != "System.Xml.Linq.XNamespace"
                && of != "System.Xml.Linq.XAttribute"
            {
                let text = ask(
                    value,
                    "System.Xml.Linq.XNode",
                    MemberKind::Method,
                    "ToString",
                    Some(("System.Xml.Linq.SaveOptions", 1)),
                    machine,
                )?;
                quoted(&display::to_text(&text, machine)?)
            } else if let Some(dictionary) = object.dictionary() {
                let mut text = String::from("{");
                for (index, key) in dictionary.keys(machine).iter().enumerate() {
                    let separator = if index > 0 { ", " } else { "" };
                    let value = dictionary.get(machine, key).unwrap_or_default();
                    let _ = write!(text, "{separator}{}: {}", canonical(key, machine)?, canonical(&value, machine)?);
                }
                text + "}"
            } else if let Some(pair) = value.downcast_ref::<library::pair::PairValue>() {
                list(&[pair.key.clone(), pair.value.clone()], "(", ")", machine)?
            } else if of.starts_with("System.Text.RegularExpressions.") && !of.ends_with("Collection")
                || of == "System.Xml.Linq.XAttribute"
            {
                quoted(&display::to_text(value, machine)?)
            } else if object.clone().enumerate().is_some() {
                list(&sequence::collect(value, machine)?, "[", "]", machine)?
            } else {
                quoted(&display::to_text(value, machine)?)
            }
        }
        other => display::to_text(other, machine)?.to_string(),
    })
}

fn list(items: &[Value], open: &str, close: &str, machine: &mut Machine<'_>) -> Result<String, Thrown> {
    let items = items.iter().map(|item| canonical(item, machine)).collect::<Result<Vec<_>, _>>()?;
    Ok(format!("{open}{}{close}", items.join(", ")))
}

/// What the engine makes of a line of the table: `= value`, `! exception`, or `# compile error`.
fn answer(code: &str, form: Form) -> String {
    let expression = match compile(code, form, &Type::Object) {
        Ok(expression) => expression,
        Err(errors) => {
            let first = errors.first().map(|error| format!("{}: {}", error.code, error.message));
            return format!("# {}", first.unwrap_or_default());
        }
    };
    let mut exchange = MemoryExchange::default();
    let mut variables = Variables::default();
    let mut machine = Machine::new(Host { exchange: &mut exchange, variables: &mut variables, last_error: None });
    let result = machine.evaluate(expression.code()).and_then(|value| canonical(&value, &mut machine));
    match result {
        Ok(text) => format!("= {text}"),
        Err(Thrown::Exception(exception)) => format!("! {}: {}", exception.of.name(), exception.message),
        Err(Thrown::Limit(limit)) => format!("! {limit}"),
    }
}

#[test]
#[ignore = "reports; needs ANSWERS, the path of a table"]
#[allow(clippy::print_stdout, reason = "the report is the result")]
fn how_many_answers_are_those_of_csharp() {
    let table = std::fs::read_to_string(std::env::var("ANSWERS").unwrap()).unwrap();
    let (mut right, mut wrong, mut refused) = (0, 0, 0);
    for line in table.lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| case[name].as_str().unwrap_or_default().to_owned();
        let code = text("code");
        if code.contains("context") || case["volatile"].as_bool() == Some(true) {
            continue;
        }
        let form = if text("form") == "multi" { Form::Statements } else { Form::Expression };
        let expected = if case["value"].is_string() {
            format!("= {}", text("value"))
        } else if case["throws"].is_string() {
            format!("! {}: {}", text("throws"), text("message"))
        } else {
            "#".to_owned()
        };
        let answer = answer(&code, form);
        let is_right = answer == expected
            || (expected == "#" && answer.starts_with("# "))
            || (case["message_matters"].as_bool() == Some(false)
                && answer.starts_with(&format!("! {}:", text("throws"))));
        if is_right {
            right += 1;
        } else {
            if answer.starts_with('#') {
                refused += 1
            } else {
                wrong += 1
            }
            println!("{}\n    {}\n  C# {expected}\n  we {answer}", text("id"), code.replace('\n', "\n    "));
        }
    }
    println!("{right} right, {wrong} wrong, {refused} refused");
}
