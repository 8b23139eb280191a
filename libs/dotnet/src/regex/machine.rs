//! The matcher: runs a program with a stack of alternatives.
//!
//! State that changes along the way (captures, loop counters) is undone through entries of the same stack, so that going back to an
//! alternative restores what held there. There is no recursion; steps and stack have limits.

mod input;

use super::limits::{BACKTRACK_MAX, STEPS_MAX};
use super::program::{Bounds, Op, Program, Test};
use crate::{Exception, ExceptionType};

/// All captures of all slots of one match: start and end.
pub(super) type Captures = Vec<Vec<(u32, u32)>>;

/// The work that a call may still do; shared by all matches it looks for. A step takes some ten nanoseconds.
#[derive(Debug)]
pub struct Steps {
    given: u64,
    left: u64,
    /// With fewer left than this, a [`Finder`](super::Finder) pauses.
    pause_below: u64,
}

impl Default for Steps {
    /// As many as one call of a method of `Regex` may take.
    fn default() -> Steps {
        Steps::at_most(STEPS_MAX)
    }
}

impl Steps {
    /// As many as one call may take, and no more than `count`: who needs more gets the exception.
    #[must_use]
    pub fn at_most(count: u64) -> Steps {
        let given = count.min(STEPS_MAX);
        Steps { given, left: given, pause_below: 0 }
    }

    /// At most `count`, and a pause after about `turn` of them.
    #[must_use]
    pub fn with_pause(count: u64, turn: u64) -> Steps {
        let steps = Steps::at_most(count);
        Steps { pause_below: steps.given.saturating_sub(turn), ..steps }
    }

    /// How many can be taken.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.left
    }

    /// How many have been taken.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.given - self.left
    }

    fn is_turn_over(&self) -> bool {
        self.left < self.pause_below
    }

    pub(super) fn take(&mut self, count: u64) -> Result<(), Exception> {
        let left = self.left.checked_sub(count);
        self.left = left.unwrap_or_default();
        left.map(|_| ()).ok_or_else(timeout)
    }
}

/// The exception of a match that needs too much work.
pub(super) fn timeout() -> Exception {
    let message = "The Regex engine has timed out while trying to match a pattern to an input string. This can occur for many reasons, \
                   including very large inputs or excessive backtracking caused by nested quantifiers, back-references and other factors.";
    Exception::new(ExceptionType::RegexMatchTimeout, message)
}

/// State of a loop or a group that is being matched.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    count: u32,
    mark: u32,
}

/// An entry of the stack.
#[derive(Debug, Clone, Copy)]
enum Back {
    /// An alternative.
    Branch { at: u32, position: u32 },
    /// A greedy run that can give back units down to `low`.
    Shrink { at: u32, low: u32, position: u32 },
    /// A lazy run that can take up to `left` more units.
    Grow { at: u32, position: u32, left: u32 },
    /// A lazy loop that can do another iteration.
    Iterate { at: u32, position: u32 },
    /// Undoes a change of a cell.
    Cell { cell: u32, count: u32, mark: u32 },
    /// Undoes a capture.
    Captured { slot: u32 },
    /// Undoes the removal of a capture.
    Removed { slot: u32, start: u32, end: u32 },
    /// Undoes a `Guard`.
    Guard,
}

/// An open atomic group or look-around: height of the stack and position at its start.
#[derive(Debug, Clone, Copy)]
struct Guard {
    height: usize,
    position: usize,
}

/// A search under way, without what it searches for and in.
#[derive(Debug)]
pub(super) struct Search {
    /// Where the search began: `\G`.
    start: usize,
    /// Where a match is tried.
    from: usize,
    /// The trial has begun.
    trying: bool,
    position: usize,
    at: usize,
    cells: Vec<Cell>,
    captures: Captures,
    stack: Vec<Back>,
    guards: Vec<Guard>,
}

impl Search {
    pub(super) fn new(program: &Program, slot_count: usize, start: usize) -> Search {
        Search {
            start,
            from: start,
            trying: false,
            position: 0,
            at: 0,
            cells: vec![Cell::default(); program.cell_count],
            captures: vec![Vec::new(); slot_count],
            stack: Vec::new(),
            guards: Vec::new(),
        }
    }
}

