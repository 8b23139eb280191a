//! Lambdas, anonymous methods and parameter lists.

use super::scan::Question;
use super::{Parsed, Parser, Trailing};
use crate::expression::ast::{ExprId, ExprKind, Lambda, LambdaBody, Parameter, ParameterPassing};
use crate::expression::newer::Newer;
use crate::expression::token::Kind;

impl Parser<'_> {
    /// The lambda at the position.
    pub(super) fn lambda(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        let parameters = if self.at(Kind::OpenParen) {
            self.lambda_parameters()?
        } else {
            let name = self.identifier()?;
            let passing = ParameterPassing::Value;
            Box::new([Parameter { of: None, name, passing, is_params: false, default: None }])
        };
        self.expect(Kind::FatArrow)?;
        let body = self.arrow_body()?;
        self.push(start, ExprKind::Lambda(Box::new(Lambda { parameters: Some(parameters), body })))
    }

    /// What stands behind `=>`.
    fn arrow_body(&mut self) -> Parsed<LambdaBody> {
        if self.at(Kind::OpenBrace) {
            Ok(LambdaBody::Block(self.block()?))
        } else {
            Ok(LambdaBody::Expression(self.throw_or_ref()?))
        }
    }

    /// The body of a local function, with the semicolon of `=> x;`.
    pub(super) fn function_body(&mut self) -> Parsed<LambdaBody> {
        if !self.eat(Kind::FatArrow) {
            return Ok(LambdaBody::Block(self.block()?));
        }
        let value = self.throw_or_ref()?;
        self.expect(Kind::Semicolon)?;
        Ok(LambdaBody::Expression(value))
    }

    /// `delegate (int x) { … }`
    pub(super) fn anonymous_method(&mut self, start: u32) -> Parsed<ExprId> {
        self.expect(Kind::Delegate)?;
        let parameters = if self.at(Kind::OpenParen) { Some(self.lambda_parameters()?) } else { None };
        let body = LambdaBody::Block(self.block()?);
        self.push(start, ExprKind::Lambda(Box::new(Lambda { parameters, body })))
    }

    fn lambda_parameters(&mut self) -> Parsed<Box<[Parameter]>> {
        let parameters = self.parameters()?;
        let mut discards = parameters.iter().filter(|parameter| self.text(parameter.name.span) == "_");
        if let Some(second) = discards.nth(1).map(|parameter| parameter.name.span) {
            self.newer(Newer::DiscardParameters, second);
        }
        Ok(parameters)
    }

    /// `(int x, out string y)`, `(x, y)`
    pub(super) fn parameters(&mut self) -> Parsed<Box<[Parameter]>> {
        self.expect(Kind::OpenParen)?;
        self.list(Kind::CloseParen, Trailing::Forbidden, Self::parameter)
    }

    fn parameter(&mut self) -> Parsed<Parameter> {
        let is_params = self.eat(Kind::Params);
        let passing = self.passing();
        let is_bare = self.at(Kind::Identifier) && matches!(self.kind_ahead(1), Kind::Comma | Kind::CloseParen);
        let of = if is_bare { None } else { Some(self.type_of(Question::Nullable)?) };
        let name = self.identifier()?;
        let default = if self.eat(Kind::Equals) { Some(self.expression()?) } else { None };
        Ok(Parameter { of, name, passing, is_params, default })
    }
}
