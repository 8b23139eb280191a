//! Queries (`from … select …`) as the calls they stand for (C# specification, §12.20).
//!
//! The lambdas of these calls are not in the syntax tree. They are kept in a list of their own and named by numbers behind those of the tree's
//! expressions. What the specification calls a transparent identifier is an anonymous object of two items here: what there was before, and the
//! new variable.

use crate::expression::ast::{Clause, ExprId, ExprKind, Name, Ordering, Query, TypeId};
use crate::expression::bound::{BoundExpr, BoundKind, BoundStatement, Local};
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::arguments::Argument;
use super::candidate::MethodGroup;
use super::error::{Bind, Reported};
use super::lookup::{Found, Invoked, find_extensions, find_member};
use super::operand::Operand;
use super::scope::Entity;

/// The range variables in scope, and where each is in the object that carries them.
#[derive(Debug, Clone)]
pub(super) struct Carried {
    variables: Vec<(Name, Vec<u32>)>,
}

/// A lambda of a query.
#[derive(Debug, Clone)]
pub(super) struct QueryLambda {
    pub(super) span: Span,
    pub(super) parameters: Vec<Carried>,
    body: Body,
}

/// What a lambda of a query gives.
#[derive(Debug, Clone, Copy)]
enum Body {
    /// An expression of the query.
    Value(ExprId),
    /// Its parameter with a new value: `let`.
    With(ExprId),
    /// Both parameters.
    Both,
}

impl Carried {
    fn one(name: Name) -> Carried {
        Carried { variables: vec![(name, Vec::new())] }
    }

    /// With one more variable.
    fn and(&self, name: Name) -> Carried {
        let inside = |(name, path): &(Name, Vec<u32>)| {
            let mut deeper = vec![0];
            deeper.extend(path);
            (*name, deeper)
        };
        let mut variables: Vec<_> = self.variables.iter().map(inside).collect();
        variables.push((name, vec![1]));
        Carried { variables }
    }
}

