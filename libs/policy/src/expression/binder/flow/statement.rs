//! Statements: where control goes.

use crate::expression::bound::{BoundExpr, BoundPattern, BoundSection, BoundStatement, BoundStatementKind};
use crate::expression::conversion::is_subtype;
use crate::expression::library::Constant;
use crate::expression::types::Type;

use super::pattern::certainty;
use super::state::State;
use super::{Flow, Problem};

impl<'u> Flow<'u, '_> {
    pub(super) fn statements(&mut self, statements: &'u [BoundStatement]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    pub(super) fn statement(&mut self, statement: &'u BoundStatement) {
        match &statement.kind {
            BoundStatementKind::Empty => {}
            BoundStatementKind::Block(statements) => self.statements(statements),
            BoundStatementKind::Expression(value) | BoundStatementKind::Yield(value) => self.expression(value),
            BoundStatementKind::Declare { local, value: Some(value) } => {
                self.expression(value);
                self.assign(*local);
            }
            BoundStatementKind::Declare { local, value: None } => {
                if !self.state.is_unreachable {
                    self.state.open.insert(local.0);
                }
            }
            BoundStatementKind::Return(value) => {
                self.optional(value.as_ref());
                self.returns(statement.span);
            }
            BoundStatementKind::Throw(value) => {
                self.expression(value);
                self.end_path();
            }
            BoundStatementKind::Rethrow | BoundStatementKind::Continue | BoundStatementKind::GotoSection(_) => {
                self.end_path();
            }
            BoundStatementKind::Labeled { label, body } => {
                // Jumps back come from states that follow this one: they are certain of no less.
                if let Some(jumped) = self.labels.remove(label) {
                    self.state.join(jumped);
                }
                self.statement(body);
            }
            BoundStatementKind::Goto(label) => {
                let state = std::mem::replace(&mut self.state, State::unreachable());
                self.labels.entry(*label).or_insert_with(State::unreachable).join(state);
            }
            BoundStatementKind::Break => {
                let state = std::mem::replace(&mut self.state, State::unreachable());
                if let Some(target) = self.breaks.last_mut() {
                    target.join(state);
                }
            }
            BoundStatementKind::If { condition, then, otherwise } => {
                let (holds, fails) = self.condition(condition);
                self.state = holds;
                self.statement(then);
                let behind_then = std::mem::replace(&mut self.state, fails);
                if let Some(otherwise) = otherwise {
                    self.statement(otherwise);
                }
                self.state.join(behind_then);
            }
            BoundStatementKind::Using { local, value, body } => {
                self.expression(value);
                self.assign(*local);
                self.statement(body);
            }
            BoundStatementKind::Switch { value, sections } => self.switch(value, sections),
            BoundStatementKind::Try { .. } => self.try_statement(statement),
            _ => self.loop_statement(statement),
        }
    }

    pub(super) fn loop_statement(&mut self, statement: &'u BoundStatement) {
        self.breaks.push(State::unreachable());
        let behind = match &statement.kind {
            BoundStatementKind::While { condition, body, steps } => {
                let fails = match condition {
                    Some(condition) => {
                        let (holds, fails) = self.condition(condition);
                        self.state = holds;
                        fails
                    }
                    None => State::unreachable(),
                };
                let entry = self.state.clone();
                self.statement(body);
                // `continue` leads here, too; nothing is less certain than at the beginning of the body.
                self.state.join(entry);
                self.statements(steps);
                fails
            }
            BoundStatementKind::DoWhile { body, condition } => {
                let entry = self.state.clone();
                let continues = contains_continue(body);
                self.statement(body);
                if continues {
                    self.state.join(entry);
                }
                self.condition(condition).1
            }
            BoundStatementKind::ForEach { sequence, item, body } => {
                self.expression(sequence);
                let entry = self.state.clone();
                self.assign(*item);
                self.statement(body);
                entry
            }
            _ => State::unreachable(),
        };
        self.state = behind;
        if let Some(broken) = self.breaks.pop() {
            self.state.join(broken);
        }
    }

    pub(super) fn switch(&mut self, value: &'u BoundExpr, sections: &'u [BoundSection]) {
        self.expression(value);
        let entry = self.state.clone();
        self.breaks.push(State::unreachable());
        let mut has_default = has_all(value, sections);
        for (index, section) in sections.iter().enumerate() {
            let mut state = State::unreachable();
            let has_one_label = section.labels.len() == 1;
            for label in &section.labels {
                self.state = entry.clone();
                if let (Some(_), Some((BoundPattern::Constant(constant), _))) = (value.as_constant(), label)
                    && value.as_constant() != Some(constant)
                {
                    self.end_path();
                    continue;
                }
                match label {
                    None => has_default = true,
                    Some((pattern, guard)) => {
                        self.pattern_expressions(pattern);
                        if has_one_label || guard.is_some() {
                            self.assign_pattern(pattern);
                        }
                        if let Some(guard) = guard {
                            self.state = self.condition(guard).0;
                        }
                    }
                }
                state.join(std::mem::take(&mut self.state));
            }
            self.state = state;
            self.statement(&section.body);
            if !self.state.is_unreachable {
                let label = label_text(section);
                self.problems.push(Problem::FallThrough(label, index + 1 == sections.len(), section.body.span));
            }
        }
        self.state = if has_default { State::unreachable() } else { entry };
        if let Some(broken) = self.breaks.pop() {
            self.state.join(broken);
        }
    }

    pub(super) fn try_statement(&mut self, statement: &'u BoundStatement) {
        let BoundStatementKind::Try { body, catches, finally } = &statement.kind else { return };
        let entry = self.state.clone();
        self.statement(body);
        let mut behind = std::mem::take(&mut self.state);
        for catch in catches {
            self.state = entry.clone();
            if let Some(into) = catch.into {
                self.assign(into);
            }
            if let Some(filter) = &catch.filter {
                self.state = self.condition(filter).0;
            }
            self.statement(&catch.body);
            behind.join(std::mem::take(&mut self.state));
        }
        self.state = behind;
        if let Some(finally) = finally {
            let behind = std::mem::replace(&mut self.state, entry.clone());
            self.statement(finally);
            let behind_finally = std::mem::take(&mut self.state);
            let is_unreachable = behind.is_unreachable || behind_finally.is_unreachable;
            // What `finally` assigned is assigned in any case.
            let mut state = behind;
            state.open.remove_difference(&entry.open, &behind_finally.open);
            state.is_unreachable = is_unreachable;
            if is_unreachable {
                state.open.clear();
            }
            self.state = state;
        }
    }
}

