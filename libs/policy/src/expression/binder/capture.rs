//! Captures of local functions. A local function may be called before its body is bound, so what it captures is known only when all is bound:
//! then whoever calls it gets its captures, too, and every call is told where they are.

use std::collections::{HashMap, HashSet};

use crate::expression::bound::{BoundKind, BoundUnit, Capture, FunctionId, Local, Outer};
use crate::expression::limits;

use super::function::LocalFunctionInfo;
use super::visit;

/// A variable: numbers of the function that declares it and of the local.
type Variable = (u32, u32);

/// More captures than a unit may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooMany;

/// Completes the captures of all functions and calls. Gives the functions in an order in which each comes behind those it uses, unless these use
/// it, too.
///
/// # Errors
/// Functions that call each other and capture much multiply beyond [`limits::CAPTURES_MAX`].
pub(super) fn complete(unit: &mut BoundUnit, local_functions: &[LocalFunctionInfo]) -> Result<Vec<u32>, TooMany> {
    if local_functions.is_empty() {
        return Ok(Vec::new());
    }
    let mut completion = Completion::new(unit, local_functions)?;
    completion.spread()?;
    for (owner, local) in completion.indexes.keys().map(|(_, variable)| *variable) {
        let found = unit.functions.get_mut(owner as usize).and_then(|owner| owner.locals.get_mut(local as usize));
        if let Some(found) = found {
            found.is_captured = true;
        }
    }
    let mut written = 0;
    for (index, function) in unit.functions.iter_mut().enumerate() {
        let index = index as u32;
        visit::statement(&mut function.body, &mut |value| {
            if let BoundKind::Lambda { function: callee, captures }
            | BoundKind::CallFunction { function: callee, captures, .. } = &mut value.kind
            {
                let wanted = completion.variables.get(&callee.0).map_or(&[][..], Vec::as_slice);
                written += wanted.len();
                if written <= limits::CAPTURES_MAX {
                    *captures = wanted.iter().map(|variable| completion.reach(index, *variable)).collect();
                }
            }
        });
        if let Some(variables) = completion.variables.get(&index) {
            let parent = completion.parents.get(&index).map_or(0, |parent| parent.0);
            function.captures = variables.iter().map(|variable| completion.reach(parent, *variable)).collect();
        }
    }
    if written > limits::CAPTURES_MAX { Err(TooMany) } else { Ok(completion.used_first(unit.functions.len())) }
}

struct Completion {
    /// The function around each function.
    parents: HashMap<u32, FunctionId>,
    /// For each function those that call it or make delegates of it.
    users: HashMap<u32, HashSet<u32>>,
    /// What each function captures, in the order of its captures.
    variables: HashMap<u32, Vec<Variable>>,
    /// Where in that order.
    indexes: HashMap<(u32, Variable), u32>,
    /// What its users do not know yet.
    news: Vec<(u32, Variable)>,
}

impl Completion {
    fn new(unit: &mut BoundUnit, local_functions: &[LocalFunctionInfo]) -> Result<Completion, TooMany> {
        let mut completion = Completion {
            parents: local_functions
                .iter()
                .flat_map(|function| function.ids().map(|id| (id.0, function.parent)))
                .collect(),
            users: HashMap::new(),
            variables: HashMap::new(),
            indexes: HashMap::new(),
            news: Vec::new(),
        };
        for (index, function) in unit.functions.iter_mut().enumerate() {
            let outer = FunctionId(index as u32);
            visit::statement(&mut function.body, &mut |value| {
                if let BoundKind::Lambda { function, .. } | BoundKind::CallFunction { function, .. } = &value.kind {
                    completion.users.entry(function.0).or_default().insert(outer.0);
                    completion.parents.entry(function.0).or_insert(outer);
                }
            });
        }
        for (index, function) in unit.functions.iter().enumerate() {
            for capture in 0..function.captures.len() {
                if let Some(variable) = completion.resolve(unit, index as u32, capture) {
                    completion.add(index as u32, variable)?;
                }
            }
        }
        Ok(completion)
    }

    /// All functions, those that are used in front of those that use them.
    fn used_first(&self, count: usize) -> Vec<u32> {
        let mut used: Vec<Vec<u32>> = vec![Vec::new(); count];
        for (callee, users) in &self.users {
            for user in users {
                if let Some(used) = used.get_mut(*user as usize) {
                    used.push(*callee);
                }
            }
        }
        used.iter_mut().for_each(|used| used.sort_unstable());
        let mut order = Vec::with_capacity(count);
        let mut is_known = vec![false; count];
        for root in 0..count as u32 {
            // Functions under way, each with how many of those it uses have been looked at.
            let mut path = vec![(root, 0)];
            while let Some((function, next)) = path.last_mut() {
                let known = is_known.get_mut(*function as usize);
                if *next == 0 && known.is_none_or(|known| std::mem::replace(known, true)) {
                    path.pop();
                    continue;
                }
                let callee = used.get(*function as usize).and_then(|used| used.get(*next)).copied();
                *next += 1;
                match callee {
                    Some(callee) => path.push((callee, 0)),
                    None => {
                        order.push(*function);
                        path.pop();
                    }
                }
            }
        }
        order
    }

    /// Which variable a capture is.
    fn resolve(&self, unit: &BoundUnit, function: u32, capture: usize) -> Option<Variable> {
        let (mut function, mut capture) = (function, capture);
        // Each step goes one function outwards.
        for _ in 0..=unit.functions.len() {
            let parent = self.parents.get(&function)?.0;
            match unit.functions.get(function as usize)?.captures.get(capture)? {
                Outer::Local(local) => return Some((parent, local.0)),
                Outer::Capture(outer) => {
                    function = parent;
                    capture = outer.0 as usize;
                }
            }
        }
        None
    }

    /// Whoever uses a function captures what it captures, unless it is its own.
    fn spread(&mut self) -> Result<(), TooMany> {
        while let Some((used, variable)) = self.news.pop() {
            let users: Vec<u32> = self.users.get(&used).into_iter().flatten().copied().collect();
            for user in users {
                // So does every function in between.
                let mut current = user;
                while current != variable.0 && self.add(current, variable)? {
                    match self.parents.get(&current) {
                        Some(parent) => current = parent.0,
                        None => break,
                    }
                }
            }
        }
        Ok(())
    }

    /// Adds a variable to what a function captures; whether that was new.
    fn add(&mut self, function: u32, variable: Variable) -> Result<bool, TooMany> {
        if self.indexes.contains_key(&(function, variable)) {
            return Ok(false);
        }
        if self.indexes.len() >= limits::CAPTURES_MAX {
            return Err(TooMany);
        }
        let known = self.variables.entry(function).or_default();
        known.push(variable);
        self.indexes.insert((function, variable), known.len() as u32 - 1);
        self.news.push((function, variable));
        Ok(true)
    }

    /// Where a variable is, seen from a function.
    fn reach(&self, function: u32, variable: Variable) -> Outer {
        if function == variable.0 {
            return Outer::Local(Local(variable.1));
        }
        Outer::Capture(Capture(self.indexes.get(&(function, variable)).copied().unwrap_or(0)))
    }
}
