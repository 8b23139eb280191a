//! `*`, `+`, `?`, `{n,m}` and their lazy forms.

use super::super::tree::{Node, UNBOUNDED};
use super::{ParseError, Parser, is_digit, is_quantifier};
use crate::Exception;

impl Parser {
    /// Adds the waiting unit, quantified if a quantifier follows. Whether one did.
    pub(super) fn quantify(&mut self) -> Result<bool, Exception> {
        self.blank()?;
        let Some(unit) = self.unit.take() else { return Ok(false) };
        if !self.at_true_quantifier() {
            self.add(unit);
            return Ok(false);
        }
        let Some((min, max)) = self.bounds()? else {
            self.add(unit);
            return Ok(true);
        };
        self.blank()?;
        let lazy = self.sees(0, b'?');
        if lazy {
            self.position += 1;
        }
        if min > max {
            return Err(self.error(ParseError::QuantifierReversed));
        }
        self.add(repeat(unit, min, max, lazy));
        Ok(true)
    }

    /// Least and greatest count; `None` when the braces turn out to stand for themselves.
    fn bounds(&mut self) -> Result<Option<(u32, u32)>, Exception> {
        let quantifier = self.bump().unwrap_or_default();
        match u8::try_from(quantifier).unwrap_or_default() {
            b'*' => return Ok(Some((0, UNBOUNDED))),
            b'+' => return Ok(Some((1, UNBOUNDED))),
            b'?' => return Ok(Some((0, 1))),
            _ => {}
        }
        let start = self.position;
        let min = self.decimal()?;
        let mut max = min;
        if start < self.position && self.sees(0, b',') {
            self.position += 1;
            max = if self.at_end() || self.sees(0, b'}') { UNBOUNDED } else { self.decimal()? };
        }
        if start == self.position || !self.takes(b'}') {
            self.position = start - 1;
            return Ok(None);
        }
        Ok(Some((min, max)))
    }

    /// A decimal number; 0 when there is none.
    pub(super) fn decimal(&mut self) -> Result<u32, Exception> {
        let mut value = 0_u32;
        while let Some(unit) = self.peek()
            && is_digit(unit)
        {
            self.position += 1;
            let next = value.checked_mul(10).and_then(|value| value.checked_add(u32::from(unit - 0x30)));
            value = next.filter(|value| *value <= UNBOUNDED).ok_or_else(|| self.error(ParseError::NumberTooLarge))?;
        }
        Ok(value)
    }

    /// Whether a quantifier stands here: a brace is one only in the forms `{n}`, `{n,}` and `{n,m}`.
    pub(super) fn at_true_quantifier(&self) -> bool {
        let Some(first) = self.peek() else { return false };
        if first != u16::from(b'{') {
            return is_quantifier(first);
        }
        let digits = |from: usize| {
            let mut end = from;
            while self.peek_at(end).is_some_and(is_digit) {
                end += 1;
            }
            end
        };
        let mut end = digits(1);
        if end == 1 {
            return false;
        }
        if self.sees(end, b'}') {
            return true;
        }
        if !self.sees(end, b',') {
            return false;
        }
        end = digits(end + 1);
        self.sees(end, b'}')
    }
}

fn repeat(body: Node, min: u32, max: u32, lazy: bool) -> Node {
    if max == 0 {
        return Node::Empty;
    }
    if min == 1 && max == 1 {
        return body;
    }
    Node::Repeat { body: Box::new(body), min, max, lazy }
}
