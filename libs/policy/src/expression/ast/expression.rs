//! Expressions and patterns.

use super::{ExprId, Literal, Name, Parameter, PatternId, PredefinedType, SimpleName, StmtId, TypeId};
use crate::expression::span::Span;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: ExprKind,
}

/// What kind of expression.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// A constant. `-2147483648` and `-9223372036854775808` are one literal, as in C#.
    Literal(Literal),
    /// `$"a{b,3:x}"`
    Interpolated(Box<[InterpolationPart]>),
    /// `x`, `F<int>`
    Name(SimpleName),
    /// `global::Name`
    Global(SimpleName),
    /// `string`, in front of a point.
    Predefined(PredefinedType),
    /// `(x)`
    Parenthesized(ExprId),
    /// `(1, name: 2)`
    Tuple(Box<[TupleItem]>),
    /// `target.name`
    Member {
        /// A value, type or namespace.
        target: ExprId,
        /// What of it.
        name: SimpleName,
    },
    /// `target?.access` or `target?[access]`; the access starts at a [`ExprKind::MemberBinding`] or [`ExprKind::ElementBinding`] and reaches
    /// as far as calls, members and indexers go on: all of it is skipped when the target is null.
    ConditionalAccess {
        /// What may be null.
        target: ExprId,
        /// What is done if it is not.
        access: ExprId,
    },
    /// `.name` behind a `?`
    MemberBinding(SimpleName),
    /// `[…]` behind a `?`
    ElementBinding(Box<[Argument]>),
    /// `target(…)`
    Call {
        /// A name or member, usually.
        target: ExprId,
        /// What is passed.
        arguments: Box<[Argument]>,
    },
    /// `target[…]`
    Index {
        /// What is indexed.
        target: ExprId,
        /// With what.
        arguments: Box<[Argument]>,
    },
    /// `-x`, `x++`, …
    Unary {
        /// The operator.
        operator: UnaryOperator,
        /// Its operand.
        operand: ExprId,
    },
    /// `a + b`, …
    Binary {
        /// The operator.
        operator: BinaryOperator,
        /// Its left operand.
        left: ExprId,
        /// Its right operand.
        right: ExprId,
    },
    /// `a = b`, `a += b`, …
    Assign {
        /// The operator.
        operator: AssignOperator,
        /// What is assigned to.
        target: ExprId,
        /// What is assigned.
        value: ExprId,
    },
    /// `a ? b : c`
    Conditional {
        /// The condition.
        condition: ExprId,
        /// If it holds.
        then: ExprId,
        /// If not.
        otherwise: ExprId,
    },
    /// `(T)x`
    Cast {
        /// The type.
        of: TypeId,
        /// What is cast.
        operand: ExprId,
    },
    /// `x as T`
    As {
        /// What is converted.
        operand: ExprId,
        /// To what.
        of: TypeId,
    },
    /// `x is pattern`
    Is {
        /// What is looked at.
        operand: ExprId,
        /// What it may be.
        pattern: PatternId,
    },
    /// `x switch { … }`
    Switch {
        /// What is looked at.
        value: ExprId,
        /// In the order written.
        arms: Box<[SwitchArm]>,
    },
    /// `x => …`, `delegate (…) { … }`
    Lambda(Box<Lambda>),
    /// `new T(…) { … }`
    New {
        /// The type; none for `new(…)`.
        of: Option<TypeId>,
        /// What is passed; empty also when no parentheses are written.
        arguments: Box<[Argument]>,
        /// `{ … }`
        initializer: Option<Box<Initializer>>,
    },
    /// `new T[n, m][] { … }`
    NewArray {
        /// The type of the whole array.
        of: TypeId,
        /// Sizes of its dimensions; empty if they follow from the items.
        sizes: Box<[ExprId]>,
        /// `{ … }`
        items: Option<ArrayItems>,
    },
    /// `new[,] { … }`
    NewImplicitArray {
        /// Number of dimensions.
        rank: u8,
        /// `{ … }`
        items: ArrayItems,
    },
    /// `new { A = 1, b.C }`
    NewAnonymous(Box<[AnonymousMember]>),
    /// `typeof(T)`
    TypeOf(TypeId),
    /// `sizeof(T)`
    SizeOf(TypeId),
    /// `default(T)`, `default`
    Default(Option<TypeId>),
    /// `checked(x)`
    Checked(ExprId),
    /// `unchecked(x)`
    Unchecked(ExprId),
    /// `throw x`
    Throw(ExprId),
    /// `from x in y select z`
    Query(Box<Query>),
    /// `ref x`: where `x` is, not what it holds.
    Ref(ExprId),
    /// `out var x`, `var (a, b)`, `int a` in a tuple: variables that come into being inside an expression.
    Declaration {
        /// Their type.
        of: TypeId,
        /// Their names.
        designation: Designation,
    },
}

