//! Loops.

use crate::expression::ast::{Designation, ExprId, ForInitializer, StmtId, StmtKind, TypeId};
use crate::expression::bound::{BoundExpr, BoundKind, BoundStatement, BoundStatementKind};
use crate::expression::conversion::supertypes;
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::error::{Bind, Reported};
use super::lookup::{Found, Invoked, find_member};
use super::operand::Operand;
use super::scope::Jump;

/// Why the variable of a `foreach` cannot be assigned to.
const ITERATION: &str = "foreach iteration variable";

impl Binder<'_> {
    /// `while`, `do`, `for`, `foreach`
    pub(super) fn loop_statement(&mut self, id: StmtId) -> Bind<BoundStatementKind> {
        let tree = self.tree;
        let span = tree[id].span;
        self.open_scope();
        let bound = match &tree[id].kind {
            StmtKind::While { condition, body } => {
                let condition = self.condition(*condition);
                let body = Box::new(self.loop_body(*body));
                condition.map(|condition| BoundStatementKind::While {
                    condition: Some(*condition),
                    body,
                    steps: Vec::new(),
                })
            }
            StmtKind::Do { body, condition } => {
                let body = Box::new(self.loop_body(*body));
                let condition = self.condition(*condition);
                condition.map(|condition| BoundStatementKind::DoWhile { body, condition: *condition })
            }
            StmtKind::For { initializer, condition, iterators, body } => {
                self.for_statement(initializer, *condition, iterators, *body, span)
            }
            StmtKind::ForEach { of, variable, collection, body } => {
                self.foreach_statement(*of, variable, *collection, *body, span)
            }
            _ => Err(Reported),
        };
        self.close_scope();
        bound
    }

    fn loop_body(&mut self, body: StmtId) -> BoundStatement {
        self.frame().jumps.push(Jump::Loop);
        let body = self.embedded(body);
        self.frame().jumps.pop();
        body
    }

    fn for_statement(
        &mut self,
        initializer: &ForInitializer,
        condition: Option<ExprId>,
        iterators: &[ExprId],
        body: StmtId,
        span: Span,
    ) -> Bind<BoundStatementKind> {
        let mut statements = Vec::new();
        let mut result = Ok(());
        match initializer {
            ForInitializer::Variables(variables) => {
                let kind = self.variables(variables);
                statements.push(BoundStatement { span, kind });
            }
            ForInitializer::Expressions(expressions) => match self.dropped(expressions) {
                Ok(dropped) => statements.extend(dropped),
                Err(reported) => result = Err(reported),
            },
        }
        let condition = condition.map(|condition| self.condition(condition)).transpose();
        let steps = self.dropped(iterators);
        let body = Box::new(self.loop_body(body));
        result?;
        let condition = condition?.map(|condition| *condition);
        let kind = BoundStatementKind::While { condition, body, steps: steps? };
        statements.push(BoundStatement { span, kind });
        Ok(BoundStatementKind::Block(statements))
    }

    /// Expressions as statements.
    fn dropped(&mut self, expressions: &[ExprId]) -> Bind<Vec<BoundStatement>> {
        let mut statements = Vec::with_capacity(expressions.len());
        let mut result = Ok(());
        for id in expressions {
            if !self.is_statement(*id) {
                result = Err(self.diagnostics.error("CS0201", self.tree[*id].span, super::statement::NOT_A_STATEMENT));
                continue;
            }
            match self.expression(*id).and_then(|operand| self.drop_value(operand)) {
                Ok(value) => {
                    statements.push(BoundStatement { span: value.span, kind: BoundStatementKind::Expression(*value) });
                }
                Err(reported) => result = Err(reported),
            }
        }
        result.map(|()| statements)
    }

    fn foreach_statement(
        &mut self,
        of: Option<TypeId>,
        variable: &Designation,
        collection: ExprId,
        body: StmtId,
        span: Span,
    ) -> Bind<BoundStatementKind> {
        let sequence = self.sequence(collection);
        let written = self.written(of);
        let single = match variable {
            Designation::Single(name) => Some(*name),
            _ => None,
        };
        let (Ok((sequence, element)), Ok(written)) = (sequence, written) else {
            // The body is looked at all the same.
            if let Some(name) = single {
                self.declare_broken(name);
                self.loop_body(body);
            }
            return Err(Reported);
        };
        let item = self.temporary(element.clone());
        let value = Operand::value(span, element.clone(), BoundKind::Local(item));
        let first = match single {
            Some(name) => {
                let of = written.unwrap_or(element);
                let value = self.cast(value, &of, self.tree[collection].span)?;
                let local = self.declare_as(name, of, Some(ITERATION));
                BoundStatementKind::Declare { local, value: Some(*value) }
            }
            None => BoundStatementKind::Expression(*self.deconstruct_item(of, variable, value, span)?),
        };
        let inside = std::mem::take(&mut self.frame().declared_inside);
        let first = super::statement::with_declarations(inside, BoundStatement { span, kind: first });
        let body = self.loop_body(body);
        let body = Box::new(BoundStatement { span, kind: BoundStatementKind::Block(vec![first, body]) });
        Ok(BoundStatementKind::ForEach { sequence: *sequence, item, body })
    }

    /// Something to walk over, and the type of its items.
    pub(super) fn sequence(&mut self, id: ExprId) -> Bind<(Box<BoundExpr>, Type)> {
        let operand = self.value_operand(id)?;
        let span = operand.span();
        if matches!(operand, Operand::Methods(_) | Operand::Function(..)) {
            let message = "Foreach cannot operate on a 'method group'. Did you intend to invoke the 'method group'?";
            return self.fail("CS0446", span, message);
        }
        if operand.is_null() {
            return self.fail("CS0186", span, "Use of null is not valid in this context");
        }
        let value = self.natural(operand)?;
        match element_type(&value.of) {
            Some(element) => Ok((value, element)),
            None => {
                let of = &value.of;
                let message = format!(
                    "foreach statement cannot operate on variables of type '{of}' because '{of}' does not contain a public instance or \
                     extension definition for 'GetEnumerator'"
                );
                self.fail("CS1579", span, message)
            }
        }
    }
}

/// The type of the items of something that can be walked over.
pub(super) fn element_type(of: &Type) -> Option<Type> {
    match of {
        Type::Array(element, _) => return Some((**element).clone()),
        Type::String => return Some(Type::Char),
        Type::Dynamic => return Some(Type::Dynamic),
        _ => {}
    }
    let first_argument = |of: &Type| match of {
        Type::Class(_, arguments) => arguments.first().cloned(),
        _ => None,
    };
    if let Some(Found::Methods(candidates)) = find_member(of, "GetEnumerator", Invoked::Yes)
        && let Some(candidate) = candidates.iter().find(|candidate| candidate.parameters.is_empty())
    {
        let enumerator = candidate.returns.substitute(&candidate.class_arguments);
        return Some(first_argument(&enumerator).unwrap_or(Type::Object));
    }
    let full_name = |of: &Type| match of {
        Type::Class(class, _) => Some(&*crate::expression::library::get().class(*class).full_name),
        _ => None,
    };
    let bases = supertypes(of);
    let generic = bases
        .iter()
        .find(|of| full_name(of) == Some("System.Collections.Generic.IEnumerable") && first_argument(of).is_some());
    match generic {
        Some(found) => first_argument(found),
        None => bases.iter().any(|of| full_name(of) == Some("System.Collections.IEnumerable")).then_some(Type::Object),
    }
}
