//! `DeepClone()`.

use std::cell::RefCell;
use std::rc::Rc;

use super::limits::COPIED_TOKENS_MAX;
use super::token::{Content, JToken, Node};
use crate::{Exception, ExceptionType};

impl JToken {
    /// `DeepClone()`: a copy of the token and everything below it, without a parent.
    ///
    /// # Errors
    /// `OutOfMemoryException` beyond a bound of tokens.
    pub fn deep_clone(&self) -> Result<JToken, Exception> {
        let root = shell(&self.node);
        let mut pending = vec![(self.node.clone(), root.clone())];
        let mut copied: usize = 1;
        while let Some((source, copy)) = pending.pop() {
            copied = copied.saturating_add(source.len());
            if copied > COPIED_TOKENS_MAX {
                return Err(out_of_memory());
            }
            for (index, child) in source.children().into_iter().enumerate() {
                let twin = shell(&child);
                twin.attach(&copy, index);
                if child.len() > 0 {
                    pending.push((child, twin.clone()));
                }
                copy.push(twin);
            }
        }
        Ok(JToken::from_node(root))
    }
}

impl Node {
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

/// `OutOfMemoryException`: what .NET would run into as well, only later.
pub(super) fn out_of_memory() -> Exception {
    Exception::new(ExceptionType::OutOfMemory, "Insufficient memory to continue the execution of the program.")
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
