//! Arrays, tuples and anonymous objects.

use postern_dotnet::{Exception, ExceptionType};

use super::operation::is_instance;
use super::run::Cursor;
use super::{Machine, Thrown};
use crate::expression::anonymous::AnonymousObject;
use crate::expression::array::Array;
use crate::expression::code::Instruction;
use crate::expression::object::List;
use crate::expression::tuple::TupleObject;
use crate::expression::types::{Number, Type};
use crate::expression::value::Value;

/// Instructions about arrays.
pub(super) fn array(machine: &mut Machine<'_>, cursor: Cursor<'_>, instruction: &Instruction) -> Result<(), Thrown> {
    match *instruction {
        Instruction::NewArray { element, rank } => {
            let value = machine.pop();
            let lengths = pop_lengths(machine, rank as usize)?;
            let array = new_array(machine, cursor.code.type_at(element), lengths, &value)?;
            machine.push(array);
        }
        Instruction::ArrayItems { element, lengths, count } => {
            machine.charge_memory(count as usize * size_of::<Value>() + size_of::<Array>())?;
            let items = machine.pop_many(count as usize);
            let lengths = cursor.tables().lengths.get(lengths as usize).cloned().unwrap_or_default();
            let element = cursor.code.type_at(element).clone();
            machine.push(Value::object(Array::with_lengths(element, lengths, items)));
        }
        Instruction::Element(rank) => {
            let (array, index) = pop_element(machine, rank as usize)?;
            let item = array.downcast_ref::<Array>().and_then(|array| array.get(index)).ok_or_else(outside)?;
            machine.push(item);
        }
        Instruction::SetElement(rank) => {
            let value = machine.pop();
            let (array, index) = pop_element(machine, rank as usize)?;
            let array = array.downcast_ref::<Array>().ok_or_else(Exception::null_reference)?;
            if !fits(&value, array.element()) {
                let message = "Attempted to access an element as a type incompatible with the array.";
                return Err(Exception::new(ExceptionType::ArrayTypeMismatch, message).into());
            }
            array.set(index, value)?;
        }
        _ => {
            let array = machine.pop();
            let length = array.downcast_ref::<Array>().ok_or_else(Exception::null_reference)?.len();
            machine.push(Value::Int(i32::try_from(length).unwrap_or(i32::MAX)));
        }
    }
    Ok(())
}

/// Whether a value may be an element: a `string[]` may stand for an `object[]`. Values of value types are of the right one always.
fn fits(value: &Value, element: &Type) -> bool {
    match (value, element) {
        (Value::Object(_), Type::String) => false,
        (Value::Object(_), Type::Array(..) | Type::Class(..)) => is_instance(value, element),
        (Value::Null | Value::String(_) | Value::Object(_), _) => true,
        _ => !matches!(element, Type::String | Type::Array(..)),
    }
}

pub(super) fn outside() -> Exception {
    Exception::new(ExceptionType::IndexOutOfRange, "Index was outside the bounds of the array.")
}

fn pop_lengths(machine: &mut Machine<'_>, rank: usize) -> Result<Vec<usize>, Thrown> {
    let sizes = machine.pop_many(rank);
    sizes
        .iter()
        .map(|size| match size {
            Value::Int(size) => usize::try_from(*size).map_err(|_| Exception::overflow().into()),
            _ => Ok(0),
        })
        .collect()
}

fn new_array(machine: &mut Machine<'_>, element: &Type, lengths: Vec<usize>, value: &Value) -> Result<Value, Thrown> {
    let count = lengths.iter().try_fold(1_usize, |count, length| count.checked_mul(*length));
    let out_of_memory = || Exception::new(ExceptionType::OutOfMemory, "Array dimensions exceeded supported range.");
    let count = count.ok_or_else(out_of_memory)?;
    let is_bytes = *element == Type::Number(Number::Byte) && lengths.len() == 1;
    let size = if is_bytes { 1 } else { size_of::<Value>() };
    machine.charge_memory(count.saturating_mul(size).saturating_add(size_of::<Array>()))?;
    Ok(Value::object(if is_bytes {
        Array::bytes(vec![0; count])
    } else {
        Array::with_lengths(element.clone(), lengths.into(), vec![value.clone(); count])
    }))
}

/// An array and the position of one of its items, counted row by row.
pub(super) fn pop_element(machine: &mut Machine<'_>, rank: usize) -> Result<(Value, usize), Thrown> {
    if rank == 1 {
        let index = machine.pop();
        let array = machine.pop();
        if array.is_null() {
            return Err(Exception::null_reference().into());
        }
        let index = if let Value::Int(index) = index { usize::try_from(index).ok() } else { None };
        return Ok((array, index.ok_or_else(outside)?));
    }
    let indexes = machine.pop_many(rank);
    let array = machine.pop();
    let lengths = array.downcast_ref::<Array>().ok_or_else(Exception::null_reference)?.lengths();
    let mut position = 0_usize;
    for (index, length) in indexes.iter().zip(lengths) {
        let Value::Int(index) = index else { return Err(outside().into()) };
        let index = usize::try_from(*index).ok().filter(|index| index < length).ok_or_else(outside)?;
        position = position.saturating_mul(*length).saturating_add(index);
    }
    Ok((array, position))
}

/// Instructions about tuples and anonymous objects.
pub(super) fn record(machine: &mut Machine<'_>, cursor: Cursor<'_>, instruction: &Instruction) -> Result<(), Thrown> {
    let value = match *instruction {
        Instruction::NewTuple { of, count } => {
            machine.charge_memory(count as usize * size_of::<Value>() + size_of::<TupleObject>())?;
            let items = machine.pop_many(count as usize);
            Value::object(TupleObject::new(cursor.code.type_at(of).clone(), items))
        }
        Instruction::NewAnonymous { of, count } => {
            machine.charge_memory(count as usize * size_of::<Value>() + size_of::<AnonymousObject>())?;
            let items = machine.pop_many(count as usize);
            Value::object(AnonymousObject::new(cursor.code.type_at(of).clone(), items))
        }
        Instruction::WithItem(index) => {
            let value = machine.pop();
            let tuple = machine.pop();
            let tuple = tuple.downcast_ref::<TupleObject>().ok_or_else(Exception::null_reference)?;
            machine.charge_memory(size_of_val(tuple.items()))?;
            Value::object(tuple.with_item(index as usize, value))
        }
        Instruction::Item(index) => {
            let record = machine.pop();
            item(&record, index as usize)?
        }
        _ => Value::Null,
    };
    machine.push(value);
    Ok(())
}

fn item(record: &Value, index: usize) -> Result<Value, Thrown> {
    let items = match (record.downcast_ref::<TupleObject>(), record.downcast_ref::<AnonymousObject>()) {
        (Some(tuple), _) => tuple.items(),
        (_, Some(object)) => object.items(),
        _ => return Err(Exception::null_reference().into()),
    };
    Ok(items.get(index).cloned().unwrap_or_default())
}

impl Machine<'_> {
    /// The last `count` operands, in the order they were pushed.
    pub(super) fn pop_many(&mut self, count: usize) -> Vec<Value> {
        let first = self.state.stack.len().saturating_sub(count);
        self.state.stack.drain(first..).collect()
    }
}
