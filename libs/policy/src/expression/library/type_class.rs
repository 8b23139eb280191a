//! `System.Type`, as far as code asks for names, and `GetType()`.

use postern_dotnet::Exception;

use super::{Library, full_name, get};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::type_object::TypeObject;
use crate::expression::types::Type;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    library.declare("class System.Object").method("Type GetType()", type_of);
    library.declare("struct System.Nullable<T>").method("Type GetType()", type_of);
    library
        .declare("class System.Type")
        .getter("string Name", |call| Ok(name(&call.this::<TypeObject>()?.0).into()))
        .getter("string FullName", |call| Ok(full_name(&call.this::<TypeObject>()?.0).into()))
        .getter("string Namespace", |call| Ok(namespace(&call.this::<TypeObject>()?.0).into()))
        .getter("bool IsArray", |call| Ok(matches!(call.this::<TypeObject>()?.0, Type::Array(..)).into()))
        .getter("bool IsValueType", |call| Ok(call.this::<TypeObject>()?.0.is_value_type().into()))
        .getter("bool IsGenericType", |call| Ok(is_generic(&call.this::<TypeObject>()?.0).into()))
        .method("bool Equals(Type o)", |call| Ok(call.argument(0).equals(call.argument(1)).into()))
        .operator("static bool operator ==(Type left, Type right)", |call| {
            Ok(call.argument(0).equals(call.argument(1)).into())
        })
        .operator("static bool operator !=(Type left, Type right)", |call| {
            Ok((!call.argument(0).equals(call.argument(1))).into())
        });
}

/// A nullable has the type of its value, and without one none.
fn type_of(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let this = call.take(0);
    if this.is_null() {
        return Err(Exception::null_reference().into());
    }
    Ok(Value::object(TypeObject(this.of())))
}

/// `Type.Name`: without namespace, type parameters by their number (``List`1``).
fn name(of: &Type) -> String {
    match of {
        Type::Array(element, rank) => {
            format!("{}[{}]", name(element), ",".repeat(usize::from(rank.saturating_sub(1))))
        }
        Type::Anonymous(properties) => format!("<>f__AnonymousType0`{}", properties.len()),
        Type::Tuple(items) => format!("ValueTuple`{}", items.len()),
        Type::Class(class, arguments) if !arguments.is_empty() => {
            format!("{}`{}", get().class(*class).name, arguments.len())
        }
        other => get().class_of(other).map_or_else(|| other.to_string(), |(class, _)| class.name.to_string()),
    }
}

fn namespace(of: &Type) -> Option<String> {
    let full_name = match of {
        Type::Array(element, _) => return namespace(element),
        Type::Anonymous(_) => return None,
        other => get().class_of(other)?.0.full_name.to_string(),
    };
    full_name.rsplit_once('.').map(|(namespace, _)| namespace.to_owned())
}

fn is_generic(of: &Type) -> bool {
    match of {
        Type::Class(_, arguments) => !arguments.is_empty(),
        Type::Tuple(_) | Type::Nullable(_) | Type::Anonymous(_) => true,
        _ => false,
    }
}
