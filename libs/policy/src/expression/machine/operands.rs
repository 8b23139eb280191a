//! The operands of instructions: on the stack, and as they are compared.

use postern_dotnet::Text;

use super::{Machine, Thrown};
use crate::expression::bound::PrimitiveOperator;
use crate::expression::value::Value;

/// Steps for comparing a value with a constant: only texts of the same length are walked over.
#[inline]
pub(super) fn text_steps(value: &Value, text: Option<&Text>) -> usize {
    match (value, text) {
        (Value::String(value), Some(text)) if value.len() == text.len() => text.len() / 64,
        _ => 0,
    }
}

/// Whether a value is the text of a constant.
#[inline]
pub(super) fn is_text(value: &Value, text: Option<&Text>) -> bool {
    matches!((value, text), (Value::String(value), Some(text)) if value == text)
}

/// A comparison of two `int`s.
#[inline]
pub(super) fn compare_ints(operator: PrimitiveOperator, left: i32, right: i32) -> bool {
    match operator {
        PrimitiveOperator::Equal => left == right,
        PrimitiveOperator::NotEqual => left != right,
        PrimitiveOperator::Less => left < right,
        PrimitiveOperator::LessOrEqual => left <= right,
        PrimitiveOperator::Greater => left > right,
        PrimitiveOperator::GreaterOrEqual => left >= right,
        _ => false,
    }
}

impl Machine<'_> {
    #[inline]
    pub(super) fn push(&mut self, value: Value) {
        self.state.stack.push(value);
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Value {
        self.state.stack.pop().unwrap_or_default()
    }

    #[inline]
    pub(super) fn top(&self) -> &Value {
        self.state.stack.last().unwrap_or(&Value::Null)
    }

    #[inline]
    pub(super) fn local(&self, base: usize, local: u32) -> &Value {
        self.state.stack.get(base + local as usize).unwrap_or(&Value::Null)
    }

    #[inline]
    pub(super) fn set_local(&mut self, base: usize, local: u32, value: Value) {
        if let Some(place) = self.state.stack.get_mut(base + local as usize) {
            *place = value;
        }
    }

    #[inline]
    pub(super) fn pop_bool(&mut self) -> bool {
        matches!(self.pop(), Value::Bool(true))
    }

    #[inline]
    pub(super) fn pop_ints(&mut self) -> (i32, i32) {
        let right = if let Value::Int(right) = self.pop() { right } else { 0 };
        let left = if let Value::Int(left) = self.pop() { left } else { 0 };
        (left, right)
    }

    /// Puts the result in the place of the left operand.
    #[inline]
    pub(super) fn combine_ints(&mut self, combine: impl Fn(i32, i32) -> i32) {
        let right = if let Value::Int(right) = self.pop() { right } else { 0 };
        if let Some(Value::Int(left)) = self.state.stack.last_mut() {
            *left = combine(*left, right);
        }
    }

    #[inline]
    pub(super) fn pop_texts_equal(&mut self) -> bool {
        let stack = &mut self.state.stack;
        let equal = match stack.as_slice() {
            [.., Value::String(left), Value::String(right)] => left == right,
            [.., left, right] => left.is_null() && right.is_null(),
            _ => false,
        };
        stack.truncate(stack.len().saturating_sub(2));
        equal
    }

    /// Pays for comparing the texts of two values, if they may be long and the same.
    #[inline]
    pub(super) fn charge_comparing(&mut self, left: &Value, right: &Value) -> Result<(), Thrown> {
        match (left, right) {
            (Value::String(left), Value::String(right)) if left.len() >= 64 && left.len() == right.len() => {
                self.charge(left.len() / 64)
            }
            (Value::Object(left), Value::Object(_)) => self.charge(left.content_bytes() / 64),
            _ => Ok(()),
        }
    }

    /// The same for the two operands on top.
    #[inline]
    pub(super) fn charge_operands(&mut self) -> Result<(), Thrown> {
        let steps = match self.state.stack.as_slice() {
            [.., Value::String(left), Value::String(right)] if left.len() == right.len() => left.len() / 64,
            [.., Value::Object(left), Value::Object(_)] => left.content_bytes() / 64,
            _ => 0,
        };
        self.charge(steps)
    }

    pub(super) fn pop_equal(&mut self) -> bool {
        let right = self.pop();
        let left = self.pop();
        left.equals(&right)
    }
}
