//! Operators, by precedence (C# specification, "Operator precedence and associativity").

use super::pattern::Place;
use super::scan::Question;
use super::{Parsed, Parser};
use crate::expression::ast::{AssignOperator, BinaryOperator, ExprId, ExprKind, Literal, TypeId, UnaryOperator};
use crate::expression::error::SyntaxError;
use crate::expression::newer::Newer;
use crate::expression::token::Kind;

/// How tightly an operator binds; the numbers are our own.
pub(super) mod precedence {
    pub(crate) const COALESCE: u8 = 1;
    pub(crate) const OR_ELSE: u8 = 2;
    pub(crate) const AND_ALSO: u8 = 3;
    pub(crate) const OR: u8 = 4;
    pub(crate) const EXCLUSIVE_OR: u8 = 5;
    pub(crate) const AND: u8 = 6;
    pub(crate) const EQUALITY: u8 = 7;
    pub(crate) const RELATIONAL: u8 = 8;
    pub(crate) const SHIFT: u8 = 9;
    pub(crate) const ADDITIVE: u8 = 10;
    pub(crate) const MULTIPLICATIVE: u8 = 11;
    pub(crate) const SWITCH: u8 = 12;
}

/// What stands between two operands.
enum Infix {
    Binary(BinaryOperator),
    Is,
    As,
    Switch,
}

