//! Operators, conversions, and conditions as jumps.

use super::{Body, Label};
use crate::expression::bound::{BoundExpr, BoundKind, Conversion, Primitive, PrimitiveOperator, PrimitiveUnary};
use crate::expression::code::Instruction;
use crate::expression::library::Constant;
use crate::expression::machine::{binary_function, unary_function};
use crate::expression::types::Number;

/// `int` without checks or nulls has instructions of its own.
const INT: Primitive = Primitive::Number(Number::Int);

impl Body<'_> {
    /// A binary or unary operator on primitive operands.
    pub(super) fn operator(&mut self, expr: &BoundExpr) {
        match &expr.kind {
            BoundKind::Binary { operator, on, is_checked, is_lifted, left, right } => {
                self.value(left);
                if *on == INT
                    && !is_checked
                    && !is_lifted
                    && let Some(by) = added(*operator, right)
                {
                    self.push(Instruction::AddInt(by));
                    return;
                }
                self.value(right);
                let instruction = binary(*operator, *on, *is_checked, *is_lifted);
                self.push(instruction);
            }
            BoundKind::Unary { operator, on, is_checked, is_lifted, operand } => {
                self.value(operand);
                let (operator, on, is_lifted) = (*operator, *on, *is_lifted);
                self.push(if operator == PrimitiveUnary::Not && !is_lifted {
                    Instruction::Not
                } else {
                    let apply = unary_function(operator, on, *is_checked);
                    Instruction::Unary { apply, operator, on, is_lifted }
                });
            }
            _ => {}
        }
    }

    /// Jumps to `target` when the condition is `when`; otherwise goes on.
    pub(super) fn condition(&mut self, expr: &BoundExpr, when: bool, target: Label) {
        let outer = std::mem::replace(&mut self.span, expr.span);
        match &expr.kind {
            BoundKind::Constant(Constant::Bool(value)) => {
                if *value == when {
                    self.jump(target);
                }
            }
            BoundKind::Unary { operator: PrimitiveUnary::Not, is_lifted: false, operand, .. } => {
                self.condition(operand, !when, target);
            }
            BoundKind::And(left, right) => self.both(left, right, when, target),
            // `a || b` is `!(!a && !b)`.
            BoundKind::Or(left, right) => self.either(left, right, when, target),
            BoundKind::IsNull { is_negated, operand } => {
                self.value(operand);
                self.push(Instruction::JumpIfNull { target: target.0, when: when != *is_negated });
            }
            BoundKind::Is { operand, pattern } => self.is(operand, pattern, when, target),
            BoundKind::Binary { .. } => self.comparison(expr, when, target),
            _ => {
                self.value(expr);
                self.push(Instruction::JumpIf { target: target.0, when });
            }
        }
        self.span = outer;
    }

    fn both(&mut self, left: &BoundExpr, right: &BoundExpr, when: bool, target: Label) {
        if when {
            let end = self.label();
            self.condition(left, false, end);
            self.condition(right, true, target);
            self.place(end);
        } else {
            self.condition(left, false, target);
            self.condition(right, false, target);
        }
    }

    fn either(&mut self, left: &BoundExpr, right: &BoundExpr, when: bool, target: Label) {
        if when {
            self.condition(left, true, target);
            self.condition(right, true, target);
        } else {
            let end = self.label();
            self.condition(left, true, end);
            self.condition(right, false, target);
            self.place(end);
        }
    }

    fn comparison(&mut self, expr: &BoundExpr, when: bool, target: Label) {
        if let BoundKind::Binary { operator, on, is_lifted, left, right, .. } = &expr.kind {
            let operator = *operator;
            if *on == INT && !is_lifted && is_comparison(operator) {
                self.value(left);
                if let Some(value) = int_constant(right) {
                    self.push(Instruction::JumpIfInt { operator, when, value, target: target.0 });
                } else {
                    self.value(right);
                    self.push(Instruction::JumpIfInts { operator, when, target: target.0 });
                }
                return;
            }
            if *on == Primitive::String && is_comparison(operator) {
                let equal = (operator == PrimitiveOperator::Equal) == when;
                self.value(left);
                if let BoundKind::Constant(Constant::String(text)) = &right.kind {
                    let text = self.text_number(text);
                    self.push(Instruction::JumpIfText { equal, text, target: target.0 });
                } else {
                    self.value(right);
                    self.push(Instruction::JumpIfTexts { equal, target: target.0 });
                }
                return;
            }
        }
        self.value(expr);
        self.push(Instruction::JumpIf { target: target.0, when });
    }

    /// A conversion that does something.
    pub(super) fn convert(&mut self, conversion: &Conversion, operand: &BoundExpr) {
        self.value(operand);
        match conversion {
            Conversion::Identity => {}
            Conversion::Box if self.builder.compares_references => self.push(Instruction::Box),
            Conversion::Box => {}
            Conversion::Numeric { to, is_checked, is_lifted, .. } => {
                self.push(Instruction::Numeric { to: *to, is_checked: *is_checked, is_lifted: *is_lifted });
            }
            Conversion::EnumToNumber(number) => self.push(Instruction::EnumToNumber(*number)),
            Conversion::NumberToEnum { to, .. } => {
                let to = self.type_number(to);
                self.push(Instruction::NumberToEnum(to));
            }
            Conversion::Cast(to) => {
                let to = self.type_number(to);
                self.push(Instruction::Cast(to));
            }
            Conversion::As(to) => {
                let to = self.type_number(to);
                self.push(Instruction::As(to));
            }
            Conversion::NullableValue => self.push(Instruction::NullableValue),
            Conversion::Native { native, is_lifted } => {
                let end = self.label();
                if *is_lifted {
                    self.push(Instruction::SkipIfNull(end.0));
                }
                let native = self.native_number(native);
                self.push(Instruction::Native { native, count: 1 });
                self.place(end);
            }
            Conversion::Dynamic { to, is_explicit } => {
                let to = self.type_number(to);
                self.push(Instruction::ConvertDynamic { to, is_explicit: *is_explicit });
            }
        }
    }
}

