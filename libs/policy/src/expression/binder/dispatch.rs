//! Operations on `dynamic`, bound when they run: each becomes a small function of its operands, which have the types they turned out to have.
//! So what is decided when it runs is decided by the same rules, and said in nearly the same words.

use crate::expression::ast::{BinaryOperator, Names, Root, Tree, UnaryOperator};
use crate::expression::bound::{BoundFunction, BoundKind, BoundStatement, BoundStatementKind, BoundUnit};
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::arguments::Argument;
use super::candidate::MethodGroup;
use super::convert::boxed;
use super::error::{Bind, Reported};
use super::lookup::{Found, Invoked, find_member};
use super::operand::Operand;
use super::place::TypedPlace;
use super::scope::{Frame, Returns};

/// An operation. Its operands are the object, then arguments, then what is assigned.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::expression) enum Operation {
    /// `d.Name`
    Member(Box<str>),
    /// `d.Name = value`
    SetMember(Box<str>),
    /// `d.Name(…)`
    Call(Box<str>),
    /// `d(…)`
    Invoke,
    /// `d[…]`
    Index,
    /// `d[…] = value`
    SetIndex,
    /// `Type.Name(…)`, `new Type(…)`: no object.
    Static(Type, Option<Box<str>>),
    /// `a + b`
    Binary(Box<str>),
    /// `-a`
    Unary(Box<str>),
    /// To a type, perhaps by a cast.
    Convert(Type, bool),
}

/// Binds an operation on operands of these types. Function 0 of the unit gives a delegate, which takes the operands and gives the result.
///
/// # Errors
/// The message of a `RuntimeBinderException`.
pub(in crate::expression) fn bind_operation(operation: &Operation, types: &[Type]) -> Result<BoundUnit, String> {
    let tree = Tree {
        root: Root::Statements(Box::default()),
        names: Names::default(),
        expressions: Vec::new(),
        statements: Vec::new(),
        types: Vec::new(),
        patterns: Vec::new(),
        warnings: Vec::new(),
    };
    let mut binder = Binder::new(&tree);
    binder.is_at_run_time = true;
    let outer = binder.reserve_function();
    let inner = binder.reserve_function();
    binder.frames.push(Frame::new(inner, None, Returns::Known(Type::Object)));
    let span = Span::default();
    let mut operands = Vec::with_capacity(types.len());
    for of in types {
        let stored = if *of == Type::Null { Type::Object } else { of.clone() };
        let local = binder.temporary(stored);
        operands.push(Operand::value(span, of.clone(), BoundKind::Local(local)));
    }
    binder.frame().parameter_count = types.len();
    let bound = binder.operation(operation, operands).and_then(|operand| binder.operation_result(operand));
    match bound {
        Ok(body) => {
            binder.finish_function(body);
        }
        Err(Reported) => {
            let message = binder.diagnostics.errors.into_iter().next().map(|error| error.message);
            return Err(message
                .unwrap_or_else(|| "An unexpected exception occurred while binding a dynamic operation".to_owned()));
        }
    }
    let mut functions: Vec<BoundFunction> =
        binder.functions.into_iter().map(|function| function.unwrap_or_else(super::empty)).collect();
    let lambda = boxed(span, &Type::Object, BoundKind::Lambda { function: inner, captures: Vec::new() });
    if let Some(first) = functions.get_mut(outer.0 as usize) {
        first.returns = Type::Object;
        first.body = BoundStatement { span, kind: BoundStatementKind::Return(Some(*lambda)) };
    }
    Ok(BoundUnit { functions, compares_references: binder.compares_references })
}

