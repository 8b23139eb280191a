//! `System.Object` and `System.Nullable`.

use postern_dotnet::{Exception, ExceptionType};

use super::values::{equal, hash_of_this, sign};
use super::{Library, compare};
use crate::expression::display::{self, to_text, to_text_in_turns};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.Object")
        .constructor("()", |_| Ok(Value::object(Plain)))
        .method("static bool Equals(object objA, object objB)", |call| Ok(equal(call)?.into()))
        .method("static bool ReferenceEquals(object objA, object objB)", |call| {
            Ok(call.argument(0).same(call.argument(1)).into())
        })
        .method("bool Equals(object obj)", |call| Ok(equal(call)?.into()))
        .method("int GetHashCode()", hash_of_this)
        .method("string ToString()", |call| {
            let Call { machine, arguments, .. } = call;
            Ok(to_text_in_turns(arguments.first().unwrap_or(&Value::Null), machine)?.into())
        });
    library
        .declare("struct System.Nullable<T>")
        .getter("bool HasValue", |call| Ok((!call.argument(0).is_null()).into()))
        .getter("T Value", value)
        .method("T GetValueOrDefault()", |call| {
            let value = call.take(0);
            Ok(if value.is_null() { default_of(call) } else { value })
        })
        .method("T GetValueOrDefault(T defaultValue)", |call| {
            let (value, default) = (call.take(0), call.take(1));
            Ok(if value.is_null() { default } else { value })
        })
        .method("string ToString()", |call| Ok(to_text(&call.take(0), call.machine)?.into()))
        .method("bool Equals(object other)", |call| Ok(equal(call)?.into()))
        .method("int GetHashCode()", hash_of_this);
    library.declare("interface System.IFormattable").method(
        "string ToString(string format, IFormatProvider formatProvider)",
        |call| {
            let format = call.text(1).cloned().unwrap_or_default();
            Ok(display::format(&call.take(0), &format, call.machine)?.into())
        },
    );
    library.declare("interface System.IComparable").method("int CompareTo(object obj)", compared);
    library.declare("interface System.IComparable<in T>").method("int CompareTo(T other)", compared);
    library.declare("interface System.IEquatable<T>").method("bool Equals(T other)", |call| Ok(equal(call)?.into()));
    library
        .declare("static class System.Nullable")
        .method("static int Compare<T>(T? n1, T? n2)", compared)
        .method("static bool Equals<T>(T? n1, T? n2)", |call| Ok(equal(call)?.into()));
}

/// How much dearer it is to tell the order of texts, as a culture has it, than whether they are the same.
const COMPARING_TEXTS: usize = 16;

fn compared(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let steps = call.argument(0).comparing_steps().saturating_mul(COMPARING_TEXTS);
    call.machine.charge(steps)?;
    Ok(sign(compare::compare(call.argument(0), call.argument(1))?))
}

fn value(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    match call.take(0) {
        Value::Null => {
            Err(Exception::new(ExceptionType::InvalidOperation, "Nullable object must have a value.").into())
        }
        value => Ok(value),
    }
}

/// `default(T)` of a number, `bool` or `char`; null for structs, which the caller's type does not let happen silently.
fn default_of(call: &Call<'_, '_>) -> Value {
    super::defaults::default_value(&call.type_argument(0))
}

/// `new object()`.
struct Plain;

impl crate::expression::object::Object for Plain {
    fn of(&self) -> crate::expression::types::Type {
        crate::expression::types::Type::Object
    }

    fn as_any(self: std::rc::Rc<Self>) -> std::rc::Rc<dyn std::any::Any> {
        self
    }
}