/// What a search came to.
#[derive(Debug)]
pub(super) enum Found {
    Match(Captures),
    Nothing,
    /// The turn's steps are spent.
    Paused,
}

/// A matcher over one input.
pub(super) struct Machine<'p> {
    program: &'p Program,
    input: &'p [u16],
    search: &'p mut Search,
}

impl<'p> Machine<'p> {
    pub(super) fn new(program: &'p Program, input: &'p [u16], search: &'p mut Search) -> Machine<'p> {
        Machine { program, input, search }
    }

    /// The first match from the start of the search on, in the direction of the pattern.
    pub(super) fn find(&mut self, backward: bool, steps: &mut Steps) -> Result<Found, Exception> {
        loop {
            if !self.search.trying {
                if !backward {
                    match self.next_candidate(self.search.from, steps)? {
                        Some(candidate) => self.search.from = candidate,
                        None => return Ok(Found::Nothing),
                    }
                }
                self.begin();
            }
            match self.go_on(steps)? {
                None => return Ok(Found::Paused),
                Some(true) => return Ok(Found::Match(std::mem::take(&mut self.search.captures))),
                Some(false) => {}
            }
            self.search.trying = false;
            if backward {
                let Some(before) = self.search.from.checked_sub(1) else { return Ok(Found::Nothing) };
                self.search.from = before;
            } else {
                self.search.from += 1;
            }
        }
    }

    /// The next position where a match may begin.
    fn next_candidate(&self, from: usize, steps: &mut Steps) -> Result<Option<usize>, Exception> {
        if from > self.input.len() || self.program.anchored && from > 0 {
            return Ok(None);
        }
        let Some(first) = self.program.first else { return Ok(Some(from)) };
        let rest = self.input.get(from..).unwrap_or_default();
        let skipped = match first {
            Test::Is(unit) => rest.iter().position(|other| *other == unit),
            _ => rest.iter().position(|unit| self.program.accepts(first, *unit)),
        };
        steps.take(skipped.unwrap_or(rest.len()) as u64 / 8 + 1)?;
        Ok(skipped.map(|skipped| from + skipped))
    }

    fn begin(&mut self) {
        let search = &mut *self.search;
        search.trying = true;
        search.position = search.from;
        search.at = 0;
        search.stack.clear();
        search.guards.clear();
        search.captures.iter_mut().for_each(Vec::clear);
    }

    /// Whether there is a match where the trial began; `None` at the end of the turn.
    fn go_on(&mut self, steps: &mut Steps) -> Result<Option<bool>, Exception> {
        loop {
            if steps.is_turn_over() {
                return Ok(None);
            }
            steps.take(1)?;
            let Some(op) = self.program.ops.get(self.search.at).copied() else { return Ok(Some(false)) };
            if matches!(op, Op::Match) {
                return Ok(Some(true));
            }
            self.search.at += 1;
            if !self.step(op, steps)? && !self.backtrack(steps)? {
                return Ok(Some(false));
            }
        }
    }

    /// Runs one instruction. `false`: it does not match.
    fn step(&mut self, op: Op, steps: &mut Steps) -> Result<bool, Exception> {
        match op {
            Op::One { test, back } => return Ok(self.one(test, back)),
            Op::Literal { start, end, back } => return Ok(self.literal(start as usize, end as usize, back)),
            Op::Assert(assertion) => return Ok(self.holds(assertion)),
            Op::Split { other } => self.push(Back::Branch { at: other, position: narrow(self.search.position) })?,
            Op::Jump { to } => self.search.at = to as usize,
            Op::Run { test, min, max, lazy, back } => return self.run(test, Bounds { min, max, lazy }, back, steps),
            Op::LoopStart { cell } => self.set_cell(cell, Cell { count: 0, mark: u32::MAX })?,
            Op::LoopNext { cell, bounds, exit } => self.loop_next(cell, bounds, exit)?,
            Op::Open { cell } => self.set_cell(cell, Cell { count: 0, mark: narrow(self.search.position) })?,
            Op::Close { cell, slots } => return self.close(cell, slots),
            Op::Backreference { slot, ignore_case, back } => {
                return self.backreference(slot, ignore_case, back, steps);
            }
            Op::GroupCondition { slot, no } => {
                if self.last_capture(slot).is_none() {
                    self.search.at = no as usize;
                }
            }
            Op::Guard => self.guard(self.search.stack.len())?,
            Op::GuardOr { other } => {
                let height = self.search.stack.len();
                self.push(Back::Branch { at: other, position: narrow(self.search.position) })?;
                self.guard(height)?;
            }
            Op::Commit => {
                self.commit();
            }
            Op::CommitBack | Op::Accept => {
                if let Some(guard) = self.commit() {
                    self.search.position = guard.position;
                }
            }
            Op::Refuse => {
                self.refuse();
                return Ok(false);
            }
            Op::Match => return Ok(false),
        }
        Ok(true)
    }

    fn push(&mut self, entry: Back) -> Result<(), Exception> {
        if self.search.stack.len() >= BACKTRACK_MAX {
            return Err(timeout());
        }
        self.search.stack.push(entry);
        Ok(())
    }

    fn run(&mut self, test: Test, bounds: Bounds, back: bool, steps: &mut Steps) -> Result<bool, Exception> {
        let (min, max) = (bounds.min as usize, bounds.max as usize);
        let count = self.count(test, back, if bounds.lazy { min } else { max });
        steps.take(count as u64 / 8)?;
        if count < min {
            return Ok(false);
        }
        let from = self.search.position;
        let moved = |count: usize| if back { from - count } else { from + count };
        self.search.position = moved(count);
        let at = narrow(self.search.at - 1);
        if bounds.lazy {
            if max > min {
                let left = bounds.max - bounds.min;
                self.push(Back::Grow { at, position: narrow(self.search.position), left })?;
            }
        } else if count > min {
            self.push(Back::Shrink { at, low: narrow(moved(min)), position: narrow(self.search.position) })?;
        }
        Ok(true)
    }

    fn set_cell(&mut self, cell: u32, value: Cell) -> Result<(), Exception> {
        let Some(current) = self.search.cells.get_mut(cell as usize) else { return Ok(()) };
        let old = std::mem::replace(current, value);
        self.push(Back::Cell { cell, count: old.count, mark: old.mark })
    }

    fn loop_next(&mut self, cell: u32, bounds: u32, exit: u32) -> Result<(), Exception> {
        let state = self.search.cells.get(cell as usize).copied().unwrap_or_default();
        let Some(bounds) = self.program.bounds.get(bounds as usize).copied() else { return Ok(()) };
        let position = narrow(self.search.position);
        if state.count >= bounds.min {
            let was_empty = state.count > 0 && state.mark == position;
            if state.count >= bounds.max || was_empty {
                self.search.at = exit as usize;
                return Ok(());
            }
            if bounds.lazy {
                self.push(Back::Iterate { at: narrow(self.search.at - 1), position })?;
                self.search.at = exit as usize;
                return Ok(());
            }
            self.push(Back::Branch { at: exit, position })?;
        }
        self.set_cell(cell, Cell { count: state.count + 1, mark: position })
    }

    fn last_capture(&self, slot: u32) -> Option<(u32, u32)> {
        self.search.captures.get(slot as usize)?.last().copied()
    }

    fn close(&mut self, cell: u32, slots: u32) -> Result<bool, Exception> {
        let begun = self.search.cells.get(cell as usize).copied().unwrap_or_default().mark;
        let here = narrow(self.search.position);
        let (mut start, mut end) = (begun.min(here), begun.max(here));
        let (slot, balance) = self.program.closes.get(slots as usize).copied().unwrap_or_default();
        if let Some(balance) = balance {
            let Some((other_start, other_end)) = self.last_capture(balance) else { return Ok(false) };
            // The new capture is what lies between the two, or their common part.
            (start, end) = if start >= other_end {
                (other_end, start)
            } else if end <= other_start {
                (end, other_start)
            } else {
                (start.max(other_start), end.min(other_end))
            };
            if let Some(captures) = self.search.captures.get_mut(balance as usize) {
                captures.pop();
            }
            self.push(Back::Removed { slot: balance, start: other_start, end: other_end })?;
        }
        if let Some(slot) = slot {
            if let Some(captures) = self.search.captures.get_mut(slot as usize) {
                captures.push((start, end));
            }
            self.push(Back::Captured { slot })?;
        }
        Ok(true)
    }

    fn guard(&mut self, height: usize) -> Result<(), Exception> {
        self.search.guards.push(Guard { height, position: self.search.position });
        self.push(Back::Guard)
    }

    /// Leaves the innermost guard: forgets alternatives since its start, keeps what undoes captures.
    fn commit(&mut self) -> Option<Guard> {
        let guard = self.search.guards.pop()?;
        let mut kept = guard.height;
        for index in guard.height..self.search.stack.len() {
            if let Some(entry) = self.search.stack.get(index).copied()
                && matches!(entry, Back::Captured { .. } | Back::Removed { .. })
                && let Some(place) = self.search.stack.get_mut(kept)
            {
                *place = entry;
                kept += 1;
            }
        }
        self.search.stack.truncate(kept);
        Some(guard)
    }

    /// Undoes everything since the innermost guard, and forgets the alternative that it stands for.
    fn refuse(&mut self) {
        let Some(guard) = self.search.guards.last().copied() else { return };
        while self.search.stack.len() > guard.height {
            if let Some(entry) = self.search.stack.pop() {
                self.undo(entry);
            }
        }
    }

    /// Undoes a change; alternatives are no changes.
    fn undo(&mut self, entry: Back) {
        match entry {
            Back::Cell { cell, count, mark } => {
                if let Some(current) = self.search.cells.get_mut(cell as usize) {
                    *current = Cell { count, mark };
                }
            }
            Back::Captured { slot } => {
                if let Some(captures) = self.search.captures.get_mut(slot as usize) {
                    captures.pop();
                }
            }
            Back::Removed { slot, start, end } => {
                if let Some(captures) = self.search.captures.get_mut(slot as usize) {
                    captures.push((start, end));
                }
            }
            Back::Guard => {
                self.search.guards.pop();
            }
            Back::Branch { .. } | Back::Shrink { .. } | Back::Grow { .. } | Back::Iterate { .. } => {}
        }
    }

    /// Goes back to the last alternative. `false`: there is none.
    fn backtrack(&mut self, steps: &mut Steps) -> Result<bool, Exception> {
        while let Some(entry) = self.search.stack.pop() {
            steps.take(1)?;
            match entry {
                Back::Branch { at, position } => {
                    self.search.at = at as usize;
                    self.search.position = position as usize;
                    return Ok(true);
                }
                Back::Shrink { at, low, position } => {
                    self.shrink(at, low, position)?;
                    return Ok(true);
                }
                Back::Grow { at, position, left } => {
                    if self.grow(at, position, left)? {
                        return Ok(true);
                    }
                }
                Back::Iterate { at, position } => {
                    self.search.position = position as usize;
                    self.search.at = at as usize + 1;
                    if let Some(Op::LoopNext { cell, .. }) = self.program.ops.get(at as usize).copied() {
                        let count = self.search.cells.get(cell as usize).copied().unwrap_or_default().count;
                        self.set_cell(cell, Cell { count: count + 1, mark: position })?;
                    }
                    return Ok(true);
                }
                entry => self.undo(entry),
            }
        }
        Ok(false)
    }

    fn shrink(&mut self, at: u32, low: u32, position: u32) -> Result<(), Exception> {
        let shorter = if low > position { position + 1 } else { position - 1 };
        if shorter != low {
            self.push(Back::Shrink { at, low, position: shorter })?;
        }
        self.search.position = shorter as usize;
        self.search.at = at as usize + 1;
        Ok(())
    }

    fn grow(&mut self, at: u32, position: u32, left: u32) -> Result<bool, Exception> {
        let Some(Op::Run { test, back, .. }) = self.program.ops.get(at as usize).copied() else { return Ok(false) };
        self.search.position = position as usize;
        if !self.one(test, back) {
            return Ok(false);
        }
        if left > 1 {
            self.push(Back::Grow { at, position: narrow(self.search.position), left: left - 1 })?;
        }
        self.search.at = at as usize + 1;
        Ok(true)
    }
}

#[allow(clippy::cast_possible_truncation, reason = "inputs and programs are shorter than 2^32 (limits.rs)")]
fn narrow(value: usize) -> u32 {
    value as u32
}
