//! `System.Type`, as far as code without reflection can use one: names and comparison.

use postern_dotnet::Exception;

use super::values::{equal, hash_of_this, text};
use super::{ClassKind, Library, full_name, get};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::type_object::TypeObject;
use crate::expression::types::Type;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.Type")
        .getter("string Name", |call| {
            let name = name(&this(call)?);
            text(call, name)
        })
        .getter("string FullName", |call| {
            let name = full_name(&this(call)?);
            text(call, name)
        })
        .getter("string Namespace", |call| {
            let name = full_name(&this(call)?);
            let plain = name.split(['`', '[']).next().unwrap_or_default();
            let namespace = plain.rsplit_once('.').map_or("", |(namespace, _)| namespace).to_owned();
            text(call, namespace)
        })
        .getter("bool IsArray", |call| Ok(matches!(this(call)?, Type::Array(..)).into()))
        .getter("bool IsEnum", |call| Ok((enum_class(&this(call)?).is_some()).into()))
        .getter("bool IsValueType", |call| Ok(this(call)?.is_value_type().into()))
        .method("string ToString()", |call| {
            let name = full_name(&this(call)?);
            text(call, name)
        })
        .method("bool Equals(object o)", |call| Ok(equal(call)?.into()))
        .method("int GetHashCode()", hash_of_this)
        .operator("static bool operator ==(Type left, Type right)", |call| Ok(equal(call)?.into()))
        .operator("static bool operator !=(Type left, Type right)", |call| {
            Ok((!call.argument(0).equals(call.argument(1))).into())
        });
    library.declare("class System.Object").method("Type GetType()", type_of);
    library.declare("static class System.Nullable").method(
        "static Type GetUnderlyingType(Type nullableType)",
        |call| {
            let of = call.object::<TypeObject>(0).ok_or_else(|| Exception::argument_null("nullableType"))?;
            Ok(match &of.0 {
                Type::Nullable(element) => Value::object(TypeObject(Type::clone(element))),
                _ => Value::Null,
            })
        },
    );
    library.declare("struct System.Nullable<T>").method("Type GetType()", type_of);
}

/// A nullable has the type of its value, and without one none.
fn type_of(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let this = call.argument(0);
    if this.is_null() {
        return Err(Exception::null_reference().into());
    }
    Ok(Value::object(TypeObject(this.of())))
}

fn this(call: &Call<'_, '_>) -> Result<Type, Thrown> {
    Ok(call.this::<TypeObject>()?.0.clone())
}

/// The enum that a type is.
pub(super) fn enum_class(of: &Type) -> Option<&'static super::Class> {
    match of {
        Type::Class(id, _) if get().class(*id).kind == ClassKind::Enum => Some(get().class(*id)),
        _ => None,
    }
}

/// Without namespace: `Int32`, `String[]`, ``List`1``.
fn name(of: &Type) -> String {
    match of {
        Type::Array(element, rank) => format!("{}[{}]", name(element), ",".repeat(usize::from(rank.saturating_sub(1)))),
        Type::Class(id, arguments) if !arguments.is_empty() => format!("{}`{}", get().class(*id).name, arguments.len()),
        Type::Nullable(_) => "Nullable`1".to_owned(),
        Type::Tuple(items) => format!("ValueTuple`{}", items.len()),
        // The compiler numbers its classes for them; one expression rarely has two.
        Type::Anonymous(properties) => format!("<>f__AnonymousType0`{}", properties.len()),
        other => get().class_of(other).map_or_else(|| other.to_string(), |(class, _)| class.name.to_string()),
    }
}
