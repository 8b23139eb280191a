//! Expressions: what is read, and what is assigned where a condition holds.

use crate::expression::bound::{BoundExpr, BoundKind, BoundPart, BoundPattern, Local, Place, PrimitiveUnary};
use crate::expression::span::Span;

use super::pattern::{certainty, pattern_locals};
use super::state::State;
use super::{Flow, Problem};

impl<'u> Flow<'u, '_> {
    pub(super) fn optional(&mut self, value: Option<&'u BoundExpr>) {
        value.into_iter().for_each(|value| self.expression(value));
    }

    pub(super) fn expressions(&mut self, values: &'u [BoundExpr]) {
        values.iter().for_each(|value| self.expression(value));
    }

    /// What holds if a condition is true, and what if it is false.
    pub(super) fn condition(&mut self, value: &'u BoundExpr) -> (State, State) {
        if let Some(constant) = value.as_bool() {
            let state = std::mem::take(&mut self.state);
            return if constant { (state, State::unreachable()) } else { (State::unreachable(), state) };
        }
        match &value.kind {
            BoundKind::And(left, right) => {
                let (holds, mut fails) = self.condition(left);
                self.state = holds;
                let (holds, right_fails) = self.condition(right);
                fails.join(right_fails);
                (holds, fails)
            }
            BoundKind::Or(left, right) => {
                let (mut holds, fails) = self.condition(left);
                self.state = fails;
                let (right_holds, fails) = self.condition(right);
                holds.join(right_holds);
                (holds, fails)
            }
            BoundKind::Unary { operator: PrimitiveUnary::Not, operand, .. } => {
                let (holds, fails) = self.condition(operand);
                (fails, holds)
            }
            BoundKind::Is { operand, pattern } => {
                self.expression(operand);
                self.pattern_expressions(pattern);
                let fails_state = self.state.clone();
                let (positive, negative) = pattern_locals(pattern);
                let mut holds = self.state.clone();
                let mut fails_state = fails_state;
                match certainty(operand, pattern) {
                    // Control flow does not know it, but there everything is as good as assigned.
                    Some(true) => fails_state.open.clear(),
                    Some(false) => holds.open.clear(),
                    None => {}
                }
                positive.iter().for_each(|local| {
                    holds.open.remove(local.0);
                });
                let mut fails = fails_state;
                negative.iter().for_each(|local| {
                    fails.open.remove(local.0);
                });
                (holds, fails)
            }
            _ => {
                self.expression(value);
                let state = std::mem::take(&mut self.state);
                (state.clone(), state)
            }
        }
    }

    pub(super) fn read(&mut self, local: Local, span: Span) {
        if self.state.open.remove(local.0) {
            self.problems.push(Problem::Unassigned(self.id, local, span));
        }
    }

    pub(super) fn expression(&mut self, value: &'u BoundExpr) {
        match &value.kind {
            BoundKind::Local(local) => self.read(*local, value.span),
            BoundKind::Capture(capture) => self.read_capture(capture.0, value.span),
            BoundKind::Reference { place, is_out: true } => self.place(place),
            BoundKind::Reference { place, is_out: false } => self.read_place(place, value.span),
            BoundKind::Dereference { reference, .. } => self.expression(reference),
            BoundKind::Constant(_) | BoundKind::Default(_) | BoundKind::TypeOf(_) => {}
            BoundKind::And(..) | BoundKind::Or(..) | BoundKind::Is { .. } => self.boolean(value),
            BoundKind::Unary { operator: PrimitiveUnary::Not, .. } => self.boolean(value),
            BoundKind::Conditional { condition, then, otherwise } => {
                let (holds, fails) = self.condition(condition);
                self.state = holds;
                self.expression(then);
                let behind_then = std::mem::replace(&mut self.state, fails);
                self.expression(otherwise);
                self.state.join(behind_then);
            }
            BoundKind::Coalesce(left, right) => {
                self.expression(left);
                let state = self.state.clone();
                self.expression(right);
                self.state.join(state);
            }
            BoundKind::ConditionalAccess { target, local, access } => {
                self.expression(target);
                let state = self.state.clone();
                self.assign(*local);
                self.expression(access);
                self.state.join(state);
            }
            BoundKind::Assign { target, value } => {
                self.place(target);
                self.expression(value);
                self.assign_place(target);
            }
            BoundKind::Update { target, new, .. } => {
                self.read_place(target, value.span);
                self.expression(new);
            }
            BoundKind::CoalesceAssign { target, value: assigned } => {
                self.read_place(target, value.span);
                self.expression(assigned);
            }
            BoundKind::AssignTuple { targets, value } => {
                targets.iter().flatten().for_each(|target| self.place(target));
                self.expression(value);
                targets.iter().flatten().for_each(|target| self.assign_place(target));
            }
            BoundKind::Throw(thrown) => {
                self.expression(thrown);
                self.end_path();
            }
            BoundKind::Lambda { function, captures } => self.lambda(*function, captures, value.span),
            BoundKind::CallFunction { function, captures, arguments, .. } => {
                self.expressions(arguments);
                self.called(*function, captures, value.span);
                for argument in arguments {
                    if let BoundKind::Reference { place, is_out: true } = &argument.kind {
                        self.assign_place(place);
                    }
                }
            }
            _ => self.operands(value),
        }
    }

    pub(super) fn boolean(&mut self, value: &'u BoundExpr) {
        let (holds, fails) = self.condition(value);
        self.state = holds;
        self.state.join(fails);
    }

    /// Expressions whose operands are evaluated one after the other.
    pub(super) fn operands(&mut self, value: &'u BoundExpr) {
        match &value.kind {
            BoundKind::Convert { operand, .. }
            | BoundKind::Unary { operand, .. }
            | BoundKind::IsNull { operand, .. }
            | BoundKind::ArrayLength(operand)
            | BoundKind::Item { of: operand, .. }
            | BoundKind::DynamicMember { target: operand, .. } => self.expression(operand),
            BoundKind::Binary { left, right, .. } | BoundKind::SameReference { left, right, .. } => {
                self.expression(left);
                self.expression(right);
            }
            BoundKind::DynamicOperator { left, right, .. } => {
                self.expression(left);
                self.optional(right.as_deref());
            }
            BoundKind::Concat(all)
            | BoundKind::NewTuple(all)
            | BoundKind::NewAnonymous(all)
            | BoundKind::NewArray { sizes: all, .. }
            | BoundKind::ArrayItems { items: all, .. }
            | BoundKind::DynamicStatic { arguments: all, .. } => self.expressions(all),
            BoundKind::Interpolate(parts) => {
                for part in parts {
                    if let BoundPart::Hole { value, .. } = part {
                        self.expression(value);
                    }
                }
            }
            BoundKind::Call { arguments, outs, .. } => {
                self.expressions(arguments);
                outs.iter().filter_map(|(_, out)| out.as_ref()).for_each(|out| {
                    self.place(out);
                    self.assign_place(out);
                });
            }
            BoundKind::Invoke { delegate: target, arguments }
            | BoundKind::Element { array: target, indexes: arguments }
            | BoundKind::DynamicCall { target, arguments, .. }
            | BoundKind::DynamicIndex { target, arguments } => {
                self.expression(target);
                self.expressions(arguments);
            }
            BoundKind::MethodGroup { this, .. } => self.optional(this.as_deref()),
            BoundKind::Sequence(statements, value) => {
                self.statements(statements);
                self.expression(value);
            }
            BoundKind::Switch { value, arms } => self.switch_expression(value, arms),
            _ => {}
        }
    }

    pub(super) fn switch_expression(
        &mut self,
        value: &'u BoundExpr,
        arms: &'u [(BoundPattern, Option<BoundExpr>, BoundExpr)],
    ) {
        self.expression(value);
        let entry = self.state.clone();
        let mut behind = State::unreachable();
        for (pattern, guard, result) in arms {
            self.state = entry.clone();
            self.pattern_expressions(pattern);
            self.assign_pattern(pattern);
            if let Some(guard) = guard {
                self.state = self.condition(guard).0;
            }
            self.expression(result);
            behind.join(std::mem::take(&mut self.state));
        }
        self.state = behind;
    }

    pub(super) fn place(&mut self, place: &'u Place) {
        match place {
            Place::Local(_) | Place::Capture(_) => {}
            Place::Element { array: target, indexes: arguments } | Place::DynamicIndex { target, arguments } => {
                self.expression(target);
                self.expressions(arguments);
            }
            Place::Property { arguments, .. } => self.expressions(arguments),
            Place::TupleItem { tuple, .. } => self.place(tuple),
            // The `out` parameter that is assigned.
            Place::Dereference(reference) if matches!(reference.kind, BoundKind::Local(_)) => {}
            Place::Dereference(reference) => self.expression(reference),
            Place::DynamicMember { target, .. } => self.expression(target),
        }
    }

    pub(super) fn assign_place(&mut self, place: &Place) {
        match place {
            Place::Local(local) => self.assign(*local),
            Place::Capture(capture) => {
                let number = self.capture_number(capture.0);
                self.state.open.remove(number);
            }
            Place::Dereference(reference) => {
                if let BoundKind::Local(local) = reference.kind {
                    self.assign(local);
                }
            }
            Place::TupleItem { tuple, .. } => self.assign_place(tuple),
            _ => {}
        }
    }

    pub(super) fn read_place(&mut self, place: &'u Place, span: Span) {
        match place {
            Place::Local(local) => self.read(*local, span),
            Place::Capture(capture) => self.read_capture(capture.0, span),
            Place::Dereference(reference) => self.expression(reference),
            other => self.place(other),
        }
    }
}
