//! References: where a variable, an element of an array, or an item of a tuple in one of these is.
//!
//! They lie in locals and on the operand stack only; code never sees them as values.

use std::any::Any;
use std::rc::Rc;

use postern_dotnet::{Exception, ExceptionType};

use super::objects::{outside, pop_element};
use super::run::Cursor;
use super::state::VariableCell;
use super::{Machine, Thrown, call};
use crate::expression::array::Array;
use crate::expression::code::Instruction;
use crate::expression::object::{List, Object};
use crate::expression::tuple::TupleObject;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Where something is.
#[derive(Debug, Clone)]
enum Reference {
    Cell(Rc<VariableCell>),
    /// An element, counted row by row.
    Element(Rc<Array>, usize),
    /// An item of the tuple that another reference leads to.
    Item(Rc<Reference>, u32),
}

impl Object for Reference {
    fn of(&self) -> Type {
        Type::Object
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}

impl Reference {
    /// References to items lie as deep in each other as the tuple types that were written.
    fn load(&self) -> Value {
        match self {
            Reference::Cell(cell) => cell.load(),
            Reference::Element(array, index) => array.get(*index).unwrap_or_default(),
            Reference::Item(tuple, index) => {
                let tuple = tuple.load();
                tuple
                    .downcast_ref::<TupleObject>()
                    .and_then(|tuple| tuple.items().get(*index as usize))
                    .cloned()
                    .unwrap_or_default()
            }
        }
    }

    fn store(&self, value: Value, machine: &mut Machine<'_>) -> Result<(), Thrown> {
        match self {
            Reference::Cell(cell) => cell.store(value),
            Reference::Element(array, index) => array.set(*index, value)?,
            Reference::Item(tuple, index) => {
                let old = tuple.load();
                let old = old.downcast_ref::<TupleObject>().ok_or_else(Exception::null_reference)?;
                machine.charge_memory(size_of_val(old.items()))?;
                tuple.store(Value::object(old.with_item(*index as usize, value)), machine)?;
            }
        }
        Ok(())
    }
}

/// Instructions about references.
pub(super) fn run(machine: &mut Machine<'_>, cursor: Cursor<'_>, instruction: &Instruction) -> Result<(), Thrown> {
    let reference = match *instruction {
        Instruction::ReferCell(cell) => Reference::Cell(call::captured(machine, cursor.cells + cell as usize)?),
        Instruction::ReferElement { rank, of } => {
            let (array, index) = pop_element(machine, rank as usize)?;
            let array = array.downcast::<Array>().ok_or_else(Exception::null_reference)?;
            if index >= array.len() {
                return Err(outside().into());
            }
            let of = cursor.code.type_at(of);
            if array.element() != of && *of != Type::Dynamic {
                let message = "Attempted to access an element as a type incompatible with the array.";
                return Err(Exception::new(ExceptionType::ArrayTypeMismatch, message).into());
            }
            Reference::Element(array, index)
        }
        Instruction::ReferItem(index) => {
            let tuple = machine.pop().downcast::<Reference>().ok_or_else(Exception::null_reference)?;
            Reference::Item(tuple, index)
        }
        Instruction::SetReferenced => {
            let value = machine.pop();
            let reference = machine.pop().downcast::<Reference>().ok_or_else(Exception::null_reference)?;
            return reference.store(value, machine);
        }
        // Dereference
        _ => {
            let reference = machine.pop();
            let value = reference.downcast_ref::<Reference>().ok_or_else(Exception::null_reference)?.load();
            machine.push(value);
            return Ok(());
        }
    };
    machine.charge_memory(size_of::<Reference>())?;
    machine.push(Value::object(reference));
    Ok(())
}
