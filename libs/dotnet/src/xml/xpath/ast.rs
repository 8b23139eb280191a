//! Expressions as trees.

use super::super::name::XName;
use crate::Text;

/// An expression.
#[derive(Debug, Clone)]
pub(in crate::xml) enum Expr {
    Literal(Text),
    Number(f64),
    Variable(XName),
    Function {
        name: XName,
        arguments: Vec<Expr>,
    },
    Binary {
        operator: Operator,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    Negate(Box<Expr>),
    /// An expression with predicates: `(a | b)[1]`.
    Filter {
        of: Box<Expr>,
        predicates: Vec<Expr>,
    },
    /// Steps from a start.
    Path {
        start: Start,
        steps: Vec<Step>,
    },
}

/// Where a path starts.
#[derive(Debug, Clone)]
pub(in crate::xml) enum Start {
    Context,
    Root,
    Nodes(Box<Expr>),
}

/// Binary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::xml) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Union,
}

impl Operator {
    /// Whether its value is a number.
    pub(in crate::xml) fn is_arithmetic(self) -> bool {
        use Operator::{Add, Divide, Multiply, Remainder, Subtract};
        matches!(self, Add | Subtract | Multiply | Divide | Remainder)
    }
}

/// One step of a path.
#[derive(Debug, Clone)]
pub(in crate::xml) struct Step {
    pub(in crate::xml) axis: Axis,
    pub(in crate::xml) test: NodeTest,
    pub(in crate::xml) predicates: Vec<Expr>,
}

/// The axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::xml) enum Axis {
    Ancestor,
    AncestorOrSelf,
    Attribute,
    Child,
    Descendant,
    DescendantOrSelf,
    Following,
    FollowingSibling,
    Namespace,
    Parent,
    Preceding,
    PrecedingSibling,
    SelfNode,
}

impl Axis {
    pub(super) const NAMES: &'static [(&'static str, Axis)] = &[
        ("ancestor", Axis::Ancestor),
        ("ancestor-or-self", Axis::AncestorOrSelf),
        ("attribute", Axis::Attribute),
        ("child", Axis::Child),
        ("descendant", Axis::Descendant),
        ("descendant-or-self", Axis::DescendantOrSelf),
        ("following", Axis::Following),
        ("following-sibling", Axis::FollowingSibling),
        ("namespace", Axis::Namespace),
        ("parent", Axis::Parent),
        ("preceding", Axis::Preceding),
        ("preceding-sibling", Axis::PrecedingSibling),
        ("self", Axis::SelfNode),
    ];

    /// Positions count from the context node backward.
    pub(super) fn is_reverse(self) -> bool {
        matches!(self, Axis::Ancestor | Axis::AncestorOrSelf | Axis::Preceding | Axis::PrecedingSibling)
    }
}

/// Which nodes of an axis a step takes.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::xml) enum NodeTest {
    Node,
    Text,
    Comment,
    Instruction(Option<Text>),
    /// `*`
    Any,
    /// `prefix:*`
    InNamespace(Text),
    Name(XName),
}
