//! How types relate: identity, bases, and the reference and boxing conversions that need no code when they run. The binder decides by it what
//! fits; the machine tests values by it (`is`, `as`, casts, `catch`).

use std::sync::Arc;

use super::library::{self, ClassKind, Variance};
use super::types::Type;
use super::value::Value;

/// Deepest chain of bases and type arguments that is looked into. The library's own are shallower than ten; code can nest type arguments, but
/// no program that means something nests them this deep.
const DEPTH_MAX: u32 = 32;

/// Whether a value is an instance of a type: what `value is T` says. `null` is an instance of nothing.
#[must_use]
pub fn is_instance(value: &Value, of: &Type) -> bool {
    match (value, of) {
        (Value::Null, _) => false,
        (_, Type::Object | Type::Dynamic) | (Value::String(_), Type::String) => true,
        (_, Type::Nullable(element)) => is_instance(value, element),
        _ => is_subtype(&value.of(), of),
    }
}

/// Whether `from` converts to `to` by identity, as a reference (to a base, an interface, a variant, a covariant array) or by boxing.
#[must_use]
pub fn is_subtype(from: &Type, to: &Type) -> bool {
    is_subtype_within(from, to, DEPTH_MAX)
}

/// Whether two types are the same to the language: `dynamic` is `object`.
#[must_use]
pub fn is_same(one: &Type, two: &Type) -> bool {
    let all = |ones: &[Type], twos: &[Type]| {
        ones.len() == twos.len() && ones.iter().zip(twos).all(|(one, two)| is_same(one, two))
    };
    match (one, two) {
        (Type::Object | Type::Dynamic, Type::Object | Type::Dynamic) => true,
        (Type::Nullable(one), Type::Nullable(two)) => is_same(one, two),
        (Type::Array(one, rank), Type::Array(two, other_rank)) => rank == other_rank && is_same(one, two),
        (Type::Class(one, ones), Type::Class(two, twos)) => one == two && all(ones, twos),
        (Type::Tuple(ones), Type::Tuple(twos)) => all(ones, twos),
        _ => one == two,
    }
}

/// Whether values are references: `null` is one of them and they are not nullable structs.
#[must_use]
pub fn is_reference(of: &Type) -> bool {
    !of.is_value_type() && !matches!(of, Type::Nullable(_) | Type::Void | Type::Parameter(_))
}

/// The class and interfaces a type is declared with; those that every type of its kind has, too.
#[must_use]
pub fn direct_bases(of: &Type) -> Vec<Type> {
    match of {
        Type::Void | Type::Null | Type::Parameter(_) | Type::Object | Type::Dynamic => return Vec::new(),
        Type::Nullable(element) => return direct_bases(element),
        Type::Array(element, rank) => {
            let mut bases = vec![Type::named("System.Array")];
            if *rank == 1 {
                bases.push(Type::generic("System.Collections.Generic.IList", [(**element).clone()]));
                bases.push(Type::generic("System.Collections.Generic.IReadOnlyList", [(**element).clone()]));
            }
            return bases;
        }
        Type::Anonymous(_) => return vec![Type::Object],
        _ => {}
    }
    let Some((class, arguments)) = library::get().class_of(of) else { return Vec::new() };
    let mut bases: Vec<Type> = class.bases().iter().map(|base| base.substitute(&arguments)).collect();
    let is_class = |base: &Type| {
        library::get().class_of(base).is_some_and(|(class, _)| !matches!(class.kind, ClassKind::Interface))
    };
    if !bases.iter().any(is_class) {
        let base = match class.kind {
            ClassKind::Interface => return bases,
            ClassKind::Class | ClassKind::Static => Type::Object,
            ClassKind::Struct => Type::named("System.ValueType"),
            ClassKind::Enum => Type::named("System.Enum"),
            ClassKind::Delegate => Type::named("System.Delegate"),
        };
        // `System.Object` is a class of the library, and not its own base.
        if !is_same(&base, of) {
            bases.insert(0, base);
        }
    }
    bases
}

/// A type and everything it derives from or implements, each once, nearest first; `object` last.
#[must_use]
pub fn supertypes(of: &Type) -> Vec<Type> {
    let mut found = vec![of.clone()];
    let mut next = 0;
    while let Some(current) = found.get(next).cloned() {
        next += 1;
        for base in direct_bases(&current) {
            if base != Type::Object && !found.contains(&base) {
                found.push(base);
            }
        }
    }
    if *of != Type::Object && *of != Type::Void {
        found.push(Type::Object);
    }
    found
}

