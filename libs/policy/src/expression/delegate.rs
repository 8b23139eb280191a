//! Delegates: closures of code, methods of the library, functions of natives, and lists of these.

use std::any::Any;
use std::rc::Rc;

use super::code::Code;
use super::library::{self, ClassId};
use super::machine::{Loaded, Machine, Thrown, VariableCell};
use super::object::Object;
use super::types::Type;
use super::value::Value;

/// A lambda or local function with the variables it uses.
pub(crate) struct Closure {
    pub(crate) code: Loaded,
    pub(crate) function: u32,
    pub(crate) captures: Box<[Rc<VariableCell>]>,
    /// Number of its type in the code.
    pub(crate) of: u32,
}

/// A method of the library, with `this` if it needs one.
pub(crate) struct NativeMethod {
    pub(crate) code: Loaded,
    pub(crate) native: u32,
    pub(crate) this: Option<Value>,
    /// Number of its type in the code.
    pub(crate) of: u32,
}

/// A function that a native made: `Comparer.Compare`, a composed key selector.
pub struct NativeDelegate {
    /// Its type.
    pub of: Type,
    /// How many arguments it takes.
    pub parameter_count: usize,
    /// What it does; gets as many arguments as it takes.
    pub run: NativeFunction,
}

/// Code of a [`NativeDelegate`].
pub type NativeFunction = Box<dyn Fn(&mut Machine<'_>, &[Value]) -> Result<Value, Thrown>>;

/// Delegates called one after the other (`+` of delegates); the result is that of the last one.
pub struct Multicast {
    /// Its type.
    pub of: Type,
    /// The delegates.
    pub delegates: Vec<Value>,
}

impl Object for Closure {
    fn of(&self) -> Type {
        self.code.type_at(self.of).clone()
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    /// The same function with the same variables.
    fn equals(&self, other: &Value) -> bool {
        other.downcast_ref::<Closure>().is_some_and(|other| {
            Rc::ptr_eq(&self.code, &other.code)
                && self.function == other.function
                && self.captures.len() == other.captures.len()
                && self.captures.iter().zip(&other.captures).all(|(one, two)| Rc::ptr_eq(one, two))
        })
    }

    fn hash_code(&self) -> u64 {
        u64::from(self.function)
    }
}

impl Object for NativeMethod {
    fn of(&self) -> Type {
        self.code.type_at(self.of).clone()
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    /// The same method of the same object.
    fn equals(&self, other: &Value) -> bool {
        other.downcast_ref::<NativeMethod>().is_some_and(|other| {
            same_native(&self.code, self.native, &other.code, other.native)
                && match (&self.this, &other.this) {
                    (Some(one), Some(two)) => one.same(two),
                    (None, None) => true,
                    _ => false,
                }
        })
    }

    fn hash_code(&self) -> u64 {
        self.this.as_ref().map_or(1, |this| if matches!(this, Value::Object(_)) { 2 } else { this.hash_code() })
    }
}

fn same_native(code: &Code, native: u32, other_code: &Code, other: u32) -> bool {
    match (code.tables.natives.get(native as usize), other_code.tables.natives.get(other as usize)) {
        (Some(one), Some(two)) => std::ptr::fn_addr_eq(one.native, two.native) && one.types == two.types,
        _ => false,
    }
}

impl Object for NativeDelegate {
    fn of(&self) -> Type {
        self.of.clone()
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}

impl Object for Multicast {
    fn of(&self) -> Type {
        self.of.clone()
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn equals(&self, other: &Value) -> bool {
        other.downcast_ref::<Multicast>().is_some_and(|other| {
            self.delegates.len() == other.delegates.len()
                && self.delegates.iter().zip(&other.delegates).all(|(one, two)| one.equals(two))
        })
    }

    fn hash_code(&self) -> u64 {
        self.delegates.len() as u64
    }
}

impl Drop for Multicast {
    fn drop(&mut self) {
        super::release::release_all(&mut self.delegates);
    }
}

impl Drop for NativeMethod {
    fn drop(&mut self) {
        if let Some(this) = self.this.take() {
            super::release::release(this);
        }
    }
}

impl NativeDelegate {
    /// A delegate as a value.
    pub fn value(
        of: Type,
        parameter_count: usize,
        run: impl Fn(&mut Machine<'_>, &[Value]) -> Result<Value, Thrown> + 'static,
    ) -> Value {
        Value::object(NativeDelegate { of, parameter_count, run: Box::new(run) })
    }
}

impl Multicast {
    /// `first + second`: null is the empty list.
    #[must_use]
    pub fn combine(first: &Value, second: &Value) -> Value {
        if first.is_null() {
            return second.clone();
        }
        if second.is_null() {
            return first.clone();
        }
        let mut delegates = Vec::new();
        for delegate in [first, second] {
            match delegate.downcast_ref::<Multicast>() {
                Some(list) => delegates.extend_from_slice(&list.delegates),
                None => delegates.push(delegate.clone()),
            }
        }
        Value::object(Multicast { of: first.of(), delegates })
    }

    /// `first - second`: without the last place where the delegates of the second one follow each other.
    #[must_use]
    pub fn without(first: &Value, second: &Value) -> Value {
        let list = |delegate: &Value| match delegate.downcast_ref::<Multicast>() {
            Some(list) => list.delegates.clone(),
            None if delegate.is_null() => Vec::new(),
            None => vec![delegate.clone()],
        };
        let (mut delegates, taken) = (list(first), list(second));
        if taken.is_empty() || taken.len() > delegates.len() {
            return first.clone();
        }
        let is_here = |part: &[Value]| part.iter().zip(&taken).all(|(one, two)| one.equals(two));
        let Some(start) = delegates.windows(taken.len()).rposition(is_here) else { return first.clone() };
        delegates.drain(start..start + taken.len());
        match delegates.as_slice() {
            [] => Value::Null,
            [one] => one.clone(),
            _ => Value::object(Multicast { of: first.of(), delegates }),
        }
    }

    /// How many delegates stand behind one; 0 for null.
    #[must_use]
    pub fn count(delegate: &Value) -> usize {
        match delegate.downcast_ref::<Multicast>() {
            Some(list) => list.delegates.len(),
            None => usize::from(!delegate.is_null()),
        }
    }
}

/// Whether a value can be called.
#[must_use]
pub fn is_delegate(value: &Value) -> bool {
    let class: Option<ClassId> = match value.of() {
        Type::Class(class, _) => Some(class),
        _ => None,
    };
    class.is_some_and(|class| library::get().class(class).kind == library::ClassKind::Delegate)
}

/// How many arguments a delegate takes; `None` if it is none.
#[must_use]
pub fn parameter_count(value: &Value) -> Option<usize> {
    if let Some(closure) = value.downcast_ref::<Closure>() {
        return closure.code.functions.get(closure.function as usize).map(|function| function.parameter_count as usize);
    }
    if let Some(function) = value.downcast_ref::<NativeDelegate>() {
        return Some(function.parameter_count);
    }
    if let Some(list) = value.downcast_ref::<Multicast>() {
        return list.delegates.first().and_then(parameter_count);
    }
    // The type's `Invoke` says it: the native itself may have defaults.
    let Type::Class(class, _) = value.of() else { return None };
    let class = library::get().class(class);
    if class.kind != library::ClassKind::Delegate {
        return None;
    }
    class.members_named("Invoke").next().map(|invoke| invoke.parameters.len())
}
