//! What an object can do, whatever class it is of: the virtual members of `System.Object` and the interfaces that the language itself or
//! many natives need. Everything else is in the library, per class.

use std::any::Any;
use std::cmp::Ordering;
use std::rc::Rc;

use postern_dotnet::{Exception, ExceptionType, Text};

use super::machine::{Machine, Thrown};
use super::types::Type;
use super::value::Value;

/// An instance. Structs are objects that never change; enum values are [`library::EnumValue`](super::library::EnumValue).
pub trait Object: Any {
    /// The type it has when it runs, with type arguments.
    fn of(&self) -> Type;

    /// Itself, to be downcast: always `self`.
    fn as_any(self: Rc<Self>) -> Rc<dyn Any>;

    /// `ToString()`; by default the name of the type, as in .NET.
    ///
    /// # Errors
    /// What the conversion throws.
    fn to_text(&self, _machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        Ok(super::library::full_name(&self.of()).into())
    }

    /// The same for what is gone on with after a pause: long texts are made in turns.
    ///
    /// # Errors
    /// As [`to_text`](Object::to_text), and the end of the turn.
    fn to_text_in_turns(&self, machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        machine.in_one_turn(|machine| self.to_text(machine))
    }

    /// `IFormattable.ToString(format)`: interpolation and `string.Format` with a format clause. `None`: not formattable.
    fn format(&self, _format: &str) -> Option<Result<Text, Exception>> {
        None
    }

    /// `Equals`; by default identity.
    fn equals(&self, other: &Value) -> bool {
        matches!(other, Value::Object(other) if std::ptr::addr_eq(Rc::as_ptr(other), std::ptr::from_ref(self)))
    }

    /// What `==` of references compares: where the object is, or, of a handle, where what it stands for is.
    fn identity(&self) -> usize {
        std::ptr::from_ref(self).cast::<()>().addr()
    }

    /// `GetHashCode`, agreeing with [`equals`](Object::equals).
    fn hash_code(&self) -> u64 {
        std::ptr::from_ref(self).cast::<()>().addr() as u64
    }

    /// Bytes that `equals`, `hash_code` and `compare` look at, beside a few words: those of texts and of what lies inside. It is told without looking.
    fn content_bytes(&self) -> usize {
        0
    }

    /// `IComparable.CompareTo`. `None`: not comparable with `other`.
    fn compare(&self, _other: &Value) -> Option<Ordering> {
        None
    }

    /// `IEnumerable.GetEnumerator()`. `None`: not enumerable.
    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        None
    }

    /// Number of items, where it is known without walking over them (`ICollection.Count`, `Array.Length`).
    fn count(&self) -> Option<usize> {
        None
    }

    /// `IDictionary` and `IReadOnlyDictionary`.
    fn dictionary(&self) -> Option<&dyn Dictionary> {
        None
    }

    /// `IList`, arrays included.
    fn list(&self) -> Option<&dyn List> {
        None
    }

    /// A member of a `DynamicObject` or a property bag (`dynamic d = JObject…; d.name`). `None`: look at the class's members.
    fn dynamic_get(&self, _name: &str) -> Option<Result<Value, Exception>> {
        None
    }

    /// The same for `d.name = value`.
    fn dynamic_set(&self, _name: &str, _value: &Value) -> Option<Result<(), Exception>> {
        None
    }

    /// The value of a primitive type inside: what `IConvertible` would convert (an enum's number, a JSON value's content). `None`: not
    /// `IConvertible`.
    fn primitive(&self) -> Option<Value> {
        None
    }

    /// What is inside of a boxed value.
    fn boxed(&self) -> Option<&Value> {
        None
    }

    /// `IDisposable.Dispose()` at the end of `using`.
    fn dispose(&self) {}
}

/// A walk over a sequence; may run code (LINQ with lambdas), so it can throw.
///
/// A walk over another walk asks it inside [`Machine::nested`]: code can build such chains without end, and each link takes a piece of the
/// thread's stack. What begins the inner walk belongs there too, so an enumerator begins it with its first item, not when it is made; and what
/// holds another sequence hands it to [`release`](super::release::release) when it is dropped.
pub trait Enumerator {
    /// `MoveNext()` and `Current` in one.
    ///
    /// # Errors
    /// What the sequence throws.
    fn next(&mut self, machine: &mut Machine<'_>) -> Result<Option<Value>, Thrown>;
}

/// Lookup by key. Keys keep the order of insertion.
pub trait Dictionary {
    /// The value of a key. The machine is for maps that are views of the exchange.
    fn get(&self, machine: &Machine<'_>, key: &Value) -> Option<Value>;
    /// All keys.
    fn keys(&self, machine: &Machine<'_>) -> Vec<Value>;
    /// Sets or adds. By default the dictionary cannot be changed.
    ///
    /// # Errors
    /// `NotSupportedException` of read-only dictionaries.
    fn set(&self, _key: &Value, _value: Value) -> Result<(), Exception> {
        Err(Exception::new(ExceptionType::NotSupported, "Collection is read-only."))
    }
    /// Removes; `false`: there was no such key.
    ///
    /// # Errors
    /// `NotSupportedException` of read-only dictionaries.
    fn remove(&self, _key: &Value) -> Result<bool, Exception> {
        Err(Exception::new(ExceptionType::NotSupported, "Collection is read-only."))
    }
}

/// Access by position.
pub trait List {
    /// Number of items.
    fn len(&self) -> usize;
    /// Whether it has none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The item at a position.
    fn get(&self, index: usize) -> Option<Value>;
    /// Replaces the item at a position below [`len`](List::len).
    ///
    /// # Errors
    /// `NotSupportedException` of read-only lists, `ArgumentException` for values that do not fit.
    fn set(&self, _index: usize, _value: Value) -> Result<(), Exception> {
        Err(Exception::new(ExceptionType::NotSupported, "Collection is read-only."))
    }
}
