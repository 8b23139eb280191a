//! `DeepClone()`.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use super::limits::COPIED_TOKENS_MAX;
use super::members::{Member, Members, Source};
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
        if let Some(text) = token.node.read_from() {
            root.keep_text(&text);
        }
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
            let next = source.len().min(first.saturating_add(left));
            left -= next - first;
            if next < source.len() {
                self.pending.push((source.clone(), copy.clone(), next));
            }
            self.copied += match (&source.content, &copy.content) {
                (Content::Object(members), Content::Object(copies)) => {
                    let members = members.borrow();
                    let mut copies = copies.borrow_mut();
                    let few = members.iter().skip(first).take(next - first);
                    few.map(|member| self.copy_member(member, members.source(), &copy, &mut copies)).sum()
                }
                _ => {
                    let children = source.children_from(first, next - first);
                    (first..).zip(&children).for_each(|(index, child)| copy.push(self.twin_of(child, &copy, index)));
                    children.len()
                }
            };
            if self.copied > COPIED_TOKENS_MAX {
                return Some(Err(Exception::out_of_memory()));
            }
            if left == 0 && !self.pending.is_empty() {
                return None;
            }
        }
        Some(Ok(JToken::from_node(self.root.clone())))
    }

    /// Copies a member to the end of an object. How many tokens the copy is.
    fn copy_member(
        &mut self,
        member: &Member,
        source: Option<&Rc<Source>>,
        copy: &Rc<Node>,
        copies: &mut Members,
    ) -> usize {
        match member {
            Member::Plain(name, value) => {
                source.iter().for_each(|source| copies.push_plain(copy, source, *name, value.clone()));
                2
            }
            Member::Token(property) => {
                copies.push(self.twin_of(property, copy, copies.len()));
                1
            }
        }
    }

    /// A child's copy, whose own children are still to be copied.
    fn twin_of(&mut self, child: &Rc<Node>, copy: &Rc<Node>, index: usize) -> Rc<Node> {
        let twin = shell(child);
        twin.attach(copy, index);
        if child.len() > 0 {
            self.pending.push((child.clone(), twin.clone(), 0));
        }
        twin
    }
}

/// What a token takes, roughly.
const TOKEN_BYTES: usize = 128;

impl Node {
    /// At most `count` children of what is no object, from the one at `first` on.
    fn children_from(self: &Rc<Node>, first: usize, count: usize) -> Vec<Rc<Node>> {
        match &self.content {
            Content::Array(items, _) | Content::Constructor { items, .. } => {
                items.borrow().iter().skip(first).take(count).cloned().collect()
            }
            _ => self.children().into_iter().skip(first).take(count).collect(),
        }
    }

    /// The children as they are now.
    pub(super) fn children(self: &Rc<Node>) -> Vec<Rc<Node>> {
        match &self.content {
            Content::Object(members) => members.borrow_mut().tokens(self, 0, usize::MAX),
            Content::Array(items, _) | Content::Constructor { items, .. } => items.borrow().clone(),
            Content::Property { value, .. } => value.borrow().iter().cloned().collect(),
            Content::Value(_) => Vec::new(),
        }
    }

    /// Puts a child at the end, unchecked.
    pub(super) fn push(&self, child: Rc<Node>) {
        match &self.content {
            Content::Object(members) => members.borrow_mut().push(child),
            Content::Array(items, _) | Content::Constructor { items, .. } => items.borrow_mut().push(child),
            Content::Property { value, .. } => *value.borrow_mut() = Some(child),
            Content::Value(_) => {}
        }
    }
}

/// The same token without its children.
fn shell(node: &Node) -> Rc<Node> {
    let copy = Node::new(match &node.content {
        Content::Object(_) => Content::Object(RefCell::default()),
        Content::Array(..) => Content::Array(RefCell::default(), OnceCell::new()),
        Content::Constructor { name, .. } => Content::Constructor { name: name.clone(), items: RefCell::default() },
        Content::Property { name, .. } => Content::Property { name: name.clone(), value: RefCell::new(None) },
        Content::Value(value) => Content::Value(value.clone()),
    });
    copy.place.set(node.place.get());
    copy
}
