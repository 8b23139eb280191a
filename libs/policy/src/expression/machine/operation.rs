//! The instructions that are not on the hot path: each takes its operands from the stack and leaves its result there.

use std::cell::RefCell;
use std::rc::Rc;

use postern_dotnet::{Exception, ExceptionType};

use super::arithmetic::lifted;
use super::run::Cursor;
use super::state::{VariableCell, WalkObject};
use super::{Machine, Thrown, call, dynamic, iterator, numeric, objects, reference, text};
use crate::expression::array::Array;
use crate::expression::bound::NumericType;
use crate::expression::boxed::Boxed;
use crate::expression::code::Instruction;
use crate::expression::conversion;
use crate::expression::delegate::{Closure, NativeMethod};
use crate::expression::enums::EnumValue;
use crate::expression::exception::ExceptionObject;
use crate::expression::library;
use crate::expression::object::List;
use crate::expression::sequence;
use crate::expression::type_object::TypeObject;
use crate::expression::types::{Number, Type};
use crate::expression::value::Value;

/// Runs one instruction that goes on with the next.
#[inline(never)]
pub(super) fn run(machine: &mut Machine<'_>, cursor: Cursor<'_>, instruction: &Instruction) -> Result<(), Thrown> {
    use Instruction as I;
    match *instruction {
        I::StoreCell(_) | I::NewCell(_) => variable(machine, cursor, instruction),
        I::Lambda(_) | I::MethodGroup { .. } => delegate(machine, cursor, instruction),
        I::Box => {
            machine.charge_memory(size_of::<Value>())?;
            let value = Boxed::object(machine.pop());
            machine.push(value);
            Ok(())
        }
        I::Unbox => {
            let value = machine.pop().into_unboxed();
            machine.push(value);
            Ok(())
        }
        I::Numeric { .. } | I::EnumToNumber(_) | I::NumberToEnum(_) | I::Cast(_) | I::As(_) | I::NullableValue => {
            convert(machine, cursor, instruction)
        }
        I::ReferCell(_) | I::ReferElement { .. } | I::ReferItem(_) | I::Dereference | I::SetReferenced => {
            reference::run(machine, cursor, instruction)
        }
        I::Lifted { .. } | I::Unary { .. } | I::SameReference { .. } | I::IsNull { .. } => {
            operator(machine, instruction)
        }
        I::Concat(count) => text::concat(machine, count as usize),
        I::Interpolate(pieces) => text::interpolate(machine, cursor, pieces),
        I::Throw => {
            let thrown = ExceptionObject::thrown(&machine.pop());
            Err(machine.state.search.begin(thrown))
        }
        I::Rethrow(slot) => {
            let thrown = ExceptionObject::thrown(machine.local(cursor.base, slot));
            Err(machine.state.search.begin(thrown))
        }
        I::NoArm => Err(no_arm()),
        I::GoOnAt { slot, target } => {
            machine.set_local(cursor.base, slot, Value::UInt(target));
            Ok(())
        }
        I::Walk(slot) => walk(machine, cursor.base, slot),
        I::Dispose(local) => {
            if let Value::Object(object) = machine.local(cursor.base, local).clone() {
                let mark = machine.state.left_count();
                object.dispose();
                iterator::dispose_left(machine, mark, Ok(Value::Null))?;
            }
            Ok(())
        }
        I::Duplicate => {
            let value = machine.top().clone();
            machine.push(value);
            Ok(())
        }
        I::TypeOf(of) => {
            machine.push(Value::object(TypeObject(cursor.code.type_at(of).clone())));
            Ok(())
        }
        I::NewArray { .. } | I::ArrayItems { .. } | I::Element(_) | I::SetElement(_) | I::ArrayLength => {
            objects::array(machine, cursor, instruction)
        }
        I::NewTuple { .. } | I::NewAnonymous { .. } | I::Item(_) | I::WithItem(_) => {
            objects::record(machine, cursor, instruction)
        }
        _ => dynamic::run(machine, cursor, instruction),
    }
}

