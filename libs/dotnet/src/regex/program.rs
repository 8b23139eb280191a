//! Trees to programs: the instructions of the matcher.
//!
//! A program is a flat list; groups and loops keep their state in numbered cells. Instructions that move read forward, or backward when
//! `back` is set.

use super::class::CharClass;
use super::tree::{Assertion, Node, One, UNBOUNDED};

/// One instruction. Without another destination the next one follows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Op {
    /// The match is complete.
    Match,
    One {
        test: Test,
        back: bool,
    },
    /// A slice of the literals.
    Literal {
        start: u32,
        end: u32,
        back: bool,
    },
    Assert(Assertion),
    /// Tries what follows; on failure goes on at `other`.
    Split {
        other: u32,
    },
    Jump {
        to: u32,
    },
    /// Repeats a single unit without instructions of its own.
    Run {
        test: Test,
        min: u32,
        max: u32,
        lazy: bool,
        back: bool,
    },
    LoopStart {
        cell: u32,
    },
    /// Begins an iteration or leaves to `exit`.
    LoopNext {
        cell: u32,
        bounds: u32,
        exit: u32,
    },
    /// Remembers the position where a group begins.
    Open {
        cell: u32,
    },
    Close {
        cell: u32,
        slots: u32,
    },
    Backreference {
        slot: u32,
        ignore_case: bool,
        back: bool,
    },
    GroupCondition {
        slot: u32,
        no: u32,
    },
    /// Begins an atomic group or look-around.
    Guard,
    /// Ends an atomic group: forgets its alternatives.
    Commit,
    /// Ends a positive look-around: also returns to its start.
    CommitBack,
    /// Begins a negative look-around or the test of a condition; goes on at `other` if it fails.
    GuardOr {
        other: u32,
    },
    /// Ends a negative look-around that has matched: fails.
    Refuse,
    /// Ends the test of a condition: forgets `GuardOr` and all alternatives, returns to the start.
    Accept,
}

/// Which unit `One` and `Run` take.
#[derive(Debug, Clone, Copy)]
pub(super) enum Test {
    Any,
    NotNewline,
    Is(u16),
    Either(u16, u16),
    Class(u32),
}

/// Least and greatest count of a loop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) min: u32,
    pub(super) max: u32,
    pub(super) lazy: bool,
}

/// A compiled pattern.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub(super) ops: Vec<Op>,
    pub(super) literals: Vec<u16>,
    pub(super) classes: Vec<CharClass>,
    pub(super) bounds: Vec<Bounds>,
    /// Capturing and balanced slot of each `Close`.
    pub(super) closes: Vec<(Option<u32>, Option<u32>)>,
    pub(super) cell_count: usize,
    /// Whether a match can begin only where the search begins in the input: the pattern starts with `\A` or `^`.
    pub(super) anchored: bool,
    /// A test for the first unit of every match, when there is one.
    pub(super) first: Option<Test>,
}

/// Compiles a tree that matches from left to right, or from right to left.
pub(super) fn compile(root: &Node) -> Program {
    let mut program = Program::default();
    program.node(root);
    program.ops.push(Op::Match);
    program.anchored = starts_anchored(root);
    program.first = program.first_test();
    program
}

impl Program {
    pub(super) fn accepts(&self, test: Test, unit: u16) -> bool {
        match test {
            Test::Any => true,
            Test::NotNewline => unit != 0x0a,
            Test::Is(expected) => unit == expected,
            Test::Either(first, second) => unit == first || unit == second,
            Test::Class(index) => self.classes.get(index as usize).is_some_and(|class| class.matches(unit)),
        }
    }

    fn here(&self) -> u32 {
        index(self.ops.len())
    }

    /// Adds an instruction whose destination is filled in later.
    fn hole(&mut self, op: Op) -> usize {
        self.ops.push(op);
        self.ops.len() - 1
    }

    /// Lets the instruction at `hole` go here.
    fn fill(&mut self, hole: usize) {
        let here = self.here();
        if let Some(
            Op::Split { other: to }
            | Op::Jump { to }
            | Op::LoopNext { exit: to, .. }
            | Op::GroupCondition { no: to, .. }
            | Op::GuardOr { other: to },
        ) = self.ops.get_mut(hole)
        {
            *to = here;
        }
    }

    fn cell(&mut self) -> u32 {
        self.cell_count += 1;
        index(self.cell_count - 1)
    }

