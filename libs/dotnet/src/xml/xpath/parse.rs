//! The grammar of XPath: recursive descent, with one function per precedence.

use super::super::limits::XPATH_DEPTH_MAX;
use super::super::name::{XML_NAMESPACE, XName};
use super::ast::{Axis, Expr, NodeTest, Operator, Start, Step};
use super::exception;
use super::lexer::{Token, tokens};
use crate::{Exception, Text};

/// A parser over the tokens of one expression. XSLT patterns use it too.
pub(in crate::xml) struct Parser<'r> {
    text: String,
    tokens: Vec<Token>,
    position: usize,
    depth: usize,
    resolve: &'r dyn Fn(&str) -> Option<Text>,
}

/// Operators by precedence, the weakest first.
const PRECEDENCES: [&[(&str, Operator)]; 6] = [
    &[("or", Operator::Or)],
    &[("and", Operator::And)],
    &[("=", Operator::Equal), ("!=", Operator::NotEqual)],
    &[("<", Operator::Less), ("<=", Operator::LessOrEqual), (">", Operator::Greater), (">=", Operator::GreaterOrEqual)],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("mul", Operator::Multiply), ("div", Operator::Divide), ("mod", Operator::Remainder)],
];

impl<'r> Parser<'r> {
    pub(in crate::xml) fn new(text: &str, resolve: &'r dyn Fn(&str) -> Option<Text>) -> Result<Parser<'r>, Exception> {
        Ok(Parser { text: text.to_owned(), tokens: tokens(text)?, position: 0, depth: 0, resolve })
    }

    fn peek(&self) -> &Token {
        self.tokens.get(self.position).unwrap_or(&Token::End)
    }

    fn sees(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(found) if *found == sign)
    }

    fn sees_after(&self, sign: &str) -> bool {
        matches!(self.tokens.get(self.position + 1), Some(Token::Sign(found)) if *found == sign)
    }

    pub(in crate::xml) fn eat(&mut self, sign: &str) -> bool {
        let eats = self.sees(sign);
        if eats {
            self.position += 1;
        }
        eats
    }

    fn expect(&mut self, sign: &str) -> Result<(), Exception> {
        if self.eat(sign) { Ok(()) } else { Err(self.invalid()) }
    }

    fn invalid(&self) -> Exception {
        exception(format!("'{}' has an invalid token.", self.text))
    }

    /// Refuses further tokens.
    pub(in crate::xml) fn end(&self) -> Result<(), Exception> {
        if *self.peek() == Token::End { Ok(()) } else { Err(self.invalid()) }
    }

    pub(in crate::xml) fn expression(&mut self) -> Result<Expr, Exception> {
        self.depth += 1;
        if self.depth > XPATH_DEPTH_MAX {
            return Err(exception(format!("The xpath query is too complex: '{}'.", self.text)));
        }
        let expression = self.binary(0)?;
        self.depth -= 1;
        Ok(expression)
    }

