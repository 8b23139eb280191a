//! Ways from a token to others: parent, siblings, children, ancestors, descendants, path.

use std::rc::Rc;

use super::members::{Member, PlainValue};
use super::position::{self, Step};
use super::token::{Content, JToken, Node};
use super::{JTokenType, Scalar};
use crate::{Exception, ExceptionType};

/// Steps for a token that is looked at.
pub(super) const WALKED_STEPS: u64 = 6;

/// A walk over everything below a token, parents before their children.
pub(super) struct Descent {
    of: JToken,
    /// What follows, the nearest last.
    pending: Vec<Rc<Node>>,
}

impl Iterator for Descent {
    type Item = JToken;

    fn next(&mut self) -> Option<JToken> {
        let node = self.pending.pop()?;
        let start = self.pending.len();
        self.pending.extend(node.children());
        if let Some(added) = self.pending.get_mut(start..) {
            added.reverse();
        }
        Some(self.of.relative(node))
    }
}

impl JToken {
    /// `Parent`.
    #[must_use]
    pub fn parent(&self) -> Option<JToken> {
        self.node.parent().map(|parent| self.relative(parent))
    }

    /// `Root`: the outermost token; itself if it has no parent.
    #[must_use]
    pub fn root(&self) -> JToken {
        let mut root = self.node.clone();
        while let Some(parent) = root.parent() {
            root = parent;
        }
        self.relative(root)
    }

    /// How many tokens it lies in.
    #[must_use]
    pub fn depth(&self) -> usize {
        std::iter::successors(self.node.parent(), |node| node.parent()).count()
    }

    /// `HasValues`.
    #[must_use]
    pub fn has_values(&self) -> bool {
        self.node.len() > 0
    }

    /// `Count`.
    #[must_use]
    pub fn count(&self) -> usize {
        self.node.len()
    }

    /// `Children()`: as they are now; later changes do not affect the list.
    #[must_use]
    pub fn children(&self) -> Vec<JToken> {
        self.node.children().into_iter().map(|child| self.relative(child)).collect()
    }

    /// The child at an index.
    #[must_use]
    pub fn child(&self, index: usize) -> Option<JToken> {
        self.node.child(index).map(|child| self.relative(child))
    }

    /// `First`.
    ///
    /// # Errors
    /// `InvalidOperationException` for a value.
    pub fn first(&self) -> Result<Option<JToken>, Exception> {
        self.only_container()?;
        Ok(self.child(0))
    }

    /// `Last`.
    ///
    /// # Errors
    /// `InvalidOperationException` for a value.
    pub fn last(&self) -> Result<Option<JToken>, Exception> {
        self.only_container()?;
        Ok(self.node.len().checked_sub(1).and_then(|last| self.child(last)))
    }

    /// `Next`.
    #[must_use]
    pub fn next(&self) -> Option<JToken> {
        let parent = self.parent()?;
        let index = parent.index_of(self)?;
        let next = parent.child(index + 1)?;
        next.node.slot.set(index + 1);
        Some(next)
    }

    /// `Previous`.
    #[must_use]
    pub fn previous(&self) -> Option<JToken> {
        let parent = self.parent()?;
        let index = parent.index_of(self)?.checked_sub(1)?;
        let previous = parent.child(index)?;
        previous.node.slot.set(index);
        Some(previous)
    }

    /// `Ancestors()`, from the parent outwards.
    #[must_use]
    pub fn ancestors(&self) -> Vec<JToken> {
        std::iter::successors(self.parent(), JToken::parent).collect()
    }

    /// `AncestorsAndSelf()`.
    #[must_use]
    pub fn ancestors_and_self(&self) -> Vec<JToken> {
        std::iter::successors(Some(self.clone()), JToken::parent).collect()
    }

    /// `Descendants()` in document order.
    #[must_use]
    pub fn descendants(&self) -> Vec<JToken> {
        self.descent().collect()
    }

    /// The same one by one. Tokens that come or go meanwhile may be in it or not.
    pub(super) fn descent(&self) -> Descent {
        let mut pending = self.node.children();
        pending.reverse();
        Descent { of: self.clone(), pending }
    }

