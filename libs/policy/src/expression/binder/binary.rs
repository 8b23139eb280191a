//! Operators with two operands, but for equality and assignment.

use std::sync::Arc;

use crate::expression::ast::{BinaryOperator, ExprId, ExprKind};
use crate::expression::bound::{BoundExpr, BoundKind, NativeRef, Primitive, PrimitiveOperator};
use crate::expression::conversion::is_same;
use crate::expression::delegate::Multicast;
use crate::expression::native::Native;
use crate::expression::span::Span;
use crate::expression::types::{Number, Type};
use crate::expression::value::Value;

use super::Binder;
use super::constant::{self, Folded};
use super::convert::boxed;
use super::error::Bind;
use super::numeric::{Overflow, numeric_type};
use super::operand::Operand;

/// What a nullable is of; other types are themselves.
pub(super) fn strip_nullable(of: &Type) -> &Type {
    match of {
        Type::Nullable(element) => element,
        other => other,
    }
}

/// What arithmetic is done in, in the order of C#'s preference.
const COMPUTED: [Number; 7] =
    [Number::Int, Number::UInt, Number::Long, Number::ULong, Number::Float, Number::Double, Number::Decimal];

fn primitive(operator: BinaryOperator) -> Option<PrimitiveOperator> {
    Some(match operator {
        BinaryOperator::Multiply => PrimitiveOperator::Multiply,
        BinaryOperator::Divide => PrimitiveOperator::Divide,
        BinaryOperator::Remainder => PrimitiveOperator::Remainder,
        BinaryOperator::Add => PrimitiveOperator::Add,
        BinaryOperator::Subtract => PrimitiveOperator::Subtract,
        BinaryOperator::ShiftLeft => PrimitiveOperator::ShiftLeft,
        BinaryOperator::ShiftRight => PrimitiveOperator::ShiftRight,
        BinaryOperator::Less => PrimitiveOperator::Less,
        BinaryOperator::Greater => PrimitiveOperator::Greater,
        BinaryOperator::LessEquals => PrimitiveOperator::LessOrEqual,
        BinaryOperator::GreaterEquals => PrimitiveOperator::GreaterOrEqual,
        BinaryOperator::Equals => PrimitiveOperator::Equal,
        BinaryOperator::NotEquals => PrimitiveOperator::NotEqual,
        BinaryOperator::And => PrimitiveOperator::And,
        BinaryOperator::ExclusiveOr => PrimitiveOperator::ExclusiveOr,
        BinaryOperator::Or => PrimitiveOperator::Or,
        BinaryOperator::AndAlso | BinaryOperator::OrElse | BinaryOperator::Coalesce => return None,
    })
}

fn delegate_operator(operator: BinaryOperator) -> Option<Native> {
    match operator {
        BinaryOperator::Add => Some(|call| {
            let delegates = Multicast::count(call.argument(0)) + Multicast::count(call.argument(1));
            call.machine.charge_memory(delegates * size_of::<Value>())?;
            Ok(Multicast::combine(call.argument(0), call.argument(1)))
        }),
        BinaryOperator::Subtract => Some(|call| {
            let (count, taken) = (Multicast::count(call.argument(0)), Multicast::count(call.argument(1)));
            call.machine.charge(count * taken.min(count))?;
            call.machine.charge_memory(count * size_of::<Value>())?;
            Ok(Multicast::without(call.argument(0), call.argument(1)))
        }),
        _ => None,
    }
}

pub(super) fn is_comparison(operator: PrimitiveOperator) -> bool {
    use PrimitiveOperator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    matches!(operator, Equal | NotEqual | Less | LessOrEqual | Greater | GreaterOrEqual)
}

fn is_bitwise(operator: PrimitiveOperator) -> bool {
    matches!(operator, PrimitiveOperator::And | PrimitiveOperator::Or | PrimitiveOperator::ExclusiveOr)
}