fn is_comparison(operator: PrimitiveOperator) -> bool {
    use PrimitiveOperator as O;
    matches!(operator, O::Equal | O::NotEqual | O::Less | O::LessOrEqual | O::Greater | O::GreaterOrEqual)
}

fn int_constant(expr: &BoundExpr) -> Option<i32> {
    match &expr.kind {
        BoundKind::Constant(Constant::Integer(Number::Int, value)) => i32::try_from(*value).ok(),
        _ => None,
    }
}

/// What an addition or subtraction of a constant adds.
fn added(operator: PrimitiveOperator, right: &BoundExpr) -> Option<i32> {
    match operator {
        PrimitiveOperator::Add => int_constant(right),
        PrimitiveOperator::Subtract => int_constant(right).map(i32::wrapping_neg),
        _ => None,
    }
}

/// The instruction of an operator.
pub(super) fn binary(operator: PrimitiveOperator, on: Primitive, is_checked: bool, is_lifted: bool) -> Instruction {
    if on == INT && !is_lifted {
        match operator {
            PrimitiveOperator::Add if !is_checked => return Instruction::AddInts,
            PrimitiveOperator::Subtract if !is_checked => return Instruction::SubtractInts,
            PrimitiveOperator::Multiply if !is_checked => return Instruction::MultiplyInts,
            _ if is_comparison(operator) => return Instruction::CompareInts(operator),
            _ => {}
        }
    }
    let apply = binary_function(operator, on, is_checked);
    if is_lifted && on != Primitive::String {
        Instruction::Lifted { apply, operator, on }
    } else {
        Instruction::Binary { apply, operator, on }
    }
}
