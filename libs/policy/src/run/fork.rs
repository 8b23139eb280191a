//! The parts of `wait`, run at the same time on one thread: each runs until it needs something that takes time and does not touch the
//! exchange; when all of them wait, everything they wait for is asked for at once.
//!
//! What must hold: one part runs at a time, with its own place, values, loops and `cache-value` blocks; a part that needs something of the exchange keeps the turn
//! until it has it; parts of a `wait` inside another one run one after the other.

use smallvec::SmallVec;

use super::{Phase, Run};
use crate::effect::{Effect, Outcome};
use crate::expression::value::Value;
use crate::policies::{PendingValue, Retry};
use crate::policy::Policy;
use crate::program::Instruction;

/// Parts being run at the same time.
#[derive(Debug)]
pub(super) struct Fork {
    strands: Vec<Strand>,
    /// The one that has the turn.
    current: Option<usize>,
    /// The instruction behind the parts.
    end: u32,
    /// The first part to end ends all.
    any: bool,
}

#[derive(Debug)]
struct Strand {
    state: StrandState,
    next: u32,
    end: u32,
    phase: Phase,
    values: Vec<Value>,
    late: Option<Box<dyn Policy>>,
    retries: SmallVec<[Retry; 1]>,
    places: SmallVec<[u128; 1]>,
    pending_values: SmallVec<[PendingValue; 1]>,
}

#[derive(Debug)]
enum StrandState {
    Runnable,
    /// Waits for this to be asked for.
    Wants(Effect),
    /// Waits for what was asked for.
    Asked,
    Has(Outcome),
    Done,
}

/// Who goes on.
pub(super) enum Turn {
    /// The part in its place now.
    Run,
    /// The same, with the outcome it waited for.
    Outcome(Outcome),
    /// Nobody: all of them wait for this.
    Perform(Effect),
}

impl Run {
    /// Begins the parts whose heads are linked from `start` on. Inside another fork they run one after the other instead.
    pub(super) fn fork(&mut self, start: u32, instructions: &[Instruction], any: bool) {
        let target = |at: u32| instructions.get(at as usize).map_or(0, |instruction| instruction.target);
        if self.fork.is_some() {
            return self.go_to(start + 1);
        }
        let mut strands = Vec::new();
        let mut head = target(start);
        // Every link leads forward, so that this ends.
        while target(head) > head {
            strands.push(Strand::new(head + 1, target(head)));
            head = target(head);
        }
        self.go_to(head);
        if !strands.is_empty() {
            self.fork = Some(Box::new(Fork { strands, current: None, end: head, any }));
        }
    }

    /// Whether the part that had the turn has ended, or given it up.
    pub(super) fn must_turn(&self) -> bool {
        let Some(fork) = &self.fork else { return false };
        fork.current.and_then(|current| fork.strands.get(current)).is_none_or(|strand| self.next >= strand.end)
    }

    /// Gives the turn up until `effect` is done.
    pub(super) fn park(&mut self, effect: Effect) {
        let Some(mut fork) = self.fork.take() else { return };
        if let Some(strand) = fork.current.take().and_then(|current| fork.strands.get_mut(current)) {
            self.swap(strand);
            strand.state = StrandState::Wants(effect);
        }
        self.fork = Some(fork);
    }

    /// Takes the outcomes of what all parts waited for.
    pub(super) fn deliver(&mut self, outcomes: Vec<Option<Outcome>>) {
        let Some(fork) = &mut self.fork else { return };
        let asked = fork.strands.iter_mut().filter(|strand| matches!(strand.state, StrandState::Asked));
        // An outcome that is missing stands for a part that was broken off.
        for (strand, outcome) in asked.zip(outcomes.into_iter().chain(std::iter::repeat_with(|| None))) {
            strand.state = outcome.map_or(StrandState::Done, StrandState::Has);
        }
    }

    /// Gives the turn to the next part that can go on; behind the last one the fork is over.
    pub(super) fn turn(&mut self) -> Turn {
        let Some(mut fork) = self.fork.take() else { return Turn::Run };
        if let Some(strand) = fork.current.take().and_then(|current| fork.strands.get_mut(current)) {
            self.swap(strand);
            strand.state = StrandState::Done;
            if fork.any {
                self.go_to(fork.end);
                return Turn::Run;
            }
        }
        let ready = |strand: &Strand| matches!(strand.state, StrandState::Runnable | StrandState::Has(_));
        if let Some(index) = fork.strands.iter().position(ready)
            && let Some(strand) = fork.strands.get_mut(index)
        {
            self.swap(strand);
            let turn = match std::mem::replace(&mut strand.state, StrandState::Runnable) {
                StrandState::Has(outcome) => Turn::Outcome(outcome),
                _ => Turn::Run,
            };
            fork.current = Some(index);
            self.fork = Some(fork);
            return turn;
        }
        let mut effects = Vec::new();
        for strand in &mut fork.strands {
            if let StrandState::Wants(_) = strand.state
                && let StrandState::Wants(effect) = std::mem::replace(&mut strand.state, StrandState::Asked)
            {
                effects.push(effect);
            }
        }
        if effects.is_empty() {
            self.go_to(fork.end);
            return Turn::Run;
        }
        let any = fork.any;
        self.fork = Some(fork);
        Turn::Perform(Effect::Parallel { effects, any })
    }

    /// Exchanges what is running with what is kept in a strand.
    fn swap(&mut self, strand: &mut Strand) {
        std::mem::swap(&mut self.next, &mut strand.next);
        std::mem::swap(&mut self.phase, &mut strand.phase);
        std::mem::swap(&mut self.values, &mut strand.values);
        std::mem::swap(&mut self.state.late, &mut strand.late);
        std::mem::swap(&mut self.state.retries, &mut strand.retries);
        std::mem::swap(&mut self.state.places, &mut strand.places);
        std::mem::swap(&mut self.state.pending_values, &mut strand.pending_values);
    }
}

impl Strand {
    fn new(next: u32, end: u32) -> Strand {
        Strand {
            state: StrandState::Runnable,
            next,
            end,
            phase: Phase::Values(0),
            values: Vec::new(),
            late: None,
            retries: SmallVec::new(),
            places: SmallVec::new(),
            pending_values: SmallVec::new(),
        }
    }
}
