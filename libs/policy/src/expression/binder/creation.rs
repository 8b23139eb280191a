//! `new T(…) { … }`

use std::sync::Arc;

use crate::expression::ast::{self, ExprId, ExprKind, Initializer, TypeId};
use crate::expression::bound::{BoundExpr, BoundKind};
use crate::expression::library::ClassKind;
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::arguments::Argument;
use super::convert::boxed;
use super::delegate::Signature;
use super::error::{Bind, Reported};
use super::failure::Called;
use super::lookup::find_constructors;
use super::operand::Operand;

impl Binder<'_> {
    /// `new T(arguments) { initializer }`
    pub(super) fn new_object(
        &mut self,
        of: TypeId,
        arguments: &[ast::Argument],
        initializer: Option<&Initializer>,
        span: Span,
    ) -> Bind<Operand> {
        let type_span = self.tree[of].span;
        let of = self.type_(of);
        let arguments = self.arguments(arguments);
        let (of, arguments) = (of?, arguments?);
        let object = self.construct(&of, arguments, type_span, span)?;
        self.initialized(object, initializer).map(Operand::Value)
    }

    /// `new(arguments)` where a type is wanted.
    pub(super) fn target_typed_new(&mut self, id: ExprId, of: &Type) -> Bind<Box<BoundExpr>> {
        let tree = self.tree;
        let span = tree[id].span;
        let ExprKind::New { arguments, initializer, .. } = &tree[id].kind else { return Err(Reported) };
        let arguments = self.arguments(arguments)?;
        let object = self.construct(of, arguments, span, span)?;
        self.initialized(object, initializer.as_deref())
    }

    fn initialized(&mut self, object: Box<BoundExpr>, initializer: Option<&Initializer>) -> Bind<Box<BoundExpr>> {
        match initializer {
            None => Ok(object),
            Some(initializer) => self.with_initializer(object, initializer),
        }
    }

    /// Calls a constructor.
    pub(super) fn construct(
        &mut self,
        of: &Type,
        arguments: Vec<Argument>,
        type_span: Span,
        span: Span,
    ) -> Bind<Box<BoundExpr>> {
        if Signature::of(of).is_some() {
            return self.new_delegate(of, arguments, span);
        }
        match (of, self.class_kind(of)) {
            (_, Some(ClassKind::Static)) => {
                return self.fail("CS0712", span, format!("Cannot create an instance of the static class '{of}'"));
            }
            (_, Some(ClassKind::Interface)) => {
                let message = format!("Cannot create an instance of the abstract type or interface '{of}'");
                return self.fail("CS0144", span, message);
            }
            (Type::Dynamic, _) => {
                return self.fail("CS8382", span, "Invalid object creation");
            }
            _ => {}
        }
        let constructors = find_constructors(of);
        if arguments.is_empty() && of.takes_no_null_or_is_nullable() && !has_empty_constructor(&constructors) {
            return Ok(self.default_of(of, span));
        }
        if let Type::Nullable(element) = of
            && let [_] = arguments.as_slice()
        {
            let argument = arguments.into_iter().next().ok_or(Reported)?;
            let mut value = self.convert(argument.operand, element)?;
            value.of = of.clone();
            return Ok(value);
        }
        if let Type::Tuple(items) = of
            && items.len() == arguments.len()
        {
            let mut values = Vec::with_capacity(items.len());
            for (argument, of) in arguments.into_iter().zip(items.iter()) {
                values.push(*self.convert(argument.operand, of)?);
            }
            return Ok(boxed(span, of, BoundKind::NewTuple(values)));
        }
        let has_dynamic = arguments.iter().any(|argument| argument.operand.is_dynamic());
        let fitting = constructors.iter().filter(|candidate| self.fit(candidate, &arguments, &[]).is_ok()).count();
        if has_dynamic && fitting > 1 {
            let arguments = self.dynamic_arguments(arguments)?;
            return Ok(boxed(span, of, BoundKind::DynamicStatic { class: of.clone(), name: None, arguments }));
        }
        let called = Called::constructor(of, type_span);
        let resolution = self.resolve_or_report(&constructors, &arguments, &[], &called)?;
        self.build_call(&resolution, None, arguments, span)
    }

    /// `new Func<int, int>(x => x)`
    fn new_delegate(&mut self, of: &Type, arguments: Vec<Argument>, span: Span) -> Bind<Box<BoundExpr>> {
        let mut arguments = arguments.into_iter();
        match (arguments.next(), arguments.next()) {
            (Some(Argument { operand: Operand::Value(value), .. }), None) if value.of == Type::Null => {
                self.fail("CS0149", value.span, "Method name expected")
            }
            (Some(Argument { operand: Operand::Value(mut value), .. }), None) if is_same_signature(&value.of, of) => {
                value.of = of.clone();
                Ok(value)
            }
            (Some(argument), None) => self.convert(argument.operand, of),
            _ => self.fail("CS0149", span, "Method name expected"),
        }
    }

    /// The type of elements and what to do with it, for items of arrays.
    pub(super) fn array_type(element: &Type, rank: u8) -> Type {
        Type::Array(Arc::new(element.clone()), rank)
    }
}

impl Type {
    /// Whether `new T()` is its default value: structs and nullable structs.
    fn takes_no_null_or_is_nullable(&self) -> bool {
        self.is_value_type() || matches!(self, Type::Nullable(_))
    }
}

/// Whether a delegate of one type may be called by one of the other.
fn is_same_signature(from: &Type, to: &Type) -> bool {
    match (Signature::of(from), Signature::of(to)) {
        (Some(from), Some(to)) => from.types() == to.types() && from.returns == to.returns,
        _ => false,
    }
}

fn has_empty_constructor(constructors: &[super::candidate::Candidate]) -> bool {
    constructors.iter().any(|candidate| candidate.parameters.is_empty())
}
