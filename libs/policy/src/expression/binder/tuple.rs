//! Tuples and anonymous objects.

use std::collections::HashSet;

use crate::expression::ast::{AnonymousMember, ExprKind, TupleItem};
use crate::expression::bound::BoundKind;
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::error::Bind;
use super::operand::{Operand, TupleOperand};

impl Binder<'_> {
    /// `(a, name: b)`
    pub(super) fn tuple(&mut self, items: &[TupleItem], span: Span) -> Bind<Operand> {
        let mut bound = Vec::with_capacity(items.len());
        let mut names = Vec::with_capacity(items.len());
        let mut result = Ok(());
        for item in items {
            match self.value_operand(item.value) {
                Ok(operand) => bound.push(operand),
                Err(reported) => result = Err(reported),
            }
            let written = item.name.map(|name| self.tree.text(name));
            let inferred = || match &self.tree[item.value].kind {
                ExprKind::Name(name) | ExprKind::Member { name, .. } => Some(self.tree.text(name.name)),
                _ => None,
            };
            names.push(written.or_else(inferred).map(Box::from));
        }
        result?;
        let operand = Operand::Tuple(Box::new(TupleOperand { span, items: bound, names: names.clone() }));
        if let Some(of) = operand.natural_type() {
            self.name_tuple(&of, names);
        }
        Ok(operand)
    }

    /// `new { A = 1, b.C }`
    pub(super) fn new_anonymous(&mut self, members: &[AnonymousMember], span: Span) -> Bind<Operand> {
        let mut values = Vec::with_capacity(members.len());
        let mut properties = Vec::with_capacity(members.len());
        let mut seen = HashSet::new();
        let mut result = Ok(());
        for member in members {
            let text = self.tree.text(member.name);
            if !seen.insert(member.name.symbol) {
                let message = "An anonymous type cannot have multiple properties with the same name";
                result = Err(self.diagnostics.error("CS0833", member.name.span, message));
            }
            match self.anonymous_value(member) {
                Ok(value) => {
                    properties.push((Box::from(text), value.of.clone()));
                    values.push(*value);
                }
                Err(reported) => result = Err(reported),
            }
        }
        result?;
        Ok(Operand::value(span, Type::Anonymous(properties.into()), BoundKind::NewAnonymous(values)))
    }

    fn anonymous_value(&mut self, member: &AnonymousMember) -> Bind<Box<crate::expression::bound::BoundExpr>> {
        let operand = self.value_operand(member.value)?;
        let what = match &operand {
            Operand::Lambda(..) => Some("lambda expression".to_owned()),
            Operand::Methods(_) | Operand::Function(..) => Some("method group".to_owned()),
            operand if operand.is_null() => Some("<null>".to_owned()),
            Operand::Value(value) if value.of == Type::Void => Some("void".to_owned()),
            _ => None,
        };
        if let Some(what) = what {
            let message = format!("Cannot assign '{what}' to anonymous type property");
            return self.fail("CS0828", operand.span(), message);
        }
        self.natural(operand)
    }
}