impl Binder<'_> {
    /// The lambda of a query that a number behind those of the tree means.
    pub(super) fn query_lambda(&self, id: ExprId) -> Option<&QueryLambda> {
        let index = (id.index() as usize).checked_sub(self.tree.expression_count())?;
        self.query_lambdas.get(index)
    }

    /// A lambda; the same one each time its clause is bound, so that trials are found again.
    fn add_lambda(&mut self, parameters: Vec<Carried>, body: Body, span: Span) -> Argument {
        let key = match body {
            Body::Value(value) => (0, value.index()),
            Body::With(value) => (1, value.index()),
            // Each clause with two parameters brings a name of its own.
            Body::Both => {
                (2, parameters.last().and_then(|last| last.variables.first()).map_or(0, |(name, _)| name.span.start))
            }
        };
        let next = self.query_lambdas.len();
        let index = *self.query_lambda_indexes.entry(key).or_insert(next);
        if index == next {
            self.query_lambdas.push(QueryLambda { span, parameters, body });
        }
        let id = ExprId((self.tree.expression_count() + index) as u32);
        Argument::plain(Operand::Lambda(id, span))
    }

    /// Binds the body of a query's lambda in the innermost function.
    pub(super) fn query_lambda_body(&mut self, id: ExprId, types: &[Type]) -> Bind<BoundStatement> {
        let lambda = self.query_lambda(id).cloned().ok_or(Reported)?;
        let mut locals: Vec<(Local, Type)> = Vec::new();
        for (index, of) in types.iter().enumerate() {
            let local = self.temporary(of.clone());
            locals.push((local, of.clone()));
            for (name, path) in lambda.parameters.get(index).map_or(&[][..], |carried| &carried.variables) {
                let path = typed_path(of, path);
                self.declare_entity(*name, Entity::Range { local, of: of.clone(), path });
            }
        }
        self.frame().parameter_count = types.len();
        let span = lambda.span;
        let read = |index: usize| -> Option<BoundExpr> {
            let (local, of) = locals.get(index)?;
            Some(BoundExpr { span, of: of.clone(), kind: BoundKind::Local(*local) })
        };
        let operand = match lambda.body {
            Body::Value(value) => self.expression(value)?,
            Body::With(value) => {
                let value = self.typed(value)?;
                pair(read(0).ok_or(Reported)?, *value)
            }
            Body::Both => pair(read(0).ok_or(Reported)?, read(1).ok_or(Reported)?),
        };
        self.returned(operand, span)
    }

    /// `from x in source … select value`
    pub(super) fn query(&mut self, query: &Query, span: Span) -> Bind<Operand> {
        let mut clauses = query.clauses.iter();
        let Some(Clause::From { of, name, source }) = clauses.next() else { return Err(Reported) };
        let mut current = self.query_source(*of, *source, span)?;
        let mut carried = Carried::one(*name);
        for clause in clauses {
            current = self.clause(clause, current, &mut carried, span)?;
        }
        Ok(Operand::Value(current))
    }

    fn query_source(&mut self, of: Option<TypeId>, source: ExprId, span: Span) -> Bind<Box<BoundExpr>> {
        let source = self.typed(source)?;
        let Some(of) = of else { return Ok(source) };
        let of = self.type_(of)?;
        self.query_call(source, "Cast", vec![of], Vec::new(), span)
    }

    fn clause(
        &mut self,
        clause: &Clause,
        source: Box<BoundExpr>,
        carried: &mut Carried,
        span: Span,
    ) -> Bind<Box<BoundExpr>> {
        let one = |carried: &Carried| vec![carried.clone()];
        match clause {
            Clause::From { of, name, source: inner } => {
                let selector = match of {
                    None => self.add_lambda(one(carried), Body::Value(*inner), self.tree[*inner].span),
                    // The cast of the inner source would be inside the lambda; its items are cast one by one instead.
                    Some(_) => {
                        return self.fail(
                            "CS1936",
                            span,
                            "A type of a further range variable is not supported in queries",
                        );
                    }
                };
                let both = self.add_lambda(vec![carried.clone(), Carried::one(*name)], Body::Both, span);
                *carried = carried.and(*name);
                self.query_call(source, "SelectMany", Vec::new(), vec![selector, both], span)
            }
            Clause::Let { name, value } => {
                let lambda = self.add_lambda(one(carried), Body::With(*value), self.tree[*value].span);
                *carried = carried.and(*name);
                self.query_call(source, "Select", Vec::new(), vec![lambda], span)
            }
            Clause::Where(condition) => {
                let lambda = self.add_lambda(one(carried), Body::Value(*condition), self.tree[*condition].span);
                self.query_call(source, "Where", Vec::new(), vec![lambda], span)
            }
            Clause::Join { of, name, source: inner, left, right, into } => {
                let inner = self.query_source(*of, *inner, span)?;
                let left = self.add_lambda(one(carried), Body::Value(*left), self.tree[*left].span);
                let right = self.add_lambda(vec![Carried::one(*name)], Body::Value(*right), self.tree[*right].span);
                let (method, name) = match into {
                    None => ("Join", *name),
                    Some(into) => ("GroupJoin", *into),
                };
                let both = self.add_lambda(vec![carried.clone(), Carried::one(name)], Body::Both, span);
                *carried = carried.and(name);
                let inner = Argument::plain(Operand::Value(inner));
                self.query_call(source, method, Vec::new(), vec![inner, left, right, both], span)
            }
            Clause::OrderBy(orderings) => self.order_by(orderings, source, carried, span),
            Clause::Select(value) => {
                let lambda = self.add_lambda(one(carried), Body::Value(*value), self.tree[*value].span);
                self.query_call(source, "Select", Vec::new(), vec![lambda], span)
            }
            Clause::Group { value, key } => {
                let mut lambdas = vec![self.add_lambda(one(carried), Body::Value(*key), self.tree[*key].span)];
                let is_whole = matches!(&self.tree[*value].kind, ExprKind::Name(name)
                    if matches!(carried.variables.as_slice(), [(only, path)] if path.is_empty() && only.symbol == name.name.symbol));
                if !is_whole {
                    lambdas.push(self.add_lambda(one(carried), Body::Value(*value), self.tree[*value].span));
                }
                self.query_call(source, "GroupBy", Vec::new(), lambdas, span)
            }
            Clause::Into(name) => {
                *carried = Carried::one(*name);
                Ok(source)
            }
        }
    }

    fn order_by(
        &mut self,
        orderings: &[Ordering],
        source: Box<BoundExpr>,
        carried: &Carried,
        span: Span,
    ) -> Bind<Box<BoundExpr>> {
        let mut source = source;
        for (index, ordering) in orderings.iter().enumerate() {
            let method = match (index, ordering.is_descending) {
                (0, false) => "OrderBy",
                (0, true) => "OrderByDescending",
                (_, false) => "ThenBy",
                (_, true) => "ThenByDescending",
            };
            let key = self.add_lambda(vec![carried.clone()], Body::Value(ordering.key), self.tree[ordering.key].span);
            source = self.query_call(source, method, Vec::new(), vec![key], span)?;
        }
        Ok(source)
    }

    /// `source.Name<types>(arguments)`
    fn query_call(
        &mut self,
        source: Box<BoundExpr>,
        name: &str,
        types: Vec<Type>,
        arguments: Vec<Argument>,
        span: Span,
    ) -> Bind<Box<BoundExpr>> {
        let candidates = match find_member(&source.of, name, Invoked::Yes) {
            Some(Found::Methods(candidates)) => candidates,
            _ => Vec::new(),
        };
        let is_sequence = super::loops::element_type(&source.of).is_some();
        if candidates.is_empty() && (find_extensions(name).is_empty() || !is_sequence) {
            let message = format!(
                "Could not find an implementation of the query pattern for source type '{}'.  '{name}' not found.",
                source.of
            );
            return self.fail("CS1936", source.span, message);
        }
        let group = MethodGroup {
            name: name.into(),
            name_span: span,
            span,
            of: source.of.clone(),
            receiver: Some(source),
            candidates,
            type_arguments: types,
        };
        match self.call_methods(group, arguments, span)? {
            Operand::Value(call) => Ok(call),
            _ => Err(Reported),
        }
    }
}

/// The types of the items on the way to a variable.
fn typed_path(of: &Type, path: &[u32]) -> Vec<(u32, Type)> {
    let mut of = of.clone();
    let mut typed = Vec::with_capacity(path.len());
    for index in path {
        let item = match &of {
            Type::Anonymous(properties) => properties.get(*index as usize).map(|(_, of)| of.clone()),
            _ => None,
        };
        of = item.unwrap_or(Type::Object);
        typed.push((*index, of.clone()));
    }
    typed
}

/// What there was before with one more value.
fn pair(before: BoundExpr, value: BoundExpr) -> Operand {
    let span = before.span;
    let of = Type::Anonymous([("before".into(), before.of.clone()), ("value".into(), value.of.clone())].into());
    Operand::value(span, of, BoundKind::NewAnonymous(vec![before, value]))
}
