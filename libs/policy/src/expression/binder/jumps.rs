//! Statements that jump: `return`, `break`, `throw`, `try` and what belongs to it.

use crate::expression::ast::{
    Catch, ExprId, Name, Parameter, ParameterPassing, StmtId, StmtKind, Symbol, UsingResource,
};
use crate::expression::bound::{BoundCatch, BoundStatement, BoundStatementKind};
use crate::expression::conversion::is_subtype;
use crate::expression::library;
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::error::Bind;
use super::scope::{Jump, LabelInfo, Returns};

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
            StmtKind::Yield(value) => self.yield_statement(*value, span),
            StmtKind::Goto(label) => self.goto_statement(*label),
            StmtKind::Labeled { label, body } => {
                let known = self.label(label.symbol);
                let body = Box::new(self.statement(*body));
                Ok(match known {
                    Some(known) => BoundStatementKind::Labeled { label: known.number, body },
                    None => BoundStatementKind::Block(vec![*body]),
                })
            }
            _ => Ok(BoundStatementKind::Empty),
        }
    }

    /// Makes the labels of a block known, which `goto` may name before they come. Gives back how many were known before.
    pub(super) fn declare_labels(&mut self, statements: &[StmtId]) -> usize {
        let tree = self.tree;
        let before = self.frame().labels.len();
        let mut behind_using = false;
        for id in statements {
            behind_using |= matches!(tree[*id].kind, StmtKind::UsingLocal(_));
            let mut current = *id;
            while let StmtKind::Labeled { label, body } = &tree[current].kind {
                let text = tree.text(*label);
                if self.label(label.symbol).is_some() {
                    self.diagnostics.error("CS0140", label.span, format!("The label '{text}' is a duplicate"));
                } else if behind_using {
                    let message = "A goto cannot jump to a location after a using declaration.";
                    self.diagnostics.error("CS8648", label.span, message);
                } else {
                    let frame = self.frame();
                    let info =
                        LabelInfo { name: label.symbol, number: frame.label_count, jump_count: frame.jumps.len() };
                    frame.labels.push(info);
                    frame.label_count += 1;
                }
                current = *body;
            }
        }
        before
    }

    fn label(&mut self, name: Symbol) -> Option<LabelInfo> {
        self.frame().labels.iter().rev().find(|label| label.name == name).copied()
    }

    fn goto_statement(&mut self, label: Name) -> Bind<BoundStatementKind> {
        let Some(known) = self.label(label.symbol) else {
            let text = self.tree.text(label);
            let message = format!("No such label '{text}' within the scope of the goto statement");
            return self.fail("CS0159", label.span, message);
        };
        let left = self.frame().jumps.get(known.jump_count..).unwrap_or_default();
        if left.contains(&Jump::Finally) {
            return self.fail("CS0157", label.span, OUT_OF_FINALLY);
        }
        Ok(BoundStatementKind::Goto(known.number))
    }

    fn break_statement(&mut self, span: Span) -> Bind<BoundStatementKind> {
        match self.frame().jumps.iter().rev().find(|jump| !matches!(jump, Jump::Catch | Jump::Guarded)) {
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
        if let Some(value) = value
            && let Some(reference) = self.returned_reference(value, wanted.as_ref())?
        {
            self.frame().returned_at.get_or_insert(span);
            return Ok(BoundStatementKind::Return(Some(*reference)));
        }
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
                self.frame().returned_at.get_or_insert(span);
                let operand = self.expression(value)?;
                Ok(BoundStatementKind::Return(Some(*self.convert(operand, &of)?)))
            }
        }
    }

    /// `yield return value;`, `yield break;`
    fn yield_statement(&mut self, value: Option<ExprId>, span: Span) -> Bind<BoundStatementKind> {
        let frame = self.frame();
        let name = frame.name.clone();
        let (Returns::Known(of), Some(name)) = (&frame.returns, name) else {
            let message = "The yield statement cannot be used inside an anonymous method or lambda expression";
            return self.fail("CS1621", span, message);
        };
        let of = of.clone();
        let Some(element) = yielded(&of) else {
            let message = format!(
                "The body of '{name}' cannot be an iterator block because '{of}' is not an iterator interface type"
            );
            return self.fail("CS1624", span, message);
        };
        match frame.jumps.iter().rev().find(|jump| matches!(jump, Jump::Catch | Jump::Finally)) {
            Some(Jump::Catch) if value.is_some() => {
                return self.fail("CS1631", span, "Cannot yield a value in the body of a catch clause");
            }
            Some(Jump::Finally) => return self.fail("CS1625", span, "Cannot yield in the body of a finally clause"),
            _ => {}
        }
        if value.is_some() && self.frame().jumps.contains(&Jump::Guarded) {
            return self.fail("CS1626", span, "Cannot yield a value in the body of a try block with a catch clause");
        }
        self.frame().is_iterator = true;
        match value {
            Some(value) => {
                let operand = self.expression(value)?;
                Ok(BoundStatementKind::Yield(*self.convert(operand, &element)?))
            }
            None => Ok(BoundStatementKind::Return(None)),
        }
    }

    /// What an iterator must not do, once it is known to be one.
    pub(super) fn check_iterator(&mut self, parameters: &[Parameter]) {
        let frame = self.frame();
        if !frame.is_iterator {
            return;
        }
        if let Some(span) = frame.reference_at {
            self.diagnostics.error("CS8176", span, "Iterators cannot have by-reference locals");
        }
        if let Some(span) = self.frame().returned_at {
            let message = "Cannot return a value from an iterator. Use the yield return statement to return a value, or yield break to end \
                           the iteration.";
            self.diagnostics.error("CS1622", span, message);
        }
        if let Some(out) = parameters.iter().find(|parameter| parameter.passing != ParameterPassing::Value) {
            let message = "Iterators cannot have ref, in or out parameters";
            self.diagnostics.error("CS1623", out.name.span, message);
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
        if !catches.is_empty() {
            self.frame().jumps.push(Jump::Guarded);
        }
        let body = Box::new(self.statement(body));
        if !catches.is_empty() {
            self.frame().jumps.pop();
        }
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

/// What an iterator that returns this type yields; `None` if there are none.
fn yielded(of: &Type) -> Option<Type> {
    let Type::Class(class, arguments) = of else { return None };
    match (&*library::get().class(*class).full_name, &**arguments) {
        ("System.Collections.Generic.IEnumerable" | "System.Collections.Generic.IEnumerator", [element]) => {
            Some(element.clone())
        }
        ("System.Collections.IEnumerable" | "System.Collections.IEnumerator", []) => Some(Type::Object),
        _ => None,
    }
}
