//! Calls: of natives, of functions of the unit, of delegates from code and from natives.

use std::rc::Rc;

use postern_dotnet::{Exception, ExceptionType, Text};
use smallvec::SmallVec;

use super::iterator;
use super::run::{Cursor, Flow, Turn, run};
use super::state::{Frame, Suspended, VariableCell};
use super::{Limit, Loaded, Machine, Thrown};
use crate::expression::bound::NativeRef;
use crate::expression::code::Function;
use crate::expression::delegate::{Closure, Multicast, NativeDelegate, NativeMethod};
use crate::expression::limits;
use crate::expression::native::Call;
use crate::expression::value::Value;

/// Begins a call of a function whose arguments are on the stack. Its captures are still to be set.
pub(super) fn enter(machine: &mut Machine<'_>, code: Loaded, function: u32, count: usize) -> Result<(), Thrown> {
    let Some(callee) = code.functions.get(function as usize) else { return Err(argument_mismatch()) };
    if callee.parameter_count as usize != count {
        return Err(argument_mismatch());
    }
    make_room(machine, callee)?;
    let state = &mut *machine.state;
    let base = state.stack.len().saturating_sub(count);
    // Most expressions have neither.
    if callee.local_count as usize != count {
        state.stack.resize(base + callee.local_count as usize, Value::Null);
    }
    let cells = state.cells.len();
    if callee.cell_count > 0 {
        state.cells.resize(cells + callee.cell_count as usize, None);
    }
    let next = callee.start;
    state.frames.push(Frame { code, next, is_filter: false, base, cells });
    Ok(())
}

/// Pays for a call and reserves its part of the stack.
fn make_room(machine: &mut Machine<'_>, callee: &Function) -> Result<(), Thrown> {
    machine.charge(callee.length as usize)?;
    let state = &mut *machine.state;
    let room = callee.local_count as usize + callee.operand_max as usize;
    if state.frames.len() >= limits::FRAMES_MAX || state.stack.len() + room > limits::STACK_VALUES_MAX {
        return Err(Thrown::Limit(Limit::Depth));
    }
    state.stack.reserve(room);
    Ok(())
}

/// Begins a call of a function of the code at hand.
pub(super) fn function(machine: &mut Machine<'_>, cursor: Cursor<'_>, site_index: u32) -> Result<(), Thrown> {
    let Some(site) = cursor.tables().functions.get(site_index as usize) else { return Err(argument_mismatch()) };
    let callee_cells = machine.state.cells.len();
    enter(machine, Rc::clone(cursor.code), site.function, site.argument_count as usize)?;
    for (index, outer) in site.captures.iter().enumerate() {
        let cell = captured(machine, cursor.cells + *outer as usize)?;
        if let Some(place) = machine.state.cells.get_mut(callee_cells + index) {
            *place = Some(cell);
        }
    }
    Ok(())
}

/// A captured variable for another function to share. One that was not declared yet comes into being.
pub(super) fn captured(machine: &mut Machine<'_>, index: usize) -> Result<Rc<VariableCell>, Thrown> {
    if let Some(Some(cell)) = machine.state.cells.get(index) {
        return Ok(Rc::clone(cell));
    }
    let cell = machine.new_cell(Value::Null)?;
    if let Some(place) = machine.state.cells.get_mut(index) {
        *place = Some(Rc::clone(&cell));
    }
    Ok(cell)
}

/// Ends the call on top. Gives the result back if that was the last frame above `floor`, otherwise leaves it on the caller's stack.
pub(super) fn leave(machine: &mut Machine<'_>, value: Value, floor: usize) -> Option<Value> {
    let state = &mut *machine.state;
    let frame = state.frames.pop()?;
    state.stack.truncate(frame.base);
    state.cells.truncate(frame.cells);
    if state.frames.len() <= floor {
        return Some(value);
    }
    state.stack.push(value);
    None
}

/// Bytes of a text argument for which a native pays a step in any case: most look at the whole text, whatever else they pay for.
const GLANCED_BYTES_PER_STEP: usize = 128;

/// Methods that make a new text, or give one that they hold, though they were given one with the same characters.
const NOT_AS_GIVEN: [&str; 10] = [
    "Copy",
    "Format",
    "GetValueOrDefault",
    "Intern",
    "IsInterned",
    "Join",
    "ToLower",
    "ToLowerInvariant",
    "ToUpper",
    "ToUpperInvariant",
];

