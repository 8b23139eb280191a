//! `Queue<T>` and `Stack<T>`.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::rc::Rc;

use postern_dotnet::{Exception, ExceptionType};

use super::arguments::{Answer, default_of, int, invalid_operation, modified, required};
use super::class_name::ClassName;
use super::equality::Equality;
use crate::expression::array::Array;
use crate::expression::library::linq::{Source, items_of, walk_over};
use crate::expression::library::{ClassBuilder, Library};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::{Enumerator, Object};
use crate::expression::release::release_all;
use crate::expression::types::Type;
use crate::expression::value::Value;

static QUEUE: ClassName = ClassName::new("System.Collections.Generic.Queue");
static STACK: ClassName = ClassName::new("System.Collections.Generic.Stack");

/// Where new items go. They leave at the front, and walks begin there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// A queue.
    Back,
    /// A stack.
    Front,
}

impl End {
    const fn nothing(self) -> &'static str {
        match self {
            End::Back => "Queue empty.",
            End::Front => "Stack empty.",
        }
    }
}

/// A queue or stack.
struct LineObject {
    element: Type,
    end: End,
    items: RefCell<VecDeque<Value>>,
    version: Cell<u32>,
}

impl LineObject {
    fn new(element: Type, end: End) -> LineObject {
        LineObject { element, end, items: RefCell::default(), version: Cell::new(0) }
    }

    fn push(&self, machine: &mut Machine<'_>, item: Value) -> Result<(), Thrown> {
        machine.charge_memory(size_of::<Value>())?;
        self.version.set(self.version.get().wrapping_add(1));
        let mut items = self.items.borrow_mut();
        match self.end {
            End::Back => items.push_back(item),
            End::Front => items.push_front(item),
        }
        Ok(())
    }

    fn pop(&self) -> Option<Value> {
        self.version.set(self.version.get().wrapping_add(1));
        self.items.borrow_mut().pop_front()
    }

    fn peek(&self) -> Option<Value> {
        self.items.borrow().front().cloned()
    }
}

impl Object for LineObject {
    fn of(&self) -> Type {
        let class = if self.end == End::Back { &QUEUE } else { &STACK };
        class.of([self.element.clone()])
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        let version = self.version.get();
        Some(Box::new(Walk { line: self, next: 0, version }))
    }

    fn count(&self) -> Option<usize> {
        Some(self.items.borrow().len())
    }
}

impl Drop for LineObject {
    fn drop(&mut self) {
        release_all(&mut Vec::from(self.items.take()));
    }
}

struct Walk {
    line: Rc<LineObject>,
    next: usize,
    version: u32,
}

impl Enumerator for Walk {
    fn next(&mut self, machine: &mut Machine<'_>) -> Result<Option<Value>, Thrown> {
        machine.charge(1)?;
        if self.line.version.get() != self.version {
            return Err(modified());
        }
        let item = self.line.items.borrow().get(self.next).cloned();
        self.next += 1;
        Ok(item)
    }
}

pub(super) fn declare(library: &mut Library) {
    let queue = library
        .declare("class System.Collections.Generic.Queue<T> : IReadOnlyCollection<T>, ICollection")
        .constructor("()", |call| Ok(empty(call, End::Back)))
        .constructor("(int capacity)", |call| with_capacity(call, End::Back))
        .constructor("(IEnumerable<T> collection)", |call| copy(call, End::Back))
        .method("void Enqueue(T item)", push)
        .method("T Dequeue()", pop)
        .method("bool TryDequeue(out T result)", |call| {
            let item = call.this::<LineObject>()?.pop();
            tried(call, item)
        });
    declare_common(queue);
    let stack = library
        .declare("class System.Collections.Generic.Stack<T> : IReadOnlyCollection<T>, ICollection")
        .constructor("()", |call| Ok(empty(call, End::Front)))
        .constructor("(int capacity)", |call| with_capacity(call, End::Front))
        .constructor("(IEnumerable<T> collection)", |call| copy(call, End::Front))
        .method("void Push(T item)", push)
        .method("T Pop()", pop)
        .method("bool TryPop(out T result)", |call| {
            let item = call.this::<LineObject>()?.pop();
            tried(call, item)
        });
    declare_common(stack);
}

fn declare_common(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .getter("int Count", |call| Ok(int(call.this::<LineObject>()?.items.borrow().len())))
        .method("T Peek()", |call| {
            let line = call.this::<LineObject>()?;
            line.peek().ok_or_else(|| invalid_operation(line.end.nothing()))
        })
        .method("bool TryPeek(out T result)", |call| {
            let item = call.this::<LineObject>()?.peek();
            tried(call, item)
        })
        .method("void Clear()", |call| {
            let line = call.this::<LineObject>()?;
            line.version.set(line.version.get().wrapping_add(1));
            release_all(&mut Vec::from(line.items.take()));
            Ok(Value::Null)
        })
        .method("bool Contains(T item)", |call| {
            let wanted = call.argument(1).clone();
            let is_there = walk_over(
                call,
                |call| Ok((Source::new(call.argument(0).clone()), false)),
                |machine, is_there, item| {
                    *is_there = Equality::default().equal(machine, &wanted, item)?;
                    Ok(if *is_there { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
                },
            )?;
            Ok(is_there.into())
        })
        .method("T[] ToArray()", |call| {
            let items = items_of(call, |call| Ok(Source::new(call.argument(0).clone())))?;
            Ok(Value::object(Array::values(call.type_argument(0), items)))
        })
        .method("void CopyTo(T[] array, int arrayIndex)", super::interfaces::copy_to)
        .method("void TrimExcess()", |_| Ok(Value::Null))
        .method("IEnumerator<T> GetEnumerator()", super::enumerator::start)
}

fn empty(call: &Call<'_, '_>, end: End) -> Value {
    Value::object(LineObject::new(call.type_argument(0), end))
}

fn with_capacity(call: &Call<'_, '_>, end: End) -> Answer {
    let capacity = call.int(0);
    if capacity < 0 {
        let message = format!(
            "capacity ('{capacity}') must be a non-negative value. (Parameter 'capacity')\nActual value was {capacity}."
        );
        return Err(Exception::new(ExceptionType::ArgumentOutOfRange, message).into());
    }
    Ok(empty(call, end))
}

fn copy(call: &mut Call<'_, '_>, end: End) -> Answer {
    let line = walk_over(
        call,
        |call| Ok((Source::new(required(call, 0, "collection")?), LineObject::new(call.type_argument(0), end))),
        |machine, line, item| {
            line.push(machine, item.clone())?;
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(Value::object(line))
}

fn push(call: &mut Call<'_, '_>) -> Answer {
    let (line, item) = (call.this::<LineObject>()?, call.take(1));
    line.push(call.machine, item)?;
    Ok(Value::Null)
}

fn pop(call: &mut Call<'_, '_>) -> Answer {
    let line = call.this::<LineObject>()?;
    line.pop().ok_or_else(|| invalid_operation(line.end.nothing()))
}

/// Sets the `out` parameter of `TryPop` and its kin.
fn tried(call: &mut Call<'_, '_>, item: Option<Value>) -> Answer {
    let is_there = item.is_some();
    let value = match item {
        Some(item) => item,
        None => default_of(call.machine, &call.type_argument(0))?,
    };
    call.set_out(1, value);
    Ok(is_there.into())
}
