//! Calls, delegates, and everything dynamic.

use std::num::NonZeroU32;

use super::place::Prepared;
use super::{Body, number};
use crate::expression::bound::{BoundExpr, BoundKind, FunctionId, NativeRef, Outer, Place};
use crate::expression::code::{FunctionSite, Instruction};
use crate::expression::library::context::{PartIndex, constant_part};
use crate::expression::types::Type;

/// Parameters whose values come back, and where those go.
type Outs = [(usize, Option<Place>)];

/// The part that an expression stands for in every request.
fn part(expr: &BoundExpr) -> Option<PartIndex> {
    match &expr.kind {
        BoundKind::Call { native, arguments, outs } if outs.is_empty() => match arguments.as_slice() {
            [] => constant_part(None, &native.name, &expr.of),
            [this] => constant_part(Some(part(this)?), &native.name, &expr.of),
            _ => None,
        },
        _ => None,
    }
}

impl Body<'_> {
    pub(super) fn native_number(&mut self, native: &NativeRef) -> u32 {
        let natives = &mut self.builder.tables.natives;
        natives.push(native.clone());
        number(natives.len() - 1)
    }

    /// A call of a native without `out` parameters whose arguments are on the stack.
    pub(super) fn native(&mut self, native: &NativeRef, count: usize) {
        let native = self.native_number(native);
        self.push(Instruction::Native { native, count: number(count) });
    }

    /// A call of a native, unless it leads to a part of the exchange that is always there (`context.Request.Headers`).
    pub(super) fn call_or_part(&mut self, expr: &BoundExpr, native: &NativeRef, arguments: &[BoundExpr], outs: &Outs) {
        match part(expr) {
            Some(part) => self.push(Instruction::Part(part)),
            None => self.call(native, arguments, outs),
        }
    }

    pub(super) fn call(&mut self, native: &NativeRef, arguments: &[BoundExpr], outs: &Outs) {
        if outs.is_empty() {
            self.values(arguments);
            self.native(native, arguments.len());
            return;
        }
        let mark = self.mark();
        let mut prepared = Vec::new();
        for (index, argument) in arguments.iter().enumerate() {
            match outs.iter().find(|(out, _)| *out == index) {
                Some((_, place)) => {
                    prepared.push(place.as_ref().map(|place| self.prepare(place)));
                    // What a native finds in the place of an `out` argument it does not look at.
                    if matches!(argument.kind, BoundKind::Default(_)) {
                        self.push(Instruction::Null);
                    } else {
                        self.value(argument);
                    }
                }
                None => self.value(argument),
            }
        }
        let native = self.native_number(native);
        let positions = outs_in_order(arguments.len(), outs);
        let index = number(self.builder.tables.outs.len());
        self.builder.tables.outs.push(positions);
        self.push(Instruction::NativeOuts { native, count: number(arguments.len()), outs: index });
        self.store_outs(&prepared);
        self.free(mark);
    }

    pub(super) fn call_function(&mut self, function: FunctionId, captures: &[Outer], arguments: &[BoundExpr]) {
        self.values(arguments);
        let captures = self.captures(captures);
        let site = FunctionSite { function: function.0, captures, argument_count: number(arguments.len()), of: 0 };
        let site = self.site_number(site);
        self.push(Instruction::Function(site));
    }

    /// The values that came back are above the result, the last one on top.
    fn store_outs(&mut self, prepared: &[Option<Prepared>]) {
        for place in prepared.iter().rev() {
            match place {
                Some(place) => self.store_prepared(place),
                None => self.push(Instruction::Pop),
            }
        }
    }

    pub(super) fn lambda(&mut self, function: FunctionId, captures: &[Outer], of: &Type) {
        let of = self.type_number(of);
        let captures = self.captures(captures);
        let site = FunctionSite { function: function.0, captures, argument_count: 0, of };
        let site = self.site_number(site);
        self.push(Instruction::Lambda(site));
    }

    fn site_number(&mut self, site: FunctionSite) -> u32 {
        let sites = &mut self.builder.tables.functions;
        sites.push(site);
        number(sites.len() - 1)
    }

    pub(super) fn dynamic(&mut self, expr: &BoundExpr) {
        match &expr.kind {
            BoundKind::DynamicMember { target, name } => {
                self.value(target);
                let name = self.text_number(name);
                self.push(Instruction::DynamicMember(name));
            }
            BoundKind::DynamicCall { target, name, arguments } => {
                self.value(target);
                self.values(arguments);
                let name = self.optional_name(name.as_deref());
                self.push(Instruction::DynamicCall { name, count: number(arguments.len()) });
            }
            BoundKind::DynamicStatic { class, name, arguments } => {
                self.values(arguments);
                let class = self.type_number(class);
                let name = self.optional_name(name.as_deref());
                self.push(Instruction::DynamicStatic { class, name, count: number(arguments.len()) });
            }
            BoundKind::DynamicIndex { target, arguments } => {
                self.value(target);
                self.values(arguments);
                self.push(Instruction::DynamicIndex(number(arguments.len())));
            }
            BoundKind::DynamicOperator { symbol, left, right } => {
                self.value(left);
                if let Some(right) = right {
                    self.value(right);
                }
                let index = number(self.builder.tables.symbols.len());
                self.builder.tables.symbols.push(symbol);
                self.push(Instruction::DynamicOperator { symbol: index, is_binary: right.is_some() });
            }
            // All others are emitted elsewhere.
            _ => self.push(Instruction::Null),
        }
    }

    /// Number of a name; the table begins with the empty text, so that no name has the number 0.
    fn optional_name(&mut self, name: Option<&str>) -> Option<NonZeroU32> {
        name.and_then(|name| NonZeroU32::new(self.text_number(name)))
    }
}

fn outs_in_order(argument_count: usize, outs: &Outs) -> Box<[u32]> {
    (0..argument_count).filter(|index| outs.iter().any(|(out, _)| out == index)).map(number).collect()
}
