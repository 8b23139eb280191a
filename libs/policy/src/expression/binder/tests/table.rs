//! Real C# answers, as far as values have a simple text. Ignored by default: it needs the whole library.

use std::collections::BTreeMap;

use crate::expression::library::full_name;
use crate::expression::machine::{Host, Machine, Thrown};
use crate::expression::object::List;
use crate::expression::types::Type;
use crate::expression::value::Value;
use crate::expression::{Form, compile, display};
use crate::testing::MemoryExchange;
use crate::variables::Variables;

/// The canonical text of a value; none if it is too complicated for this test.
fn canonical(value: &Value, machine: &mut Machine<'_>) -> Option<String> {
    Some(match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::String(text) => serde_json::to_string(text.as_str()).ok()?,
        Value::Char(_) => {
            let text = display::to_text(value, machine).ok()?;
            serde_json::to_string(text.as_str()).ok()?
        }
        Value::Object(object) => {
            if let Some(array) = value.downcast_ref::<crate::expression::array::Array>() {
                if array.as_bytes().is_some() {
                    return None;
                }
                let items: Option<Vec<String>> = (0..array.len())
                    .filter_map(|index| array.get(index))
                    .map(|item| canonical(&item, machine))
                    .collect();
                return Some(format!("[{}]", items?.join(", ")));
            }
            match object.of() {
                Type::Class(class, _)
                    if crate::expression::library::get().class(class).kind
                        == crate::expression::library::ClassKind::Enum =>
                {
                    display::to_text(value, machine).ok()?.to_string()
                }
                Type::Tuple(_) => display::to_text(value, machine).ok()?.to_string(),
                _ => return None,
            }
        }
        _ => display::to_text(value, machine).ok()?.to_string(),
    })
}

/// What comes out, as the table has it: type and text, or exception and message.
fn outcome(code: &str, form: Form) -> Result<(String, Option<String>), String> {
    let expression = compile(code, form, &Type::Object)
        .map_err(|errors| errors.first().map_or(String::new(), |error| format!("{} {}", error.code, error.message)))?;
    let mut exchange = MemoryExchange::get("/");
    let mut variables = Variables::default();
    let mut machine = Machine::new(Host { exchange: &mut exchange, variables: &mut variables, last_error: None });
    Ok(match machine.evaluate(expression.code()) {
        Ok(value) => {
            let of = if value.is_null() { "null".to_owned() } else { full_name(&value.of()) };
            (of, canonical(&value, &mut machine))
        }
        Err(Thrown::Exception(exception)) => (exception.of.name().to_owned(), Some(exception.message.to_string())),
        Err(Thrown::Limit(limit)) => (format!("{limit:?}"), None),
    })
}

/// Reads `POSTERN_TABLE`, the table of real answers, and reports what differs.
#[test]
#[ignore = "a report, not a check"]
fn report_of_the_table() {
    let path = std::env::var("POSTERN_TABLE").expect("POSTERN_TABLE names the table");
    let topics = std::env::var("POSTERN_TOPICS").unwrap_or_default();
    let table = std::fs::read_to_string(path).unwrap();
    let (mut count, mut right) = (0, 0);
    let mut wrong: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in table.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| row[name].as_str().map(str::to_owned);
        let (id, code) = (text("id").unwrap(), text("code").unwrap());
        if !topics.is_empty() && !topics.split(',').any(|topic| id.starts_with(topic)) {
            continue;
        }
        let form = if text("form").as_deref() == Some("multi") { Form::Statements } else { Form::Expression };
        count += 1;
        let found = std::panic::catch_unwind(|| outcome(&code, form)).unwrap_or_else(|_| Err("PANIC".to_owned()));
        let problem = match (&found, text("compile_error")) {
            (Err(_), Some(_)) => None,
            (Ok(_), Some(error)) => Some(format!("accepted, but {error}")),
            (Err(error), None) => Some(error.clone()),
            (Ok((of, found)), None) => {
                let expected = text("throws").or_else(|| text("type")).unwrap_or_default();
                let value = text("message").filter(|_| row["message_matters"] == true).or_else(|| text("value"));
                let same_value = found.is_none() || value.is_none() || *found == value;
                let generic = expected.contains(['<', '[']) || of.contains('`');
                if same_value && (generic || *of == expected) {
                    None
                } else if same_value {
                    Some("type".to_owned())
                } else {
                    Some("value".to_owned())
                }
            }
        };
        match problem {
            None => right += 1,
            Some(problem) => {
                let detail = match problem.as_str() {
                    "type" | "value" => format!("{id} {code}\n           found {found:?}\n           wants {row}"),
                    _ => format!("{id} {code}"),
                };
                wrong.entry(problem).or_default().push(detail.replace('\r', ""));
            }
        }
    }
    let mut report: Vec<_> = wrong.into_iter().collect();
    report.sort_by_key(|(_, cases)| std::cmp::Reverse(cases.len()));
    let mut out = format!("{right} of {count} agree\n");
    for (problem, cases) in report {
        out += &format!("{:4} {problem}\n       {}\n", cases.len(), cases.join("\n       "));
    }
    std::fs::write(std::env::temp_dir().join("binder-table.txt"), &out).unwrap();
}
