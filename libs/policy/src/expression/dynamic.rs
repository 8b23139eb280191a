//! What `dynamic` decides when it runs: which member, which overload, which conversion, by the types that values turn out to have.
//!
//! An operation on operands of certain types is bound like code with operands of these types ([`bind_operation`]), compiled, and kept for the next
//! time. Two kinds of objects have a say of their own: those with members by name ([`dynamic_get`](super::object::Object::dynamic_get)), and JSON
//! values, which act like what they hold.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use postern_dotnet::{Exception, ExceptionType};

use super::binder::{Operation, bind_operation};
use super::code::Code;
use super::conversion::is_instance;
use super::emit::emit;
use super::library;
use super::library::json::serialize::to_token;
use super::library::json::wrapper::token_value;
use super::limits;
use super::machine::{Machine, Thrown};
use super::types::Type;
use super::value::Value;

type Answer = Result<Value, Thrown>;
type Compiled = Result<Arc<Code>, String>;

thread_local! {
    /// Operations that were compiled before, with the types of their operands.
    static OPERATIONS: RefCell<HashMap<(Operation, Vec<Type>), Compiled>> = RefCell::default();
}

fn failed(message: impl Into<String>) -> Thrown {
    Exception::new(ExceptionType::RuntimeBinder, message.into()).into()
}

fn on_null() -> Thrown {
    failed("Cannot perform runtime binding on a null reference")
}

/// Runs an operation on operands.
fn run(machine: &mut Machine<'_>, operation: Operation, operands: &[Value]) -> Answer {
    let types: Vec<Type> = operands.iter().map(Value::of).collect();
    // Finding out what is meant takes longer than doing it.
    machine.charge(BINDING_STEPS)?;
    let code = compiled(operation, types).map_err(failed)?;
    let delegate = machine.evaluate(&code)?;
    machine.invoke(&delegate, operands)
}

/// What looking an operation up costs.
const BINDING_STEPS: usize = 50;

fn compiled(operation: Operation, types: Vec<Type>) -> Compiled {
    let key = (operation, types);
    let known = OPERATIONS.with_borrow(|operations| operations.get(&key).cloned());
    if let Some(known) = known {
        return known;
    }
    let code = bind_operation(&key.0, &key.1).map(|unit| Arc::new(emit(&unit)));
    OPERATIONS.with_borrow_mut(|operations| {
        if operations.len() >= limits::DYNAMIC_OPERATIONS_MAX {
            operations.clear();
        }
        operations.insert(key, code.clone());
    });
    code
}

/// The operands of an operation on an object.
fn with_target(target: &Value, arguments: &[Value]) -> Vec<Value> {
    let mut operands = Vec::with_capacity(arguments.len() + 1);
    operands.push(target.clone());
    operands.extend_from_slice(arguments);
    operands
}

/// `target.name`
pub(super) fn member(machine: &mut Machine<'_>, target: &Value, name: &str) -> Answer {
    match target {
        Value::Null => return Err(on_null()),
        Value::Object(object) => {
            if let Some(found) = object.dynamic_get(name) {
                return Ok(found?);
            }
        }
        _ => {}
    }
    run(machine, Operation::Member(name.into()), std::slice::from_ref(target))
}

/// `target.name = value`
pub(super) fn set_member(machine: &mut Machine<'_>, target: &Value, name: &str, value: &Value) -> Result<(), Thrown> {
    match target {
        Value::Null => return Err(on_null()),
        Value::Object(object) => {
            if let Some(found) = object.dynamic_set(name, value) {
                return Ok(found?);
            }
        }
        _ => {}
    }
    run(machine, Operation::SetMember(name.into()), &[target.clone(), value.clone()]).map(drop)
}

/// `target.name(arguments)`: a method of its class or, if it has none, a delegate that is a member by name.
pub(super) fn call(machine: &mut Machine<'_>, target: &Value, name: &str, arguments: &[Value]) -> Answer {
    let object = match target {
        Value::Null => return Err(on_null()),
        Value::Object(object) => Some(object),
        _ => None,
    };
    if let Some(object) = object
        && !has_method(&target.of(), name)
        && let Some(found) = object.dynamic_get(name)
    {
        let delegate = found?;
        return invoke(machine, &delegate, arguments);
    }
    run(machine, Operation::Call(name.into()), &with_target(target, arguments))
}

fn has_method(of: &Type, name: &str) -> bool {
    super::conversion::supertypes(of).iter().any(|of| {
        library::get().class_of(of).is_some_and(|(class, _)| {
            class.members_named(name).any(|member| member.kind == library::MemberKind::Method)
        })
    })
}

/// `target(arguments)`
pub(super) fn invoke(machine: &mut Machine<'_>, target: &Value, arguments: &[Value]) -> Answer {
    if target.is_null() {
        return Err(on_null());
    }
    run(machine, Operation::Invoke, &with_target(target, arguments))
}

