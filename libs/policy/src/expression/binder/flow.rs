//! Variables that may have no value yet, and functions that may end without `return` (C# specification, §9.4 and §13.2).
//!
//! Only variables that come into being without a value are watched; all others count as assigned. A state is the set of watched variables that
//! are not certainly assigned; where control cannot be, that is none.

use std::collections::{BTreeMap, BTreeSet};

use crate::expression::bound::{
    BoundExpr, BoundFunction, BoundKind, BoundPart, BoundPattern, BoundSection, BoundStatement, BoundStatementKind,
    BoundUnit, FunctionId, Local, Outer, Place, PrimitiveUnary,
};
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;

impl Binder<'_> {
    /// Checks all functions.
    pub(super) fn check_flow(&mut self, unit: &BoundUnit) {
        let mut problems = Vec::new();
        let local_functions: BTreeSet<u32> = self.local_functions.iter().map(|function| function.id.0).collect();
        let mut roots: Vec<u32> = local_functions.iter().copied().collect();
        roots.insert(0, 0);
        for root in roots {
            if let Some(function) = unit.functions.get(root as usize) {
                let mut flow = Flow::new(unit, function, FunctionId(root), &local_functions, &mut problems);
                flow.run(BTreeMap::new());
            }
        }
        for problem in problems {
            match problem {
                Problem::Unassigned(function, local, span) => {
                    let symbol = self.variable_names.get(&(function.0, local.0)).copied();
                    let name = symbol.map_or("", |symbol| self.tree.names.text(symbol));
                    self.diagnostics.error("CS0165", span, format!("Use of unassigned local variable '{name}'"));
                }
                Problem::NoReturn(function, span) => self.no_return(unit, function, span),
                Problem::FallThrough(label, is_last, span) => {
                    if is_last {
                        let message = format!("Control cannot fall out of switch from final case label ('{label}')");
                        self.diagnostics.error("CS8070", span, message);
                    } else {
                        let message = format!("Control cannot fall through from one case label ('{label}') to another");
                        self.diagnostics.error("CS0163", span, message);
                    }
                }
            }
        }
    }

    fn no_return(&mut self, unit: &BoundUnit, function: FunctionId, span: Span) {
        let name = unit.functions.get(function.0 as usize).and_then(|function| function.name.clone());
        match name {
            Some(name) => {
                self.diagnostics.error("CS0161", span, format!("'{name}': not all code paths return a value"))
            }
            None if function == FunctionId(0) => {
                self.diagnostics.error("CS0161", span, "'Expression': not all code paths return a value")
            }
            None => {
                let returns =
                    unit.functions.get(function.0 as usize).map_or(Type::Void, |function| function.returns.clone());
                let message = format!("Not all code paths return a value in lambda expression of type '{returns}'");
                self.diagnostics.error("CS1643", span, message)
            }
        };
    }
}

enum Problem {
    Unassigned(FunctionId, Local, Span),
    NoReturn(FunctionId, Span),
    FallThrough(String, bool, Span),
}

/// What is certain at a point.
#[derive(Debug, Clone, Default)]
struct State {
    is_unreachable: bool,
    /// Variables that may have no value.
    open: BTreeSet<u32>,
}

impl State {
    fn unreachable() -> State {
        State { is_unreachable: true, open: BTreeSet::new() }
    }

    /// What is certain wherever control came from.
    fn join(&mut self, other: State) {
        if other.is_unreachable {
            return;
        }
        if self.is_unreachable {
            *self = other;
        } else {
            self.open.extend(other.open);
        }
    }
}

struct Flow<'u, 'p> {
    unit: &'u BoundUnit,
    function: &'u BoundFunction,
    id: FunctionId,
    local_functions: &'p BTreeSet<u32>,
    problems: &'p mut Vec<Problem>,
    state: State,
    /// Captures that may have no value, and which variables they are.
    open_captures: BTreeMap<u32, (FunctionId, Local)>,
    /// States at each `break` of the loops and switches around here.
    breaks: Vec<State>,
}

impl<'u, 'p> Flow<'u, 'p> {
    fn new(
        unit: &'u BoundUnit,
        function: &'u BoundFunction,
        id: FunctionId,
        local_functions: &'p BTreeSet<u32>,
        problems: &'p mut Vec<Problem>,
    ) -> Flow<'u, 'p> {
        Flow {
            unit,
            function,
            id,
            local_functions,
            problems,
            state: State::default(),
            open_captures: BTreeMap::new(),
            breaks: Vec::new(),
        }
    }

