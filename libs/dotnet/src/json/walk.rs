//! Walks over a document that may change meanwhile, as the enumerators of Newtonsoft.Json take them: each says what becomes of it then.

use std::rc::Rc;

use super::JTokenType;
use super::token::{JToken, Node};
use crate::{Exception, ExceptionType};

/// The children of one container, one after the other.
#[derive(Debug)]
pub struct Children {
    token: JToken,
    version: u32,
    next: usize,
}

impl Children {
    /// A walk over the children of a token; a value has none.
    #[must_use]
    pub fn of(token: JToken) -> Children {
        Children { version: token.version(), token, next: 0 }
    }

    /// The next child.
    ///
    /// # Errors
    /// `InvalidOperationException` when the list of children was changed meanwhile. That of a property has no such check.
    #[allow(clippy::should_implement_trait, reason = "what it gives is no Option")]
    pub fn next(&mut self) -> Result<Option<JToken>, Exception> {
        if self.token.version() != self.version && self.token.token_type() != JTokenType::Property {
            let message = "Collection was modified; enumeration operation may not execute.";
            return Err(Exception::new(ExceptionType::InvalidOperation, message));
        }
        let child = self.token.child(self.next);
        self.next += 1;
        Ok(child)
    }
}

/// `DescendantsAndSelf()` and `Descendants()`: parents before their children.
#[derive(Debug)]
pub struct Family {
    itself: Option<JToken>,
    /// What was given last: its children come next, and changes until then do not disturb the walk.
    given: Option<JToken>,
    /// The containers that the walk is in.
    way: Vec<Children>,
}

impl Family {
    /// A walk over a token and everything below it.
    #[must_use]
    pub fn of(token: JToken) -> Family {
        Family { itself: Some(token), given: None, way: Vec::new() }
    }

    /// A walk over everything below a token.
    #[must_use]
    pub fn below(token: JToken) -> Family {
        Family { itself: None, given: Some(token), way: Vec::new() }
    }

    /// The next token.
    ///
    /// # Errors
    /// As [`Children::next`].
    #[allow(clippy::should_implement_trait, reason = "what it gives is no Option")]
    pub fn next(&mut self) -> Result<Option<JToken>, Exception> {
        if let Some(itself) = self.itself.take() {
            self.given = Some(itself.clone());
            return Ok(Some(itself));
        }
        if let Some(given) = self.given.take() {
            self.way.push(Children::of(given));
        }
        while let Some(children) = self.way.last_mut() {
            if let Some(child) = children.next()? {
                self.given = Some(child.clone()).filter(JToken::is_container);
                return Ok(Some(child));
            }
            self.way.pop();
        }
        Ok(None)
    }
}

/// Everything below a token, found as JSONPath's scans find it (`PathFilter.GetNextScanValue`): from each token by its `First`, `Parent` and `Next` as
/// they are then. A token that was removed while the walk was at it ends it with an exception.
pub(super) struct Scan {
    of: JToken,
    at: Rc<Node>,
    /// Where the walk is: kept alive by it, since tokens hold their parents weakly, and known without looking while nothing changes.
    way: Vec<Lying>,
}

/// A container, and which of its children the walk is at or in.
struct Lying {
    container: Rc<Node>,
    version: u32,
    index: usize,
}

impl Scan {
    pub(super) fn of(token: JToken) -> Scan {
        Scan { at: token.node.clone(), of: token, way: Vec::new() }
    }

    /// The next token.
    ///
    /// # Errors
    /// `NullReferenceException` where the walk is at a token without a parent.
    pub(super) fn next(&mut self) -> Result<Option<JToken>, Exception> {
        if let Some(first) = self.at.child(0) {
            let container = std::mem::replace(&mut self.at, first);
            self.way.push(Lying { version: container.version.get(), container, index: 0 });
            return Ok(Some(self.of.relative(self.at.clone())));
        }
        while !Rc::ptr_eq(&self.at, &self.of.node) {
            let lying = self.lying()?;
            if let Some(next) = lying.container.child(lying.index + 1) {
                lying.index += 1;
                next.slot.set(lying.index);
                self.at = next;
                return Ok(Some(self.of.relative(self.at.clone())));
            }
            if let Some(lying) = self.way.pop() {
                self.at = lying.container;
            }
        }
        Ok(None)
    }

    /// Where the token that the walk is at lies now.
    fn lying(&mut self) -> Result<&mut Lying, Exception> {
        if self.way.last().is_none_or(|lying| lying.version != lying.container.version.get()) {
            let container = self.at.parent().ok_or_else(Exception::null_reference)?;
            let index = container.index_of(&self.at).unwrap_or_default();
            match self.way.pop() {
                Some(lying) if Rc::ptr_eq(&lying.container, &container) => {}
                // It was moved elsewhere.
                _ => self.way.clear(),
            }
            self.way.push(Lying { version: container.version.get(), container, index });
        }
        self.way.last_mut().ok_or_else(Exception::null_reference)
    }
}