impl Binder<'_> {
    fn operation_result(&mut self, operand: Operand) -> Bind<BoundStatement> {
        let span = Span::default();
        if operand.natural_type() == Some(Type::Void) {
            let value = self.natural(operand)?;
            let call = BoundStatement { span, kind: BoundStatementKind::Expression(*value) };
            let nothing = self.default_of(&Type::Object, span);
            let end = BoundStatement { span, kind: BoundStatementKind::Return(Some(*nothing)) };
            return Ok(BoundStatement { span, kind: BoundStatementKind::Block(vec![call, end]) });
        }
        let value = self.convert(operand, &Type::Object)?;
        Ok(BoundStatement { span, kind: BoundStatementKind::Return(Some(*value)) })
    }

    fn operation(&mut self, operation: &Operation, operands: Vec<Operand>) -> Bind<Operand> {
        let span = Span::default();
        let mut operands = operands.into_iter();
        match operation {
            Operation::Static(of, name) => {
                let arguments = operands.map(Argument::plain).collect();
                return self.static_operation(of, name.as_deref(), arguments);
            }
            Operation::Binary(symbol) => {
                let (Some(left), Some(right)) = (operands.next(), operands.next()) else { return Err(Reported) };
                let operator = BINARY.iter().find(|operator| operator.text() == &**symbol).ok_or(Reported)?;
                return self.binary(*operator, left, right, span);
            }
            Operation::Unary(symbol) => {
                let operand = operands.next().ok_or(Reported)?;
                let operator = UNARY.iter().find(|operator| operator.text() == &**symbol).ok_or(Reported)?;
                return self.unary_operator(*operator, operand, span);
            }
            _ => {}
        }
        let target = operands.next().ok_or(Reported)?;
        self.operation_on(operation, target, operands.map(Argument::plain).collect())
    }

    /// An operation on an object.
    fn operation_on(&mut self, operation: &Operation, target: Operand, mut arguments: Vec<Argument>) -> Bind<Operand> {
        let span = Span::default();
        match operation {
            Operation::Convert(to, true) => self.cast(target, to, span).map(Operand::Value),
            Operation::Convert(to, false) => self.convert(target, to).map(Operand::Value),
            Operation::Member(name) => {
                let value = self.natural(target)?;
                self.member_value(value, name, span)
            }
            Operation::SetMember(name) => {
                let object = self.natural(target)?;
                let place = self.place_in(object, name, span, span)?;
                self.assign_operation(place, arguments.pop().ok_or(Reported)?.operand)
            }
            Operation::Call(name) => {
                let value = self.natural(target)?;
                match find_member(&value.of, name, Invoked::Yes) {
                    Some(Found::Methods(candidates)) => {
                        let group = MethodGroup {
                            name: name.clone(),
                            name_span: span,
                            span,
                            of: value.of.clone(),
                            receiver: Some(value),
                            candidates,
                            type_arguments: Vec::new(),
                        };
                        self.call_methods(group, arguments, span)
                    }
                    _ => {
                        let delegate = self.member_value(value, name, span)?;
                        let delegate = self.natural(delegate)?;
                        self.invoke(delegate, arguments, span)
                    }
                }
            }
            Operation::Invoke => {
                let delegate = self.natural(target)?;
                if super::delegate::Signature::of(&delegate.of).is_none() {
                    return self.fail("CS0149", span, "Cannot invoke a non-delegate type");
                }
                self.invoke(delegate, arguments, span)
            }
            Operation::Index => {
                let value = self.natural(target)?;
                self.index_value(value, arguments, span)
            }
            Operation::SetIndex => {
                let object = self.natural(target)?;
                let value = arguments.pop().ok_or(Reported)?;
                let place = self.index_place_with(object, arguments, span)?;
                self.assign_operation(place, value.operand)
            }
            Operation::Static(..) | Operation::Binary(_) | Operation::Unary(_) => Err(Reported),
        }
    }

    fn assign_operation(&mut self, place: TypedPlace, value: Operand) -> Bind<Operand> {
        let TypedPlace { place, of } = place;
        let value = self.convert(value, &of)?;
        Ok(Operand::value(Span::default(), of, BoundKind::Assign { target: place, value }))
    }

    fn static_operation(&mut self, of: &Type, name: Option<&str>, arguments: Vec<Argument>) -> Bind<Operand> {
        let span = Span::default();
        let Some(name) = name else { return self.construct(of, arguments, span, span).map(Operand::Value) };
        match find_member(of, name, Invoked::Yes) {
            Some(Found::Methods(candidates)) => {
                let group = MethodGroup {
                    name: name.into(),
                    name_span: span,
                    span,
                    of: of.clone(),
                    receiver: None,
                    candidates,
                    type_arguments: Vec::new(),
                };
                self.call_methods(group, arguments, span)
            }
            _ => Err(self.no_member(of, name, span)),
        }
    }
}

/// Operators that a dynamic operand may have.
const BINARY: [BinaryOperator; 16] = [
    BinaryOperator::Multiply,
    BinaryOperator::Divide,
    BinaryOperator::Remainder,
    BinaryOperator::Add,
    BinaryOperator::Subtract,
    BinaryOperator::ShiftLeft,
    BinaryOperator::ShiftRight,
    BinaryOperator::Less,
    BinaryOperator::Greater,
    BinaryOperator::LessEquals,
    BinaryOperator::GreaterEquals,
    BinaryOperator::Equals,
    BinaryOperator::NotEquals,
    BinaryOperator::And,
    BinaryOperator::ExclusiveOr,
    BinaryOperator::Or,
];
const UNARY: [UnaryOperator; 4] =
    [UnaryOperator::Plus, UnaryOperator::Minus, UnaryOperator::Not, UnaryOperator::Complement];
