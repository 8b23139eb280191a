//! `==` and `!=`.

use crate::expression::ast::BinaryOperator;
use crate::expression::bound::{
    BoundExpr, BoundKind, BoundStatement, NativeRef, Primitive, PrimitiveOperator, PrimitiveUnary,
};
use crate::expression::conversion::is_reference;
use crate::expression::delegate::Multicast;
use crate::expression::library::{self, ClassKind, Constant};
use crate::expression::machine::Thrown;
use crate::expression::native::{Call, Native};
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
            (true, true) if matches!(left, Operand::Default(_)) || matches!(right, Operand::Default(_)) => {
                let message = format!("Operator '{symbol}' is ambiguous on operands of type 'default' and '<null>'");
                return self.fail("CS0034", span, message);
            }
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
        if let (Some(one), Some(two)) = (tuple_size(&left), tuple_size(&right))
            && one == two
        {
            return self.tuple_equality(operator, left, right, span);
        }
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
        let is_delegate = |of: &Type| super::delegate::Signature::of(of).is_some();
        if is_delegate(&one) && is_delegate(&two) {
            let native: Native = if is_negated {
                |call| Ok((!same_delegate(call)?).into())
            } else {
                |call| Ok(same_delegate(call)?.into())
            };
            let native = NativeRef {
                native,
                types: std::sync::Arc::default(),
                has_this: false,
                name: "op_Equality".into(),
                takes_boxes: 0,
            };
            let kind = BoundKind::Call { native, arguments: vec![*left, *right], outs: Vec::new() };
            return Ok(Operand::value(span, Type::Bool, kind));
        }
        Ok(Operand::value(span, Type::Bool, BoundKind::SameReference { is_negated, left, right }))
    }

    /// Item by item.
    fn tuple_equality(&mut self, operator: BinaryOperator, left: Operand, right: Operand, span: Span) -> Bind<Operand> {
        let mut statements = Vec::new();
        let left = self.items_to_compare(left, &mut statements)?;
        let right = self.items_to_compare(right, &mut statements)?;
        let mut result: Option<Operand> = None;
        for (one, two) in left.into_iter().zip(right) {
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

impl Binder<'_> {
    /// The items of a tuple, each in a variable; what has no type of its own, such as `null`, stays as it is written.
    fn items_to_compare(&mut self, operand: Operand, statements: &mut Vec<BoundStatement>) -> Bind<Vec<Operand>> {
        let span = operand.span();
        if let Operand::Tuple(tuple) = operand {
            let mut items = Vec::with_capacity(tuple.items.len());
            for item in tuple.items {
                items.push(match item {
                    Operand::Value(value) if value.of != Type::Null => {
                        let (span, of) = (value.span, value.of.clone());
                        let (declare, local) = self.kept(*value);
                        statements.push(declare);
                        Operand::value(span, of, BoundKind::Local(local))
                    }
                    item => item,
                });
            }
            return Ok(items);
        }
        let value = self.natural(operand)?;
        let of = value.of.clone();
        let Type::Tuple(types) = &of else { return Err(Reported) };
        let (declare, local) = self.kept(*value);
        statements.push(declare);
        let item = |(index, item): (u32, &Type)| {
            let tuple = boxed(span, &of, BoundKind::Local(local));
            Operand::value(span, item.clone(), BoundKind::Item { of: tuple, index })
        };
        Ok((0..).zip(types.iter()).map(item).collect())
    }
}

/// Delegates are equal that call the same, one after the other.
fn same_delegate(call: &mut Call<'_, '_>) -> Result<bool, Thrown> {
    let (one, two) = (call.argument(0), call.argument(1));
    let steps = Multicast::count(one).min(Multicast::count(two));
    call.machine.charge(steps)?;
    Ok(call.argument(0).equals(call.argument(1)))
}

/// How many items a tuple has that is compared item by item.
fn tuple_size(operand: &Operand) -> Option<usize> {
    match operand {
        Operand::Tuple(tuple) => Some(tuple.items.len()),
        Operand::Value(value) => match &value.of {
            Type::Tuple(items) => Some(items.len()),
            _ => None,
        },
        _ => None,
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
