//! What an expression is before it is known which type it is wanted as. Most are values; some get a type only from where they stand (lambdas,
//! method groups, `default`, `new()`), and some are no values at all (types, namespaces).

use crate::expression::ast::ExprId;
use crate::expression::bound::{BoundExpr, BoundKind, BoundPattern, Place};
use crate::expression::library::Constant;
use crate::expression::span::Span;
use crate::expression::types::{Number, Type};

use super::candidate::MethodGroup;

/// A bound expression that may still lack a type.
#[derive(Debug)]
pub(super) enum Operand {
    /// A value with a type; `null` has the type `Type::Null`.
    Value(Box<BoundExpr>),
    /// `default`
    Default(Span),
    /// A lambda or anonymous method.
    Lambda(ExprId, Span),
    /// Methods of a name: to be called or made a delegate.
    Methods(Box<MethodGroup>),
    /// A local function, by its number in the binder.
    Function(usize, Span),
    /// A type, in front of a point.
    Type(Type, Span),
    /// A namespace, in front of a point.
    Namespace(String, Span),
    /// `throw x`
    Throw(Box<BoundExpr>, Span),
    /// `new(…)`
    New(ExprId, Span),
    /// `x switch { … }` whose arms have no common type.
    Switch(Box<SwitchOperand>),
    /// `(a, b)`; its items keep what they are until a type is known.
    Tuple(Box<TupleOperand>),
    /// What stands behind `out` or `ref`.
    Out(Box<OutOperand>),
}

/// A switch expression.
#[derive(Debug)]
pub(super) struct SwitchOperand {
    pub(super) span: Span,
    pub(super) value: BoundExpr,
    pub(super) arms: Vec<(BoundPattern, Option<BoundExpr>, Operand)>,
}

/// A tuple literal.
#[derive(Debug)]
pub(super) struct TupleOperand {
    pub(super) span: Span,
    pub(super) items: Vec<Operand>,
    pub(super) names: Vec<Option<Box<str>>>,
}

/// An argument that is assigned to.
#[derive(Debug)]
pub(super) struct OutOperand {
    pub(super) span: Span,
    /// Where the value goes; none for a discard, or if `declares`.
    pub(super) place: Option<Place>,
    /// Where it is, for `ref`.
    pub(super) reference: Option<Box<BoundExpr>>,
    /// Its type, if that is known.
    pub(super) of: Option<Type>,
    /// `out var x`: the variable that comes into being when the type is known.
    pub(super) declares: Option<crate::expression::ast::Name>,
}

impl Operand {
    /// A value.
    pub(super) fn value(span: Span, of: Type, kind: BoundKind) -> Operand {
        Operand::Value(Box::new(BoundExpr { span, of, kind }))
    }

    /// A constant.
    pub(super) fn constant(span: Span, of: Type, constant: Constant) -> Operand {
        Operand::value(span, of, BoundKind::Constant(constant))
    }

    /// Where it was written.
    pub(super) fn span(&self) -> Span {
        match self {
            Operand::Value(value) => value.span,
            Operand::Default(span)
            | Operand::Lambda(_, span)
            | Operand::Function(_, span)
            | Operand::Type(_, span)
            | Operand::Namespace(_, span)
            | Operand::Throw(_, span)
            | Operand::New(_, span) => *span,
            Operand::Methods(group) => group.span,
            Operand::Switch(switch) => switch.span,
            Operand::Tuple(tuple) => tuple.span,
            Operand::Out(out) => out.span,
        }
    }

    /// Its own type. A tuple has one if all its items have.
    pub(super) fn natural_type(&self) -> Option<Type> {
        match self {
            Operand::Value(value) => match value.of {
                Type::Null => None,
                _ => Some(value.of.clone()),
            },
            Operand::Tuple(tuple) => tuple
                .items
                .iter()
                .map(Operand::natural_type)
                .collect::<Option<Vec<_>>>()
                .map(|items| Type::Tuple(items.into())),
            Operand::Out(out) => out.of.clone(),
            _ => None,
        }
    }

    /// The constant it is, if it is one.
    pub(super) fn as_constant(&self) -> Option<&Constant> {
        match self {
            Operand::Value(value) => value.as_constant(),
            _ => None,
        }
    }

    /// Whether it is `null`.
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Operand::Value(value) if value.of == Type::Null)
    }

    /// Whether its type is `dynamic`.
    pub(super) fn is_dynamic(&self) -> bool {
        matches!(self, Operand::Value(value) if value.of == Type::Dynamic)
    }

    /// How messages call it.
    pub(super) fn describe(&self) -> String {
        match self {
            Operand::Value(value) => value.of.to_string(),
            Operand::Default(_) => "default".to_owned(),
            Operand::Lambda(..) => "lambda expression".to_owned(),
            Operand::Methods(_) | Operand::Function(..) => "method group".to_owned(),
            Operand::Type(of, _) => of.to_string(),
            Operand::Namespace(name, _) => name.clone(),
            Operand::Throw(..) => "<throw expression>".to_owned(),
            Operand::New(..) => "new()".to_owned(),
            Operand::Switch(_) => "<switch expression>".to_owned(),
            Operand::Tuple(tuple) => {
                let items: Vec<String> = tuple.items.iter().map(Operand::describe).collect();
                format!("({})", items.join(", "))
            }
            Operand::Out(out) => out.of.as_ref().map_or_else(|| "out var".to_owned(), ToString::to_string),
        }
    }
}

impl BoundExpr {
    /// The constant it is to the language: a boxed one is none.
    pub(super) fn as_constant(&self) -> Option<&Constant> {
        let BoundKind::Constant(constant) = &self.kind else { return None };
        let is_own = match (constant, &self.of) {
            (Constant::Null, _)
            | (Constant::Bool(_), Type::Bool)
            | (Constant::Char(_), Type::Char)
            | (Constant::String(_), Type::String)
            | (Constant::Float(_), Type::Number(Number::Float))
            | (Constant::Double(_), Type::Number(Number::Double))
            | (Constant::Decimal(_), Type::Number(Number::Decimal)) => true,
            (Constant::Integer(number, _), Type::Number(of)) => number == of,
            (Constant::Enum(class, _), Type::Class(of, _)) => class == of,
            _ => false,
        };
        is_own.then_some(constant)
    }

    /// A literal `true` or `false`.
    pub(super) fn as_bool(&self) -> Option<bool> {
        match self.as_constant() {
            Some(Constant::Bool(value)) => Some(*value),
            _ => None,
        }
    }
}
