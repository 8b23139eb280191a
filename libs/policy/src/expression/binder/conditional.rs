//! `a ? b : c`, `a ?? b`, casts, `as`.

use crate::expression::ast::{ExprId, TypeId};
use crate::expression::bound::{BoundExpr, BoundKind, Conversion};
use crate::expression::conversion::is_same;
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::classify::{Mode, standard_conversion};
use super::convert::{boxed, converted};
use super::error::Bind;
use super::operand::Operand;

impl Binder<'_> {
    /// `condition ? then : otherwise`
    pub(super) fn conditional(
        &mut self,
        condition: ExprId,
        then: ExprId,
        otherwise: ExprId,
        span: Span,
    ) -> Bind<Operand> {
        if self.behind_ref(then).is_some() || self.behind_ref(otherwise).is_some() {
            return self.conditional_of_references(condition, then, otherwise, span);
        }
        let condition = self.condition(condition);
        let then = self.value_operand(then);
        let otherwise = self.value_operand(otherwise);
        let (condition, then, otherwise) = (condition?, then?, otherwise?);
        let Some(of) = self.type_of_branches(&then, &otherwise) else {
            let describe = |operand: &Operand| if operand.is_null() { "<null>".to_owned() } else { operand.describe() };
            let message = format!(
                "Type of conditional expression cannot be determined because there is no implicit conversion between '{}' and '{}'",
                describe(&then),
                describe(&otherwise)
            );
            return self.fail("CS0173", span, message);
        };
        let then = self.convert(then, &of)?;
        let otherwise = self.convert(otherwise, &of)?;
        if let Some(holds) = condition.as_bool()
            && then.as_constant().is_some()
            && otherwise.as_constant().is_some()
        {
            let mut chosen = if holds { then } else { otherwise };
            chosen.span = span;
            return Ok(Operand::Value(chosen));
        }
        Ok(Operand::Value(boxed(span, &of, BoundKind::Conditional { condition, then, otherwise })))
    }

    /// An expression that is no type or namespace.
    pub(super) fn value_operand(&mut self, id: ExprId) -> Bind<Operand> {
        let operand = self.expression(id)?;
        self.value(operand)
    }

    /// The type that both branches of a conditional become, if one of them has it.
    fn type_of_branches(&mut self, then: &Operand, otherwise: &Operand) -> Option<Type> {
        match (then.natural_type(), otherwise.natural_type()) {
            (Some(Type::Dynamic), Some(_)) | (Some(_), Some(Type::Dynamic)) => Some(Type::Dynamic),
            (Some(one), Some(two)) if is_same(&one, &two) => Some(one),
            (Some(one), Some(two)) => {
                let to_second = self.implicit(then, &two).is_some();
                let to_first = self.implicit(otherwise, &one).is_some();
                match (to_first, to_second) {
                    (true, false) => Some(one),
                    (false, true) => Some(two),
                    (false, false) => None,
                    // A constant fits the smaller type, everything fits the greater one.
                    (true, true) => {
                        let widens = standard_conversion(&two, &one, Mode::Implicit).is_some();
                        Some(if widens { one } else { two })
                    }
                }
            }
            (Some(of), None) => self.implicit(otherwise, &of).map(|_| of),
            (None, Some(of)) => self.implicit(then, &of).map(|_| of),
            (None, None) => None,
        }
    }

    /// `left ?? right`
    pub(super) fn coalesce(&mut self, left: Operand, right: Operand, span: Span) -> Bind<Operand> {
        let left = self.value(left)?;
        let right = self.value(right)?;
        if left.is_null() && right.natural_type().is_some_and(|of| of.takes_null()) {
            return Ok(right);
        }
        let Some(of) = left.natural_type() else { return self.no_operator("??", &left, &right, span) };
        if of.is_value_type() || of == Type::Void {
            return self.no_operator("??", &left, &right, span);
        }
        let left = self.natural(left)?;
        let inner = match &of {
            Type::Nullable(element) => (**element).clone(),
            of => of.clone(),
        };
        if of == Type::Dynamic {
            let right = self.convert(right, &Type::Dynamic)?;
            return Ok(coalesced(span, &Type::Dynamic, left, right));
        }
        // The value itself, then the nullable value, then what stands on the right.
        for to in [&inner, &of] {
            if let Some(conversion) = self.implicit(&right, to) {
                let right = self.apply(right, &conversion, to, Mode::Implicit)?;
                return Ok(coalesced(span, to, left, right));
            }
        }
        let Some(target) = right.natural_type() else {
            return self.no_operator("??", &Operand::Value(left), &right, span);
        };
        let local = self.temporary(inner.clone());
        let value = Operand::value(span, inner, BoundKind::Local(local));
        let Some(conversion) = self.implicit(&value, &target) else {
            return self.no_operator("??", &Operand::Value(left), &right, span);
        };
        let access = self.apply(value, &conversion, &target, Mode::Implicit)?;
        let right = self.natural(right)?;
        let left = match access.kind {
            // The conversion changes nothing.
            BoundKind::Local(_) => left,
            _ => boxed(span, &target, BoundKind::ConditionalAccess { target: left, local, access }),
        };
        Ok(coalesced(span, &target, left, right))
    }

    /// `(T)x`
    pub(super) fn cast_expression(&mut self, of: TypeId, operand: ExprId, span: Span) -> Bind<Operand> {
        let of = self.type_(of);
        let operand = self.expression(operand);
        let (of, operand) = (of?, operand?);
        self.cast(operand, &of, span).map(Operand::Value)
    }

    /// `x as T`
    pub(super) fn as_expression(&mut self, operand: ExprId, of: TypeId, span: Span) -> Bind<Operand> {
        let of = self.type_(of);
        let operand = self.value_operand(operand);
        let (of, operand) = (of?, operand?);
        if of.is_value_type() {
            let message = format!(
                "The as operator must be used with a reference type or nullable type ('{of}' is a non-nullable value type)"
            );
            return self.fail("CS0077", span, message);
        }
        if operand.is_null() {
            return Ok(Operand::Value(self.default_of(&of, span)));
        }
        let value = self.natural(operand)?;
        if value.of == Type::Dynamic || self.stands_for_parameter(&value.of) {
            return Ok(Operand::Value(converted(span, &of, Conversion::As(of.clone()), value)));
        }
        let target = match &of {
            Type::Nullable(element) => (**element).clone(),
            other => other.clone(),
        };
        if standard_conversion(&value.of, &of, Mode::Implicit).is_none()
            && standard_conversion(&value.of, &target, Mode::Explicit).is_none()
        {
            let message = format!(
                "Cannot convert type '{}' to '{of}' via a reference conversion, boxing conversion, unboxing conversion, wrapping \
                 conversion, or null type conversion",
                value.of
            );
            return self.fail("CS0039", span, message);
        }
        Ok(Operand::Value(converted(span, &of, Conversion::As(of.clone()), value)))
    }
}

fn coalesced(span: Span, of: &Type, left: Box<BoundExpr>, right: Box<BoundExpr>) -> Operand {
    Operand::Value(boxed(span, of, BoundKind::Coalesce(left, right)))
}