/// The texts among arguments: most methods hand them out where nothing has to be changed.
fn given_texts(name: &str, arguments: &[Value]) -> SmallVec<[Text; 4]> {
    if NOT_AS_GIVEN.contains(&name) {
        return SmallVec::new();
    }
    let text = |argument: &Value| if let Value::String(text) = argument { Some(text.clone()) } else { None };
    arguments.iter().filter_map(text).collect()
}

fn given_if_same(result: Value, texts: &[Text]) -> Value {
    let Value::String(text) = &result else { return result };
    match texts.iter().find(|given| *given == text) {
        Some(given) => Value::String(given.clone()),
        None => result,
    }
}

/// Natives work on what is inside of boxes; those that keep something get the box.
fn unbox(arguments: &mut [Value], takes_boxes: u32) {
    for (index, argument) in (0..).zip(arguments) {
        if takes_boxes.checked_shr(index).unwrap_or(0) & 1 == 0 {
            *argument = std::mem::take(argument).into_unboxed();
        }
    }
}

/// Calls a native whose arguments are on the stack and leaves its result there, and above it the values of its `out` parameters.
#[inline(never)]
pub(super) fn native(
    machine: &mut Machine<'_>,
    cursor: Cursor<'_>,
    native: u32,
    count: u32,
    outs: Option<u32>,
) -> Result<(), Thrown> {
    let tables = cursor.tables();
    let Some(native) = tables.natives.get(native as usize) else { return Err(argument_mismatch()) };
    let first = machine.state.stack.len().saturating_sub(count as usize);
    if native.has_this && machine.state.stack.get(first).is_some_and(Value::is_null) {
        return Err(Exception::null_reference().into());
    }
    // Filled in its place: it is larger than what moves for nothing.
    let mut call = Call { machine, arguments: SmallVec::new(), types: &native.types, outs: SmallVec::new() };
    // Faster than draining.
    let mut text_bytes = 0;
    for argument in call.machine.state.stack.get_mut(first..).unwrap_or_default() {
        if let Value::String(text) = &*argument {
            text_bytes += text.len();
        }
        call.arguments.push(std::mem::take(argument));
    }
    call.machine.state.stack.truncate(first);
    let texts = cursor.code.compares_references.then(|| {
        unbox(&mut call.arguments, native.takes_boxes);
        given_texts(&native.name, &call.arguments)
    });
    call.machine.charge(text_bytes / GLANCED_BYTES_PER_STEP)?;
    let left = call.machine.state.left_count();
    let mut result = (native.native)(&mut call);
    if let Err(Thrown::Limit(Limit::Turn)) = result {
        call.machine.state.stack.extend(call.arguments);
        return Err(Thrown::Limit(Limit::Turn));
    }
    if call.machine.state.left.is_some() {
        result = iterator::dispose_left(call.machine, left, result);
    }
    let result = result?;
    call.machine.push(match texts {
        Some(texts) => given_if_same(result, &texts),
        None => result,
    });
    if let Some(outs) = outs.and_then(|outs| tables.outs.get(outs as usize)) {
        for out in outs {
            let value = call.outs.iter().find(|(index, _)| *index == *out as usize).map(|(_, value)| value.clone());
            call.machine.push(value.unwrap_or_default());
        }
    }
    Ok(())
}

/// Calls the delegate that is on the stack below `count` arguments. True: a frame was begun, otherwise the result is on the stack. At the end of
/// the turn all is on the stack again.
pub(super) fn delegate(machine: &mut Machine<'_>, count: u32) -> Result<bool, Thrown> {
    let stack = &mut machine.state.stack;
    let place = stack.len().saturating_sub(count as usize + 1);
    if place >= stack.len() {
        return Err(argument_mismatch());
    }
    let delegate = stack.remove(place);
    if let Some(closure) = delegate.downcast_ref::<Closure>() {
        begin_closure(machine, closure, count as usize)?;
        return Ok(true);
    }
    let arguments: SmallVec<[Value; 4]> = stack.drain(place..).collect();
    let result = invoke_in_turns(machine, &delegate, &arguments);
    if let Err(Thrown::Limit(Limit::Turn)) = result {
        machine.state.stack.push(delegate);
        machine.state.stack.extend(arguments);
        return Err(Thrown::Limit(Limit::Turn));
    }
    machine.push(result?);
    Ok(false)
}

/// Begins a call of a closure whose arguments are on the stack.
fn begin_closure(machine: &mut Machine<'_>, closure: &Closure, count: usize) -> Result<(), Thrown> {
    let cells = machine.state.cells.len();
    enter(machine, Rc::clone(&closure.code), closure.function, count)?;
    for (index, cell) in closure.captures.iter().enumerate() {
        if let Some(place) = machine.state.cells.get_mut(cells + index) {
            *place = Some(Rc::clone(cell));
        }
    }
    Ok(())
}

