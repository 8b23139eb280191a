//! What keeps trees alive.

use std::cell::RefCell;
use std::rc::Rc;

use super::limits::JOINED_MAX;
use super::node::{Node, take_apart};
use crate::garbage;

/// Keeps a tree alive: references to parents are weak, so whoever holds a node of a tree also holds its root.
///
/// A tree that is added to another one keeps that alive for those who hold parts of it. What is removed from a tree stays in the keep.
pub(super) struct Keep {
    #[allow(dead_code, reason = "held, not read")]
    root: Rc<Node>,
    removed: RefCell<Vec<Rc<Node>>>,
    joined: RefCell<Vec<Rc<Keep>>>,
}

impl Keep {
    pub(super) fn new(root: Rc<Node>) -> Rc<Keep> {
        Rc::new(Keep { root, removed: RefCell::default(), joined: RefCell::default() })
    }

    /// Keeps a node that is no longer below the root.
    pub(super) fn removed(&self, node: Rc<Node>) {
        self.removed.borrow_mut().push(node);
    }

    /// Keeps `other` as well, unless it already keeps this one: a cycle would never be freed.
    pub(super) fn join(self: &Rc<Self>, other: &Rc<Keep>) {
        // Nobody else holds this keep: nothing would be kept by it.
        if Rc::strong_count(self) > 1 && !other.reaches(self) && !self.reaches(other) {
            self.joined.borrow_mut().push(other.clone());
        }
    }

    fn reaches(self: &Rc<Self>, other: &Rc<Keep>) -> bool {
        let mut pending = vec![self.clone()];
        let mut count = 0;
        while let Some(keep) = pending.pop() {
            count += 1;
            if Rc::ptr_eq(&keep, other) || count > JOINED_MAX {
                return true;
            }
            pending.extend(keep.joined.borrow().iter().cloned());
        }
        false
    }
}

/// Frees long chains without recursion.
impl Drop for Keep {
    fn drop(&mut self) {
        let removed = self.removed.take();
        if !removed.is_empty() {
            garbage::free(removed, |node, pending| take_apart(&node, pending));
        }
        let mut pending = self.joined.take();
        while let Some(keep) = pending.pop() {
            if Rc::strong_count(&keep) == 1 {
                pending.append(&mut keep.joined.borrow_mut());
            }
        }
    }
}
