//! Statements that jump: `return`, `break`, `throw`, `try` and what belongs to it.

use crate::expression::ast::{Catch, ExprId, StmtId, StmtKind, UsingResource};
use crate::expression::bound::{BoundCatch, BoundStatement, BoundStatementKind};
use crate::expression::conversion::is_subtype;
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::error::Bind;
use super::scope::{Jump, Returns};

const OUT_OF_FINALLY: &str = "Control cannot leave the body of a finally clause";

impl Binder<'_> {
    /// The kinds of statements that are bound here.
    pub(super) fn jump_statement(&mut self, id: StmtId) -> Bind<BoundStatementKind> {
        let tree = self.tree;
        let span = tree[id].span;
        match &tree[id].kind {
            StmtKind::Break => self.break_statement(span),
            StmtKind::Continue => self.continue_statement(span),
            StmtKind::Return(value) => self.return_statement(*value, span),
            StmtKind::Throw(Some(value)) => Ok(BoundStatementKind::Throw(*self.exception(*value)?)),
            StmtKind::Throw(None) => self.rethrow(span),
            StmtKind::Try { body, catches, finally } => self.try_statement(*body, catches, *finally),
            StmtKind::Using { resource, body } => self.using_statement(resource, *body, span),
            StmtKind::GotoCase(value) => self.goto_case(*value, span),
            StmtKind::GotoDefault => self.goto_default(span),
            StmtKind::Goto(label) => {
                let text = tree.text(*label);
                self.fail(
                    "CS0159",
                    label.span,
                    format!("No such label '{text}' within the scope of the goto statement"),
                )
            }
            StmtKind::Labeled { body, .. } => Ok(BoundStatementKind::Block(vec![self.statement(*body)])),
            _ => Ok(BoundStatementKind::Empty),
        }
    }

    fn break_statement(&mut self, span: Span) -> Bind<BoundStatementKind> {
        match self.frame().jumps.iter().rev().find(|jump| !matches!(jump, Jump::Catch)) {
            Some(Jump::Loop | Jump::Switch { .. }) => Ok(BoundStatementKind::Break),
            Some(Jump::Finally) => self.fail("CS0157", span, OUT_OF_FINALLY),
            _ => self.fail("CS0139", span, "No enclosing loop out of which to break or continue"),
        }
    }

    fn continue_statement(&mut self, span: Span) -> Bind<BoundStatementKind> {
        match self.frame().jumps.iter().rev().find(|jump| matches!(jump, Jump::Loop | Jump::Finally)) {
            Some(Jump::Loop) => Ok(BoundStatementKind::Continue),
            Some(_) => self.fail("CS0157", span, OUT_OF_FINALLY),
            None => self.fail("CS0139", span, "No enclosing loop out of which to break or continue"),
        }
    }

    fn return_statement(&mut self, value: Option<ExprId>, span: Span) -> Bind<BoundStatementKind> {
        if self.frame().jumps.contains(&Jump::Finally) {
            return self.fail("CS0157", span, OUT_OF_FINALLY);
        }
        let wanted = match &self.frame().returns {
            Returns::Known(of) => Some(of.clone()),
            Returns::Collected(_) => None,
        };
        match (wanted, value) {
            (None, Some(value)) => {
                let operand = self.value_operand(value)?;
                self.collect_return(operand);
                Ok(BoundStatementKind::Return(None))
            }
            (None | Some(Type::Void), None) => Ok(BoundStatementKind::Return(None)),
            (Some(Type::Void), Some(value)) => {
                self.expression(value)?;
                let name = self.frame().name.clone().unwrap_or_else(|| "anonymous function".into());
                let message = format!(
                    "Since '{name}' returns void, a return keyword must not be followed by an object expression"
                );
                self.fail("CS0127", span, message)
            }
            (Some(of), None) => {
                self.fail("CS0126", span, format!("An object of a type convertible to '{of}' is required"))
            }
            (Some(of), Some(value)) => {
                let operand = self.expression(value)?;
                Ok(BoundStatementKind::Return(Some(*self.convert(operand, &of)?)))
            }
        }
    }

    fn rethrow(&mut self, span: Span) -> Bind<BoundStatementKind> {
        let innermost = self.frame().jumps.iter().rev().find(|jump| matches!(jump, Jump::Catch | Jump::Finally));
        match innermost {
            Some(Jump::Catch) => Ok(BoundStatementKind::Rethrow),
            _ => self.fail(
                "CS0156",
                span,
                "A throw statement with no arguments is not allowed outside of a catch clause",
            ),
        }
    }

    fn try_statement(&mut self, body: StmtId, catches: &[Catch], finally: Option<StmtId>) -> Bind<BoundStatementKind> {
        let body = Box::new(self.statement(body));
        let mut bound: Vec<BoundCatch> = Vec::with_capacity(catches.len());
        let mut result = Ok(());
        for catch in catches {
            match self.scoped(|binder| binder.catch(catch, &bound)) {
                Ok(catch) => bound.push(catch),
                Err(reported) => result = Err(reported),
            }
        }
        let finally = finally.map(|finally| {
            self.frame().jumps.push(Jump::Finally);
            let finally = Box::new(self.statement(finally));
            self.frame().jumps.pop();
            finally
        });
        result?;
        Ok(BoundStatementKind::Try { body, catches: bound, finally })
    }

    fn catch(&mut self, catch: &Catch, earlier: &[BoundCatch]) -> Bind<BoundCatch> {
        let exception = Type::named("System.Exception");
        let mut of = None;
        if let Some(id) = catch.of {
            let span = self.tree[id].span;
            match self.type_(id) {
                Ok(found) if is_subtype(&found, &exception) => of = Some(found),
                Ok(_) => {
                    self.diagnostics.error(
                        "CS0155",
                        span,
                        "The type caught or thrown must be derived from System.Exception",
                    );
                }
                Err(_) => {}
            }
            if let Some(found) = &of {
                let caught = earlier
                    .iter()
                    .filter(|catch| catch.filter.is_none())
                    .find_map(|catch| catch.of.as_ref().filter(|earlier| is_subtype(found, earlier)));
                if let Some(caught) = caught {
                    let message = format!(
                        "A previous catch clause already catches all exceptions of this or of a super type ('{caught}')"
                    );
                    self.diagnostics.error("CS0160", span, message);
                }
            }
        }
        let into = match (catch.name, &of) {
            (Some(name), Some(of)) => Some(self.declare(name, of.clone())),
            (Some(name), None) => {
                self.declare_broken(name);
                None
            }
            (None, _) => None,
        };
        let filter = catch.filter.map(|filter| self.condition(filter)).transpose();
        self.frame().jumps.push(Jump::Catch);
        let body = self.statement(catch.body);
        self.frame().jumps.pop();
        let filter = filter?.map(|filter| *filter);
        Ok(BoundCatch { of, into, filter, body })
    }

    fn using_statement(&mut self, resource: &UsingResource, body: StmtId, span: Span) -> Bind<BoundStatementKind> {
        self.open_scope();
        let bound = self.using_in_scope(resource, body, span);
        self.close_scope();
        bound
    }

    fn using_in_scope(&mut self, resource: &UsingResource, body: StmtId, span: Span) -> Bind<BoundStatementKind> {
        let variables = match resource {
            UsingResource::Variables(variables) => self.using_variables(variables),
            UsingResource::Value(value) => {
                let operand = self.value_operand(*value);
                match operand {
                    Ok(operand) if operand.is_null() => Vec::new(),
                    Ok(operand) => {
                        let value = self.natural(operand)?;
                        self.check_disposable(&value.of, value.span)?;
                        vec![(self.hold(&value), *value)]
                    }
                    Err(reported) => {
                        self.embedded(body);
                        return Err(reported);
                    }
                }
            }
        };
        let mut statement = self.embedded(body);
        for (local, value) in variables.into_iter().rev() {
            let kind = BoundStatementKind::Using { local, value, body: Box::new(statement) };
            statement = BoundStatement { span, kind };
        }
        Ok(statement.kind)
    }
}
