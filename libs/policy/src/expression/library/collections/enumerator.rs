//! `IEnumerator<T>`: a walk as an object, for code that calls `MoveNext` itself.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use postern_dotnet::{Exception, ExceptionType};

use super::arguments::{Answer, default_of};
use super::class_name::ClassName;
use crate::expression::library::{Library, get};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::{Enumerator, Object};
use crate::expression::release::release;
use crate::expression::sequence;
use crate::expression::types::Type;
use crate::expression::value::Value;

static ENUMERATOR: ClassName = ClassName::new("System.Collections.Generic.IEnumerator");

/// A walk with the item it is at. The walk is away while it moves on: its code may come back here.
struct EnumeratorObject {
    element: Type,
    walk: RefCell<Option<Box<dyn Enumerator>>>,
    current: RefCell<Value>,
    /// The walk over an array can begin anew, and says when there is no item.
    array: Option<ArrayWalk>,
}

struct ArrayWalk {
    array: Value,
    stage: Cell<Stage>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    NotStarted,
    AtItem,
    Ended,
}

impl Drop for EnumeratorObject {
    fn drop(&mut self) {
        release(self.current.take());
        if let Some(walk) = &mut self.array {
            release(std::mem::take(&mut walk.array));
        }
    }
}

impl Object for EnumeratorObject {
    fn of(&self) -> Type {
        ENUMERATOR.of([self.element.clone()])
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn dispose(&self) {
        self.walk.take();
    }
}

/// `GetEnumerator()` of anything that is enumerable. The element type is the class's first type argument.
pub(super) fn start(call: &mut Call<'_, '_>) -> Answer {
    let walk = sequence::enumerate(&call.take(0))?;
    let element = call.type_argument(0);
    let current = default_of(call.machine, &element)?;
    let object =
        EnumeratorObject { element, walk: RefCell::new(Some(walk)), current: RefCell::new(current), array: None };
    Ok(Value::object(object))
}

/// The walk that an iterator of this type gives at once, if it is not a sequence that can be walked over several times.
pub(in crate::expression) fn iterated(machine: &mut Machine<'_>, sequence: Value, of: &Type) -> Answer {
    let Type::Class(class, arguments) = of else { return Ok(sequence) };
    if &*get().class(*class).name != "IEnumerator" {
        return Ok(sequence);
    }
    let element = arguments.first().cloned().unwrap_or(Type::Object);
    let (arguments, outs) = (smallvec::smallvec![sequence], smallvec::SmallVec::new());
    start(&mut Call { machine, arguments, types: &[element], outs })
}

/// `Array.GetEnumerator()`
pub(in crate::expression::library) fn start_of_array(call: &mut Call<'_, '_>) -> Answer {
    let array = call.take(0);
    let walk = sequence::enumerate(&array)?;
    let stage = Cell::new(Stage::NotStarted);
    Ok(Value::object(EnumeratorObject {
        element: Type::Object,
        walk: RefCell::new(Some(walk)),
        current: RefCell::default(),
        array: Some(ArrayWalk { array, stage }),
    }))
}

/// `GetEnumerator()` of a class whose items have this type.
pub(in crate::expression::library) fn start_of(call: &mut Call<'_, '_>, element: Type) -> Answer {
    let (sequence, outs) = (call.take(0), smallvec::SmallVec::new());
    let machine = &mut *call.machine;
    start(&mut Call { machine, arguments: smallvec::smallvec![sequence], types: &[element], outs })
}

fn move_next(machine: &mut Machine<'_>, enumerator: &EnumeratorObject) -> Result<bool, Thrown> {
    let Some(mut walk) = enumerator.walk.take() else { return Ok(false) };
    let item = match machine.nested_in_turns(|machine| walk.next(machine)) {
        Ok(item) => item,
        Err(thrown) => {
            if thrown.is_turn() {
                enumerator.walk.replace(Some(walk));
            }
            return Err(thrown);
        }
    };
    let is_there = item.is_some();
    if is_there {
        enumerator.walk.replace(Some(walk));
    }
    let current = match item {
        Some(item) => item,
        None => default_of(machine, &enumerator.element)?,
    };
    enumerator.current.replace(current);
    if let Some(walk) = &enumerator.array {
        walk.stage.set(if is_there { Stage::AtItem } else { Stage::Ended });
    }
    Ok(is_there)
}

pub(super) fn declare(library: &mut Library) {
    library
        .declare("interface System.Collections.IEnumerator")
        .method("bool MoveNext()", |call| {
            let enumerator = call.this::<EnumeratorObject>()?;
            Ok(move_next(call.machine, &enumerator)?.into())
        })
        .method("void Reset()", |call| {
            let enumerator = call.this::<EnumeratorObject>()?;
            if let Some(walk) = &enumerator.array {
                enumerator.walk.replace(Some(sequence::enumerate(&walk.array)?));
                walk.stage.set(Stage::NotStarted);
                return Ok(Value::Null);
            }
            Err(Exception::new(ExceptionType::NotSupported, "Specified method is not supported.").into())
        })
        .getter("object Current", current);
    library
        .declare("interface System.Collections.Generic.IEnumerator<out T> : IEnumerator, IDisposable")
        .getter("T Current", current);
    library.declare("interface System.Collections.IEnumerable").method("IEnumerator GetEnumerator()", start);
    library
        .declare("interface System.Collections.Generic.IEnumerable<out T> : IEnumerable")
        .method("IEnumerator<T> GetEnumerator()", start);
    library.declare("interface System.IDisposable").method("void Dispose()", |call| {
        if let Value::Object(object) = call.take(0) {
            object.dispose();
        }
        Ok(Value::Null)
    });
}

fn current(call: &mut Call<'_, '_>) -> Answer {
    let enumerator = call.this::<EnumeratorObject>()?;
    let message = match enumerator.array.as_ref().map(|walk| walk.stage.get()) {
        Some(Stage::NotStarted) => "Enumeration has not started. Call MoveNext.",
        Some(Stage::Ended) => "Enumeration already finished.",
        _ => return Ok(enumerator.current.borrow().clone()),
    };
    Err(Exception::new(ExceptionType::InvalidOperation, message).into())
}