    fn run(&mut self, open_captures: BTreeMap<u32, (FunctionId, Local)>) {
        self.open_captures = open_captures;
        let function = self.function;
        self.statement(&function.body);
        if !self.state.is_unreachable && function.returns != Type::Void {
            self.problems.push(Problem::NoReturn(self.id, function.body.span));
        }
    }

    fn end_path(&mut self) {
        self.state = State::unreachable();
    }

    fn assign(&mut self, local: Local) {
        self.state.open.remove(&local.0);
    }

    fn statements(&mut self, statements: &'u [BoundStatement]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &'u BoundStatement) {
        match &statement.kind {
            BoundStatementKind::Empty => {}
            BoundStatementKind::Block(statements) => self.statements(statements),
            BoundStatementKind::Expression(value) => self.expression(value),
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
                self.end_path();
            }
            BoundStatementKind::Throw(value) => {
                self.expression(value);
                self.end_path();
            }
            BoundStatementKind::Rethrow | BoundStatementKind::Continue | BoundStatementKind::GotoSection(_) => {
                self.end_path();
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

    fn loop_statement(&mut self, statement: &'u BoundStatement) {
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

    fn switch(&mut self, value: &'u BoundExpr, sections: &'u [BoundSection]) {
        self.expression(value);
        let entry = self.state.clone();
        self.breaks.push(State::unreachable());
        let mut has_default = false;
        for (index, section) in sections.iter().enumerate() {
            let mut state = State::unreachable();
            let has_one_label = section.labels.len() == 1;
            for label in &section.labels {
                self.state = entry.clone();
                match label {
                    None => has_default = true,
                    Some((pattern, guard)) => {
                        self.pattern_expressions(pattern);
                        if has_one_label || guard.is_some() {
                            self.assign_pattern(pattern);
                        }
                        has_default |=
                            guard.is_none() && matches!(pattern, BoundPattern::Discard | BoundPattern::Var(_));
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

    fn try_statement(&mut self, statement: &'u BoundStatement) {
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
            let assigned: Vec<u32> = entry.open.difference(&behind_finally.open).copied().collect();
            let mut state = behind;
            assigned.iter().for_each(|local| {
                state.open.remove(local);
            });
            state.is_unreachable = is_unreachable;
            if is_unreachable {
                state.open.clear();
            }
            self.state = state;
        }
    }

    fn optional(&mut self, value: Option<&'u BoundExpr>) {
        value.into_iter().for_each(|value| self.expression(value));
    }

    fn expressions(&mut self, values: &'u [BoundExpr]) {
        values.iter().for_each(|value| self.expression(value));
    }

    /// What holds if a condition is true, and what if it is false.
    fn condition(&mut self, value: &'u BoundExpr) -> (State, State) {
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
                positive.iter().for_each(|local| {
                    holds.open.remove(&local.0);
                });
                let mut fails = fails_state;
                negative.iter().for_each(|local| {
                    fails.open.remove(&local.0);
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

    fn read(&mut self, local: Local, span: Span) {
        if self.state.open.remove(&local.0) {
            self.problems.push(Problem::Unassigned(self.id, local, span));
        }
    }

    fn expression(&mut self, value: &'u BoundExpr) {
        match &value.kind {
            BoundKind::Local(local) => self.read(*local, value.span),
            BoundKind::Capture(capture) => {
                if let Some((function, local)) = self.open_captures.remove(&capture.0) {
                    self.problems.push(Problem::Unassigned(function, local, value.span));
                }
            }
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
            BoundKind::Lambda { function, captures } => self.lambda(*function, captures),
            _ => self.operands(value),
        }
    }

    fn boolean(&mut self, value: &'u BoundExpr) {
        let (holds, fails) = self.condition(value);
        self.state = holds;
        self.state.join(fails);
    }

    /// Expressions whose operands are evaluated one after the other.
    fn operands(&mut self, value: &'u BoundExpr) {
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
            BoundKind::Call { arguments, outs, .. } | BoundKind::CallFunction { arguments, outs, .. } => {
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

    fn switch_expression(&mut self, value: &'u BoundExpr, arms: &'u [(BoundPattern, Option<BoundExpr>, BoundExpr)]) {
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

    /// A lambda's body runs later, but only what is assigned now is certain in it.
    fn lambda(&mut self, function: FunctionId, captures: &[Outer]) {
        if self.local_functions.contains(&function.0) {
            return;
        }
        let Some(found) = self.unit.functions.get(function.0 as usize) else { return };
        let variable = |outer: &Outer| match outer {
            Outer::Local(local) => self.state.open.contains(&local.0).then_some((self.id, *local)),
            Outer::Capture(capture) => self.open_captures.get(&capture.0).copied(),
        };
        let numbered = captures.iter().enumerate();
        let open = numbered.filter_map(|(index, outer)| Some((index as u32, variable(outer)?))).collect();
        let mut flow = Flow::new(self.unit, found, function, self.local_functions, self.problems);
        flow.run(open);
    }

    fn place(&mut self, place: &'u Place) {
        match place {
            Place::Local(_) | Place::Capture(_) => {}
            Place::Element { array: target, indexes: arguments } | Place::DynamicIndex { target, arguments } => {
                self.expression(target);
                self.expressions(arguments);
            }
            Place::Property { arguments, .. } => self.expressions(arguments),
            Place::TupleItem { tuple, .. } => self.place(tuple),
            Place::DynamicMember { target, .. } => self.expression(target),
        }
    }

    fn assign_place(&mut self, place: &Place) {
        match place {
            Place::Local(local) => self.assign(*local),
            Place::Capture(capture) => {
                self.open_captures.remove(&capture.0);
            }
            Place::TupleItem { tuple, .. } => self.assign_place(tuple),
            _ => {}
        }
    }

    fn read_place(&mut self, place: &'u Place, span: Span) {
        match place {
            Place::Local(local) => self.read(*local, span),
            other => self.place(other),
        }
    }

    fn assign_pattern(&mut self, pattern: &BoundPattern) {
        for local in pattern_locals(pattern).0 {
            self.assign(local);
        }
    }

    /// What a pattern reads.
    fn pattern_expressions(&mut self, pattern: &'u BoundPattern) {
        match pattern {
            BoundPattern::Properties { properties, object, .. } => {
                self.assign(*object);
                for (value, inner) in properties {
                    self.expression(value);
                    self.pattern_expressions(inner);
                }
            }
            BoundPattern::Tuple(all) => all.iter().for_each(|inner| self.pattern_expressions(inner)),
            BoundPattern::Not(inner) => self.pattern_expressions(inner),
            BoundPattern::And(left, right) | BoundPattern::Or(left, right) => {
                self.pattern_expressions(left);
                self.pattern_expressions(right);
            }
            _ => {}
        }
    }
}

/// Variables assigned if a pattern fits, and those assigned if it does not.
fn pattern_locals(pattern: &BoundPattern) -> (Vec<Local>, Vec<Local>) {
    match pattern {
        BoundPattern::Var(local) | BoundPattern::Type { into: Some(local), .. } => (vec![*local], Vec::new()),
        BoundPattern::Properties { properties, into, .. } => {
            let mut locals: Vec<Local> = into.iter().copied().collect();
            properties.iter().for_each(|(_, inner)| locals.extend(pattern_locals(inner).0));
            (locals, Vec::new())
        }
        BoundPattern::Tuple(all) => (all.iter().flat_map(|inner| pattern_locals(inner).0).collect(), Vec::new()),
        BoundPattern::Not(inner) => {
            let (positive, negative) = pattern_locals(inner);
            (negative, positive)
        }
        BoundPattern::And(left, right) => {
            let (mut positive, _) = pattern_locals(left);
            positive.extend(pattern_locals(right).0);
            (positive, Vec::new())
        }
        BoundPattern::Or(left, right) => {
            let mut negative = pattern_locals(left).1;
            negative.extend(pattern_locals(right).1);
            (Vec::new(), negative)
        }
        _ => (Vec::new(), Vec::new()),
    }
}

/// The first label of a section, as it was written, roughly.
fn label_text(section: &BoundSection) -> String {
    match section.labels.last() {
        Some(Some((BoundPattern::Constant(constant), _))) => format!("case {}:", super::text::constant(constant)),
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
        BoundStatementKind::Using { body, .. } => contains_continue(body),
        _ => false,
    }
}