/// A piece of an interpolated string.
#[derive(Debug, Clone, PartialEq)]
pub enum InterpolationPart {
    /// Text with escapes undone.
    Text(Box<str>),
    /// `{value,alignment:format}`
    Hole {
        /// The value.
        value: ExprId,
        /// A constant number.
        alignment: Option<ExprId>,
        /// As passed to `IFormattable.ToString`.
        format: Option<Box<str>>,
    },
}

/// One element of a tuple.
#[derive(Debug, Clone, PartialEq)]
pub struct TupleItem {
    /// Its name.
    pub name: Option<Name>,
    /// Its value.
    pub value: ExprId,
}

/// One argument of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// `preserveContent:`
    pub name: Option<Name>,
    /// `out`, `ref`, `in`.
    pub passing: ParameterPassing,
    /// The value.
    pub value: ExprId,
}

/// How a parameter is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterPassing {
    /// As a value.
    Value,
    /// `ref`
    Ref,
    /// `out`
    Out,
    /// `in`
    In,
}

/// The names of variables declared in an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Designation {
    /// One variable.
    Single(Name),
    /// `_`
    Discard(Span),
    /// `(a, b)`
    Tuple(Box<[Designation]>),
    /// In a `foreach` only: `(var a, int b)`, a tuple of declarations.
    Expression(ExprId),
}

macro_rules! operators {
    ($(#[$doc:meta])* $name:ident { $($operator:ident $text:literal)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "each is named after its operator, see `text`")]
        pub enum $name { $($operator,)* }

        impl $name {
            /// As written; a dot stands for the operand of those that can stand on either side.
            #[must_use]
            pub fn text(self) -> &'static str {
                match self { $($name::$operator => $text,)* }
            }
        }
    };
}

operators!(
    /// Operators with one operand.
    UnaryOperator {
        Plus "+" Minus "-" Not "!" Complement "~" PreIncrement "++." PreDecrement "--." PostIncrement ".++" PostDecrement ".--"
    }
);
operators!(
    /// Operators with two operands.
    BinaryOperator {
        Multiply "*" Divide "/" Remainder "%" Add "+" Subtract "-" ShiftLeft "<<" ShiftRight ">>" Less "<" Greater ">" LessEquals "<="
        GreaterEquals ">=" Equals "==" NotEquals "!=" And "&" ExclusiveOr "^" Or "|" AndAlso "&&" OrElse "||" Coalesce "??"
    }
);
operators!(
    /// Assignments.
    AssignOperator {
        Set "=" Multiply "*=" Divide "/=" Remainder "%=" Add "+=" Subtract "-=" ShiftLeft "<<=" ShiftRight ">>=" And "&="
        ExclusiveOr "^=" Or "|=" Coalesce "??="
    }
);
operators!(
    /// Comparisons of a pattern.
    RelationalOperator { Less "<" Greater ">" LessEquals "<=" GreaterEquals ">=" }
);

/// A lambda or anonymous method.
#[derive(Debug, Clone, PartialEq)]
pub struct Lambda {
    /// Its parameters; none for `delegate { … }`, which fits any.
    pub parameters: Option<Box<[Parameter]>>,
    /// Its body.
    pub body: LambdaBody,
}

/// What a lambda or local function does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LambdaBody {
    /// `=> expression`
    Expression(ExprId),
    /// `{ … }`
    Block(StmtId),
}

/// What stands in braces behind `new T(…)`.
#[derive(Debug, Clone, PartialEq)]
pub enum Initializer {
    /// `{ A = 1, ["b"] = 2 }`, or nothing in the braces.
    Object(Box<[MemberInitializer]>),
    /// `{ 1, { "key", 2 } }`: calls of `Add`.
    Collection(Box<[CollectionItem]>),
}

/// `target = value` of an initializer.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberInitializer {
    /// What is set.
    pub target: MemberTarget,
    /// To what.
    pub value: InitialValue,
}

/// What an initializer sets.
#[derive(Debug, Clone, PartialEq)]
pub enum MemberTarget {
    /// A property.
    Name(Name),
    /// `[…]`
    Index(Box<[Argument]>),
}