    /// How many tokens there are below this one, itself included: what copying or walking costs.
    #[must_use]
    pub fn token_count(&self) -> usize {
        self.token_count_within(usize::MAX)
    }

    /// The same, without looking further once there are more than `max`.
    #[must_use]
    pub fn token_count_within(&self, max: usize) -> usize {
        self.count_within(max, |_| 0)
    }

    /// The same where a long text counts as many tokens, for who writes them.
    #[must_use]
    pub fn written_count_within(&self, max: usize) -> usize {
        /// Bytes of a text that are written in the time in which a token is.
        const TEXT_BYTES: usize = 16;
        self.count_within(max, |length| length / TEXT_BYTES)
    }

    /// `text` says for how many tokens more a text of so many bytes counts.
    fn count_within(&self, max: usize, text: impl Fn(usize) -> usize) -> usize {
        let more = |value: &Scalar| if let Scalar::String(value) = value { text(value.len()) } else { 0 };
        let mut count = 1;
        let mut pending = vec![self.node.clone()];
        while let Some(node) = pending.pop() {
            if count + node.len() > max {
                return count + node.len();
            }
            let mut child = |child: &Rc<Node>| match &child.content {
                Content::Value(value) => 1 + more(&value.borrow()),
                _ => {
                    pending.push(child.clone());
                    1
                }
            };
            count += match &node.content {
                Content::Object(members) => {
                    let count = |member: &Member| match member {
                        Member::Plain(_, PlainValue::Scalar(value)) => 2 + more(value),
                        Member::Plain(_, PlainValue::Text(place)) => 2 + text(place.len()),
                        Member::Token(property) => child(property),
                    };
                    members.borrow().iter().map(count).sum::<usize>()
                }
                Content::Array(items, _) | Content::Constructor { items, .. } => items.borrow().iter().map(child).sum(),
                Content::Property { value, .. } => value.borrow().iter().map(child).sum(),
                Content::Value(value) => more(&value.borrow()),
            };
        }
        count
    }

    /// `DescendantsAndSelf()`.
    #[must_use]
    pub fn descendants_and_self(&self) -> Vec<JToken> {
        let mut found = vec![self.clone()];
        found.append(&mut self.descendants());
        found
    }

    /// `Path`.
    #[must_use]
    pub fn path(&self) -> String {
        position::path(&self.steps())
    }

    /// The path that a reader is at when it has come to this token and not read it: in an array that of the item before it.
    #[must_use]
    pub fn path_before(&self) -> String {
        let mut steps = self.steps();
        if let Some(Step::Index(index)) = steps.last_mut() {
            *index -= 1;
            if *index < 0 {
                steps.pop();
            }
        }
        position::path(&steps)
    }

    /// The way to this token from the outermost one.
    pub(super) fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut previous: Option<JToken> = None;
        let mut current = Some(self.clone());
        while let Some(token) = current {
            match &token.node.content {
                Content::Property { name, .. } => steps.push(Step::Name(name.to_string())),
                Content::Array(..) | Content::Constructor { .. } => {
                    if let Some(previous) = &previous {
                        let index = token.index_of(previous).and_then(|index| i64::try_from(index).ok());
                        steps.push(Step::Index(index.unwrap_or(-1)));
                    }
                }
                Content::Object(_) | Content::Value(_) => {}
            }
            current = token.parent();
            previous = Some(token);
        }
        if previous.is_some_and(|root| root.is_same(self)) {
            return Vec::new();
        }
        steps.reverse();
        steps
    }

    fn only_container(&self) -> Result<(), Exception> {
        if self.is_container() {
            return Ok(());
        }
        let message = format!("Cannot access child value on Newtonsoft.Json.Linq.{}.", self.class_name());
        Err(Exception::new(ExceptionType::InvalidOperation, message))
    }

    /// Whether it is a `JArray`.
    #[must_use]
    pub fn is_array(&self) -> bool {
        self.token_type() == JTokenType::Array
    }

    /// Whether it is a `JProperty`.
    #[must_use]
    pub fn is_property(&self) -> bool {
        self.token_type() == JTokenType::Property
    }
}