    fn test(&mut self, one: &One) -> Test {
        match one {
            One::Any => Test::Any,
            One::NotNewline => Test::NotNewline,
            One::Is(unit) => Test::Is(*unit),
            One::Either(first, second) => Test::Either(*first, *second),
            One::Class(class) => {
                self.classes.push((**class).clone());
                Test::Class(index(self.classes.len() - 1))
            }
        }
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Empty => {}
            Node::Unit { one, backward } => {
                let test = self.test(one);
                self.ops.push(Op::One { test, back: *backward });
            }
            Node::Literal { units, backward } => {
                let start = index(self.literals.len());
                self.literals.extend_from_slice(units);
                let end = index(self.literals.len());
                self.ops.push(Op::Literal { start, end, back: *backward });
            }
            Node::Concatenation(parts) => parts.iter().for_each(|part| self.node(part)),
            Node::Alternation(branches) => self.alternation(branches),
            Node::Assertion(assertion) => self.ops.push(Op::Assert(*assertion)),
            Node::Repeat { body, min, max, lazy } => {
                self.repeat(body, Bounds { min: *min, max: *max, lazy: *lazy });
            }
            Node::Capture { body, slot, balance } => self.capture(body, *slot, *balance),
            Node::Atomic(body) => {
                self.ops.push(Op::Guard);
                self.node(body);
                self.ops.push(Op::Commit);
            }
            Node::Look { body, negative } => self.look(body, *negative),
            Node::Backreference { slot, ignore_case, backward } => {
                self.ops.push(Op::Backreference { slot: *slot, ignore_case: *ignore_case, back: *backward });
            }
            Node::GroupCondition { slot, yes, no } => {
                let hole = self.hole(Op::GroupCondition { slot: *slot, no: 0 });
                self.branches(hole, yes, no);
            }
            Node::Condition { test, yes, no } => {
                let hole = self.hole(Op::GuardOr { other: 0 });
                self.node(test);
                self.ops.push(Op::Accept);
                self.branches(hole, yes, no);
            }
        }
    }

    fn branches(&mut self, hole: usize, yes: &Node, no: &Node) {
        self.node(yes);
        let end = self.hole(Op::Jump { to: 0 });
        self.fill(hole);
        self.node(no);
        self.fill(end);
    }

    fn alternation(&mut self, branches: &[Node]) {
        let mut ends = Vec::new();
        for (position, branch) in branches.iter().enumerate() {
            if position + 1 == branches.len() {
                self.node(branch);
                break;
            }
            let split = self.hole(Op::Split { other: 0 });
            self.node(branch);
            ends.push(self.hole(Op::Jump { to: 0 }));
            self.fill(split);
        }
        for end in ends {
            self.fill(end);
        }
    }

    fn capture(&mut self, body: &Node, slot: Option<u32>, balance: Option<u32>) {
        let cell = self.cell();
        self.ops.push(Op::Open { cell });
        self.node(body);
        self.closes.push((slot, balance));
        self.ops.push(Op::Close { cell, slots: index(self.closes.len() - 1) });
    }

    fn look(&mut self, body: &Node, negative: bool) {
        if !negative {
            self.ops.push(Op::Guard);
            self.node(body);
            self.ops.push(Op::CommitBack);
            return;
        }
        let hole = self.hole(Op::GuardOr { other: 0 });
        self.node(body);
        self.ops.push(Op::Refuse);
        self.fill(hole);
    }

    fn repeat(&mut self, body: &Node, bounds: Bounds) {
        let Bounds { min, max, lazy } = bounds;
        if let Node::Unit { one, backward } = body {
            let test = self.test(one);
            self.ops.push(Op::Run { test, min, max, lazy, back: *backward });
            return;
        }
        if !body.may_be_empty() && max == UNBOUNDED && min <= 1 && !lazy {
            return self.simple_loop(body, min);
        }
        let cell = self.cell();
        self.ops.push(Op::LoopStart { cell });
        self.bounds.push(bounds);
        let head = self.here();
        let next = self.hole(Op::LoopNext { cell, bounds: index(self.bounds.len() - 1), exit: 0 });
        self.node(body);
        self.ops.push(Op::Jump { to: head });
        self.fill(next);
    }

    /// `(ab)*` and `(ab)+` need neither a counter nor a check for empty iterations.
    fn simple_loop(&mut self, body: &Node, min: u32) {
        let head = self.here();
        if min == 0 {
            let split = self.hole(Op::Split { other: 0 });
            self.node(body);
            self.ops.push(Op::Jump { to: head });
            self.fill(split);
        } else {
            self.node(body);
            let split = self.hole(Op::Split { other: 0 });
            self.ops.push(Op::Jump { to: head });
            self.fill(split);
        }
    }

    /// Looks for a unit that every match begins with.
    fn first_test(&self) -> Option<Test> {
        for op in &self.ops {
            match op {
                Op::Open { .. } | Op::Guard => {}
                Op::Assert(Assertion::Boundary | Assertion::EcmaBoundary) => {}
                Op::One { test, back: false } => return Some(*test),
                Op::Run { test, min, back: false, .. } if *min > 0 => return Some(*test),
                Op::Literal { start, back: false, .. } => {
                    return self.literals.get(*start as usize).map(|unit| Test::Is(*unit));
                }
                _ => return None,
            }
        }
        None
    }
}

/// Whether every match begins with `\A` or `^` without Multiline.
fn starts_anchored(node: &Node) -> bool {
    match node {
        Node::Assertion(assertion) => *assertion == Assertion::Beginning,
        Node::Concatenation(parts) => parts.first().is_some_and(starts_anchored),
        Node::Alternation(branches) => branches.iter().all(starts_anchored),
        Node::Capture { body, .. } | Node::Atomic(body) => starts_anchored(body),
        _ => false,
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "programs are no longer than patterns, which are shorter than 2^32 (limits.rs)"
)]
fn index(value: usize) -> u32 {
    value as u32
}