fn no_arm() -> Thrown {
    // .NET's message also quotes the value.
    Exception::new(ExceptionType::SwitchExpression, "Non-exhaustive switch expression failed to match its input.")
        .into()
}

impl Machine<'_> {
    /// A new captured variable.
    pub(super) fn new_cell(&mut self, value: Value) -> Result<Rc<VariableCell>, Thrown> {
        self.charge_memory(size_of::<VariableCell>() + size_of::<usize>() * 3)?;
        Ok(self.state.new_cell(value))
    }
}

fn variable(machine: &mut Machine<'_>, cursor: Cursor<'_>, instruction: &Instruction) -> Result<(), Thrown> {
    match *instruction {
        Instruction::StoreCell(index) => {
            let value = machine.pop();
            call::captured(machine, cursor.cells + index as usize)?.store(value);
        }
        Instruction::NewCell(index) => {
            let value = machine.pop();
            let cell = machine.new_cell(value)?;
            if let Some(place) = machine.state.cells.get_mut(cursor.cells + index as usize) {
                *place = Some(cell);
            }
        }
        _ => {}
    }
    Ok(())
}

fn delegate(machine: &mut Machine<'_>, cursor: Cursor<'_>, instruction: &Instruction) -> Result<(), Thrown> {
    machine.charge_memory(size_of::<Closure>())?;
    let code = Rc::clone(cursor.code);
    let value = match *instruction {
        Instruction::Lambda(site) => {
            let Some(site) = cursor.tables().functions.get(site as usize) else { return Ok(()) };
            let captures = site
                .captures
                .iter()
                .map(|outer| call::captured(machine, cursor.cells + *outer as usize))
                .collect::<Result<_, _>>()?;
            Value::object(Closure { code, function: site.function, captures, of: site.of })
        }
        Instruction::MethodGroup { native, of } => {
            let has_this = cursor.tables().natives.get(native as usize).is_some_and(|native| native.has_this);
            let this = has_this.then(|| machine.pop());
            if this.as_ref().is_some_and(Value::is_null) {
                return Err(Exception::null_reference().into());
            }
            Value::object(NativeMethod { code, native, this, of })
        }
        _ => Value::Null,
    };
    machine.push(value);
    Ok(())
}

fn operator(machine: &mut Machine<'_>, instruction: &Instruction) -> Result<(), Thrown> {
    let right = machine.pop();
    let value = match *instruction {
        Instruction::Lifted { apply, operator, on } => {
            let left = machine.pop();
            lifted(apply, operator, on, &left, &right)?
        }
        Instruction::Unary { is_lifted: true, .. } if right.is_null() => Value::Null,
        Instruction::Unary { apply, .. } => apply(&right)?,
        Instruction::SameReference { is_negated } => {
            let left = machine.pop();
            Value::Bool(left.same(&right) != is_negated)
        }
        Instruction::IsNull { is_negated } => Value::Bool(right.is_null() != is_negated),
        _ => Value::Null,
    };
    machine.push(value);
    Ok(())
}

/// `value is T`; the types that are tested most are told by the value itself.
pub(super) fn is_instance(value: &Value, of: &Type) -> bool {
    match (value, of) {
        (Value::Null, _) => false,
        (Value::String(_), Type::String) | (Value::Int(_), Type::Number(Number::Int)) => true,
        (Value::Bool(_), Type::Bool) | (_, Type::Object | Type::Dynamic) => true,
        _ => conversion::is_instance(value, of),
    }
}

fn convert(machine: &mut Machine<'_>, cursor: Cursor<'_>, instruction: &Instruction) -> Result<(), Thrown> {
    let value = machine.pop();
    let value = match *instruction {
        Instruction::Numeric { is_lifted: true, .. } | Instruction::EnumToNumber(_) | Instruction::NumberToEnum(_)
            if value.is_null() =>
        {
            Value::Null
        }
        Instruction::Numeric { to, is_checked, .. } => numeric::convert(&value, to, is_checked)?,
        Instruction::EnumToNumber(to) => {
            let number = value.downcast_ref::<EnumValue>().map_or(0, |value| value.value);
            numeric::convert(&Value::Long(number), NumericType::Number(to), false)?
        }
        Instruction::NumberToEnum(of) => number_to_enum(value, cursor.code.type_at(of))?,
        Instruction::Cast(of) => cast(value, cursor.code.type_at(of))?,
        Instruction::As(of) if is_instance(&value, cursor.code.type_at(of)) => as_of(value, cursor.code.type_at(of)),
        Instruction::As(_) => Value::Null,
        Instruction::NullableValue if value.is_null() => {
            return Err(Exception::new(ExceptionType::InvalidOperation, "Nullable object must have a value.").into());
        }
        _ => value,
    };
    machine.push(value);
    Ok(())
}

