//! Operators with one operand.

use crate::expression::ast::{ExprId, UnaryOperator};
use crate::expression::bound::{BoundKind, Primitive, PrimitiveUnary};
use crate::expression::span::Span;
use crate::expression::types::{Number, Type};

use super::Binder;
use super::binary::{is_lifted, strip_nullable, wanted};
use super::constant::{self, Folded};
use super::error::{Bind, Reported};
use super::numeric::{Overflow, numeric_type};
use super::operand::Operand;

impl Binder<'_> {
    /// `-x`, `!x`, `x++`, …
    pub(super) fn unary(&mut self, operator: UnaryOperator, operand: ExprId, span: Span) -> Bind<Operand> {
        match operator {
            UnaryOperator::PreIncrement | UnaryOperator::PreDecrement => self.increment(operator, operand, span),
            UnaryOperator::PostIncrement | UnaryOperator::PostDecrement => self.increment(operator, operand, span),
            _ => {
                let operand = self.value_operand(operand)?;
                self.unary_operator(operator, operand, span)
            }
        }
    }

    pub(super) fn unary_operator(&mut self, operator: UnaryOperator, operand: Operand, span: Span) -> Bind<Operand> {
        let symbol = operator.text();
        if operand.is_dynamic() {
            return self.dynamic_operator(symbol, operand, None, span);
        }
        let mut operands = match self.declared_operator(symbol, vec![operand], span) {
            Ok(found) => return found,
            Err(operands) => operands,
        };
        let operand = operands.pop().ok_or(Reported)?;
        let Some(of) = operand.natural_type() else { return self.no_unary(symbol, &operand, span) };
        let primitive = match operator {
            UnaryOperator::Minus => PrimitiveUnary::Negate,
            UnaryOperator::Complement => PrimitiveUnary::Complement,
            _ => PrimitiveUnary::Not,
        };
        let inner = strip_nullable(&of);
        let (on, target) = match (operator, inner) {
            (UnaryOperator::Not, Type::Bool) => (Primitive::Bool, Type::Bool),
            (UnaryOperator::Complement, of) if self.as_enum(of).is_some() => (Primitive::Enum, of.clone()),
            (UnaryOperator::Not, _) => return self.no_unary(symbol, &operand, span),
            (_, of) if numeric_type(of).is_some() => match self.unary_number(operator, &operand) {
                Some(number) => (Primitive::Number(number), Type::Number(number)),
                None => return self.no_unary(symbol, &operand, span),
            },
            _ => return self.no_unary(symbol, &operand, span),
        };
        let is_lifted = is_lifted(&operand);
        let of = wanted(&target, is_lifted);
        let operand = self.convert(operand, &of)?;
        if operator == UnaryOperator::Plus {
            let mut operand = operand;
            operand.span = span;
            return Ok(Operand::Value(operand));
        }
        if let Some(value) = operand.as_constant() {
            match constant::unary(primitive, value) {
                Folded::Value(value) => return Ok(Operand::constant(span, of, value)),
                Folded::Overflow(value) if self.overflow == Overflow::Unchecked => {
                    return Ok(Operand::constant(span, of, value));
                }
                Folded::Overflow(_) => {
                    return self.fail("CS0220", span, "The operation overflows at compile time in checked mode");
                }
                _ => {}
            }
        }
        let is_checked = self.overflow == Overflow::Checked;
        Ok(Operand::value(span, of, BoundKind::Unary { operator: primitive, on, is_checked, is_lifted, operand }))
    }

    /// What `+`, `-` or `~` computes in.
    fn unary_number(&mut self, operator: UnaryOperator, operand: &Operand) -> Option<Number> {
        let candidates: &[Number] = match operator {
            UnaryOperator::Plus => &[
                Number::Int,
                Number::UInt,
                Number::Long,
                Number::ULong,
                Number::Float,
                Number::Double,
                Number::Decimal,
            ],
            UnaryOperator::Minus => &[Number::Int, Number::Long, Number::Float, Number::Double, Number::Decimal],
            _ => &[Number::Int, Number::UInt, Number::Long, Number::ULong],
        };
        let is_lifted = is_lifted(operand);
        let found = candidates
            .iter()
            .copied()
            .find(|number| self.implicit(operand, &wanted(&Type::Number(*number), is_lifted)).is_some())?;
        let is_unsigned_long =
            operand.natural_type().is_some_and(|of| *strip_nullable(&of) == Type::Number(Number::ULong));
        // `-ulong` would be a `float` or a `decimal`.
        if operator == UnaryOperator::Minus && is_unsigned_long { None } else { Some(found) }
    }

    fn no_unary(&mut self, symbol: &str, operand: &Operand, span: Span) -> Bind<Operand> {
        let of = if operand.is_null() { "<null>".to_owned() } else { operand.describe() };
        self.fail("CS0023", span, format!("Operator '{symbol}' cannot be applied to operand of type '{of}'"))
    }
}