impl Parser<'_> {
    /// Any expression.
    pub(super) fn expression(&mut self) -> Parsed<ExprId> {
        self.nested(Self::assignment)
    }

    /// An expression or, where C# allows it, `throw x`.
    pub(super) fn expression_or_throw(&mut self) -> Parsed<ExprId> {
        if !self.at(Kind::Throw) {
            return self.expression();
        }
        self.nested(|parser| {
            let start = parser.start();
            parser.bump();
            let value = parser.expression()?;
            parser.push(start, ExprKind::Throw(value))
        })
    }

    /// An expression or, where C# allows it, `ref x`.
    pub(super) fn expression_or_ref(&mut self) -> Parsed<ExprId> {
        if !self.at(Kind::Ref) {
            return self.expression();
        }
        self.nested(|parser| {
            let start = parser.start();
            parser.bump();
            let value = parser.expression()?;
            parser.push(start, ExprKind::Ref(value))
        })
    }

    /// An expression, `throw x` or `ref x`.
    pub(super) fn throw_or_ref(&mut self) -> Parsed<ExprId> {
        if self.at(Kind::Ref) { self.expression_or_ref() } else { self.expression_or_throw() }
    }

    fn assignment(&mut self) -> Parsed<ExprId> {
        if self.at_lambda() {
            return self.lambda();
        }
        if self.at_query() {
            return self.query();
        }
        let start = self.start();
        let target = self.conditional()?;
        let Some((operator, tokens)) = self.assign_operator() else { return Ok(target) };
        match operator {
            AssignOperator::Coalesce => self.newer(Newer::CoalescingAssignment, self.token().span),
            AssignOperator::Set if self.is_mixed(target) => {
                self.newer(Newer::MixedDeconstruction, self.expr(target).span);
            }
            _ => {}
        }
        for _ in 0..tokens {
            self.bump();
        }
        let value = self.expression_or_throw_after(operator)?;
        self.push(start, ExprKind::Assign { operator, target, value })
    }

    /// Whether a tuple that is assigned to declares some variables and names others.
    fn is_mixed(&self, target: ExprId) -> bool {
        let (mut declares, mut names) = (false, false);
        let mut open = vec![target];
        while let Some(id) = open.pop() {
            match &self.expr(id).kind {
                ExprKind::Tuple(items) => open.extend(items.iter().map(|item| item.value)),
                ExprKind::Declaration { .. } => declares = true,
                ExprKind::Name(name) if self.text(name.name.span) == "_" => {}
                _ => names = true,
            }
        }
        declares && names
    }

    fn expression_or_throw_after(&mut self, operator: AssignOperator) -> Parsed<ExprId> {
        match operator {
            AssignOperator::Coalesce => self.expression_or_throw(),
            AssignOperator::Set => self.expression_or_ref(),
            _ => self.expression(),
        }
    }

    /// `a ? b : c` or anything that binds tighter.
    pub(super) fn conditional(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        let condition = self.binary(precedence::COALESCE)?;
        if !self.eat(Kind::Question) {
            return Ok(condition);
        }
        let then = self.throw_or_ref()?;
        if self.at(Kind::HoleFormat) {
            let message = "A conditional expression cannot be used directly in a string interpolation because the ':' ends the \
                           interpolation. Parenthesize the conditional expression";
            return Err(SyntaxError::new("CS8361", self.span_from(start), message));
        }
        self.expect(Kind::Colon)?;
        let otherwise = self.throw_or_ref()?;
        self.push(start, ExprKind::Conditional { condition, then, otherwise })
    }

    /// Operands and operators that bind at least as tightly as `least`.
    pub(super) fn binary(&mut self, least: u8) -> Parsed<ExprId> {
        let start = self.start();
        let mut left = self.unary()?;
        while let Some((infix, binds, tokens)) = self.infix().filter(|&(_, binds, _)| binds >= least) {
            for _ in 0..tokens {
                self.bump();
            }
            left = match infix {
                Infix::Binary(operator) => {
                    let right = self.right_operand(operator, binds)?;
                    self.push(start, ExprKind::Binary { operator, left, right })?
                }
                Infix::Is => {
                    let pattern = self.whole_pattern(Place::Operand)?;
                    self.push(start, ExprKind::Is { operand: left, pattern })?
                }
                Infix::As => {
                    let of: TypeId = self.type_of(Question::MaybeConditional)?;
                    self.push(start, ExprKind::As { operand: left, of })?
                }
                Infix::Switch => {
                    let keyword = self.token_at(self.position.saturating_sub(1)).span;
                    self.newer(Newer::SwitchExpression, keyword);
                    self.switch_expression(start, left)?
                }
            };
        }
        Ok(left)
    }

    fn right_operand(&mut self, operator: BinaryOperator, binds: u8) -> Parsed<ExprId> {
        match operator {
            // Groups to the right.
            BinaryOperator::Coalesce if self.at(Kind::Throw) => self.expression_or_throw(),
            BinaryOperator::Coalesce => self.nested(|parser| parser.binary(binds)),
            _ => self.nested(|parser| parser.binary(binds + 1)),
        }
    }

    /// The operator at the position, how it binds and how many tokens it has.
    fn infix(&self) -> Option<(Infix, u8, usize)> {
        use BinaryOperator as B;
        let (operator, binds) = match self.kind() {
            Kind::Is => return Some((Infix::Is, precedence::RELATIONAL, 1)),
            Kind::As => return Some((Infix::As, precedence::RELATIONAL, 1)),
            Kind::Switch if self.kind_ahead(1) == Kind::OpenBrace => {
                return Some((Infix::Switch, precedence::SWITCH, 1));
            }
            Kind::Greater if self.is_split_shift(Kind::Greater) => {
                return Some((Infix::Binary(B::ShiftRight), precedence::SHIFT, 2));
            }
            Kind::Greater if self.is_split_shift(Kind::GreaterEquals) => return None,
            Kind::Star => (B::Multiply, precedence::MULTIPLICATIVE),
            Kind::Slash => (B::Divide, precedence::MULTIPLICATIVE),
            Kind::Percent => (B::Remainder, precedence::MULTIPLICATIVE),
            Kind::Plus => (B::Add, precedence::ADDITIVE),
            Kind::Minus => (B::Subtract, precedence::ADDITIVE),
            Kind::LessLess => (B::ShiftLeft, precedence::SHIFT),
            Kind::Less => (B::Less, precedence::RELATIONAL),
            Kind::Greater => (B::Greater, precedence::RELATIONAL),
            Kind::LessEquals => (B::LessEquals, precedence::RELATIONAL),
            Kind::GreaterEquals => (B::GreaterEquals, precedence::RELATIONAL),
            Kind::EqualsEquals => (B::Equals, precedence::EQUALITY),
            Kind::NotEquals => (B::NotEquals, precedence::EQUALITY),
            Kind::Ampersand => (B::And, precedence::AND),
            Kind::Caret => (B::ExclusiveOr, precedence::EXCLUSIVE_OR),
            Kind::Bar => (B::Or, precedence::OR),
            Kind::AndAnd => (B::AndAlso, precedence::AND_ALSO),
            Kind::BarBar => (B::OrElse, precedence::OR_ELSE),
            Kind::QuestionQuestion => (B::Coalesce, precedence::COALESCE),
            _ => return None,
        };
        Some((Infix::Binary(operator), binds, 1))
    }

    /// Whether the `>` at the position and a `second` right behind it are one operator.
    pub(super) fn is_split_shift(&self, second: Kind) -> bool {
        self.kind() == Kind::Greater && self.kind_ahead(1) == second && self.touches_next(self.position)
    }

    /// The assignment at the position and how many tokens it has.
    fn assign_operator(&self) -> Option<(AssignOperator, usize)> {
        use AssignOperator as A;
        let operator = match self.kind() {
            Kind::Greater if self.is_split_shift(Kind::GreaterEquals) => return Some((A::ShiftRight, 2)),
            Kind::Equals => A::Set,
            Kind::StarEquals => A::Multiply,
            Kind::SlashEquals => A::Divide,
            Kind::PercentEquals => A::Remainder,
            Kind::PlusEquals => A::Add,
            Kind::MinusEquals => A::Subtract,
            Kind::LessLessEquals => A::ShiftLeft,
            Kind::AmpersandEquals => A::And,
            Kind::CaretEquals => A::ExclusiveOr,
            Kind::BarEquals => A::Or,
            Kind::QuestionQuestionEquals => A::Coalesce,
            _ => return None,
        };
        Some((operator, 1))
    }

    fn unary(&mut self) -> Parsed<ExprId> {
        let operator = match self.kind() {
            Kind::Plus => UnaryOperator::Plus,
            Kind::Minus => UnaryOperator::Minus,
            Kind::Exclamation => UnaryOperator::Not,
            Kind::Tilde => UnaryOperator::Complement,
            Kind::PlusPlus => UnaryOperator::PreIncrement,
            Kind::MinusMinus => UnaryOperator::PreDecrement,
            Kind::OpenParen if self.at_cast() => return self.nested(Self::cast),
            _ => return self.primary(),
        };
        let start = self.start();
        self.bump();
        if operator == UnaryOperator::Minus
            && let Some(literal) = self.least_integer()
        {
            self.bump();
            return self.push(start, ExprKind::Literal(literal));
        }
        let operand = self.nested(Self::unary)?;
        self.push(start, ExprKind::Unary { operator, operand })
    }

    /// `2147483648` and `9223372036854775808` behind a minus: the only literals that are constants of their type together with it (C#
    /// specification, "Integer literals"). Only when written in decimal digits and without a suffix for the sign.
    fn least_integer(&self) -> Option<Literal> {
        let token = self.token();
        if token.kind != Kind::Literal {
            return None;
        }
        // A `.` or `(` behind it binds tighter than the minus.
        if matches!(self.kind_ahead(1), Kind::Dot | Kind::OpenBracket | Kind::OpenParen) {
            return None;
        }
        let text = self.text(token.span).replace('_', "");
        match (text.trim_end_matches(['l', 'L']), self.literal(token)) {
            ("2147483648", Literal::UInt(_)) => Some(Literal::Int(i32::MIN)),
            ("9223372036854775808", Literal::ULong(_)) => Some(Literal::Long(i64::MIN)),
            _ => None,
        }
    }

    fn cast(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        self.expect(Kind::OpenParen)?;
        let of = self.type_of(Question::Nullable)?;
        self.expect(Kind::CloseParen)?;
        let operand = self.unary()?;
        self.push(start, ExprKind::Cast { of, operand })
    }
}