fn number_to_enum(value: Value, of: &Type) -> Result<Value, Thrown> {
    let long = numeric::convert(&value, NumericType::Number(Number::Long), false)?;
    Ok(match (long, of) {
        (Value::Long(value), Type::Class(class, _)) => EnumValue::shared(*class, value),
        _ => value,
    })
}

/// An instance of a type as this type has it: not boxed if it is a value type.
fn as_of(value: Value, of: &Type) -> Value {
    match (&value, of) {
        (Value::Object(_), Type::Object | Type::Dynamic | Type::String) => value,
        (Value::Object(_), of) if of.is_value_type() || matches!(of, Type::Nullable(_)) => value.into_unboxed(),
        _ => value,
    }
}

fn cast(value: Value, of: &Type) -> Result<Value, Thrown> {
    if value.is_null() {
        return if of.takes_null() { Ok(value) } else { Err(Exception::null_reference().into()) };
    }
    if is_instance(&value, of) {
        return Ok(as_of(value, of));
    }
    let value = value.into_unboxed();
    // An enum may be unboxed to its number, and a number to an enum.
    match (of, value.downcast_ref::<EnumValue>()) {
        (Type::Number(Number::Int), Some(found)) => {
            return Ok(numeric::convert(&Value::Long(found.value), NumericType::Number(Number::Int), false)?);
        }
        (Type::Class(class, _), None)
            if matches!(value, Value::Int(_)) && library::get().class(*class).kind == library::ClassKind::Enum =>
        {
            return number_to_enum(value, of);
        }
        _ => {}
    }
    let found = value.of();
    let message = if of.is_value_type() || matches!(of, Type::Nullable(_)) {
        // Unboxing.
        format!("Unable to cast object of type '{}' to type '{}'.", name(&found), name(of))
    } else {
        format!("Unable to cast object of type '{}' to type '{}'.", name(&found), name(of))
    };
    Err(Exception::new(ExceptionType::InvalidCast, message).into())
}

fn name(of: &Type) -> String {
    crate::expression::library::full_name(of)
}

/// Begins a `foreach`: an array and a position, or an enumerator.
fn walk(machine: &mut Machine<'_>, base: usize, slot: u32) -> Result<(), Thrown> {
    let sequence = machine.pop();
    let (state, position) = if sequence.downcast_ref::<Array>().is_some() {
        (sequence, Value::UInt(0))
    } else {
        let enumerator = sequence::enumerate(&sequence)?;
        machine.charge_memory(size_of::<WalkObject>())?;
        (Value::object(WalkObject(RefCell::new(enumerator))), Value::Null)
    };
    machine.set_local(base, slot, state);
    machine.set_local(base, slot + 1, position);
    Ok(())
}

/// The next item of a walk.
#[inline(never)]
pub(super) fn next(machine: &mut Machine<'_>, base: usize, slot: u32) -> Result<Option<Value>, Thrown> {
    if let Value::UInt(position) = *machine.local(base, slot + 1) {
        let item = machine.local(base, slot).downcast_ref::<Array>().and_then(|array| array.get(position as usize));
        machine.set_local(base, slot + 1, Value::UInt(position.saturating_add(1)));
        return Ok(item);
    }
    let Some(walk) = machine.local(base, slot).downcast::<WalkObject>() else { return Ok(None) };
    let Ok(mut enumerator) = walk.0.try_borrow_mut() else { return Ok(None) };
    machine.nested_in_turns(|machine| enumerator.next(machine))
}