fn is_subtype_within(from: &Type, to: &Type, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match (from, to) {
        (Type::Void, _) | (_, Type::Void) => return from == to,
        (_, Type::Object | Type::Dynamic) => return true,
        (Type::Null, _) => return to.takes_null(),
        (Type::Array(from, rank), Type::Array(to, to_rank)) if rank == to_rank && is_reference(from) => {
            return is_reference(to) && is_subtype_within(from, to, depth);
        }
        (Type::Class(class, from), Type::Class(to_class, to)) if class == to_class => {
            return is_variant(*class, from, to, depth);
        }
        // `string[]` is also an `IList<object>`.
        (Type::Array(element, 1), Type::Class(_, arguments)) if matches!(&**arguments, [item] if item != &**element && is_reference(item) && is_reference(element)) =>
        {
            let item = arguments.first().unwrap_or(to);
            if is_subtype_within(element, item, depth)
                && is_subtype_within(&Type::Array(Arc::new(item.clone()), 1), to, depth)
            {
                return true;
            }
        }
        _ => {}
    }
    is_same(from, to) || direct_bases(from).iter().any(|base| is_subtype_within(base, to, depth))
}

/// Whether one class with these type arguments converts to itself with others.
fn is_variant(class: library::ClassId, from: &Arc<[Type]>, to: &Arc<[Type]>, depth: u32) -> bool {
    let parameters = &library::get().class(class).parameters;
    from.len() == to.len()
        && from.iter().zip(to.iter()).zip(parameters).all(|((from, to), (_, variance))| {
            is_same(from, to)
                || match variance {
                    Variance::None => false,
                    Variance::Out => is_reference(from) && is_reference(to) && is_subtype_within(from, to, depth),
                    Variance::In => is_reference(from) && is_reference(to) && is_subtype_within(to, from, depth),
                }
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::array::Array;

    fn enumerable(of: Type) -> Type {
        Type::generic("System.Collections.Generic.IEnumerable", [of])
    }

    fn function(of: Type, returns: Type) -> Type {
        Type::generic("System.Func", [of, returns])
    }

    #[track_caller]
    fn check(from: &Type, to: &Type, expected: bool) {
        assert_eq!(is_subtype(from, to), expected, "{from} to {to}");
    }

    #[test]
    fn interfaces_vary_where_they_are_declared_to() {
        check(&enumerable(Type::String), &enumerable(Type::Object), true);
        check(&enumerable(Type::Object), &enumerable(Type::String), false);
        check(&enumerable(Type::INT), &enumerable(Type::Object), false);
        check(&function(Type::Object, Type::String), &function(Type::String, Type::Object), true);
        check(&function(Type::String, Type::Object), &function(Type::Object, Type::Object), false);
    }

    #[test]
    fn arrays_are_covariant_and_enumerable() {
        check(&Type::array_of(Type::String), &Type::array_of(Type::Object), true);
        check(&Type::array_of(Type::INT), &Type::array_of(Type::Object), false);
        check(&Type::array_of(Type::String), &enumerable(Type::String), true);
        check(&Type::array_of(Type::String), &enumerable(Type::Object), true);
        check(&Type::array_of(Type::String), &Type::generic("System.Collections.Generic.IList", [Type::Object]), true);
        check(&Type::array_of(Type::INT), &Type::named("System.Array"), true);
        check(&Type::array_of(Type::INT), &enumerable(Type::LONG), false);
    }

    #[test]
    fn classes_are_their_bases_and_structs_are_boxed() {
        check(&Type::named("System.ArgumentNullException"), &Type::named("System.Exception"), true);
        check(&Type::named("System.Exception"), &Type::named("System.ArgumentNullException"), false);
        check(&Type::INT, &Type::named("System.IComparable"), true);
        check(&Type::INT, &Type::named("System.ValueType"), true);
        check(&Type::INT, &Type::LONG, false);
        check(&Type::nullable_of(Type::INT), &Type::named("System.IFormattable"), true);
        check(&Type::Null, &Type::String, true);
        check(&Type::Null, &Type::INT, false);
        check(&Type::String, &enumerable(Type::Char), true);
    }

    #[test]
    fn values_are_instances_of_their_types() {
        assert!(is_instance(&Value::Int(1), &Type::INT));
        assert!(!is_instance(&Value::Int(1), &Type::LONG));
        assert!(is_instance(&Value::Int(1), &Type::nullable_of(Type::INT)));
        assert!(!is_instance(&Value::Null, &Type::Object));
        assert!(is_instance(&Value::from("a"), &Type::Object));
        let texts = Value::object(Array::texts(["a"]));
        assert!(is_instance(&texts, &Type::array_of(Type::Object)));
        assert!(is_instance(&texts, &enumerable(Type::String)));
    }
}
