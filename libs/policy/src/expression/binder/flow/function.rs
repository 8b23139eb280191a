//! Lambdas and local functions: what has to have a value when they are made or called, and what has one when they return.

use std::collections::BTreeMap;

use crate::expression::bound::{FunctionId, Local, Outer};
use crate::expression::span::Span;

use super::{Flow, Problem, Shared};

/// What calls of local functions do to the variables that they capture, by function.
#[derive(Debug, Default)]
pub(super) struct Effects(BTreeMap<u32, Effect>);

/// By number of the capture.
#[derive(Debug, Default, Clone)]
struct Effect {
    /// They are read before they are assigned.
    reads: Vec<u32>,
    /// They have a value whenever the function returns.
    assigns: Vec<u32>,
    /// It never returns.
    never_returns: bool,
}

impl Effects {
    /// Finds out what calls of a local function do.
    pub(super) fn find(&mut self, shared: Shared<'_, '_>, function: FunctionId) {
        let Some(found) = shared.unit.functions.get(function.0 as usize) else { return };
        // Its captures are told apart by names that no variable has.
        let open: BTreeMap<u32, (FunctionId, Local)> =
            (0..found.captures.len() as u32).map(|capture| (capture, (FunctionId(u32::MAX), Local(capture)))).collect();
        let mut problems = Vec::new();
        let mut flow = Flow::new(shared, found, function, &mut problems, self);
        flow.run(&open);
        let never_returns = flow.returned.is_unreachable && !found.is_iterator;
        let is_open = |capture: &u32| flow.returned.open.contains(flow.capture_number(*capture));
        let assigned = open.keys().copied().filter(|capture| !found.is_iterator && !is_open(capture));
        let assigns = assigned.collect();
        let reads = problems.iter().filter_map(|problem| match problem {
            Problem::Unassigned(FunctionId(u32::MAX), local, _) => Some(local.0),
            _ => None,
        });
        let effect = Effect { reads: reads.collect(), assigns, never_returns };
        self.0.insert(function.0, effect);
    }
}

impl<'u> Flow<'u, '_> {
    /// A lambda's body runs later, but only what is assigned now is certain in it. A local function that becomes a delegate may be called at once.
    pub(super) fn lambda(&mut self, function: FunctionId, captures: &[Outer], span: Span) {
        if self.shared.local_functions.contains(&function.0) {
            self.read_captures(function, captures, span);
            return;
        }
        let Some(found) = self.shared.unit.functions.get(function.0 as usize) else { return };
        let variable = |outer: &Outer| match outer {
            Outer::Local(local) => self.state.open.contains(local.0).then_some((self.id, *local)),
            Outer::Capture(capture) => {
                let is_open = self.state.open.contains(self.capture_number(capture.0));
                self.captured.get(&capture.0).copied().filter(|_| is_open)
            }
        };
        let numbered = captures.iter().enumerate();
        let open = numbered.filter_map(|(index, outer)| Some((index as u32, variable(outer)?))).collect();
        Flow::new(self.shared, found, function, self.problems, self.effects).run(&open);
    }

    /// A local function is called.
    pub(super) fn called(&mut self, function: FunctionId, captures: &[Outer], span: Span) {
        self.read_captures(function, captures, span);
        let effect = self.effect(function);
        if effect.never_returns {
            // Control flow does not know it, but behind it everything is as good as assigned.
            self.state.open.clear();
        }
        for capture in effect.assigns {
            match captures.get(capture as usize) {
                Some(Outer::Local(local)) => self.assign(*local),
                Some(Outer::Capture(capture)) => {
                    let number = self.capture_number(capture.0);
                    self.state.open.remove(number);
                }
                None => {}
            }
        }
    }

    fn read_captures(&mut self, function: FunctionId, captures: &[Outer], span: Span) {
        for capture in self.effect(function).reads {
            match captures.get(capture as usize) {
                Some(Outer::Local(local)) => self.read(*local, span),
                Some(Outer::Capture(capture)) => self.read_capture(capture.0, span),
                None => {}
            }
        }
    }

    /// What a call of a local function does. While that is not known yet, because it calls what is looked at, its call is taken for one that never
    /// returns: what the function assigns it has assigned on another way when it does.
    fn effect(&self, function: FunctionId) -> Effect {
        let unknown = || Effect { never_returns: true, ..Effect::default() };
        self.effects.0.get(&function.0).cloned().unwrap_or_else(unknown)
    }

    pub(super) fn read_capture(&mut self, capture: u32, span: Span) {
        let number = self.capture_number(capture);
        if self.state.open.remove(number)
            && let Some((function, local)) = self.captured.get(&capture).copied()
        {
            self.problems.push(Problem::Unassigned(function, local, span));
        }
    }
}