/// Whether one of the sections is certainly entered, `default` aside.
fn has_all(value: &BoundExpr, sections: &[BoundSection]) -> bool {
    let certain = |guard: &Option<BoundExpr>| guard.as_ref().is_none_or(|guard| guard.as_bool() == Some(true));
    let labels = sections.iter().flat_map(|section| section.labels.iter().flatten());
    let patterns: Vec<&BoundPattern> = labels.filter(|(_, guard)| certain(guard)).map(|(pattern, _)| pattern).collect();
    let has_null = patterns.iter().any(|pattern| matches!(pattern, BoundPattern::Constant(Constant::Null)));
    patterns.iter().any(|pattern| match pattern {
        BoundPattern::Type { of, .. } if has_null => {
            let inner = match &value.of {
                Type::Nullable(inner) => inner,
                other => other,
            };
            inner == of || is_subtype(inner, of)
        }
        pattern => certainty(value, pattern) == Some(true),
    })
}

/// The first label of a section, as it was written, roughly.
fn label_text(section: &BoundSection) -> String {
    match section.labels.last() {
        Some(Some((BoundPattern::Constant(constant), _))) => {
            format!("case {}:", crate::expression::binder::text::constant(constant))
        }
        Some(Some(_)) => "case".to_owned(),
        _ => "default:".to_owned(),
    }
}

/// Whether a `continue` of this loop stands in its body.
fn contains_continue(statement: &BoundStatement) -> bool {
    match &statement.kind {
        BoundStatementKind::Continue => true,
        BoundStatementKind::Block(all) => all.iter().any(contains_continue),
        BoundStatementKind::If { then, otherwise, .. } => {
            contains_continue(then) || otherwise.as_deref().is_some_and(contains_continue)
        }
        BoundStatementKind::Switch { sections, .. } => sections.iter().any(|section| contains_continue(&section.body)),
        BoundStatementKind::Try { body, catches, finally } => {
            contains_continue(body)
                || catches.iter().any(|catch| contains_continue(&catch.body))
                || finally.as_deref().is_some_and(contains_continue)
        }
        BoundStatementKind::Using { body, .. } | BoundStatementKind::Labeled { body, .. } => contains_continue(body),
        _ => false,
    }
}
