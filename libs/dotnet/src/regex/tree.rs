//! A pattern as a tree: what the parser makes and the compiler reads.

use super::class::CharClass;

/// A piece of a pattern. `backward` pieces are matched from right to left: in look-behind and with `RightToLeft`.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Empty,
    /// One UTF-16 unit.
    Unit {
        one: One,
        backward: bool,
    },
    /// Several units in the order of the pattern.
    Literal {
        units: Vec<u16>,
        backward: bool,
    },
    /// In the order of matching.
    Concatenation(Vec<Node>),
    Alternation(Vec<Node>),
    Assertion(Assertion),
    Repeat {
        body: Box<Node>,
        min: u32,
        max: u32,
        lazy: bool,
    },
    /// Captures into `slot`, and takes back the last capture of `balance`.
    Capture {
        body: Box<Node>,
        slot: Option<u32>,
        balance: Option<u32>,
    },
    Atomic(Box<Node>),
    Look {
        body: Box<Node>,
        negative: bool,
    },
    Backreference {
        slot: u32,
        ignore_case: bool,
        backward: bool,
    },
    GroupCondition {
        slot: u32,
        yes: Box<Node>,
        no: Box<Node>,
    },
    Condition {
        test: Box<Node>,
        yes: Box<Node>,
        no: Box<Node>,
    },
}

/// No upper bound of a repetition.
pub(super) const UNBOUNDED: u32 = i32::MAX as u32;

/// Which units match.
#[derive(Debug, Clone)]
pub(super) enum One {
    Any,
    NotNewline,
    Is(u16),
    /// Both cases of a letter.
    Either(u16, u16),
    Class(Box<CharClass>),
}

/// Conditions on a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Assertion {
    /// `\A`, `^`
    Beginning,
    /// `^` with Multiline
    LineStart,
    /// `\Z`, `$`
    EndOrLastNewline,
    /// `$` with Multiline
    LineEnd,
    /// `\z`
    End,
    /// `\G`
    Start,
    Boundary,
    NotBoundary,
    EcmaBoundary,
    NotEcmaBoundary,
}

impl Node {
    /// Whether it can match without moving. Errs on the side of `true`.
    pub(super) fn may_be_empty(&self) -> bool {
        match self {
            Node::Unit { .. } => false,
            Node::Literal { units, .. } => units.is_empty(),
            Node::Concatenation(parts) => parts.iter().all(Node::may_be_empty),
            Node::Alternation(branches) => branches.iter().any(Node::may_be_empty),
            Node::Repeat { body, min, .. } => *min == 0 || body.may_be_empty(),
            Node::Capture { body, .. } | Node::Atomic(body) => body.may_be_empty(),
            Node::GroupCondition { yes, no, .. } | Node::Condition { yes, no, .. } => {
                yes.may_be_empty() || no.may_be_empty()
            }
            Node::Empty | Node::Assertion(_) | Node::Look { .. } | Node::Backreference { .. } => true,
        }
    }
}
