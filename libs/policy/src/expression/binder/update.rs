//! `+=` and its like, `++`, `--`.

use crate::expression::ast::{AssignOperator, BinaryOperator, ExprId, UnaryOperator};
use crate::expression::bound::{BoundKind, PrimitiveOperator};
use crate::expression::library::Constant;
use crate::expression::span::Span;
use crate::expression::types::{Number, Type};

use super::Binder;
use super::binary::strip_nullable;
use super::convert::boxed;
use super::error::{Bind, Reported};
use super::numeric::numeric_type;
use super::operand::Operand;
use super::place::TypedPlace;

fn binary_operator(operator: AssignOperator) -> Option<BinaryOperator> {
    Some(match operator {
        AssignOperator::Multiply => BinaryOperator::Multiply,
        AssignOperator::Divide => BinaryOperator::Divide,
        AssignOperator::Remainder => BinaryOperator::Remainder,
        AssignOperator::Add => BinaryOperator::Add,
        AssignOperator::Subtract => BinaryOperator::Subtract,
        AssignOperator::ShiftLeft => BinaryOperator::ShiftLeft,
        AssignOperator::ShiftRight => BinaryOperator::ShiftRight,
        AssignOperator::And => BinaryOperator::And,
        AssignOperator::ExclusiveOr => BinaryOperator::ExclusiveOr,
        AssignOperator::Or => BinaryOperator::Or,
        AssignOperator::Set | AssignOperator::Coalesce => return None,
    })
}

impl Binder<'_> {
    /// `target += value`
    pub(super) fn compound(
        &mut self,
        operator: AssignOperator,
        target: ExprId,
        value: ExprId,
        span: Span,
    ) -> Bind<Operand> {
        let place = self.place(target);
        let value = self.value_operand(value);
        let (place, value) = (place?, value?);
        let operator = binary_operator(operator).ok_or(Reported)?;
        let is_shift = matches!(operator, BinaryOperator::ShiftLeft | BinaryOperator::ShiftRight);
        let may_narrow = is_shift || self.implicit(&value, &place.of).is_some();
        let old = self.temporary(place.of.clone());
        let left = Operand::value(self.tree[target].span, place.of.clone(), BoundKind::Local(old));
        let result = self.binary(operator, left, value, span)?;
        let new = if self.implicit(&result, &place.of).is_none() && may_narrow {
            self.cast(result, &place.of, span)?
        } else {
            self.convert(result, &place.of)?
        };
        self.check_getter(&place, span)?;
        let kind = BoundKind::Update { target: place.place, old, new, gives_old: false };
        Ok(Operand::Value(boxed(span, &place.of, kind)))
    }

    /// `++x`, `x--`
    pub(super) fn increment(&mut self, operator: UnaryOperator, target: ExprId, span: Span) -> Bind<Operand> {
        let place = self.place(target)?;
        let gives_old = matches!(operator, UnaryOperator::PostIncrement | UnaryOperator::PostDecrement);
        let is_plus = matches!(operator, UnaryOperator::PreIncrement | UnaryOperator::PostIncrement);
        let old = self.temporary(place.of.clone());
        let left = Operand::value(span, place.of.clone(), BoundKind::Local(old));
        let one = Operand::constant(span, Type::INT, Constant::Integer(Number::Int, 1));
        let inner = strip_nullable(&place.of).clone();
        let new = if place.of == Type::Dynamic {
            let sum = self.dynamic_operator(if is_plus { "+" } else { "-" }, left, Some(one), span)?;
            self.convert(sum, &place.of)?
        } else if numeric_type(&inner).is_some() || self.as_enum(&inner).is_some() {
            let (primitive, symbol) =
                if is_plus { (PrimitiveOperator::Add, "+") } else { (PrimitiveOperator::Subtract, "-") };
            let sum = self.predefined(primitive, symbol, left, one, span)?;
            self.cast(sum, &place.of, span)?
        } else {
            let symbol = if is_plus { "++" } else { "--" };
            let message = format!("Operator '{symbol}' cannot be applied to operand of type '{}'", place.of);
            return self.fail("CS0023", span, message);
        };
        self.check_getter(&place, span)?;
        let kind = BoundKind::Update { target: place.place, old, new, gives_old };
        Ok(Operand::Value(boxed(span, &place.of, kind)))
    }

    /// What is updated must be readable.
    fn check_getter(&mut self, place: &TypedPlace, span: Span) -> Bind<()> {
        if let crate::expression::bound::Place::Property { getter: None, setter, .. } = &place.place {
            let message = format!(
                "The property or indexer '{}' cannot be used in this context because it lacks the get accessor",
                setter.name
            );
            return self.fail("CS0154", span, message);
        }
        Ok(())
    }
}
