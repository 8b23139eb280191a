//! Calls natives in tests as compiled code would: by class and signature, with values of the declared types.

use smallvec::SmallVec;

use super::get;
use crate::expression::array::Array;
use crate::expression::display;
use crate::expression::machine::{Host, Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::List;
use crate::expression::types::Type;
use crate::expression::value::Value;
use crate::testing::MemoryExchange;
use crate::variables::Variables;

/// What came out: the result, then the `out` arguments; or the message of the exception.
pub(super) type Outcome = Result<Vec<Value>, String>;

/// Calls the member of a class (full name, number of type parameters) that has exactly this signature.
pub(super) fn call_typed(class: (&str, usize), signature: &str, types: &[Type], arguments: &[Value]) -> Outcome {
    let id = get().class_by_full_name(class.0, class.1).unwrap_or_else(|| panic!("no class {}", class.0));
    let member = get().class(id).members().iter().find(|member| member.signature == signature);
    let member = member.unwrap_or_else(|| panic!("{} has no `{signature}`", class.0));
    let mut exchange = MemoryExchange::get("/");
    let mut variables = Variables::default();
    let mut machine = Machine::new(Host { exchange: &mut exchange, variables: &mut variables, last_error: None });
    let mut call = Call { machine: &mut machine, arguments: arguments.into(), types, outs: SmallVec::new() };
    match (member.native)(&mut call) {
        Ok(result) => Ok(std::iter::once(result).chain(call.outs.into_iter().map(|(_, value)| value)).collect()),
        Err(Thrown::Exception(exception)) => Err(exception.message.to_string()),
        Err(Thrown::Limit(limit)) => Err(format!("{limit:?}")),
    }
}

/// Calls a member that has no type parameters.
pub(super) fn call(class: &str, signature: &str, arguments: &[Value]) -> Outcome {
    call_typed((class, 0), signature, &[], arguments)
}

/// The only result as text: `ToString()`, items of arrays in brackets, `null`, or `!` and the message.
pub(super) fn shown(outcome: Outcome) -> String {
    match outcome {
        Ok(values) => values.iter().map(show).collect::<Vec<_>>().join(" "),
        Err(message) => format!("!{message}"),
    }
}

fn show(value: &Value) -> String {
    if value.is_null() {
        return "null".to_owned();
    }
    if let Some(array) = value.downcast_ref::<Array>() {
        let items: Vec<String> =
            (0..array.len()).filter_map(|index| array.get(index)).map(|item| show(&item)).collect();
        return format!("[{}]", items.join("|"));
    }
    let mut exchange = MemoryExchange::get("/");
    let mut variables = Variables::default();
    let mut machine = Machine::new(Host { exchange: &mut exchange, variables: &mut variables, last_error: None });
    display::to_text(value, &mut machine).map_or_else(|thrown| format!("{thrown:?}"), |text| text.to_string())
}

/// A `string` value.
pub(super) fn s(text: &str) -> Value {
    Value::from(text)
}

/// A `char` value.
pub(super) fn c(c: char) -> Value {
    Value::Char(c.encode_utf16(&mut [0; 2])[0])
}

/// A `string[]`.
pub(super) fn strings(texts: &[&str]) -> Value {
    Value::object(Array::texts(texts.iter().copied()))
}

/// A `char[]`.
pub(super) fn chars(text: &str) -> Value {
    Value::object(Array::values(Type::Char, text.encode_utf16().map(Value::Char).collect()))
}

/// A `byte[]`.
pub(super) fn bytes(bytes: &[u8]) -> Value {
    Value::object(Array::bytes(bytes.to_vec()))
}

/// An `object[]`.
pub(super) fn objects(values: &[Value]) -> Value {
    Value::object(Array::values(Type::Object, values.to_vec()))
}

/// A value of an enum.
pub(super) fn constant(full_name: &str, value: i64) -> Value {
    super::values::constant(full_name, value)
}
