//! What one output or tag is about: operands, filters, conditions.

use super::DEPTH_MAX;
use super::lex::{Token, tokens};
use super::tree::{Comparison, Condition, Filter, Node, Operand, Output, Step};

/// The tokens of a piece and how far they are read.
pub(super) struct Markup {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    text: String,
}

impl Markup {
    pub(super) fn of(text: &str) -> Markup {
        Markup { tokens: tokens(text), at: 0, depth: 0, text: text.to_owned() }
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.peek().is_none()
    }

    fn sees_name(&self, name: &str) -> bool {
        matches!(self.peek(), Some(Token::Name(found)) if found == name)
    }

    pub(super) fn takes_name(&mut self, name: &str) -> bool {
        let found = self.sees_name(name);
        self.at += usize::from(found);
        found
    }

    fn takes(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(found)) if *found == sign);
        self.at += usize::from(found);
        found
    }

    fn unexpected(&self) -> String {
        format!("syntax error in `{}`", self.text)
    }

    pub(super) fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.takes(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Passes over one token.
    pub(super) fn skip(&mut self) {
        self.at += 1;
    }

    /// Passes over everything up to a token that is wanted.
    fn skip_to(&mut self, is_wanted: impl Fn(&Token) -> bool) {
        while self.peek().is_some_and(|token| !is_wanted(token)) {
            self.at += 1;
        }
    }

    pub(super) fn name(&mut self) -> Result<Box<str>, String> {
        let name = match self.peek() {
            Some(Token::Name(name) | Token::Text(name)) => name.as_str().into(),
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        Ok(name)
    }

    pub(super) fn output(&mut self, unknown: &mut Vec<String>) -> Result<Output, String> {
        let value = self.operand_or_nil()?;
        let mut filters = Vec::new();
        let is_separator = |token: &Token| *token == Token::Sign("|");
        self.skip_to(is_separator);
        while self.takes("|") {
            self.skip_to(|token| is_separator(token) || matches!(token, Token::Name(_)));
            let Ok(name) = self.name() else { continue };
            let mut arguments = Vec::new();
            loop {
                self.skip_to(|token| matches!(token, Token::Sign("|" | ":" | ",")));
                if !self.takes(":") && !self.takes(",") {
                    break;
                }
                if !self.is_at_end() && !self.peek().is_some_and(is_separator) {
                    arguments.push(self.operand_or_nil()?);
                }
            }
            match Filter::named(&name) {
                Some(filter) => filters.push((filter, arguments)),
                None => unknown.push(name.into()),
            }
        }
        Ok(Output { value, filters })
    }

    /// The next operand before a filter; nothing if there is none.
    fn operand_or_nil(&mut self) -> Result<Operand, String> {
        self.skip_to(|token| {
            !matches!(token, Token::Other | Token::Sign(_)) || matches!(token, Token::Sign("|" | "("))
        });
        match self.peek() {
            None | Some(Token::Sign("|")) => Ok(Operand::Nil),
            Some(_) => self.operand(),
        }
    }

    /// `'group': a, b` or `a, b`.
    pub(super) fn cycle(&mut self, text: &str) -> Result<Node, String> {
        let group = match (self.tokens.first(), self.tokens.get(1)) {
            (Some(Token::Text(group) | Token::Name(group)), Some(Token::Sign(":"))) => {
                self.at = 2;
                group.clone()
            }
            _ => text.to_owned(),
        };
        Ok(Node::Cycle(group.into(), self.values()?))
    }

    /// `a, b` or `a or b`.
    pub(super) fn values(&mut self) -> Result<Vec<Operand>, String> {
        let mut values = vec![self.operand()?];
        while self.takes(",") || self.takes_name("or") {
            values.push(self.operand()?);
        }
        Ok(values)
    }

    pub(super) fn operand(&mut self) -> Result<Operand, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.unexpected());
        }
        let operand = self.inner_operand();
        self.depth -= 1;
        operand
    }

    fn inner_operand(&mut self) -> Result<Operand, String> {
        let token = self.peek().cloned().ok_or_else(|| self.unexpected())?;
        self.at += 1;
        Ok(match token {
            Token::Text(text) => Operand::Text(text.into()),
            Token::Integer(number) => Operand::Integer(number),
            Token::Float(number) => Operand::Float(number),
            Token::Sign("(") => {
                let from = self.operand()?;
                if !self.takes("..") {
                    // Parentheses mean nothing elsewhere.
                    self.takes(")");
                    return Ok(from);
                }
                let to = self.operand()?;
                self.expect(")")?;
                Operand::Range(Box::new((from, to)))
            }
            Token::Sign(_) | Token::Other => return Err(self.unexpected()),
            Token::Name(name) => {
                let is_path = matches!(self.peek(), Some(Token::Sign("." | "[")));
                match name.as_str() {
                    "nil" | "null" if !is_path => Operand::Nil,
                    "true" if !is_path => Operand::Bool(true),
                    "false" if !is_path => Operand::Bool(false),
                    "empty" if !is_path => Operand::Empty,
                    "blank" if !is_path => Operand::Blank,
                    _ => Operand::Path(name.as_str().into(), self.steps()?),
                }
            }
        })
    }

    fn steps(&mut self) -> Result<Vec<Step>, String> {
        let mut steps = Vec::new();
        loop {
            if self.takes(".") {
                self.skip_to(|token| *token != Token::Other);
                // A point at the end says nothing.
                if let Ok(name) = self.name() {
                    steps.push(Step::Name(name));
                }
            } else if self.takes("[") {
                steps.push(Step::Index(self.operand()?));
                self.takes("]");
            } else {
                return Ok(steps);
            }
        }
    }

    /// `and` and `or` bind alike, from the right.
    pub(super) fn condition(&mut self) -> Result<Condition, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.unexpected());
        }
        self.skip_to(|token| !matches!(token, Token::Other));
        let left = self.operand()?;
        let first = match self.comparison()? {
            Some(comparison) if self.is_at_end() => Condition::Compare(left, comparison, Operand::Nil),
            Some(comparison) => Condition::Compare(left, comparison, self.operand()?),
            None => Condition::Truth(left),
        };
        self.skip_to(|token| matches!(token, Token::Name(name) if matches!(name.as_str(), "and" | "or")));
        let condition = if self.takes_name("and") {
            Condition::And(Box::new((first, self.condition()?)))
        } else if self.takes_name("or") {
            Condition::Or(Box::new((first, self.condition()?)))
        } else {
            first
        };
        self.depth -= 1;
        Ok(condition)
    }

    /// The comparison behind an operand, if there is one. One that there is not is an error.
    fn comparison(&mut self) -> Result<Option<Comparison>, String> {
        let comparison = match self.peek() {
            Some(Token::Sign("==")) => Comparison::Equal,
            Some(Token::Sign("!=" | "<>")) => Comparison::NotEqual,
            Some(Token::Sign("<")) => Comparison::Less,
            Some(Token::Sign("<=")) => Comparison::LessOrEqual,
            Some(Token::Sign(">")) => Comparison::Greater,
            Some(Token::Sign(">=")) => Comparison::GreaterOrEqual,
            Some(Token::Sign("=")) => return Err(format!("Unknown operator '=' in `{}`", self.text)),
            Some(Token::Name(name)) => match name.to_ascii_lowercase().replace('_', "").as_str() {
                "contains" => Comparison::Contains,
                "startswith" => Comparison::StartsWith,
                "endswith" => Comparison::EndsWith,
                "haskey" => Comparison::HasKey,
                "hasvalue" => Comparison::HasValue,
                "and" | "or" => return Ok(None),
                _ => return Err(format!("Unknown operator '{name}' in `{}`", self.text)),
            },
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(comparison))
    }
}
