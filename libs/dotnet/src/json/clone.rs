//! `DeepClone()`.

use std::cell::RefCell;
use std::rc::Rc;

use super::limits::COPIED_TOKENS_MAX;
use super::token::{Content, JToken, Node};
use crate::Exception;
use crate::work::{Work, items, take};

impl JToken {
    /// `DeepClone()`: a copy of the token and everything below it, without a parent.
    ///
    /// # Errors
    /// `OutOfMemoryException` beyond a bound of tokens.
    pub fn deep_clone(&self) -> Result<JToken, Exception> {
        let mut copying = Copying::new(self);
        loop {
            if let Some(copy) = copying.step(&mut { u64::MAX }) {
                return copy;
            }
        }
    }
}

/// Steps for the copy of one token, most of them for its memory.
const STEPS_EACH: u64 = 10;

/// `DeepClone()` in pieces.
pub struct Copying {
    root: Rc<Node>,
    /// Containers with their copies, and the next child.
    pending: Vec<(Rc<Node>, Rc<Node>, usize)>,
    copied: usize,
}

impl Copying {
    /// Begins a copy.
    #[must_use]
    pub fn new(token: &JToken) -> Copying {
        let root = shell(&token.node);
        Copying { pending: vec![(token.node.clone(), root.clone(), 0)], root, copied: 1 }
    }
}

impl Work for Copying {
    type Output = Result<JToken, Exception>;

    fn step(&mut self, steps: &mut u64) -> Option<Result<JToken, Exception>> {
        let before = self.copied;
        let done = self.go_on(items(*steps, STEPS_EACH));
        take(steps, self.copied - before, STEPS_EACH);
        done
    }

    fn bytes_taken(&self) -> usize {
        self.copied.saturating_mul(TOKEN_BYTES)
    }
}

impl Copying {
    /// Copies about so many tokens more.
    fn go_on(&mut self, mut left: usize) -> Option<Result<JToken, Exception>> {
        while let Some((source, copy, first)) = self.pending.pop() {
            let children = source.children_from(first, left);
            left -= children.len();
            self.copied = self.copied.saturating_add(children.len());
            if self.copied > COPIED_TOKENS_MAX {
                return Some(Err(Exception::out_of_memory()));
            }
            let next = first + children.len();
            if next < source.len() {
                self.pending.push((source, copy.clone(), next));
            }
            for (index, child) in (first..).zip(children) {
                let twin = shell(&child);
                twin.attach(&copy, index);
                if child.len() > 0 {
                    self.pending.push((child, twin.clone(), 0));
                }
                copy.push(twin);
            }
            if left == 0 && !self.pending.is_empty() {
                return None;
            }
        }
        Some(Ok(JToken::from_node(self.root.clone())))
    }
}

/// What a token takes, roughly.
const TOKEN_BYTES: usize = 128;

impl Node {
    /// At most `count` children, from the one at `first` on.
    fn children_from(&self, first: usize, count: usize) -> Vec<Rc<Node>> {
        let some = |list: &[Rc<Node>]| list.iter().skip(first).take(count).cloned().collect();
        match &self.content {
            Content::Object(members) => some(&members.borrow().list),
            Content::Array(items) | Content::Constructor { items, .. } => some(&items.borrow()),
            Content::Property { .. } | Content::Value(_) => {
                self.children().into_iter().skip(first).take(count).collect()
            }
        }
    }

    /// The children as they are now.
    pub(super) fn children(&self) -> Vec<Rc<Node>> {
        match &self.content {
            Content::Object(members) => members.borrow().list.clone(),
            Content::Array(items) | Content::Constructor { items, .. } => items.borrow().clone(),
            Content::Property { value, .. } => value.borrow().iter().cloned().collect(),
            Content::Value(_) => Vec::new(),
        }
    }

    /// Looks at every child; what is done with it must not change this token.
    pub(super) fn for_each_child(&self, visit: impl FnMut(&Rc<Node>)) {
        match &self.content {
            Content::Object(members) => members.borrow().list.iter().for_each(visit),
            Content::Array(items) | Content::Constructor { items, .. } => items.borrow().iter().for_each(visit),
            Content::Property { value, .. } => value.borrow().iter().for_each(visit),
            Content::Value(_) => {}
        }
    }

    /// Puts a child at the end, unchecked.
    pub(super) fn push(&self, child: Rc<Node>) {
        match &self.content {
            Content::Object(members) => members.borrow_mut().push(child),
            Content::Array(items) | Content::Constructor { items, .. } => items.borrow_mut().push(child),
            Content::Property { value, .. } => *value.borrow_mut() = Some(child),
            Content::Value(_) => {}
        }
    }
}

/// The same token without its children.
fn shell(node: &Node) -> Rc<Node> {
    Node::new(match &node.content {
        Content::Object(_) => Content::Object(RefCell::default()),
        Content::Array(_) => Content::Array(RefCell::default()),
        Content::Constructor { name, .. } => Content::Constructor { name: name.clone(), items: RefCell::default() },
        Content::Property { name, .. } => Content::Property { name: name.clone(), value: RefCell::new(None) },
        Content::Value(value) => Content::Value(value.clone()),
    })
}
