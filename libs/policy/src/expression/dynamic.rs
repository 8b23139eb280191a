//! What `dynamic` decides when it runs.

use postern_dotnet::{Exception, ExceptionType};

use super::machine::{Machine, Thrown};
use super::types::Type;
use super::value::Value;

fn unknown() -> Thrown {
    Exception::new(ExceptionType::RuntimeBinder, "Operation not supported.").into()
}

pub(super) fn member(_: &mut Machine<'_>, target: &Value, name: &str) -> Result<Value, Thrown> {
    match target {
        Value::Object(object) => object.dynamic_get(name).ok_or_else(unknown)?.map_err(Into::into),
        _ => Err(unknown()),
    }
}

pub(super) fn call(_: &mut Machine<'_>, _: &Value, _: &str, _: &[Value]) -> Result<Value, Thrown> {
    Err(unknown())
}

pub(super) fn invoke(machine: &mut Machine<'_>, target: &Value, arguments: &[Value]) -> Result<Value, Thrown> {
    machine.invoke(target, arguments)
}

pub(super) fn call_static(_: &mut Machine<'_>, _: &Type, _: Option<&str>, _: &[Value]) -> Result<Value, Thrown> {
    Err(unknown())
}

pub(super) fn index(_: &mut Machine<'_>, _: &Value, _: &[Value]) -> Result<Value, Thrown> {
    Err(unknown())
}

pub(super) fn operator(_: &mut Machine<'_>, _: &str, _: &Value, _: Option<&Value>) -> Result<Value, Thrown> {
    Err(unknown())
}

pub(super) fn convert(_: &mut Machine<'_>, value: &Value, _: &Type, _: bool) -> Result<Value, Thrown> {
    Ok(value.clone())
}

pub(super) fn set_member(_: &mut Machine<'_>, _: &Value, _: &str, _: &Value) -> Result<(), Thrown> {
    Err(unknown())
}

pub(super) fn set_index(_: &mut Machine<'_>, _: &Value, _: &[Value], _: &Value) -> Result<(), Thrown> {
    Err(unknown())
}
