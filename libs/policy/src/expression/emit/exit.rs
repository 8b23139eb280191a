//! `try`, `using`, and jumps out of them.
//!
//! A `finally` block is emitted once. Before code goes there it says in a local where to go on afterwards: nothing for the next statement, an
//! exception, or the target of the jump that was cut short. A jump out of several `finally` scopes goes through them one after the other.

use super::{Body, Label, RETURN_SLOT, Scope};
use crate::expression::bound::{BoundCatch, BoundExpr, BoundStatement, Local};
use crate::expression::code::{Handler, HandlerKind, Instruction};
use crate::expression::library;
use crate::expression::types::Type;
use postern_dotnet::ExceptionType;

impl Body<'_> {
    pub(super) fn return_statement(&mut self, value: Option<&BoundExpr>) {
        match value {
            Some(value) => self.value(value),
            None => self.push(Instruction::Null),
        }
        if self.scopes.iter().any(|scope| matches!(scope, Scope::Finally { .. })) {
            self.push(Instruction::Store(RETURN_SLOT));
            let label = self.return_label.unwrap_or_else(|| self.label());
            self.return_label = Some(label);
            self.jump_out(0, label);
        } else {
            self.push(Instruction::Return);
        }
    }

    pub(super) fn break_statement(&mut self) {
        let found = self.scopes.iter().enumerate().rev().find_map(|(index, scope)| match scope {
            Scope::Loop { end, .. } | Scope::Switch { end, .. } => Some((index, *end)),
            Scope::Finally { .. } => None,
        });
        if let Some((index, end)) = found {
            self.jump_out(index, end);
        }
    }

    pub(super) fn continue_statement(&mut self) {
        let found = self.scopes.iter().enumerate().rev().find_map(|(index, scope)| match scope {
            Scope::Loop { next, .. } => Some((index, *next)),
            _ => None,
        });
        if let Some((index, next)) = found {
            self.jump_out(index, next);
        }
    }

    pub(super) fn goto_statement(&mut self, label: u32) {
        if let Some((place, scope_count)) = self.named_labels.get(&label).copied() {
            self.jump_out(scope_count, place);
        }
    }

    pub(super) fn goto_section(&mut self, section: u32) {
        let found = self.scopes.iter().enumerate().rev().find_map(|(index, scope)| match scope {
            Scope::Switch { sections, .. } => sections.get(section as usize).map(|label| (index, *label)),
            _ => None,
        });
        if let Some((index, label)) = found {
            self.jump_out(index, label);
        }
    }

    /// Jumps to a label outside all scopes but the first `kept`, through their `finally` blocks, inner ones first.
    fn jump_out(&mut self, kept: usize, target: Label) {
        let scopes = self.scopes.get(kept..).unwrap_or_default();
        let blocks = scopes.iter().rev().filter_map(|scope| match scope {
            Scope::Finally { block, slot } => Some((*block, *slot)),
            _ => None,
        });
        let blocks: Vec<_> = blocks.collect();
        let last = blocks.len().saturating_sub(1);
        for (index, (block, slot)) in blocks.iter().enumerate() {
            let next = if index == last { target } else { self.label() };
            self.push(Instruction::GoOnAt { slot: *slot, target: next.0 });
            self.jump(*block);
            if index != last {
                self.place(next);
            }
        }
        if blocks.is_empty() {
            self.jump(target);
        }
    }

    pub(super) fn try_statement(
        &mut self,
        body: &BoundStatement,
        catches: &[BoundCatch],
        finally: Option<&BoundStatement>,
    ) {
        match finally {
            Some(finally) => {
                self.with_finally(|emitter| emitter.try_catch(body, catches), |emitter| emitter.statement(finally));
            }
            None => self.try_catch(body, catches),
        }
    }

    /// `using (local = value) body`
    pub(super) fn using_statement(&mut self, local: Local, value: &BoundExpr, body: &BoundStatement) {
        let disposed = self.temporary();
        self.value(value);
        self.push(Instruction::Keep(disposed));
        self.declare(local);
        self.with_finally(|emitter| emitter.statement(body), |emitter| emitter.push(Instruction::Dispose(disposed)));
    }

    pub(super) fn with_finally(&mut self, body: impl FnOnce(&mut Self), finally: impl FnOnce(&mut Self)) {
        let block = self.label();
        let slot = self.temporary();
        let start = self.here();
        self.scopes.push(Scope::Finally { block, slot });
        body(self);
        self.scopes.pop();
        let end = self.here();
        self.push(Instruction::Null);
        self.push(Instruction::Store(slot));
        self.place(block);
        self.handler(HandlerKind::Finally, start, end, block, slot);
        finally(self);
        self.push(Instruction::EndFinally(slot));
    }

    fn handler(&mut self, kind: HandlerKind, start: u32, end: u32, target: Label, slot: u32) {
        // Set while labels are not places yet; the height of the stack comes with the last step.
        self.handlers.push(Handler { start, end, target: target.0, slot, height: 0, kind });
    }

    fn try_catch(&mut self, body: &BoundStatement, catches: &[BoundCatch]) {
        if catches.is_empty() {
            return self.statement(body);
        }
        let (handler, after) = (self.label(), self.label());
        let slot = self.temporary();
        let start = self.here();
        self.statement(body);
        let end = self.here();
        self.jump(after);
        self.handler(HandlerKind::Catch, start, end, handler, slot);
        self.place(handler);
        if catches.iter().any(|catch| catch.filter.is_some()) {
            self.builder.has_filters = true;
            // Filters run while the body is still under way: they take none of its temporaries.
            self.temporary_next = self.local_count;
        }
        self.caught.push(slot);
        for catch in catches {
            self.catch(catch, slot, after);
        }
        self.caught.pop();
        self.push(Instruction::Unmatched(slot));
        self.place(after);
    }

    fn catch(&mut self, catch: &BoundCatch, slot: u32, after: Label) {
        let next = self.label();
        match catch.of.as_ref().map(exception_type) {
            // Everything that is thrown is an exception.
            None | Some(Some(ExceptionType::Exception)) => {}
            Some(Some(of)) => self.push(Instruction::JumpUnlessCaught { slot, target: next.0, of }),
            Some(None) => {
                self.push(Instruction::Load(slot));
                let of = catch.of.as_ref().map_or(0, |of| self.type_number(of));
                self.push(Instruction::JumpUnlessType { of, target: next.0 });
            }
        }
        if let Some(into) = catch.into {
            self.push(Instruction::Load(slot));
            self.declare(into);
        }
        if let Some(filter) = &catch.filter {
            // A filter that throws is false.
            let ignored = self.temporary();
            let start = self.here();
            self.condition(filter, false, next);
            let end = self.here();
            self.handler(HandlerKind::Filter, start, end, next, ignored);
        }
        self.push(Instruction::Matched);
        self.statement(&catch.body);
        self.jump(after);
        self.place(next);
    }
}

/// The exception class of a type that is one.
fn exception_type(of: &Type) -> Option<ExceptionType> {
    match of {
        Type::Class(class, _) => ExceptionType::from_name(&library::get().class(*class).full_name),
        Type::Object => Some(ExceptionType::Exception),
        _ => None,
    }
}