/// `Type.name(arguments)`, or `new Type(arguments)`.
pub(super) fn call_static(machine: &mut Machine<'_>, class: &Type, name: Option<&str>, arguments: &[Value]) -> Answer {
    run(machine, Operation::Static(class.clone(), name.map(Box::from)), arguments)
}

/// `target[arguments]`
pub(super) fn index(machine: &mut Machine<'_>, target: &Value, arguments: &[Value]) -> Answer {
    if target.is_null() {
        return Err(on_null());
    }
    run(machine, Operation::Index, &with_target(target, arguments))
}

/// `target[arguments] = value`
pub(super) fn set_index(
    machine: &mut Machine<'_>,
    target: &Value,
    arguments: &[Value],
    value: &Value,
) -> Result<(), Thrown> {
    if target.is_null() {
        return Err(on_null());
    }
    let mut operands = with_target(target, arguments);
    operands.push(value.clone());
    run(machine, Operation::SetIndex, &operands).map(drop)
}

/// `left symbol right`; without `right` an operator with one operand.
pub(super) fn operator(machine: &mut Machine<'_>, symbol: &str, left: &Value, right: Option<&Value>) -> Answer {
    let Some(right) = right else {
        return run(machine, Operation::Unary(symbol.into()), std::slice::from_ref(left));
    };
    if matches!(symbol, "==" | "!=") && (left.is_null() || right.is_null()) {
        let other = if left.is_null() { right } else { left };
        let other = if is_json_value(other) { held(machine, other)? } else { other.clone() };
        return Ok(Value::Bool(other.is_null() == (symbol == "==")));
    }
    if !is_json_value(left) {
        return run(machine, Operation::Binary(symbol.into()), &[left.clone(), right.clone()]);
    }
    if matches!(symbol, "==" | "!=" | "<" | "<=" | ">" | ">=")
        && let Some(order) = json_order(machine, left, right)?
    {
        let holds = match symbol {
            "==" => Some(order.is_eq()),
            "!=" => Some(order.is_ne()),
            "<" => Some(order.is_lt()),
            "<=" => Some(order.is_le()),
            ">" => Some(order.is_gt()),
            ">=" => Some(order.is_ge()),
            _ => None,
        };
        if let Some(holds) = holds {
            return Ok(holds.into());
        }
    }
    // A JSON value on the left acts like what it holds; so does one on the right then.
    let left = held(machine, left)?;
    let right = if is_json_value(right) { held(machine, right)? } else { right.clone() };
    if !matches!(symbol, "+" | "-" | "*" | "/") {
        return run(machine, Operation::Binary(symbol.into()), &[left, right]);
    }
    // What comes of arithmetic is a JSON value again: it converts to `int` as well as to `long`.
    let is_text = |value: &Value| matches!(value, Value::String(_));
    let result = if (left.is_null() || right.is_null()) && !is_text(&left) && !is_text(&right) {
        Value::Null
    } else {
        run(machine, Operation::Binary(symbol.into()), &[left, right])?
    };
    Ok(token_value(to_token(machine, &result)?))
}

/// To a type, implicitly or by a cast.
pub(super) fn convert(machine: &mut Machine<'_>, value: &Value, to: &Type, is_explicit: bool) -> Answer {
    if value.is_null() {
        return if to.takes_null() {
            Ok(Value::Null)
        } else {
            Err(failed(format!("Cannot convert null to '{to}' because it is a non-nullable value type")))
        };
    }
    if is_instance(value, to) {
        return Ok(value.clone());
    }
    // A JSON value converts to whatever it can be cast to.
    let is_explicit = is_explicit || is_json_value(value);
    run(machine, Operation::Convert(to.clone(), is_explicit), std::slice::from_ref(value))
}

fn is_json_value(value: &Value) -> bool {
    match value {
        Value::Object(object) => match object.of() {
            Type::Class(class, _) => &*library::get().class(class).full_name == "Newtonsoft.Json.Linq.JValue",
            _ => false,
        },
        _ => false,
    }
}

/// `JValue.Compare`: a JSON value against another value, which is converted to what the first one holds.
fn json_order(machine: &mut Machine<'_>, left: &Value, right: &Value) -> Result<Option<Ordering>, Thrown> {
    let (left, right) = (to_token(machine, left)?.scalar(), to_token(machine, right)?.scalar());
    match (left, right) {
        (Some(left), Some(right)) => Ok(Some(left.compare_to(&right)?)),
        _ => Ok(None),
    }
}

/// What a JSON value holds.
fn held(machine: &mut Machine<'_>, value: &Value) -> Answer {
    run(machine, Operation::Member("Value".into()), std::slice::from_ref(value))
}
