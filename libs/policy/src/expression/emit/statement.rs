//! Statements.

use super::{Body, Label, Scope};
use crate::expression::bound::{BoundExpr, BoundSection, BoundStatement, BoundStatementKind, Local};
use crate::expression::code::Instruction;

impl Body<'_> {
    pub(super) fn statements(&mut self, statements: &[BoundStatement]) {
        for mut statement in statements {
            while let BoundStatementKind::Labeled { label, body } = &statement.kind {
                let place = (self.label(), self.scopes.len());
                self.named_labels.insert(*label, place);
                statement = body;
            }
        }
        for statement in statements {
            self.statement(statement);
        }
    }

    /// Emits a statement; the stack is as high behind it as before.
    pub(super) fn statement(&mut self, statement: &BoundStatement) {
        let outer = std::mem::replace(&mut self.span, statement.span);
        let mark = self.mark();
        match &statement.kind {
            BoundStatementKind::Empty => {}
            BoundStatementKind::Block(statements) => self.statements(statements),
            BoundStatementKind::Expression(expr) => self.effect(expr),
            BoundStatementKind::Declare { local, value } => self.declaration(*local, value.as_ref()),
            BoundStatementKind::If { condition, then, otherwise } => {
                self.if_statement(condition, then, otherwise.as_deref());
            }
            BoundStatementKind::While { condition, body, steps } => {
                self.while_loop(condition.as_ref(), body, steps);
            }
            BoundStatementKind::DoWhile { body, condition } => self.do_while(body, condition),
            BoundStatementKind::ForEach { sequence, item, body } => self.for_each(sequence, *item, body),
            BoundStatementKind::Switch { value, sections } => self.switch(value, sections),
            BoundStatementKind::Return(value) => self.return_statement(value.as_ref()),
            BoundStatementKind::Yield(value) => {
                self.value(value);
                self.push(Instruction::Yield);
            }
            BoundStatementKind::Break => self.break_statement(),
            BoundStatementKind::Continue => self.continue_statement(),
            BoundStatementKind::Labeled { label, body } => {
                if let Some((place, _)) = self.named_labels.get(label).copied() {
                    self.place(place);
                }
                self.statement(body);
            }
            BoundStatementKind::Goto(label) => self.goto_statement(*label),
            BoundStatementKind::GotoSection(section) => self.goto_section(*section),
            BoundStatementKind::Throw(value) => {
                self.value(value);
                self.push(Instruction::Throw);
            }
            BoundStatementKind::Rethrow => {
                let slot = self.caught.last().copied().unwrap_or(super::RETURN_SLOT);
                self.push(Instruction::Rethrow(slot));
            }
            BoundStatementKind::Try { body, catches, finally } => {
                self.try_statement(body, catches, finally.as_deref());
            }
            BoundStatementKind::Using { local, value, body } => self.using_statement(*local, value, body),
        }
        self.free(mark);
        self.span = outer;
    }

    fn declaration(&mut self, local: Local, value: Option<&BoundExpr>) {
        match value {
            Some(value) => self.value(value),
            None => {
                let function = self.function;
                match function.locals.get(local.0 as usize) {
                    Some(variable) => self.default_value(&variable.of),
                    None => self.push(Instruction::Null),
                }
            }
        }
        self.declare(local);
    }

    fn if_statement(&mut self, condition: &BoundExpr, then: &BoundStatement, otherwise: Option<&BoundStatement>) {
        let when_false = self.label();
        self.condition(condition, false, when_false);
        self.statement(then);
        match otherwise {
            Some(otherwise) => {
                let end = self.label();
                self.jump(end);
                self.place(when_false);
                self.statement(otherwise);
                self.place(end);
            }
            None => self.place(when_false),
        }
    }

    fn while_loop(&mut self, condition: Option<&BoundExpr>, body: &BoundStatement, steps: &[BoundStatement]) {
        let (top, next, end) = (self.label(), self.label(), self.label());
        self.place(top);
        if let Some(condition) = condition {
            self.condition(condition, false, end);
        }
        self.loop_body(body, next, end);
        self.place(next);
        self.statements(steps);
        self.jump(top);
        self.place(end);
    }

    fn do_while(&mut self, body: &BoundStatement, condition: &BoundExpr) {
        let (top, next, end) = (self.label(), self.label(), self.label());
        self.place(top);
        self.loop_body(body, next, end);
        self.place(next);
        self.condition(condition, false, end);
        self.jump(top);
        self.place(end);
    }

    fn for_each(&mut self, sequence: &BoundExpr, item: Local, body: &BoundStatement) {
        let (next, end) = (self.label(), self.label());
        self.value(sequence);
        let slot = self.temporary();
        let _position = self.temporary();
        self.push(Instruction::Walk(slot));
        let each = |emitter: &mut Self| {
            emitter.place(next);
            emitter.push(Instruction::Next { slot, exit: end.0 });
            emitter.declare(item);
            emitter.loop_body(body, next, end);
            emitter.jump(next);
            emitter.place(end);
        };
        if self.builder.has_iterators {
            self.with_finally(each, |emitter| emitter.push(Instruction::EndWalk(slot)));
        } else {
            each(self);
        }
    }

    fn loop_body(&mut self, body: &BoundStatement, next: Label, end: Label) {
        self.scopes.push(Scope::Loop { end, next });
        self.statement(body);
        self.scopes.pop();
    }

    fn switch(&mut self, value: &BoundExpr, sections: &[BoundSection]) {
        let end = self.label();
        self.value(value);
        // A copy: sections may assign to the variable, and so may conditions.
        let subject = self.temporary();
        self.push(Instruction::Store(subject));
        let labels: Vec<Label> = sections.iter().map(|_| self.label()).collect();
        let mut otherwise = end;
        for (section, label) in sections.iter().zip(&labels) {
            for case in &section.labels {
                let Some((pattern, condition)) = case else {
                    otherwise = *label;
                    continue;
                };
                let next = self.label();
                self.pattern(subject, pattern, next);
                if let Some(condition) = condition {
                    self.condition(condition, false, next);
                }
                self.jump(*label);
                self.place(next);
            }
        }
        self.jump(otherwise);
        self.scopes.push(Scope::Switch { end, sections: labels.clone() });
        for (section, label) in sections.iter().zip(&labels) {
            self.place(*label);
            self.statement(&section.body);
            self.jump(end);
        }
        self.scopes.pop();
        self.place(end);
    }
}
