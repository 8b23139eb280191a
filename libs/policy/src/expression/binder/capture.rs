//! Captures of local functions. A local function may be called before its body is bound, so what it captures is known only when all is bound:
//! then whoever calls it gets its captures, too, and every call is told where they are.

use std::collections::HashMap;

use crate::expression::bound::{BoundFunction, BoundKind, BoundUnit, Capture, FunctionId, Local, Outer};

use super::function::LocalFunctionInfo;
use super::visit;

/// A variable, by the function that declares it.
type Variable = (FunctionId, Local);

/// Completes the captures of all functions and calls.
pub(super) fn complete(unit: &mut BoundUnit, local_functions: &[LocalFunctionInfo]) {
    if local_functions.is_empty() {
        return;
    }
    let mut completion = Completion::new(unit, local_functions);
    completion.spread(unit);
    for index in 0..unit.functions.len() {
        let function = FunctionId(index as u32);
        let Some(found) = unit.functions.get_mut(index) else { continue };
        let mut body = std::mem::replace(&mut found.body, super::empty().body);
        visit::statement(&mut body, &mut |value| {
            if let BoundKind::Lambda { function: callee, captures }
            | BoundKind::CallFunction { function: callee, captures, .. } = &mut value.kind
            {
                let wanted = completion.variables.get(&callee.0).cloned().unwrap_or_default();
                *captures = wanted.into_iter().map(|variable| completion.reach(function, variable)).collect();
            }
        });
        if let Some(found) = unit.functions.get_mut(index) {
            found.body = body;
        }
    }
    for (index, variables) in &completion.variables {
        let parent = completion.parents.get(index).copied().unwrap_or(FunctionId(0));
        let captures = variables.iter().map(|variable| completion.reach(parent, *variable)).collect();
        if let Some(function) = unit.functions.get_mut(*index as usize) {
            function.captures = captures;
        }
    }
}

struct Completion {
    /// The function around each function.
    parents: HashMap<u32, FunctionId>,
    /// Functions that each function calls or makes delegates of.
    references: Vec<(FunctionId, FunctionId)>,
    /// What each function captures, in the order of its captures.
    variables: HashMap<u32, Vec<Variable>>,
}

impl Completion {
    fn new(unit: &mut BoundUnit, local_functions: &[LocalFunctionInfo]) -> Completion {
        let mut parents: HashMap<u32, FunctionId> =
            local_functions.iter().map(|function| (function.id.0, function.parent)).collect();
        let mut references = Vec::new();
        for (index, function) in unit.functions.iter_mut().enumerate() {
            let outer = FunctionId(index as u32);
            visit::statement(&mut function.body, &mut |value| {
                if let BoundKind::Lambda { function, .. } | BoundKind::CallFunction { function, .. } = &value.kind {
                    references.push((outer, *function));
                    parents.entry(function.0).or_insert(outer);
                }
            });
        }
        let mut completion = Completion { parents, references, variables: HashMap::new() };
        for (index, function) in unit.functions.iter().enumerate() {
            let variables = (0..function.captures.len())
                .filter_map(|capture| completion.resolve(unit, index as u32, capture))
                .collect();
            completion.variables.insert(index as u32, variables);
        }
        completion
    }

    /// Which variable a capture is.
    fn resolve(&self, unit: &BoundUnit, function: u32, capture: usize) -> Option<Variable> {
        let (mut function, mut capture) = (function, capture);
        // Each step goes one function outwards.
        for _ in 0..=unit.functions.len() {
            let parent = *self.parents.get(&function)?;
            match unit.functions.get(function as usize)?.captures.get(capture)? {
                Outer::Local(local) => return Some((parent, *local)),
                Outer::Capture(outer) => {
                    function = parent.0;
                    capture = outer.0 as usize;
                }
            }
        }
        None
    }

    /// Whoever uses a function captures what it captures, unless it is its own; so does every function in between.
    fn spread(&mut self, unit: &mut BoundUnit) {
        loop {
            let mut has_changed = false;
            for (user, used) in self.references.clone() {
                for variable in self.variables.get(&used.0).cloned().unwrap_or_default() {
                    has_changed |= self.require(user, variable, unit.functions.len());
                    if let Some(local) = unit
                        .functions
                        .get_mut(variable.0.0 as usize)
                        .and_then(|owner: &mut BoundFunction| owner.locals.get_mut(variable.1.0 as usize))
                    {
                        local.is_captured = true;
                    }
                }
            }
            if !has_changed {
                return;
            }
        }
    }

    /// Adds a variable to what a function and those around it capture. Whether something changed.
    fn require(&mut self, function: FunctionId, variable: Variable, depth_max: usize) -> bool {
        let mut current = function;
        let mut has_changed = false;
        for _ in 0..=depth_max {
            if current == variable.0 {
                break;
            }
            let known = self.variables.entry(current.0).or_default();
            if !known.contains(&variable) {
                known.push(variable);
                has_changed = true;
            }
            match self.parents.get(&current.0) {
                Some(parent) => current = *parent,
                None => break,
            }
        }
        has_changed
    }

    /// Where a variable is, seen from a function.
    fn reach(&self, function: FunctionId, variable: Variable) -> Outer {
        if function == variable.0 {
            return Outer::Local(variable.1);
        }
        let known = self.variables.get(&function.0);
        let index = known.and_then(|known| known.iter().position(|found| *found == variable)).unwrap_or(0);
        Outer::Capture(Capture(index as u32))
    }
}
