//! Operators in the order of URL Conventions section 5.1.1.17: `or`, `and`, equality and relation, sum, product, unary.

use super::Parser;
use crate::error::{Fault, Parsed};
use crate::types::{Edm, Item, Ty, is_compatible};

const RELATIONS: [&str; 8] = ["eq", "ne", "lt", "le", "gt", "ge", "has", "in"];

impl Parser<'_> {
    /// Any expression.
    pub(crate) fn expression(&mut self) -> Parsed<Ty> {
        self.nested(Self::disjunction)
    }

    fn disjunction(&mut self) -> Parsed<Ty> {
        self.logical(&["or"], |parser| parser.logical(&["and"], Self::relation))
    }

    fn logical(&mut self, words: &[&str], operand: impl Fn(&mut Self) -> Parsed<Ty>) -> Parsed<Ty> {
        let start = self.cursor.position();
        let mut left = operand(self)?;
        while let Some(word) = self.cursor.operator(words) {
            self.boolean(left, start, word)?;
            let start = self.cursor.position();
            let right = operand(self)?;
            self.boolean(right, start, word)?;
            left = Ty::BOOLEAN;
        }
        Ok(left)
    }

    fn boolean(&self, ty: Ty, start: usize, word: &str) -> Parsed<()> {
        if ty.may_be_boolean() {
            return Ok(());
        }
        let message = format!("`{word}` takes Boolean values, not one of type {}", self.describe(ty));
        Err(Fault::new(start, message))
    }

    fn relation(&mut self) -> Parsed<Ty> {
        let start = self.cursor.position();
        let mut left = self.sum()?;
        while let Some(word) = self.cursor.operator(&RELATIONS) {
            let right_start = self.cursor.position();
            if word == "in" {
                self.membership(left)?;
                left = Ty::BOOLEAN;
                continue;
            }
            let right = self.sum()?;
            if word == "has" {
                self.flags(left, right, start)?;
            } else {
                self.comparable(left, right, word, right_start)?;
            }
            left = Ty::BOOLEAN;
        }
        Ok(left)
    }

    fn comparable(&self, left: Ty, right: Ty, word: &str, position: usize) -> Parsed<()> {
        if !is_compatible(left, right) {
            let (left, right) = (self.describe(left), self.describe(right));
            return Err(Fault::new(position, format!("`{word}` cannot compare {left} with {right}")));
        }
        let has_order = |ty: Ty| match ty.item {
            Item::Structured(_) | Item::Bare => false,
            Item::Primitive(edm) => !edm.is_geo() && edm != Edm::Stream,
            _ => true,
        };
        let is_equality = matches!(word, "eq" | "ne");
        if !is_equality && (left.many || right.many || !has_order(left) || !has_order(right)) {
            let without = if left.many || !has_order(left) { left } else { right };
            return Err(Fault::new(position, format!("values of type {} have no order", self.describe(without))));
        }
        Ok(())
    }

    /// `has`: a value of an enumeration has all bits of another.
    fn flags(&self, left: Ty, right: Ty, position: usize) -> Parsed<()> {
        let may_be_enum =
            |ty: Ty| ty.is_any() || !ty.many && matches!(ty.item, Item::Enum(_) | Item::Quoted | Item::Unknown);
        if may_be_enum(left) && may_be_enum(right) && is_compatible(left, right) {
            return Ok(());
        }
        let (left, right) = (self.describe(left), self.describe(right));
        Err(Fault::new(position, format!("`has` takes values of one enumeration, not {left} and {right}")))
    }

    /// The right side of `in`: a list of literals in parentheses, or a collection.
    fn membership(&mut self, left: Ty) -> Parsed<()> {
        let start = self.cursor.position();
        let before = self.cursor;
        if self.cursor.eat("(") {
            self.cursor.space();
            if self.cursor.eat(")") {
                return Ok(());
            }
            if let Some(first) = self.literal()? {
                self.comparable(left, first, "in", start)?;
                while self.cursor.comma() {
                    let position = self.cursor.position();
                    let Some(next) = self.literal()? else { return Err(self.cursor.expected("a literal")) };
                    self.comparable(left, next, "in", position)?;
                }
                return self.cursor.close();
            }
            // A collection in parentheses.
            self.cursor = before;
        }
        let right = self.sum()?;
        if !right.may_be_collection() {
            return Err(Fault::new(
                start,
                format!("`in` takes a collection, not a value of type {}", self.describe(right)),
            ));
        }
        if left.many && !right.is_any() {
            return Ok(());
        }
        self.comparable(left, right.element(), "in", start)
    }

    fn sum(&mut self) -> Parsed<Ty> {
        let mut left = self.product()?;
        while let Some(word) = self.cursor.operator(&["add", "sub"]) {
            let start = self.cursor.position();
            let right = self.product()?;
            left = self.arithmetic(left, right, word, start)?;
        }
        Ok(left)
    }

    fn product(&mut self) -> Parsed<Ty> {
        let mut left = self.unary()?;
        while let Some(word) = self.cursor.operator(&["mul", "divby", "div", "mod"]) {
            let start = self.cursor.position();
            let right = self.unary()?;
            left = self.arithmetic(left, right, word, start)?;
        }
        Ok(left)
    }

    fn arithmetic(&self, left: Ty, right: Ty, word: &str, position: usize) -> Parsed<Ty> {
        let number = |ty: Ty| ty.may_be(Edm::is_number);
        let duration = |ty: Ty| ty.may_be(|edm| edm == Edm::Duration);
        let date = |ty: Ty| ty.may_be(Edm::is_date) && ty.item != Item::Quoted;
        let result = if left.is_any() && right.is_any() {
            Some(Ty::UNKNOWN)
        } else if number(left) && number(right) {
            Some(if left.is_any() { right } else { left })
        } else {
            match word {
                "add" | "sub" if date(left) && duration(right) => Some(left),
                "add" | "sub" if duration(left) && duration(right) => Some(Ty::of(Edm::Duration)),
                "sub" if date(left) && date(right) => Some(Ty::of(Edm::Duration)),
                "mul" | "div" | "divby" if duration(left) && number(right) => Some(Ty::of(Edm::Duration)),
                "mul" if number(left) && duration(right) => Some(Ty::of(Edm::Duration)),
                _ => None,
            }
        };
        result.ok_or_else(|| {
            let (left, right) = (self.describe(left), self.describe(right));
            Fault::new(position, format!("`{word}` is not defined for {left} and {right}"))
        })
    }

    fn unary(&mut self) -> Parsed<Ty> {
        if self.eats_not() {
            let start = self.cursor.position();
            let ty = self.nested(Self::relation)?;
            self.boolean(ty, start, "not")?;
            return Ok(Ty::BOOLEAN);
        }
        // A sign in front of digits belongs to the number.
        let mut ahead = self.cursor;
        let is_minus = ahead.eat("-") && !ahead.peek().is_some_and(|c| c.is_ascii_digit()) && !ahead.eat("INF");
        if !is_minus {
            return self.primary();
        }
        self.cursor.advance(1);
        self.cursor.space();
        let start = self.cursor.position();
        let ty = self.nested(Self::unary)?;
        if ty.may_be(|edm| edm.is_number() || edm == Edm::Duration) {
            return Ok(ty);
        }
        Err(Fault::new(start, format!("a value of type {} has no negative", self.describe(ty))))
    }

    /// `not` and the white space behind it, which many leave out in front of a parenthesis.
    fn eats_not(&mut self) -> bool {
        let mut ahead = self.cursor;
        let word = ahead.eat_while(crate::cursor::is_following);
        if !word.eq_ignore_ascii_case("not") || !ahead.space() && ahead.peek() != Some('(') {
            return false;
        }
        // `not eq x` asks for a property of that name.
        let mut operator = self.cursor;
        operator.advance(word.len());
        if operator.operator(&RELATIONS).is_some() || operator.operator(&["and", "or"]).is_some() {
            return false;
        }
        self.cursor = ahead;
        true
    }
}