/// Calls a delegate for a native. What the delegate runs cannot pause: the native that calls it would not be gone on with.
pub(super) fn invoke(machine: &mut Machine<'_>, delegate: &Value, arguments: &[Value]) -> Result<Value, Thrown> {
    machine.in_one_turn(|machine| invoke_in_turns(machine, delegate, arguments))
}

/// Calls a delegate for a native that is gone on with.
pub(super) fn invoke_in_turns(
    machine: &mut Machine<'_>,
    delegate: &Value,
    arguments: &[Value],
) -> Result<Value, Thrown> {
    if let Some(closure) = delegate.downcast_ref::<Closure>() {
        return machine.nested_in_turns(|machine| run_closure(machine, closure, arguments));
    }
    machine.charge(1)?;
    if let Some(method) = delegate.downcast_ref::<NativeMethod>() {
        return machine.nested_in_turns(|machine| method.call(machine, arguments));
    }
    if let Some(function) = delegate.downcast_ref::<NativeDelegate>() {
        if function.parameter_count != arguments.len() {
            return Err(argument_mismatch());
        }
        return machine.nested(|machine| (function.run)(machine, arguments));
    }
    if let Some(list) = delegate.downcast_ref::<Multicast>() {
        return machine.nested_in_turns(|machine| invoke_all(machine, &list.delegates, arguments));
    }
    Err(if delegate.is_null() { Exception::null_reference().into() } else { argument_mismatch() })
}

/// How far a list of delegates has come.
#[derive(Default)]
struct Called {
    count: usize,
    last: Value,
}

fn invoke_all(machine: &mut Machine<'_>, delegates: &[Value], arguments: &[Value]) -> Result<Value, Thrown> {
    let mut called = machine.take_paused::<Called>().unwrap_or_default();
    while let Some(delegate) = delegates.get(called.count) {
        match invoke_in_turns(machine, delegate, arguments) {
            Ok(value) => called.last = value,
            Err(Thrown::Limit(Limit::Turn)) => return Err(machine.pause(called)),
            Err(thrown) => return Err(thrown),
        }
        called.count += 1;
    }
    Ok(called.last)
}

/// Steps for a call out of a native, beside those of the function.
const CALLED_STEPS: usize = 6;

fn run_closure(machine: &mut Machine<'_>, closure: &Closure, arguments: &[Value]) -> Result<Value, Thrown> {
    machine.charge(CALLED_STEPS)?;
    let floor = machine.state.frames.len();
    let may_pause = machine.may_pause;
    let of = std::ptr::from_ref(closure).addr();
    match machine.take_paused::<Suspended>().filter(|suspended| suspended.of == of) {
        Some(suspended) => machine.state.resume(*suspended),
        None => {
            let height = machine.state.stack.len();
            machine.state.stack.extend_from_slice(arguments);
            if let Err(thrown) = begin_closure(machine, closure, arguments.len()) {
                machine.state.stack.truncate(height);
                return Err(thrown);
            }
        }
    }
    match run(machine, floor, if may_pause { Turn::Yielding } else { Turn::Nested })? {
        Flow::Done(value) | Flow::Produced(value) => Ok(value),
        Flow::Yielded => {
            let suspended = machine.state.suspend(floor, of);
            machine.may_pause = may_pause;
            Err(machine.pause(Box::new(suspended)))
        }
    }
}

impl NativeMethod {
    fn native(&self) -> Option<&NativeRef> {
        self.code.tables.natives.get(self.native as usize)
    }

    fn call(&self, machine: &mut Machine<'_>, arguments: &[Value]) -> Result<Value, Thrown> {
        let Some(native) = self.native() else { return Err(argument_mismatch()) };
        let arguments = self.this.iter().chain(arguments).cloned().collect::<SmallVec<[Value; 4]>>();
        let text_bytes = |argument: &Value| if let Value::String(text) = argument { text.len() } else { 0 };
        machine.charge(arguments.iter().map(text_bytes).sum::<usize>() / GLANCED_BYTES_PER_STEP)?;
        if native.has_this && arguments.first().is_none_or(Value::is_null) {
            return Err(Exception::null_reference().into());
        }
        (native.native)(&mut Call { machine, arguments, types: &native.types, outs: SmallVec::new() })
    }
}

/// The compiler sees to it that calls of delegates fit; through `dynamic` they may not.
pub(super) fn argument_mismatch() -> Thrown {
    Exception::new(ExceptionType::InvalidOperation, "Parameter count mismatch.").into()
}
