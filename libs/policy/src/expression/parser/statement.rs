//! Blocks, declarations, local functions and expression statements.

use super::scan::Question;
use super::{Parsed, Parser, Trailing};
use crate::expression::ast::{
    Bound, Constraint, Declarator, ExprId, ExprKind, LocalFunction, Name, PredefinedType, StmtId, StmtKind, TypeId,
    TypeKind, UnaryOperator, VariableInitializer, Variables,
};
use crate::expression::error::SyntaxError;
use crate::expression::newer::Newer;
use crate::expression::token::Kind;

impl Parser<'_> {
    /// Statements up to a `}` or the end.
    pub(super) fn statements(&mut self) -> Parsed<Box<[StmtId]>> {
        let mut statements = Vec::new();
        while !matches!(self.kind(), Kind::CloseBrace | Kind::End) {
            statements.push(self.statement()?);
        }
        Ok(statements.into_boxed_slice())
    }

    /// `{ … }`
    pub(super) fn block(&mut self) -> Parsed<StmtId> {
        self.nested(|parser| {
            let start = parser.start();
            parser.expect(Kind::OpenBrace)?;
            let statements = parser.statements()?;
            parser.expect(Kind::CloseBrace)?;
            parser.push_statement(start, StmtKind::Block(statements))
        })
    }

    /// Any statement.
    pub(super) fn statement(&mut self) -> Parsed<StmtId> {
        self.nested(|parser| {
            let start = parser.start();
            match parser.kind() {
                Kind::OpenBrace => parser.block(),
                Kind::Const => parser.constant_declaration(start),
                Kind::Static => parser.local_function(start),
                Kind::Identifier if parser.kind_ahead(1) == Kind::Colon => parser.labeled(start),
                Kind::Identifier
                    if parser.at_word("yield") && matches!(parser.kind_ahead(1), Kind::Return | Kind::Break) =>
                {
                    parser.yield_statement(start)
                }
                kind => match parser.keyword_statement(start, kind)? {
                    Some(statement) => Ok(statement),
                    None => parser.declaration_or_expression(start),
                },
            }
        })
    }

    /// The statement inside another one: it may not declare anything.
    pub(super) fn embedded(&mut self) -> Parsed<StmtId> {
        let id = self.statement()?;
        let statement = &self.statements[id.0 as usize];
        match statement.kind {
            StmtKind::Local(_)
            | StmtKind::Constant(_)
            | StmtKind::UsingLocal(_)
            | StmtKind::LocalFunction(_)
            | StmtKind::Labeled { .. } => {
                let message = "Embedded statement cannot be a declaration or labeled statement";
                Err(SyntaxError::new("CS1023", statement.span, message))
            }
            _ => Ok(id),
        }
    }

    fn labeled(&mut self, start: u32) -> Parsed<StmtId> {
        let label = self.identifier()?;
        self.expect(Kind::Colon)?;
        let body = self.statement()?;
        self.push_statement(start, StmtKind::Labeled { label, body })
    }

    fn yield_statement(&mut self, start: u32) -> Parsed<StmtId> {
        self.bump();
        let value = if self.eat(Kind::Break) {
            None
        } else {
            self.expect(Kind::Return)?;
            Some(self.expression()?)
        };
        self.expect(Kind::Semicolon)?;
        self.push_statement(start, StmtKind::Yield(value))
    }

    fn constant_declaration(&mut self, start: u32) -> Parsed<StmtId> {
        self.bump();
        let variables = self.variables(|parser| parser.type_of(Question::Nullable))?;
        for declarator in &variables.declarators {
            if declarator.value.is_none() {
                let message = "A const field requires a value to be provided";
                return Err(SyntaxError::new("CS0145", declarator.name.span, message));
            }
        }
        self.expect(Kind::Semicolon)?;
        self.push_statement(start, StmtKind::Constant(variables))
    }

    fn declaration_or_expression(&mut self, start: u32) -> Parsed<StmtId> {
        if self.at(Kind::Void) && self.kind_ahead(1) == Kind::Identifier {
            return self.local_function(start);
        }
        if self.at_word("await") && self.kind_ahead(1) == Kind::Identifier {
            let message = "The 'await' operator can only be used within an async method";
            return Err(SyntaxError::new("CS4033", self.token().span, message));
        }
        let of = self.behind_ref(self.position);
        match self.scan_type(of, Question::Nullable) {
            Some(scanned) if self.token_at(scanned.end).kind == Kind::Identifier => {
                if matches!(self.token_at(scanned.end + 1).kind, Kind::OpenParen | Kind::Less) {
                    return self.local_function(start);
                }
                let variables = self.variables(Self::type_or_ref)?;
                self.expect(Kind::Semicolon)?;
                self.push_statement(start, StmtKind::Local(variables))
            }
            _ => self.expression_statement(start),
        }
    }

    fn expression_statement(&mut self, start: u32) -> Parsed<StmtId> {
        if self.at(Kind::CloseParen) || self.at(Kind::CloseBracket) {
            return Err(self.invalid_term());
        }
        let value = self.expression()?;
        self.expect(Kind::Semicolon)?;
        if !self.does_something(value) {
            let message = "Only assignment, call, increment, decrement, await, and new object expressions can be used as a statement";
            return Err(SyntaxError::new("CS0201", self.expr(value).span, message));
        }
        self.push_statement(start, StmtKind::Expression(value))
    }

    /// Whether an expression may be a statement.
    pub(super) fn does_something(&self, value: ExprId) -> bool {
        let mut value = value;
        loop {
            match &self.expr(value).kind {
                ExprKind::ConditionalAccess { access, .. } => value = *access,
                ExprKind::Assign { .. } | ExprKind::Call { .. } | ExprKind::New { .. } => return true,
                ExprKind::Unary { operator, .. } => {
                    return matches!(
                        operator,
                        UnaryOperator::PreIncrement
                            | UnaryOperator::PreDecrement
                            | UnaryOperator::PostIncrement
                            | UnaryOperator::PostDecrement
                    );
                }
                _ => return false,
            }
        }
    }

    /// `T a = 1, b`
    pub(super) fn variables(&mut self, of: impl FnOnce(&mut Self) -> Parsed<TypeId>) -> Parsed<Variables> {
        let of = of(self)?;
        let mut declarators = vec![self.declarator()?];
        while self.eat(Kind::Comma) {
            declarators.push(self.declarator()?);
        }
        Ok(Variables { of, declarators: declarators.into_boxed_slice() })
    }

    fn declarator(&mut self) -> Parsed<Declarator> {
        let name = self.identifier()?;
        if self.at(Kind::OpenBracket) {
            let message = "Bad array declarator: To declare a managed array the rank specifier precedes the variable's identifier";
            return Err(self.error("CS0650", message));
        }
        if !self.eat(Kind::Equals) {
            return Ok(Declarator { name, value: None });
        }
        let value = if self.at(Kind::OpenBrace) {
            VariableInitializer::Array(self.array_items()?)
        } else {
            VariableInitializer::Value(self.expression_or_ref()?)
        };
        Ok(Declarator { name, value: Some(value) })
    }

    /// `static int F<T>(T x) { … }`
    fn local_function(&mut self, start: u32) -> Parsed<StmtId> {
        let keyword = self.token().span;
        let is_static = self.eat(Kind::Static);
        if is_static {
            self.newer(Newer::StaticLocalFunction, keyword);
        }
        let returns = self.return_type()?;
        let name = self.identifier()?;
        let type_parameters = self.type_parameters()?;
        let parameters = self.parameters()?;
        for parameter in &parameters {
            if parameter.of.is_none() {
                return Err(SyntaxError::new("CS1001", parameter.name.span, "Identifier expected"));
            }
        }
        let constraints = self.constraints()?;
        let body = self.function_body()?;
        let function = LocalFunction { returns, name, type_parameters, constraints, parameters, body, is_static };
        self.push_statement(start, StmtKind::LocalFunction(Box::new(function)))
    }

    /// `where T : class, I where U : struct`
    fn constraints(&mut self) -> Parsed<Box<[Constraint]>> {
        let mut constraints = Vec::new();
        while self.eat_word("where") {
            let name = self.identifier()?;
            self.expect(Kind::Colon)?;
            loop {
                let bound = match self.kind() {
                    Kind::Class => Bound::Class,
                    Kind::Struct => Bound::Struct,
                    Kind::New => {
                        self.bump();
                        self.expect(Kind::OpenParen)?;
                        Bound::New
                    }
                    _ => Bound::Type(self.type_of(Question::Nullable)?),
                };
                if !matches!(bound, Bound::Type(_)) {
                    // The last token of it.
                    self.bump();
                }
                constraints.push(Constraint { name, bound });
                if !self.eat(Kind::Comma) {
                    break;
                }
            }
        }
        Ok(constraints.into_boxed_slice())
    }

    fn return_type(&mut self) -> Parsed<TypeId> {
        if !self.at(Kind::Void) {
            return self.type_or_ref();
        }
        let start = self.start();
        self.bump();
        self.push_type(start, TypeKind::Predefined(PredefinedType::Void))
    }

    fn type_parameters(&mut self) -> Parsed<Box<[Name]>> {
        if !self.eat(Kind::Less) {
            return Ok(Box::default());
        }
        self.list(Kind::Greater, Trailing::Forbidden, Self::identifier)
    }
}
