//! Variables that may have no value yet, and functions that may end without `return` (C# specification, §9.4 and §13.2).
//!
//! Only variables that come into being without a value are watched; all others count as assigned. A state is the set of watched variables that
//! are not certainly assigned; where control cannot be, that is none.

mod expression;
mod function;
mod pattern;
mod state;
mod statement;

use std::collections::{BTreeMap, BTreeSet};

use crate::expression::bound::{BoundFunction, BoundStatement, BoundStatementKind, BoundUnit, FunctionId, Local};
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use function::Effects;
use state::State;

impl Binder<'_> {
    /// Checks all functions; `order` has those that are used in front of those that use them.
    pub(super) fn check_flow(&mut self, unit: &BoundUnit, order: &[u32]) {
        let mut problems = Vec::new();
        let local_functions: BTreeSet<u32> =
            self.local_functions.iter().flat_map(|function| function.ids()).map(|id| id.0).collect();
        let mut roots: Vec<u32> = local_functions.iter().copied().collect();
        roots.insert(0, 0);
        let mut effects = Effects::default();
        for function in order.iter().filter(|function| local_functions.contains(function)) {
            effects.find(Shared { unit, local_functions: &local_functions }, FunctionId(*function));
        }
        for root in roots {
            if let Some(function) = unit.functions.get(root as usize) {
                let shared = Shared { unit, local_functions: &local_functions };
                let mut flow = Flow::new(shared, function, FunctionId(root), &mut problems, &mut effects);
                flow.run(&BTreeMap::new());
            }
        }
        for problem in problems {
            match problem {
                Problem::Unassigned(function, local, span) => {
                    let name = self.variable_name(function, local);
                    if is_out(unit, function, local) {
                        let message = format!("Use of unassigned out parameter '{name}'");
                        self.diagnostics.error("CS0269", span, message);
                    } else {
                        self.diagnostics.error("CS0165", span, format!("Use of unassigned local variable '{name}'"));
                    }
                }
                Problem::NotGiven(function, local, span) => {
                    let name = self.variable_name(function, local);
                    let message = format!(
                        "The out parameter '{name}' must be assigned to before control leaves the current method"
                    );
                    self.diagnostics.error("CS0177", span, message);
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

    fn variable_name(&self, function: FunctionId, local: Local) -> String {
        let symbol = self.variable_names.get(&(function.0, local.0)).copied();
        symbol.map_or("", |symbol| self.tree.names.text(symbol)).to_owned()
    }

    fn no_return(&mut self, unit: &BoundUnit, function: FunctionId, span: Span) {
        let name = unit.functions.get(function.0 as usize).and_then(|function| function.name.clone());
        match name {
            Some(name) => {
                let declared = self.local_functions.iter().find(|known| known.ids().any(|id| id == function));
                let span = declared.map_or(span, |function| function.name_span);
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

fn is_out(unit: &BoundUnit, function: FunctionId, local: Local) -> bool {
    let found = unit.functions.get(function.0 as usize).and_then(|function| function.locals.get(local.0 as usize));
    found.is_some_and(|local| local.is_out)
}

enum Problem {
    Unassigned(FunctionId, Local, Span),
    /// An `out` parameter without a value where the function returns.
    NotGiven(FunctionId, Local, Span),
    NoReturn(FunctionId, Span),
    FallThrough(String, bool, Span),
}

/// What all functions are checked with.
#[derive(Clone, Copy)]
struct Shared<'u, 'p> {
    unit: &'u BoundUnit,
    local_functions: &'p BTreeSet<u32>,
}

struct Flow<'u, 'p> {
    shared: Shared<'u, 'p>,
    function: &'u BoundFunction,
    id: FunctionId,
    problems: &'p mut Vec<Problem>,
    /// What calls of local functions do, as far as that is known.
    effects: &'p mut Effects,
    /// Variables of this function, and behind them its captures.
    state: State,
    /// Which variables the captures are that may have no value.
    captured: BTreeMap<u32, (FunctionId, Local)>,
    /// States at each `break` of the loops and switches around here.
    breaks: Vec<State>,
    /// States at each `goto` to a label that is still to come.
    labels: BTreeMap<u32, State>,
    /// What is certain at every `return` so far.
    returned: State,
}

impl<'u, 'p> Flow<'u, 'p> {
    fn new(
        shared: Shared<'u, 'p>,
        function: &'u BoundFunction,
        id: FunctionId,
        problems: &'p mut Vec<Problem>,
        effects: &'p mut Effects,
    ) -> Flow<'u, 'p> {
        Flow {
            shared,
            function,
            id,
            problems,
            effects,
            state: State::default(),
            captured: BTreeMap::new(),
            breaks: Vec::new(),
            labels: BTreeMap::new(),
            returned: State::unreachable(),
        }
    }

    /// Checks the function, given which of its captures may have no value.
    fn run(&mut self, open_captures: &BTreeMap<u32, (FunctionId, Local)>) {
        self.captured = open_captures.clone();
        for capture in open_captures.keys() {
            let number = self.capture_number(*capture);
            self.state.open.insert(number);
        }
        let function = self.function;
        for (number, local) in (0..).zip(&function.locals) {
            if local.is_out {
                self.state.open.insert(number);
            }
        }
        // What is jumped over is as good as declared.
        declared(&function.body, &mut |local: Local| self.state.open.insert(local.0));
        self.statement(&function.body);
        if !self.state.is_unreachable && function.returns != Type::Void && !function.is_iterator {
            self.problems.push(Problem::NoReturn(self.id, function.body.span));
        }
        self.returns(function.body.span);
    }

    /// Control leaves the function here.
    fn returns(&mut self, span: Span) {
        let state = std::mem::replace(&mut self.state, State::unreachable());
        if state.is_unreachable {
            return;
        }
        for (number, local) in (0..).zip(&self.function.locals) {
            if local.is_out && state.open.contains(number) {
                self.problems.push(Problem::NotGiven(self.id, Local(number), span));
            }
        }
        self.returned.join(state);
    }

    /// The number of a capture among the variables of a state.
    fn capture_number(&self, capture: u32) -> u32 {
        self.function.locals.len() as u32 + capture
    }

    fn end_path(&mut self) {
        self.state = State::unreachable();
    }

    fn assign(&mut self, local: Local) {
        self.state.open.remove(local.0);
    }
}

/// Calls `found` for the variables that statements declare without a value.
fn declared(statement: &BoundStatement, found: &mut dyn FnMut(Local)) {
    match &statement.kind {
        BoundStatementKind::Declare { local, .. } => found(*local),
        BoundStatementKind::Block(all) => all.iter().for_each(|inner| declared(inner, found)),
        BoundStatementKind::If { then, otherwise, .. } => {
            declared(then, found);
            otherwise.iter().for_each(|inner| declared(inner, found));
        }
        BoundStatementKind::While { body, steps, .. } => {
            declared(body, found);
            steps.iter().for_each(|inner| declared(inner, found));
        }
        BoundStatementKind::DoWhile { body, .. }
        | BoundStatementKind::ForEach { body, .. }
        | BoundStatementKind::Labeled { body, .. }
        | BoundStatementKind::Using { body, .. } => declared(body, found),
        BoundStatementKind::Switch { sections, .. } => {
            sections.iter().for_each(|section| declared(&section.body, found));
        }
        BoundStatementKind::Try { body, catches, finally } => {
            declared(body, found);
            catches.iter().for_each(|catch| declared(&catch.body, found));
            finally.iter().for_each(|inner| declared(inner, found));
        }
        _ => {}
    }
}
