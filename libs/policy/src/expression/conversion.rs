//! What converts to what.

use super::library;
use super::types::Type;
use super::value::Value;

/// `value is T`
#[must_use]
pub(super) fn is_instance(value: &Value, of: &Type) -> bool {
    match (value, of) {
        (Value::Null, _) => false,
        (_, Type::Object | Type::Dynamic) => true,
        (_, Type::Nullable(element)) => is_instance(value, element),
        _ => is_subtype(&value.of(), of),
    }
}

fn is_subtype(from: &Type, to: &Type) -> bool {
    from == to
        || library::get().class_of(from).is_some_and(|(class, arguments)| {
            class.bases().iter().any(|base| is_subtype(&base.substitute(&arguments), to))
        })
}
