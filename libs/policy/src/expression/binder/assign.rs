//! `=` and `??=`.

use crate::expression::ast::{AssignOperator, Designation, ExprId, ExprKind};
use crate::expression::bound::BoundKind;
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::binary::strip_nullable;
use super::convert::boxed;
use super::error::Bind;
use super::operand::Operand;

impl Binder<'_> {
    /// `target operator value`
    pub(super) fn assign(
        &mut self,
        operator: AssignOperator,
        target: ExprId,
        value: ExprId,
        span: Span,
    ) -> Bind<Operand> {
        match operator {
            AssignOperator::Set => self.set(target, value, span),
            AssignOperator::Coalesce => self.coalesce_assign(target, value, span),
            _ => self.compound(operator, target, value, span),
        }
    }

    fn set(&mut self, target: ExprId, value: ExprId, span: Span) -> Bind<Operand> {
        let tree = self.tree;
        if let Some(inner) = self.behind_ref(value) {
            return self.assign_reference(target, inner, span);
        }
        match &tree[target].kind {
            ExprKind::Tuple(_) | ExprKind::Declaration { designation: Designation::Tuple(_), .. } => {
                return self.deconstruction(target, value, span);
            }
            ExprKind::Name(name) if tree.text(name.name) == "_" && self.find_name(name.name.symbol).is_none() => {
                let operand = self.expression(value)?;
                return self.natural(operand).map(Operand::Value);
            }
            _ => {}
        }
        let place = self.place(target);
        let value = self.expression(value);
        let (place, value) = (place?, value?);
        let value = self.convert(value, &place.of)?;
        Ok(Operand::Value(boxed(span, &place.of, BoundKind::Assign { target: place.place, value })))
    }

    fn coalesce_assign(&mut self, target: ExprId, value: ExprId, span: Span) -> Bind<Operand> {
        let place = self.place(target);
        let value = self.value_operand(value);
        let (place, value) = (place?, value?);
        if place.of.is_value_type() {
            let message = format!(
                "Operator '??=' cannot be applied to operands of type '{}' and '{}'",
                place.of,
                if value.is_null() { "<null>".to_owned() } else { value.describe() }
            );
            return self.fail("CS0019", span, message);
        }
        let inner = strip_nullable(&place.of).clone();
        let of = if inner != place.of && self.implicit(&value, &inner).is_some() { inner } else { place.of };
        let value = self.convert(value, &of)?;
        Ok(Operand::Value(boxed(span, &of, BoundKind::CoalesceAssign { target: place.place, value })))
    }
}

/// Whether a type says that the one who writes it does not know it: `var`.
pub(super) fn is_untyped(of: &Type) -> bool {
    matches!(of, Type::Void | Type::Null)
}