    fn binary(&mut self, precedence: usize) -> Result<Expr, Exception> {
        let Some(operators) = PRECEDENCES.get(precedence) else { return self.unary() };
        let mut left = self.binary(precedence + 1)?;
        let mut chain = 0;
        while let Some((_, operator)) = operators.iter().find(|(sign, _)| self.sees(sign)) {
            self.position += 1;
            chain += 1;
            // A chain grows the tree to the left, which evaluation recurses along.
            if chain > XPATH_DEPTH_MAX * 4 {
                return Err(exception(format!("The xpath query is too complex: '{}'.", self.text)));
            }
            let right = self.binary(precedence + 1)?;
            left = Expr::Binary { operator: *operator, left: Box::new(left), right: Box::new(right) };
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, Exception> {
        let mut negative = false;
        let mut signs = false;
        while self.eat("-") {
            negative = !negative;
            signs = true;
        }
        let operand = self.union()?;
        match (signs, negative) {
            (false, _) => Ok(operand),
            (true, true) => Ok(Expr::Negate(Box::new(operand))),
            // Two signs still make it a number.
            (true, false) => Ok(Expr::Negate(Box::new(Expr::Negate(Box::new(operand))))),
        }
    }

    fn union(&mut self) -> Result<Expr, Exception> {
        let mut left = self.path()?;
        let mut chain = 0;
        while self.eat("|") {
            chain += 1;
            if chain > XPATH_DEPTH_MAX * 4 {
                return Err(exception(format!("The xpath query is too complex: '{}'.", self.text)));
            }
            let right = self.path()?;
            left = Expr::Binary { operator: Operator::Union, left: Box::new(left), right: Box::new(right) };
        }
        Ok(left)
    }

    fn path(&mut self) -> Result<Expr, Exception> {
        if self.eat("/") {
            let steps = if self.starts_step() { self.steps(Vec::new())? } else { Vec::new() };
            return Ok(Expr::Path { start: Start::Root, steps });
        }
        if self.eat("//") {
            let steps = self.steps(vec![any_descendant()])?;
            return Ok(Expr::Path { start: Start::Root, steps });
        }
        if !self.starts_primary() {
            let steps = self.steps(Vec::new())?;
            return Ok(Expr::Path { start: Start::Context, steps });
        }
        let primary = self.primary()?;
        let predicates = self.predicates()?;
        let filter = if predicates.is_empty() { primary } else { Expr::Filter { of: Box::new(primary), predicates } };
        let first = if self.eat("/") {
            Vec::new()
        } else if self.eat("//") {
            vec![any_descendant()]
        } else {
            return Ok(filter);
        };
        let steps = self.steps(first)?;
        Ok(Expr::Path { start: Start::Nodes(Box::new(filter)), steps })
    }

    pub(in crate::xml) fn starts_step(&self) -> bool {
        match self.peek() {
            Token::Name(_) | Token::NamespaceAny(_) => true,
            Token::Sign(sign) => matches!(*sign, "." | ".." | "@" | "*"),
            _ => false,
        }
    }

    pub(in crate::xml) fn starts_primary(&self) -> bool {
        match self.peek() {
            Token::Number(_) | Token::Literal(_) | Token::Variable(_) => true,
            Token::Sign(sign) => *sign == "(",
            Token::Name(name) => {
                self.sees_after("(") && !matches!(name.as_str(), "node" | "text" | "comment" | "processing-instruction")
            }
            _ => false,
        }
    }

    pub(in crate::xml) fn primary(&mut self) -> Result<Expr, Exception> {
        let token = self.peek().clone();
        self.position += 1;
        match token {
            Token::Number(number) => Ok(Expr::Number(number)),
            Token::Literal(text) => Ok(Expr::Literal(Text::from(text))),
            Token::Variable(name) => Ok(Expr::Variable(self.name(&name)?)),
            Token::Sign("(") => {
                let inner = self.expression()?;
                self.expect(")")?;
                Ok(inner)
            }
            Token::Name(name) => {
                self.expect("(")?;
                let mut arguments = Vec::new();
                while !self.eat(")") {
                    if !arguments.is_empty() {
                        self.expect(",")?;
                    }
                    arguments.push(self.expression()?);
                }
                Ok(Expr::Function { name: self.name(&name)?, arguments })
            }
            _ => Err(self.invalid()),
        }
    }

    /// The expanded form of a name; without a prefix it is in no namespace.
    fn name(&self, name: &str) -> Result<XName, Exception> {
        match name.split_once(':') {
            Some((prefix, local)) => Ok(XName::trusted(self.namespace(prefix)?, Text::new(local))),
            None => Ok(XName::trusted(Text::default(), Text::new(name))),
        }
    }

    fn namespace(&self, prefix: &str) -> Result<Text, Exception> {
        if prefix == "xml" {
            return Ok(Text::new_static(XML_NAMESPACE));
        }
        (self.resolve)(prefix).ok_or_else(|| exception(format!("Namespace prefix '{prefix}' is not defined.")))
    }

    /// Steps, with `/` and `//` between them.
    pub(in crate::xml) fn steps(&mut self, mut steps: Vec<Step>) -> Result<Vec<Step>, Exception> {
        loop {
            let mut step = self.step()?;
            // `//a` looks for what `/descendant::a` finds, except that a predicate would count among siblings.
            if step.axis == Axis::Child && step.predicates.is_empty() && steps.last().is_some_and(is_any_descendant) {
                steps.pop();
                step.axis = Axis::Descendant;
            }
            steps.push(step);
            if self.eat("//") {
                steps.push(any_descendant());
            } else if !self.eat("/") {
                return Ok(steps);
            }
        }
    }

    pub(in crate::xml) fn step(&mut self) -> Result<Step, Exception> {
        if self.eat(".") {
            return Ok(Step { axis: Axis::SelfNode, test: NodeTest::Node, predicates: Vec::new() });
        }
        if self.eat("..") {
            return Ok(Step { axis: Axis::Parent, test: NodeTest::Node, predicates: Vec::new() });
        }
        let axis = self.axis()?;
        let test = self.node_test()?;
        let predicates = self.predicates()?;
        Ok(Step { axis, test, predicates })
    }

    fn axis(&mut self) -> Result<Axis, Exception> {
        if self.eat("@") {
            return Ok(Axis::Attribute);
        }
        if let Token::Name(name) = self.peek()
            && self.sees_after("::")
        {
            let axis = Axis::NAMES.iter().find(|(known, _)| known == name).map(|(_, axis)| *axis);
            let axis = axis.ok_or_else(|| self.invalid())?;
            self.position += 2;
            return Ok(axis);
        }
        Ok(Axis::Child)
    }

    fn node_test(&mut self) -> Result<NodeTest, Exception> {
        let token = self.peek().clone();
        self.position += 1;
        match token {
            Token::Sign("*") => Ok(NodeTest::Any),
            Token::NamespaceAny(prefix) => Ok(NodeTest::InNamespace(self.namespace(&prefix)?)),
            Token::Name(name) if self.sees("(") => {
                self.position += 1;
                let test = match name.as_str() {
                    "node" => NodeTest::Node,
                    "text" => NodeTest::Text,
                    "comment" => NodeTest::Comment,
                    "processing-instruction" => {
                        let target = match self.peek().clone() {
                            Token::Literal(target) => {
                                self.position += 1;
                                Some(Text::from(target))
                            }
                            _ => None,
                        };
                        NodeTest::Instruction(target)
                    }
                    _ => return Err(self.invalid()),
                };
                self.expect(")")?;
                Ok(test)
            }
            Token::Name(name) => Ok(NodeTest::Name(self.name(&name)?)),
            _ => {
                self.position -= 1;
                Err(if self.peek() == &Token::End {
                    exception("Expression must evaluate to a node-set.")
                } else {
                    self.invalid()
                })
            }
        }
    }

    fn predicates(&mut self) -> Result<Vec<Expr>, Exception> {
        let mut predicates = Vec::new();
        while self.eat("[") {
            predicates.push(self.expression()?);
            self.expect("]")?;
        }
        Ok(predicates)
    }
}

fn is_any_descendant(step: &Step) -> bool {
    step.axis == Axis::DescendantOrSelf && step.test == NodeTest::Node && step.predicates.is_empty()
}

/// `//`
fn any_descendant() -> Step {
    Step { axis: Axis::DescendantOrSelf, test: NodeTest::Node, predicates: Vec::new() }
}
