//! Tuples and anonymous objects.

use std::collections::{HashMap, HashSet};

use crate::expression::ast::{AnonymousMember, ExprKind, Name, TupleItem};
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
            let inferred = || inferred().filter(|name| place_of(name).is_none());
            names.push(written.or_else(inferred).map(Box::from));
        }
        let written: Vec<Option<Name>> = items.iter().map(|item| item.name).collect();
        self.check_names(&written)?;
        result?;
        forget_doubles(&mut names, &written);
        let operand = Operand::Tuple(Box::new(TupleOperand { span, items: bound, names: names.clone() }));
        if let Some(of) = operand.natural_type() {
            self.name_tuple(&of, names);
        }
        Ok(operand)
    }

    /// Names written for items: each once, `ItemN` only for the item N, and none that every tuple has a member of.
    pub(super) fn check_names(&mut self, names: &[Option<Name>]) -> Bind<()> {
        let mut result = Ok(());
        let mut seen = HashSet::new();
        for (place, name) in (1..).zip(names) {
            let Some(name) = name else { continue };
            let text = self.tree.text(*name);
            let (code, message) = match place_of(text) {
                Some(0) => ("CS8126", format!("Tuple element name '{text}' is disallowed at any position.")),
                Some(only) if only != place => {
                    ("CS8125", format!("Tuple element name '{text}' is only allowed at position {only}."))
                }
                _ if !seen.insert(name.symbol) => ("CS8127", "Tuple element names must be unique.".to_owned()),
                _ => continue,
            };
            result = Err(self.diagnostics.error(code, name.span, message));
        }
        result
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

/// The only item that may have this name: `ItemN` the item N, the names of other members none (0). `None`: any may.
fn place_of(name: &str) -> Option<u32> {
    if matches!(name, "CompareTo" | "Deconstruct" | "Equals" | "GetHashCode" | "Rest" | "ToString") {
        return Some(0);
    }
    let digits = name.strip_prefix("Item")?;
    let is_number = digits.bytes().all(|digit| digit.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse().ok().filter(|_| is_number)
}

/// Names that were not written are no names where they would stand for two items.
fn forget_doubles(names: &mut [Option<Box<str>>], written: &[Option<Name>]) {
    let mut count: HashMap<Box<str>, u32> = HashMap::new();
    for name in names.iter().flatten() {
        *count.entry(name.clone()).or_default() += 1;
    }
    for (name, written) in names.iter_mut().zip(written) {
        let is_double = name.as_ref().is_some_and(|name| count.get(name).is_some_and(|count| *count > 1));
        if written.is_none() && is_double {
            *name = None;
        }
    }
}
