//! Groups that are still open.

use super::super::limits::DEPTH_MAX;
use super::super::tree::Node;
use super::{ParseError, Parser, too_deep};
use crate::Exception;

/// An open group and what it holds so far.
pub(super) struct Frame {
    kind: Kind,
    backward: bool,
    /// The pieces of the current alternative.
    pub(super) parts: Vec<Node>,
    /// Complete alternatives; the first one of a `Condition` is its test.
    branches: Vec<Node>,
}

/// What an open group is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Whole,
    Plain,
    Capture { slot: Option<u32>, balance: Option<u32> },
    Atomic,
    Look { negative: bool },
    GroupCondition { slot: u32 },
    Condition,
}

impl Frame {
    pub(super) fn whole(backward: bool) -> Frame {
        Frame { kind: Kind::Whole, backward, parts: Vec::new(), branches: Vec::new() }
    }

    pub(super) fn awaits_test(&self) -> bool {
        self.kind == Kind::Condition && self.branches.is_empty()
    }

    fn end_branch(&mut self) {
        let mut parts = std::mem::take(&mut self.parts);
        if self.backward {
            parts.reverse();
        }
        let branch = match parts.len() {
            0 => Node::Empty,
            1 => parts.swap_remove(0),
            _ => Node::Concatenation(parts),
        };
        self.branches.push(branch);
    }
}

impl Parser {
    pub(super) fn push_frame(&mut self, kind: Kind) -> Result<(), Exception> {
        if self.frames.len() >= DEPTH_MAX {
            return Err(too_deep());
        }
        let backward = self.backward();
        self.frames.push(Frame { kind, backward, parts: Vec::new(), branches: Vec::new() });
        Ok(())
    }

    /// `|`
    pub(super) fn alternate(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.end_branch();
        }
    }

    /// Takes the innermost frame off and makes its node.
    pub(super) fn close_frame(&mut self) -> Result<Node, Exception> {
        let Some(mut frame) = self.frames.pop() else { return Ok(Node::Empty) };
        frame.end_branch();
        let mut branches = frame.branches;
        let count = branches.len();
        match frame.kind {
            Kind::GroupCondition { .. } if count > 2 => {
                return Err(self.error(ParseError::ConditionHasTooManyBranches));
            }
            Kind::Condition if count > 3 => return Err(self.error(ParseError::ConditionHasTooManyBranches)),
            _ => {}
        }
        let test = (frame.kind == Kind::Condition).then(|| branches.remove(0));
        if matches!(frame.kind, Kind::GroupCondition { .. } | Kind::Condition) {
            let no = if branches.len() > 1 { branches.swap_remove(1) } else { Node::Empty };
            let yes = branches.pop().unwrap_or(Node::Empty);
            return Ok(condition(frame.kind, test, yes, no));
        }
        let body = if count == 1 { branches.swap_remove(0) } else { Node::Alternation(branches) };
        let body = Box::new(body);
        Ok(match frame.kind {
            Kind::Whole => Node::Capture { body, slot: Some(0), balance: None },
            Kind::Capture { slot, balance } => Node::Capture { body, slot, balance },
            Kind::Atomic => Node::Atomic(body),
            Kind::Look { negative } => Node::Look { body, negative },
            Kind::Plain | Kind::GroupCondition { .. } | Kind::Condition => *body,
        })
    }

    /// `)`. `false`: what was closed is the test of a condition, which cannot be quantified.
    pub(super) fn close_group(&mut self) -> Result<bool, Exception> {
        if self.frames.len() <= 1 {
            return Err(self.error(ParseError::TooFewOpening));
        }
        let node = self.close_frame()?;
        if let Some(options) = self.options_stack.pop() {
            self.options = options;
        }
        match self.frames.last_mut() {
            Some(outer) if outer.awaits_test() => {
                outer.branches.push(node);
                Ok(false)
            }
            _ => {
                self.unit = Some(node);
                Ok(true)
            }
        }
    }
}

fn condition(kind: Kind, test: Option<Node>, yes: Node, no: Node) -> Node {
    let (yes, no) = (Box::new(yes), Box::new(no));
    match kind {
        Kind::GroupCondition { slot } => Node::GroupCondition { slot, yes, no },
        _ => Node::Condition { test: Box::new(test.unwrap_or(Node::Empty)), yes, no },
    }
}
