//! Walking over anything that is enumerable.

use std::rc::Rc;

use postern_dotnet::{Exception, ExceptionType, Text};

use super::machine::{Machine, Thrown};
use super::object::Enumerator;
use super::value::Value;

/// Starts a walk: arrays, collections, queries, and strings by UTF-16 unit.
///
/// # Errors
/// `NullReferenceException` for null, `InvalidCastException` for what is not enumerable.
pub fn enumerate(value: &Value) -> Result<Box<dyn Enumerator>, Thrown> {
    match value {
        Value::Null => Err(Exception::null_reference().into()),
        Value::String(text) => Ok(Box::new(Units { text: text.clone(), position: 0, low: None })),
        Value::Object(object) => match Rc::clone(object).enumerate() {
            Some(enumerator) => Ok(enumerator),
            None => Err(not_enumerable()),
        },
        _ => Err(not_enumerable()),
    }
}

fn not_enumerable() -> Thrown {
    Exception::new(ExceptionType::InvalidCast, "Specified cast is not valid.").into()
}

/// All items, in one turn. Each is charged for as it comes; a sequence without end meets the budget. Natives that take long sequences gather them in
/// turns (`linq::items_of`).
///
/// # Errors
/// What the sequence throws.
pub fn collect(value: &Value, machine: &mut Machine<'_>) -> Result<Vec<Value>, Thrown> {
    let mut enumerator = enumerate(value)?;
    machine.in_one_turn(|machine| {
        let mut items = Vec::new();
        while let Some(item) = enumerator.next(machine)? {
            machine.charge_memory(size_of::<Value>())?;
            items.push(item);
        }
        Ok(items)
    })
}

/// A walk over items that are there already.
pub struct Items(pub std::vec::IntoIter<Value>);

impl Enumerator for Items {
    fn next(&mut self, machine: &mut Machine<'_>) -> Result<Option<Value>, Thrown> {
        machine.charge(1)?;
        Ok(self.0.next())
    }
}

/// The UTF-16 units of a string.
struct Units {
    text: Text,
    position: usize,
    /// The second half of a surrogate pair.
    low: Option<u16>,
}

impl Enumerator for Units {
    fn next(&mut self, machine: &mut Machine<'_>) -> Result<Option<Value>, Thrown> {
        machine.charge(1)?;
        if let Some(low) = self.low.take() {
            return Ok(Some(Value::Char(low)));
        }
        let Some(next) = self.text.get(self.position..).and_then(|rest| rest.chars().next()) else { return Ok(None) };
        self.position += next.len_utf8();
        let mut units = [0; 2];
        let units = next.encode_utf16(&mut units);
        self.low = units.get(1).copied();
        Ok(units.first().copied().map(Value::Char))
    }
}
