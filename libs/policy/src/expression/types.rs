//! The types of the language. A [`Type`] is a small tree that compares by structure; classes are numbers into the
//! [`Library`](super::library::Library), so that nothing here knows any class.

use std::sync::Arc;

use super::library::{self, ClassId};

/// A type, as the compiler sees it and as objects tell it when they run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Type {
    /// No value.
    Void,
    /// The type of `null` before it is converted.
    Null,
    /// `dynamic`: everything is decided when it runs.
    Dynamic,
    /// `object`.
    Object,
    /// `bool`.
    Bool,
    /// `char`, a UTF-16 unit.
    Char,
    /// A number.
    Number(Number),
    /// `string`.
    String,
    /// `T?` of a value type. A value of it is `Value::Null` or a value of `T`.
    Nullable(Arc<Type>),
    /// `T[]`, `T[,]`: element and number of dimensions.
    Array(Arc<Type>, u8),
    /// A class, struct, interface, enum or delegate of the library, with its type arguments.
    Class(ClassId, Arc<[Type]>),
    /// `(int a, string)`. Names do not matter for equality in C#, so they are not here: the binder keeps them.
    Tuple(Arc<[Type]>),
    /// `new { A = 1 }`: names and types of its properties.
    Anonymous(Arc<[(Box<str>, Type)]>),
    /// A type parameter of a signature: first those of the class, then those of the method. Never the type of a value.
    Parameter(u8),
}

/// The numeric types, in the order of C#'s implicit conversions within each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "named after their keywords")]
pub enum Number {
    SByte,
    Byte,
    Short,
    UShort,
    Int,
    UInt,
    Long,
    ULong,
    Float,
    Double,
    Decimal,
}

impl Number {
    /// The keyword.
    #[must_use]
    pub const fn keyword(self) -> &'static str {
        match self {
            Number::SByte => "sbyte",
            Number::Byte => "byte",
            Number::Short => "short",
            Number::UShort => "ushort",
            Number::Int => "int",
            Number::UInt => "uint",
            Number::Long => "long",
            Number::ULong => "ulong",
            Number::Float => "float",
            Number::Double => "double",
            Number::Decimal => "decimal",
        }
    }

    /// Name without namespace: `Int32`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Number::SByte => "SByte",
            Number::Byte => "Byte",
            Number::Short => "Int16",
            Number::UShort => "UInt16",
            Number::Int => "Int32",
            Number::UInt => "UInt32",
            Number::Long => "Int64",
            Number::ULong => "UInt64",
            Number::Float => "Single",
            Number::Double => "Double",
            Number::Decimal => "Decimal",
        }
    }

    /// Every numeric type.
    pub const ALL: [Number; 11] = [
        Number::SByte,
        Number::Byte,
        Number::Short,
        Number::UShort,
        Number::Int,
        Number::UInt,
        Number::Long,
        Number::ULong,
        Number::Float,
        Number::Double,
        Number::Decimal,
    ];
}

impl Type {
    /// `int`.
    pub const INT: Type = Type::Number(Number::Int);
    /// `long`.
    pub const LONG: Type = Type::Number(Number::Long);
    /// `double`.
    pub const DOUBLE: Type = Type::Number(Number::Double);

    /// A class without type arguments, by its full name (`System.Guid`). Only for names that are known to exist: an unknown one is `object`.
    #[must_use]
    pub fn named(full_name: &str) -> Type {
        Type::generic(full_name, [])
    }

    /// A class with type arguments, by its full name without them (`System.Collections.Generic.List`).
    #[must_use]
    pub fn generic<const N: usize>(full_name: &str, arguments: [Type; N]) -> Type {
        match library::get().class_by_full_name(full_name, N) {
            Some(class) => Type::Class(class, Arc::from(arguments)),
            None => Type::Object,
        }
    }

    /// `T[]`.
    #[must_use]
    pub fn array_of(element: Type) -> Type {
        Type::Array(Arc::new(element), 1)
    }

    /// `T?`.
    #[must_use]
    pub fn nullable_of(element: Type) -> Type {
        Type::Nullable(Arc::new(element))
    }

    /// Replaces type parameters. A parameter without an argument stays.
    #[must_use]
    pub fn substitute(&self, arguments: &[Type]) -> Type {
        let all = |types: &[Type]| types.iter().map(|of| of.substitute(arguments)).collect::<Arc<[Type]>>();
        match self {
            Type::Parameter(index) => arguments.get(usize::from(*index)).unwrap_or(self).clone(),
            Type::Nullable(element) => match element.substitute(arguments) {
                // `T?` of something that is nullable already.
                element if element.is_value_type() || matches!(element, Type::Parameter(_)) => {
                    Type::nullable_of(element)
                }
                element => element,
            },
            Type::Array(element, rank) => Type::Array(Arc::new(element.substitute(arguments)), *rank),
            Type::Class(class, types) if !types.is_empty() => Type::Class(*class, all(types)),
            Type::Tuple(types) => Type::Tuple(all(types)),
            other => other.clone(),
        }
    }

    /// Whether values of it are copied and never null.
    #[must_use]
    pub fn is_value_type(&self) -> bool {
        match self {
            Type::Bool | Type::Char | Type::Number(_) | Type::Tuple(_) => true,
            Type::Class(class, _) => library::get().class(*class).kind.is_value_type(),
            _ => false,
        }
    }

    /// Whether `null` is a value of it.
    #[must_use]
    pub fn takes_null(&self) -> bool {
        !self.is_value_type() && *self != Type::Void
    }
}

impl std::fmt::Display for Type {
    /// As the C# compiler writes types in messages: keywords for the predefined ones, names without namespace for the others.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let list = |types: &[Type]| types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        match self {
            Type::Void => formatter.write_str("void"),
            Type::Null => formatter.write_str("<null>"),
            Type::Dynamic => formatter.write_str("dynamic"),
            Type::Object => formatter.write_str("object"),
            Type::Bool => formatter.write_str("bool"),
            Type::Char => formatter.write_str("char"),
            Type::Number(number) => formatter.write_str(number.keyword()),
            Type::String => formatter.write_str("string"),
            Type::Nullable(element) => write!(formatter, "{element}?"),
            Type::Array(element, rank) => {
                write!(formatter, "{element}[{}]", ",".repeat(usize::from(rank.saturating_sub(1))))
            }
            Type::Class(class, arguments) => {
                let name = &library::get().class(*class).name;
                if arguments.is_empty() {
                    formatter.write_str(name)
                } else {
                    write!(formatter, "{name}<{}>", list(arguments))
                }
            }
            Type::Tuple(items) => write!(formatter, "({})", list(items)),
            Type::Anonymous(properties) => {
                let items = properties.iter().map(|(name, of)| format!("{of} {name}")).collect::<Vec<_>>().join(", ");
                write!(formatter, "<anonymous type: {items}>")
            }
            Type::Parameter(index) => write!(formatter, "T{index}"),
        }
    }
}