/// What an initializer sets it to.
#[derive(Debug, Clone, PartialEq)]
pub enum InitialValue {
    /// A value.
    Value(ExprId),
    /// Nothing new; the braces are applied to what is there.
    Nested(Initializer),
}

/// One element of a collection initializer: the arguments of `Add`.
#[derive(Debug, Clone, PartialEq)]
pub struct CollectionItem {
    /// At least one.
    pub arguments: Box<[ExprId]>,
    /// Where.
    pub span: Span,
}

/// `{ 1, { 2, 3 } }` of an array.
#[derive(Debug, Clone, PartialEq)]
pub struct ArrayItems {
    /// In the order written.
    pub items: Box<[ArrayItem]>,
    /// With the braces.
    pub span: Span,
}

/// One element of an array initializer.
#[derive(Debug, Clone, PartialEq)]
pub enum ArrayItem {
    /// A value.
    Value(ExprId),
    /// The elements of the next dimension.
    Nested(ArrayItems),
}

/// A member of an anonymous object.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AnonymousMember {
    /// As written or, for `b.C`, as it follows from the value.
    pub name: Name,
    /// Its value.
    pub value: ExprId,
}

/// `pattern when guard => value`.
#[derive(Debug, Clone, PartialEq)]
pub struct SwitchArm {
    /// The pattern.
    pub pattern: PatternId,
    /// The condition.
    pub guard: Option<ExprId>,
    /// The value.
    pub value: ExprId,
}

/// A pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: PatternKind,
}

/// What kind of pattern.
#[derive(Debug, Clone, PartialEq)]
pub enum PatternKind {
    /// `_`
    Discard,
    /// `3`
    Constant(ExprId),
    /// `A.B`: a constant or a type, whichever it turns out to be.
    Name(TypeId),
    /// `int[]`: cannot be anything but a type.
    Type(TypeId),
    /// `T x`
    Declaration {
        /// The type.
        of: TypeId,
        /// The variable.
        designation: Designation,
    },
    /// `var x`
    Var(Designation),
    /// `(1, > 2)` of a tuple.
    Positional(Box<[PatternId]>),
    /// `T { A: 1 } x`
    Properties {
        /// The type.
        of: Option<TypeId>,
        /// What holds of its properties.
        properties: Box<[PropertyPattern]>,
        /// The variable.
        designation: Option<Designation>,
    },
    /// `> 3`
    Relational {
        /// The comparison.
        operator: RelationalOperator,
        /// With what.
        value: ExprId,
    },
    /// `not p`
    Not(PatternId),
    /// `p and q`
    And(PatternId, PatternId),
    /// `p or q`
    Or(PatternId, PatternId),
    /// `(p)`
    Parenthesized(PatternId),
}

/// `A.B: pattern`.
#[derive(Debug, Clone, PartialEq)]
pub struct PropertyPattern {
    /// `A`, `B`.
    pub path: Box<[Name]>,
    /// What it must be.
    pub pattern: PatternId,
}

/// A query: `from … where … select …`.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Starts with a `from`, ends with a `select` or `group`; behind an `into` it goes on in the same way.
    pub clauses: Box<[Clause]>,
}

/// A clause of a query.
#[derive(Debug, Clone, PartialEq)]
pub enum Clause {
    /// `from T x in source`
    From {
        /// Type of the variable.
        of: Option<TypeId>,
        /// The variable.
        name: Name,
        /// What is walked over.
        source: ExprId,
    },
    /// `let x = value`
    Let {
        /// The variable.
        name: Name,
        /// Its value.
        value: ExprId,
    },
    /// `where condition`
    Where(ExprId),
    /// `join T x in source on left equals right into group`
    Join {
        /// Type of the variable.
        of: Option<TypeId>,
        /// The variable.
        name: Name,
        /// What is walked over.
        source: ExprId,
        /// Key of what was there.
        left: ExprId,
        /// Key of the source.
        right: ExprId,
        /// The variable for all that fit.
        into: Option<Name>,
    },
    /// `orderby key descending, …`
    OrderBy(Box<[Ordering]>),
    /// `select value`
    Select(ExprId),
    /// `group value by key`
    Group {
        /// What is grouped.
        value: ExprId,
        /// By what.
        key: ExprId,
    },
    /// `into x`: a new query over the results.
    Into(Name),
}

/// `key descending`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ordering {
    /// What is compared.
    pub key: ExprId,
    /// Whether the greatest comes first.
    pub is_descending: bool,
}
