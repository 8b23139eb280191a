//! The emitter and the machine together: bound trees made by hand, run, and what comes out. Expected values are those of C#.

mod closures;
mod control;
mod exceptions;
mod limits;
mod numbers;
mod objects;
mod operators;
mod patterns;
mod pauses;
mod source;
mod speed;
mod tree;

use std::cell::RefCell;
use std::sync::Arc;

use postern_dotnet::Exception;

use super::{Host, Machine, Thrown};
use crate::expression::bound::BoundUnit;
use crate::expression::code::Code;
use crate::expression::emit::emit;
use crate::expression::value::Value;
use crate::testing::MemoryExchange;
use crate::variables::Variables;

thread_local! {
    /// What the native `log` was called with.
    static LOG: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs code with a machine.
fn with_machine<T>(run: impl FnOnce(&mut Machine<'_>) -> T) -> T {
    let mut exchange = MemoryExchange::default();
    let mut variables = Variables::default();
    run(&mut Machine::new(Host { exchange: &mut exchange, variables: &mut variables, last_error: None }))
}

fn code(unit: &BoundUnit) -> Arc<Code> {
    Arc::new(emit(unit))
}

fn run(unit: &BoundUnit) -> Result<Value, Thrown> {
    let code = code(unit);
    with_machine(|machine| machine.evaluate(&code))
}

/// The result as text: a value, the exception, or the limit.
fn outcome(unit: &BoundUnit) -> String {
    match run(unit) {
        Ok(value) => show(&value),
        Err(Thrown::Exception(exception)) => exception.to_string(),
        Err(Thrown::Limit(limit)) => format!("{limit:?}"),
    }
}

/// A value, with the contents of what has any.
fn show(value: &Value) -> String {
    match value {
        Value::Object(object) if object.list().is_some() => {
            let list = object.list().unwrap();
            let items: Vec<_> = (0..list.len()).map(|index| show(&list.get(index).unwrap())).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(object) => with_machine(|machine| object.to_text(machine))
            .map_or_else(|thrown| format!("{thrown:?}"), |text| text.to_string()),
        other => format!("{other:?}"),
    }
}

/// Asserts the outcome.
#[track_caller]
fn check(unit: &BoundUnit, expected: &str) {
    assert_eq!(outcome(unit), expected, "{}", code(unit));
}

/// Asserts the outcome and what was logged on the way.
#[track_caller]
fn check_log(unit: &BoundUnit, expected: &str, log: &str) {
    LOG.with_borrow_mut(String::clear);
    let outcome = outcome(unit);
    let logged = LOG.with_borrow(String::clone);
    assert_eq!((outcome.as_str(), logged.as_str()), (expected, log), "{}", code(unit));
}

/// An exception as [`outcome`] shows it.
fn thrown(exception: &Exception) -> String {
    exception.to_string()
}