impl Binder<'_> {
    /// `a + b + c`: chains on the left are long, so they are walked along and not into.
    pub(super) fn binary_chain(&mut self, id: ExprId) -> Bind<Operand> {
        let tree = self.tree;
        let mut chain = Vec::new();
        let mut current = id;
        while let ExprKind::Binary { operator, left, right } = &tree[current].kind {
            chain.push((*operator, *right, tree[current].span));
            current = *left;
        }
        let mut left = self.value_operand(current);
        for (operator, right, span) in chain.into_iter().rev() {
            let right = self.value_operand(right);
            left = match (left, right) {
                (Ok(left), Ok(right)) => self.binary(operator, left, right, span),
                (Err(reported), _) | (_, Err(reported)) => Err(reported),
            };
        }
        left
    }

    /// `left operator right`
    pub(super) fn binary(
        &mut self,
        operator: BinaryOperator,
        left: Operand,
        right: Operand,
        span: Span,
    ) -> Bind<Operand> {
        match operator {
            BinaryOperator::AndAlso | BinaryOperator::OrElse => return self.logical(operator, left, right, span),
            BinaryOperator::Coalesce => return self.coalesce(left, right, span),
            BinaryOperator::Equals | BinaryOperator::NotEquals => return self.equality(operator, left, right, span),
            _ => {}
        }
        let symbol = operator.text();
        if matches!(left, Operand::Default(_)) || matches!(right, Operand::Default(_)) {
            let message = format!("Operator '{symbol}' cannot be applied to operand 'default'");
            return self.fail("CS8310", span, message);
        }
        if left.is_dynamic() || right.is_dynamic() {
            return self.dynamic_operator(symbol, left, Some(right), span);
        }
        if let Some(native) = delegate_operator(operator)
            && let Some(of) = left.natural_type().filter(|of| super::delegate::Signature::of(of).is_some())
        {
            return self.combine_delegates(native, &of, left, right, span);
        }
        let (left, right) = match self.declared_operator(symbol, vec![left, right], span) {
            Ok(found) => return found,
            Err(operands) => match <[Operand; 2]>::try_from(operands) {
                Ok([left, right]) => (left, right),
                Err(_) => return Err(super::error::Reported),
            },
        };
        let is_string = |operand: &Operand| operand.natural_type() == Some(Type::String);
        if operator == BinaryOperator::Add && (is_string(&left) || is_string(&right)) {
            return self.concatenate(left, right, span);
        }
        let Some(primitive) = primitive(operator) else { return self.no_operator(symbol, &left, &right, span) };
        self.predefined(primitive, symbol, left, right, span)
    }

    /// `action + (x => …)`: both are called, one after the other. `-` takes the last of these away again.
    fn combine_delegates(
        &mut self,
        native: Native,
        of: &Type,
        left: Operand,
        right: Operand,
        span: Span,
    ) -> Bind<Operand> {
        let arguments = vec![*self.convert(left, of)?, *self.convert(right, of)?];
        let native =
            NativeRef { native, types: Arc::default(), has_this: false, name: "Combine".into(), takes_boxes: 0 };
        Ok(Operand::value(span, of.clone(), BoundKind::Call { native, arguments, outs: Vec::new() }))
    }

    /// The language's own operators: on numbers, `bool`, enums.
    pub(super) fn predefined(
        &mut self,
        operator: PrimitiveOperator,
        symbol: &str,
        left: Operand,
        right: Operand,
        span: Span,
    ) -> Bind<Operand> {
        let type_of = |operand: &Operand| operand.natural_type().map(|of| strip_nullable(&of).clone());
        let (left_type, right_type) = (type_of(&left), type_of(&right));
        let enum_of = |of: &Option<Type>| of.as_ref().filter(|of| self.as_enum(of).is_some()).cloned();
        if let Some(of) = enum_of(&left_type).or_else(|| enum_of(&right_type)) {
            return self.enum_operator(operator, symbol, &of, left, right, span);
        }
        let is_bool = |of: &Option<Type>| matches!(of, Some(Type::Bool));
        let is_bool_or_null = |of: &Option<Type>, operand: &Operand| is_bool(of) || operand.is_null();
        if is_bitwise(operator)
            && (is_bool(&left_type) || is_bool(&right_type))
            && is_bool_or_null(&left_type, &left)
            && is_bool_or_null(&right_type, &right)
        {
            return self.primitive_operation(operator, Primitive::Bool, &Type::Bool, left, right, span);
        }
        if matches!(operator, PrimitiveOperator::ShiftLeft | PrimitiveOperator::ShiftRight) {
            return self.shift(operator, symbol, left, right, span);
        }
        let is_numeric = |of: &Option<Type>| of.as_ref().is_some_and(|of| numeric_type(of).is_some());
        let is_open = |operand: &Operand| operand.is_null() || matches!(operand, Operand::Default(_));
        let fits = (is_numeric(&left_type) || is_open(&left)) && (is_numeric(&right_type) || is_open(&right));
        if !fits || left_type.is_none() && right_type.is_none() {
            return self.no_operator(symbol, &left, &right, span);
        }
        let is_lifted = is_lifted(&left) || is_lifted(&right);
        let candidates: Vec<Number> = COMPUTED
            .into_iter()
            .filter(|number| !is_bitwise(operator) || super::numeric::range(*number).is_some())
            .filter(|number| {
                let of = wanted(&Type::Number(*number), is_lifted);
                self.implicit(&left, &of).is_some() && self.implicit(&right, &of).is_some()
            })
            .collect();
        match candidates.as_slice() {
            [] => self.no_operator(symbol, &left, &right, span),
            [Number::Float, .., Number::Decimal] => {
                let (left, right) = (left.describe(), right.describe());
                let message = format!("Operator '{symbol}' is ambiguous on operands of type '{left}' and '{right}'");
                self.fail("CS0034", span, message)
            }
            [number, ..] => self.primitive_operation(
                operator,
                Primitive::Number(*number),
                &Type::Number(*number),
                left,
                right,
                span,
            ),
        }
    }

    /// Converts both operands to a type and computes.
    pub(super) fn primitive_operation(
        &mut self,
        operator: PrimitiveOperator,
        on: Primitive,
        of: &Type,
        left: Operand,
        right: Operand,
        span: Span,
    ) -> Bind<Operand> {
        let is_lifted = is_lifted(&left) || is_lifted(&right);
        let operand_type = wanted(of, is_lifted);
        let left = self.convert(left, &operand_type)?;
        let right = self.convert(right, &operand_type)?;
        let result = if is_comparison(operator) { Type::Bool } else { operand_type };
        self.computed(operator, on, result, is_lifted, left, right, span)
    }

    /// Computes now, if both operands are constants, else later.
    #[allow(clippy::too_many_arguments, reason = "the parts of the node")]
    fn computed(
        &mut self,
        operator: PrimitiveOperator,
        on: Primitive,
        of: Type,
        is_lifted: bool,
        left: Box<BoundExpr>,
        right: Box<BoundExpr>,
        span: Span,
    ) -> Bind<Operand> {
        if let (Some(one), Some(two)) = (left.as_constant(), right.as_constant()) {
            match constant::binary(operator, one, two) {
                Folded::Value(value) => return Ok(Operand::constant(span, of, value)),
                Folded::Overflow(value) if self.overflow == Overflow::Unchecked => {
                    return Ok(Operand::constant(span, of, value));
                }
                Folded::Overflow(_) => {
                    return self.fail("CS0220", span, "The operation overflows at compile time in checked mode");
                }
                Folded::Impossible => {
                    return self.fail("CS0463", span, "Evaluation of the decimal constant expression failed");
                }
                Folded::DivisionByZero => return self.fail("CS0020", span, "Division by constant zero"),
                Folded::Later => {}
            }
        }
        let is_checked = self.overflow == Overflow::Checked;
        Ok(Operand::value(span, of, BoundKind::Binary { operator, on, is_checked, is_lifted, left, right }))
    }

    fn shift(
        &mut self,
        operator: PrimitiveOperator,
        symbol: &str,
        left: Operand,
        right: Operand,
        span: Span,
    ) -> Bind<Operand> {
        let is_lifted = is_lifted(&left) || is_lifted(&right);
        let number = [Number::Int, Number::UInt, Number::Long, Number::ULong]
            .into_iter()
            .find(|number| self.implicit(&left, &wanted(&Type::Number(*number), is_lifted)).is_some());
        let count = wanted(&Type::INT, is_lifted);
        let (Some(number), Some(_)) = (number, self.implicit(&right, &count)) else {
            return self.no_operator(symbol, &left, &right, span);
        };
        let of = wanted(&Type::Number(number), is_lifted);
        let left = self.convert(left, &of)?;
        let right = self.convert(right, &count)?;
        self.computed(operator, Primitive::Number(number), of, is_lifted, left, right, span)
    }

    fn enum_operator(
        &mut self,
        operator: PrimitiveOperator,
        symbol: &str,
        of: &Type,
        left: Operand,
        right: Operand,
        span: Span,
    ) -> Bind<Operand> {
        let is_lifted = is_lifted(&left) || is_lifted(&right);
        let enum_type = wanted(of, is_lifted);
        let is_of = |operand: &Operand| operand.natural_type().is_some_and(|found| is_same(strip_nullable(&found), of));
        let both = self.implicit(&left, &enum_type).is_some() && self.implicit(&right, &enum_type).is_some();
        if (is_comparison(operator) || is_bitwise(operator)) && both {
            return self.primitive_operation(operator, Primitive::Enum, of, left, right, span);
        }
        let (adds, subtracts) = (operator == PrimitiveOperator::Add, operator == PrimitiveOperator::Subtract);
        let gives_number = subtracts && is_of(&left) && is_of(&right);
        let number = wanted(&Type::INT, is_lifted);
        let is_number =
            |binder: &mut Self, operand: &Operand| is_of(operand) || binder.implicit(operand, &number).is_some();
        if !(adds && is_of(&left) != is_of(&right) || subtracts && (is_of(&left) || is_of(&right)))
            || !is_number(self, &left)
            || !is_number(self, &right)
        {
            return self.no_operator(symbol, &left, &right, span);
        }
        let left = self.cast(left, &number, span)?;
        let right = self.cast(right, &number, span)?;
        let on = Primitive::Number(Number::Int);
        let result = self.computed(operator, on, number, is_lifted, left, right, span)?;
        if gives_number { Ok(result) } else { self.cast(result, &enum_type, span).map(Operand::Value) }
    }

    /// `&&`, `||`
    fn logical(&mut self, operator: BinaryOperator, left: Operand, right: Operand, span: Span) -> Bind<Operand> {
        let fits = self.implicit(&left, &Type::Bool).is_some() && self.implicit(&right, &Type::Bool).is_some();
        if !fits {
            return self.no_operator(operator.text(), &left, &right, span);
        }
        let left = self.convert(left, &Type::Bool)?;
        let right = self.convert(right, &Type::Bool)?;
        let is_and = operator == BinaryOperator::AndAlso;
        if let (Some(one), Some(two)) = (left.as_bool(), right.as_bool()) {
            let value = if is_and { one && two } else { one || two };
            return Ok(Operand::constant(span, Type::Bool, crate::expression::library::Constant::Bool(value)));
        }
        let kind = if is_and { BoundKind::And(left, right) } else { BoundKind::Or(left, right) };
        Ok(Operand::value(span, Type::Bool, kind))
    }

    /// `+` of a string and anything.
    pub(super) fn concatenate(&mut self, left: Operand, right: Operand, span: Span) -> Bind<Operand> {
        let is_void = |operand: &Operand| operand.natural_type() == Some(Type::Void);
        if is_void(&left) || is_void(&right) {
            return self.no_operator("+", &left, &right, span);
        }
        for operand in [&left, &right] {
            if self.implicit(operand, &Type::Object).is_none() {
                return self.no_operator("+", &left, &right, span);
            }
        }
        let is_text = |operand: &Operand| operand.is_null() || operand.natural_type() == Some(Type::String);
        if is_text(&left)
            && is_text(&right)
            && let (Some(one), Some(two)) = (left.as_constant(), right.as_constant())
            && let Some(text) = constant::concatenate(one, two)
        {
            return Ok(Operand::constant(span, Type::String, text));
        }
        let mut parts = Vec::new();
        for operand in [left, right] {
            let value = match operand {
                Operand::Value(value) => value,
                other => self.convert(other, &Type::Object)?,
            };
            match value.kind {
                BoundKind::Concat(inner) => parts.extend(inner),
                _ => parts.push(*value),
            }
        }
        Ok(Operand::Value(boxed(span, &Type::String, BoundKind::Concat(parts))))
    }
}

/// Whether an operand may be null though its operator is on values.
pub(super) fn is_lifted(operand: &Operand) -> bool {
    operand.is_null() || matches!(operand.natural_type(), Some(Type::Nullable(_)))
}

/// The operand type of an operator, perhaps lifted.
pub(super) fn wanted(of: &Type, is_lifted: bool) -> Type {
    if is_lifted { Type::nullable_of(of.clone()) } else { of.clone() }
}
