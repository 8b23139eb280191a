//! `JToken.DeepEquals` and `JValue.Equals`.

use std::rc::Rc;

use super::Scalar;
use super::compare::compare_as;
use super::token::{Content, JToken, Node};
use crate::Text;
use crate::number::{self, Number, NumberType};
use crate::work::{Pace, Paced, in_one_go};

/// Steps for a pair of tokens.
const COMPARED_STEPS: u64 = 10;

impl JToken {
    /// `JToken.DeepEquals(t1, t2)`: the same values in the same places; the order of an object's properties does not matter.
    #[must_use]
    pub fn deep_equals(&self, other: &JToken) -> bool {
        in_one_go(self.comparing(other))
    }

    /// The same in pieces.
    #[must_use]
    pub fn comparing(&self, other: &JToken) -> Paced<bool> {
        let mut pending = vec![(self.node.clone(), other.node.clone())];
        Paced::new(|pace| async move {
            while let Some((left, right)) = pending.pop() {
                pace.take(COMPARED_STEPS).await;
                if Rc::ptr_eq(&left, &right) {
                    continue;
                }
                let are_equal = match (&left.content, &right.content) {
                    (Content::Object(_), Content::Object(_)) => {
                        equal_but_members(&pace, &left, &right, &mut pending).await
                    }
                    _ => equal_but_children(&left, &right, &mut pending),
                };
                if !are_equal {
                    return false;
                }
            }
            true
        })
    }

    /// A number that is the same for tokens that are [`JToken::deep_equals`] (but for floats that differ in the last bit).
    #[must_use]
    pub fn deep_hash(&self) -> u64 {
        let state = ahash::RandomState::with_seeds(1, 2, 3, 4);
        let mut sum: u64 = 0;
        let mut pending = vec![(self.node.clone(), 0_usize)];
        while let Some((node, depth)) = pending.pop() {
            let own = match &node.content {
                Content::Value(value) => state.hash_one((depth, node.token_type(), hash_text(&value.borrow()))),
                _ => state.hash_one((depth, node.token_type(), node.name(), node.len())),
            };
            sum = sum.wrapping_add(own);
            pending.extend(node.children().into_iter().map(|child| (child, depth + 1)));
        }
        sum
    }

    /// `JValue.Equals(other)`: the same type and an equal value. Containers equal only themselves.
    #[must_use]
    pub fn value_equals(&self, other: &JToken) -> bool {
        match (&self.node.content, &other.node.content) {
            (Content::Value(left), Content::Value(right)) => values_equal(&left.borrow(), &right.borrow()),
            _ => self.is_same(other),
        }
    }
}

/// A text that is the same for equal values.
fn hash_text(value: &Scalar) -> Option<Text> {
    match value {
        Scalar::Number(number) => match number::convert(*number, NumberType::Double) {
            Ok(Number::Double(value)) => Some(value.to_string().into()),
            _ => None,
        },
        other => other.to_plain().ok(),
    }
}

/// `JValue.ValuesEquals`.
pub(super) fn values_equal(left: &Scalar, right: &Scalar) -> bool {
    left.token_type() == right.token_type()
        && compare_as(left.token_type(), left, right).is_ok_and(std::cmp::Ordering::is_eq)
}

/// Compares two objects by the names of their properties; pairs of properties that remain to be compared go to `pending`.
async fn equal_but_members(
    pace: &Pace,
    left: &Rc<Node>,
    right: &Rc<Node>,
    pending: &mut Vec<(Rc<Node>, Rc<Node>)>,
) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut place = 0;
    while let Some(property) = left.child(place) {
        pace.take(COMPARED_STEPS).await;
        let Some(name) = property.name() else { return false };
        // Most objects that are equal have the same order.
        let beside = right.child(place).filter(|other| other.name_is(&name));
        let twin = match beside {
            Some(twin) => Some(twin),
            None => {
                right.index(pace).await;
                right.property(&name)
            }
        };
        let Some(twin) = twin else { return false };
        pending.push((property, twin));
        place += 1;
    }
    true
}

/// Compares two tokens that are not both objects; pairs of children that remain to be compared go to `pending`.
fn equal_but_children(left: &Rc<Node>, right: &Rc<Node>, pending: &mut Vec<(Rc<Node>, Rc<Node>)>) -> bool {
    match (&left.content, &right.content) {
        (Content::Value(left), Content::Value(right)) => return values_equal(&left.borrow(), &right.borrow()),
        (Content::Constructor { name: left, .. }, Content::Constructor { name: right, .. })
            if *left.borrow() != *right.borrow() =>
        {
            return false;
        }
        (Content::Property { name: left, .. }, Content::Property { name: right, .. }) if left != right => return false,
        (Content::Array(..), Content::Array(..))
        | (Content::Constructor { .. }, Content::Constructor { .. })
        | (Content::Property { .. }, Content::Property { .. }) => {}
        _ => return false,
    }
    if left.len() != right.len() {
        return false;
    }
    pending.extend(left.children().into_iter().zip(right.children()));
    true
}
