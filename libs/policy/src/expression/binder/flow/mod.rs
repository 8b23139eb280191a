//! Variables that may have no value yet, and functions that may end without `return` (C# specification, §9.4 and §13.2).
//!
//! Only variables that come into being without a value are watched; all others count as assigned. A state is the set of watched variables that
//! are not certainly assigned; where control cannot be, that is none.

mod expression;
mod pattern;
mod state;
mod statement;

use std::collections::{BTreeMap, BTreeSet};

use crate::expression::bound::{BoundFunction, BoundUnit, FunctionId, Local};
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use state::State;

impl Binder<'_> {
    /// Checks all functions.
    pub(super) fn check_flow(&mut self, unit: &BoundUnit) {
        let mut problems = Vec::new();
        let local_functions: BTreeSet<u32> =
            self.local_functions.iter().flat_map(|function| function.ids()).map(|id| id.0).collect();
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

enum Problem {
    Unassigned(FunctionId, Local, Span),
    NoReturn(FunctionId, Span),
    FallThrough(String, bool, Span),
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
    /// States at each `goto` to a label that is still to come.
    labels: BTreeMap<u32, State>,
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
            labels: BTreeMap::new(),
        }
    }

    fn run(&mut self, open_captures: BTreeMap<u32, (FunctionId, Local)>) {
        self.open_captures = open_captures;
        let function = self.function;
        self.statement(&function.body);
        if !self.state.is_unreachable && function.returns != Type::Void && !function.is_iterator {
            self.problems.push(Problem::NoReturn(self.id, function.body.span));
        }
    }

    fn end_path(&mut self) {
        self.state = State::unreachable();
    }

    fn assign(&mut self, local: Local) {
        self.state.open.remove(local.0);
    }
}
