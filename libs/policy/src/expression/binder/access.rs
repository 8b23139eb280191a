//! `x[…]`, `x?.y`, `x?[…]`.

use crate::expression::ast::{self, ExprId, SimpleName};
use crate::expression::bound::{BoundExpr, BoundKind};
use crate::expression::library::MemberKind;
use crate::expression::span::Span;
use crate::expression::types::{Number, Type};

use super::Binder;
use super::arguments::Argument;
use super::classify::Mode;
use super::convert::boxed;
use super::error::{Bind, Reported};
use super::failure::Called;
use super::lookup::{Invoked, find_indexers};
use super::operand::Operand;

impl Binder<'_> {
    /// `target[arguments]`
    pub(super) fn index(&mut self, target: ExprId, arguments: &[ast::Argument], span: Span) -> Bind<Operand> {
        let target = self.typed(target);
        let arguments = self.arguments(arguments);
        self.index_value(target?, arguments?, span)
    }

    /// Reads through an indexer or out of an array.
    pub(super) fn index_value(
        &mut self,
        target: Box<BoundExpr>,
        arguments: Vec<Argument>,
        span: Span,
    ) -> Bind<Operand> {
        if target.of == Type::Dynamic || arguments.iter().any(|argument| argument.operand.is_dynamic()) {
            let arguments = self.dynamic_arguments(arguments)?;
            return Ok(Operand::value(span, Type::Dynamic, BoundKind::DynamicIndex { target, arguments }));
        }
        if let Type::Array(element, rank) = target.of.clone() {
            let indexes = self.array_indexes(arguments, rank, span)?;
            return Ok(Operand::value(span, (*element).clone(), BoundKind::Element { array: target, indexes }));
        }
        let candidates = find_indexers(&target.of, MemberKind::IndexGetter);
        if candidates.is_empty() {
            let message = format!("Cannot apply indexing with [] to an expression of type '{}'", target.of);
            return self.fail("CS0021", span, message);
        }
        let called = Called { name: "this".to_owned(), span, is_delegate: false, is_constructor: false };
        let resolution = self.resolve_or_report(&candidates, &arguments, &[], &called)?;
        let call = self.build_call(&resolution, Some(target), arguments, span)?;
        Ok(Operand::Value(call))
    }

    /// Indexes of an array become `int`.
    pub(super) fn array_indexes(&mut self, arguments: Vec<Argument>, rank: u8, span: Span) -> Bind<Vec<BoundExpr>> {
        if arguments.len() != usize::from(rank) {
            return self.fail("CS0022", span, format!("Wrong number of indices inside []; expected {rank}"));
        }
        let mut indexes = Vec::with_capacity(arguments.len());
        for argument in arguments {
            indexes.push(*self.array_index(argument.operand)?);
        }
        Ok(indexes)
    }

    /// `int`, or what is cut to it: `uint`, `long`, `ulong`.
    pub(super) fn array_index(&mut self, operand: Operand) -> Bind<Box<BoundExpr>> {
        if self.implicit(&operand, &Type::INT).is_none() {
            for wider in [Number::UInt, Number::Long, Number::ULong] {
                let wider = Type::Number(wider);
                if let Some(conversion) = self.implicit(&operand, &wider) {
                    let value = self.apply(operand, &conversion, &wider, Mode::Implicit)?;
                    return self.cast(Operand::Value(value), &Type::INT, span_of_cast());
                }
            }
        }
        self.convert(operand, &Type::INT)
    }

    /// `target?.access`
    pub(super) fn conditional_access(&mut self, target: ExprId, access: ExprId, span: Span) -> Bind<Operand> {
        let target = self.typed(target)?;
        let inner = match &target.of {
            Type::Nullable(element) => (**element).clone(),
            // It might have been one that has null.
            of if self.stands_for_parameter(of) => of.clone(),
            of if of.is_value_type() || matches!(of, Type::Void | Type::Null) => {
                let message = format!("Operator '?' cannot be applied to operand of type '{of}'");
                return self.fail("CS0023", span, message);
            }
            of => of.clone(),
        };
        let local = self.temporary(inner.clone());
        self.conditional_receivers.push((inner, local));
        let access = self.expression(access);
        self.conditional_receivers.pop();
        let access = self.natural(access?)?;
        let of = match &access.of {
            of if of.is_value_type() => Type::nullable_of(of.clone()),
            of => of.clone(),
        };
        Ok(Operand::Value(boxed(span, &of, BoundKind::ConditionalAccess { target, local, access })))
    }

    fn conditional_receiver(&mut self, span: Span) -> Bind<Box<BoundExpr>> {
        let (of, local) = self.conditional_receivers.last().cloned().ok_or(Reported)?;
        Ok(boxed(span, &of, BoundKind::Local(local)))
    }

    /// `.name` behind a `?`
    pub(super) fn member_binding(&mut self, name: &SimpleName, span: Span, invoked: Invoked) -> Bind<Operand> {
        let receiver = self.conditional_receiver(span)?;
        self.instance_member(receiver, name, span, invoked)
    }

    /// `[…]` behind a `?`
    pub(super) fn element_binding(&mut self, arguments: &[ast::Argument], span: Span) -> Bind<Operand> {
        let receiver = self.conditional_receiver(span)?;
        let arguments = self.arguments(arguments)?;
        self.index_value(receiver, arguments, span)
    }
}

/// The cast of an index is not written anywhere.
fn span_of_cast() -> Span {
    Span::default()
}
