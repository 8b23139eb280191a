//! Types as they are written.

use super::{Name, TypeId};
use crate::expression::span::Span;

/// A written type.
#[derive(Debug, Clone, PartialEq)]
pub struct Type {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: TypeKind,
}

/// What kind of type is written.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeKind {
    /// `int`, `string`, …
    Predefined(PredefinedType),
    /// `var`, where a type stands.
    Var,
    /// `dynamic`, where a type stands.
    Dynamic,
    /// `Name` or `Name<A, B>`, with what stands in front of its point: `System.Text.Encoding`.
    Named {
        /// Namespace or outer type.
        qualifier: Option<TypeId>,
        /// The last name.
        name: SimpleName,
    },
    /// `element[,,]`; for `int[][,]` the element is an `int[,]`, as in C#.
    Array {
        /// Type of the elements.
        element: TypeId,
        /// Number of dimensions.
        rank: u8,
    },
    /// `T?`.
    Nullable(TypeId),
    /// `(int a, string)`.
    Tuple(Box<[TupleElementType]>),
    /// `ref T`, `ref readonly T`: of local variables and of what local functions return.
    Ref {
        /// What is referred to.
        of: TypeId,
        /// Whether it may only be read.
        is_readonly: bool,
    },
}

/// One element of a tuple type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TupleElementType {
    /// Its type.
    pub of: TypeId,
    /// Its name, if it has one.
    pub name: Option<Name>,
}

/// A name with type arguments: `GetValueOrDefault<string>`.
#[derive(Debug, Clone, PartialEq)]
pub struct SimpleName {
    /// The name.
    pub name: Name,
    /// Type arguments; empty if none are written.
    pub arguments: Box<[TypeId]>,
}

/// The types that have keywords.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PredefinedType {
    /// `bool`
    Bool,
    /// `byte`
    Byte,
    /// `sbyte`
    SByte,
    /// `short`
    Short,
    /// `ushort`
    UShort,
    /// `int`
    Int,
    /// `uint`
    UInt,
    /// `long`
    Long,
    /// `ulong`
    ULong,
    /// `float`
    Float,
    /// `double`
    Double,
    /// `decimal`
    Decimal,
    /// `char`
    Char,
    /// `string`
    String,
    /// `object`
    Object,
    /// `void`, only as what a local function returns.
    Void,
}

impl PredefinedType {
    /// The keyword.
    #[must_use]
    pub fn keyword(self) -> &'static str {
        match self {
            PredefinedType::Bool => "bool",
            PredefinedType::Byte => "byte",
            PredefinedType::SByte => "sbyte",
            PredefinedType::Short => "short",
            PredefinedType::UShort => "ushort",
            PredefinedType::Int => "int",
            PredefinedType::UInt => "uint",
            PredefinedType::Long => "long",
            PredefinedType::ULong => "ulong",
            PredefinedType::Float => "float",
            PredefinedType::Double => "double",
            PredefinedType::Decimal => "decimal",
            PredefinedType::Char => "char",
            PredefinedType::String => "string",
            PredefinedType::Object => "object",
            PredefinedType::Void => "void",
        }
    }
}
