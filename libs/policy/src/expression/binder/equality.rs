//! `==` and `!=`.

use crate::expression::ast::BinaryOperator;
use crate::expression::bound::{
    BoundExpr, BoundKind, BoundStatement, BoundStatementKind, Primitive, PrimitiveOperator, PrimitiveUnary,
};
use crate::expression::conversion::is_reference;
use crate::expression::library::{self, ClassKind, Constant};
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::binary::strip_nullable;
use super::classify::{Mode, standard_conversion};
use super::convert::boxed;
use super::error::{Bind, Reported};
use super::numeric::numeric_type;
use super::operand::Operand;

impl Binder<'_> {
    /// `left == right`, `left != right`
    pub(super) fn equality(
        &mut self,
        operator: BinaryOperator,
        left: Operand,
        right: Operand,
        span: Span,
    ) -> Bind<Operand> {
        let is_negated = operator == BinaryOperator::NotEquals;
        let symbol = operator.text();
        let is_null = |operand: &Operand| operand.is_null() || matches!(operand, Operand::Default(_));
        if left.is_dynamic() || right.is_dynamic() {
            // Also with null: a JValue that holds null equals it.
            return self.dynamic_operator(symbol, left, Some(right), span);
        }
        match (is_null(&left), is_null(&right)) {
            (true, true) => return Ok(Operand::constant(span, Type::Bool, Constant::Bool(!is_negated))),
            (true, false) => return self.compare_to_null(is_negated, symbol, &left, right, Order::NullFirst, span),
            (false, true) => return self.compare_to_null(is_negated, symbol, &right, left, Order::NullLast, span),
            (false, false) => {}
        }
        let (left, right) = match self.declared_operator(symbol, vec![left, right], span) {
            Ok(found) => return found,
            Err(operands) => match <[Operand; 2]>::try_from(operands) {
                Ok([left, right]) => (left, right),
                Err(_) => return Err(Reported),
            },
        };
        let (Some(one), Some(two)) = (left.natural_type(), right.natural_type()) else {
            return self.no_operator(symbol, &left, &right, span);
        };
        let primitive = if is_negated { PrimitiveOperator::NotEqual } else { PrimitiveOperator::Equal };
        match (strip_nullable(&one), strip_nullable(&two)) {
            (Type::String, Type::String) => {
                self.primitive_operation(primitive, Primitive::String, &Type::String, left, right, span)
            }
            (Type::Bool, Type::Bool) => {
                self.primitive_operation(primitive, Primitive::Bool, &Type::Bool, left, right, span)
            }
            (Type::Char, Type::Char) => {
                self.primitive_operation(primitive, Primitive::Char, &Type::Char, left, right, span)
            }
            (Type::Tuple(items), Type::Tuple(others)) if items.len() == others.len() => {
                self.tuple_equality(operator, left, right, span)
            }
            (one, two) if self.as_enum(one).is_some() || self.as_enum(two).is_some() => {
                self.predefined(primitive, symbol, left, right, span)
            }
            (one, two) if numeric_type(one).is_some() && numeric_type(two).is_some() => {
                self.predefined(primitive, symbol, left, right, span)
            }
            _ => self.reference_equality(is_negated, symbol, left, right, span),
        }
    }

    /// One operand is `null`.
    fn compare_to_null(
        &mut self,
        is_negated: bool,
        symbol: &str,
        null: &Operand,
        other: Operand,
        order: Order,
        span: Span,
    ) -> Bind<Operand> {
        let is_comparable = match other.natural_type() {
            None | Some(Type::Void) => false,
            // Structs compare to null only if they compare to themselves.
            Some(of @ Type::Class(..)) if of.is_value_type() && self.as_enum(&of).is_none() => {
                let is_equality = |member: &crate::expression::library::Member| {
                    member.kind == crate::expression::library::MemberKind::Operator && &*member.name == "=="
                };
                super::lookup::find_operators(&of, is_equality).next().is_some()
            }
            Some(_) => true,
        };
        let is_default = matches!(null, Operand::Default(_));
        if !is_comparable {
            return match order {
                Order::NullFirst => self.no_operator(symbol, null, &other, span),
                Order::NullLast => self.no_operator(symbol, &other, null, span),
            };
        }
        let operand = self.natural(other)?;
        if is_default && operand.of.is_value_type() {
            let of = operand.of.clone();
            let default = self.default_of(&of, span);
            let operator = if is_negated { BinaryOperator::NotEquals } else { BinaryOperator::Equals };
            return self.equality(operator, Operand::Value(operand), Operand::Value(default), span);
        }
        if matches!(operand.as_constant(), Some(Constant::String(_))) {
            return Ok(Operand::constant(span, Type::Bool, Constant::Bool(is_negated)));
        }
        Ok(Operand::value(span, Type::Bool, BoundKind::IsNull { is_negated, operand }))
    }

    /// Whether both are the same object.
    fn reference_equality(
        &mut self,
        is_negated: bool,
        symbol: &str,
        left: Operand,
        right: Operand,
        span: Span,
    ) -> Bind<Operand> {
        let (Some(one), Some(two)) = (left.natural_type(), right.natural_type()) else {
            return self.no_operator(symbol, &left, &right, span);
        };
        let converts = |from: &Type, to: &Type| standard_conversion(from, to, Mode::Explicit).is_some();
        if !is_reference(&one) || !is_reference(&two) || !(converts(&one, &two) || converts(&two, &one)) {
            return self.no_operator(symbol, &left, &right, span);
        }
        let advice = "Possible unintended reference comparison; to get a value comparison, cast the";
        match (&one, &two) {
            (Type::Object, Type::String) => {
                self.diagnostics.warn("CS0252", span, format!("{advice} left hand side to type 'string'"));
            }
            (Type::String, Type::Object) => {
                self.diagnostics.warn("CS0253", span, format!("{advice} right hand side to type 'string'"));
            }
            _ => {}
        }
        self.compares_references |= shows_identity(&one) && shows_identity(&two);
        let left = self.natural(left)?;
        let right = self.natural(right)?;
        Ok(Operand::value(span, Type::Bool, BoundKind::SameReference { is_negated, left, right }))
    }

    /// Item by item.
    fn tuple_equality(&mut self, operator: BinaryOperator, left: Operand, right: Operand, span: Span) -> Bind<Operand> {
        let mut statements = Vec::new();
        let mut sides = Vec::new();
        for operand in [left, right] {
            let value = self.natural(operand)?;
            let local = self.hold(&value);
            sides.push(BoundExpr { span, of: value.of.clone(), kind: BoundKind::Local(local) });
            statements.push(BoundStatement { span, kind: BoundStatementKind::Declare { local, value: Some(*value) } });
        }
        let [left, right] = sides.as_slice() else { return Err(Reported) };
        let Type::Tuple(items) = &left.of else { return Err(Reported) };
        let mut result: Option<Operand> = None;
        for index in 0..items.len() {
            let item = |side: &BoundExpr| -> Option<Operand> {
                let (Type::Tuple(items), BoundKind::Local(local)) = (&side.of, &side.kind) else { return None };
                let of = boxed(span, &side.of, BoundKind::Local(*local));
                Some(Operand::value(span, items.get(index)?.clone(), BoundKind::Item { of, index: index as u32 }))
            };
            let (Some(one), Some(two)) = (item(left), item(right)) else { return Err(Reported) };
            let equal = self.equality(BinaryOperator::Equals, one, two, span)?;
            result = Some(match result {
                None => equal,
                Some(before) => self.binary(BinaryOperator::AndAlso, before, equal, span)?,
            });
        }
        let result = self.convert(result.ok_or(Reported)?, &Type::Bool)?;
        let result = if operator == BinaryOperator::NotEquals { not(result) } else { result };
        Ok(Operand::value(span, Type::Bool, BoundKind::Sequence(statements, result)))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    NullFirst,
    NullLast,
}

/// Whether a reference of a type may be a string or a boxed value: which object those are matters to nothing but the comparison of references.
fn shows_identity(of: &Type) -> bool {
    match of {
        Type::Object | Type::Dynamic | Type::String => true,
        Type::Class(class, _) => {
            let class = library::get().class(*class);
            class.kind == ClassKind::Interface || ["ValueType", "Enum"].contains(&&*class.name)
        }
        _ => false,
    }
}

/// `!operand`
pub(super) fn not(operand: Box<BoundExpr>) -> Box<BoundExpr> {
    let span = operand.span;
    let kind = BoundKind::Unary {
        operator: PrimitiveUnary::Not,
        on: Primitive::Bool,
        is_checked: false,
        is_lifted: false,
        operand,
    };
    boxed(span, &Type::Bool, kind)
}
