//! Instructions on `dynamic` operands.

use smallvec::SmallVec;

use super::run::Cursor;
use super::{Machine, Thrown};
use crate::expression::code::Instruction;
use crate::expression::dynamic;
use crate::expression::value::Value;

type Operands = SmallVec<[Value; 4]>;

pub(super) fn run(machine: &mut Machine<'_>, cursor: Cursor<'_>, instruction: &Instruction) -> Result<(), Thrown> {
    use Instruction as I;
    let code = cursor.code;
    let value = match *instruction {
        I::DynamicMember(name) => {
            let target = machine.pop().into_unboxed();
            dynamic::member(machine, &target, &code.text_at(name))?
        }
        I::DynamicCall { name, count } => {
            let arguments = operands(machine, count);
            let target = machine.pop().into_unboxed();
            match name {
                Some(name) => dynamic::call(machine, &target, &code.text_at(name.get()), &arguments)?,
                None => dynamic::invoke(machine, &target, &arguments)?,
            }
        }
        I::DynamicStatic { class, name, count } => {
            let arguments = operands(machine, count);
            let name = name.map(|name| code.text_at(name.get()));
            dynamic::call_static(machine, code.type_at(class), name.as_deref(), &arguments)?
        }
        I::DynamicIndex(count) => {
            let arguments = operands(machine, count);
            let target = machine.pop().into_unboxed();
            dynamic::index(machine, &target, &arguments)?
        }
        I::DynamicOperator { symbol, is_binary } => {
            let right = is_binary.then(|| machine.pop().into_unboxed());
            let left = machine.pop().into_unboxed();
            let symbol = cursor.tables().symbols.get(symbol as usize).copied().unwrap_or_default();
            dynamic::operator(machine, symbol, &left, right.as_ref())?
        }
        I::ConvertDynamic { to, is_explicit } => {
            let value = machine.pop().into_unboxed();
            dynamic::convert(machine, &value, code.type_at(to), is_explicit)?
        }
        I::SetDynamicMember(name) => {
            let value = machine.pop().into_unboxed();
            let target = machine.pop().into_unboxed();
            return dynamic::set_member(machine, &target, &code.text_at(name), &value);
        }
        I::SetDynamicIndex(count) => {
            let value = machine.pop().into_unboxed();
            let arguments = operands(machine, count);
            let target = machine.pop().into_unboxed();
            return dynamic::set_index(machine, &target, &arguments, &value);
        }
        // All others are run elsewhere.
        _ => return Ok(()),
    };
    machine.push(value);
    Ok(())
}

fn operands(machine: &mut Machine<'_>, count: u32) -> Operands {
    let stack = &mut machine.state.stack;
    let first = stack.len().saturating_sub(count as usize);
    stack.drain(first..).map(Value::into_unboxed).collect()
}
