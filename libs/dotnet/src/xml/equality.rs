//! `XNode.DeepEquals`.

use super::node::{Data, XNode};
use crate::work::{Paced, in_one_go};

/// Steps for a pair of nodes.
const COMPARED_STEPS: u64 = 40;

impl XNode {
    /// Whether both trees have the same content. Adjacent text counts as one; comments and the order of attributes count, as in .NET.
    #[must_use]
    pub fn deep_equals(&self, other: &XNode) -> bool {
        in_one_go(self.comparing(other))
    }

    /// The same in pieces.
    #[must_use]
    pub fn comparing(&self, other: &XNode) -> Paced<bool> {
        let mut pending = vec![(self.clone(), other.clone())];
        Paced::new(|pace| async move {
            while let Some((left, right)) = pending.pop() {
                pace.take(COMPARED_STEPS).await;
                if left.is(&right) {
                    continue;
                }
                if !left.shallow_equals(&right) {
                    return false;
                }
                let (left, right) = (pieces(&left), pieces(&right));
                if left.len() != right.len() {
                    return false;
                }
                for pair in left.into_iter().zip(right) {
                    match pair {
                        (Piece::Text(left), Piece::Text(right)) if left == right => {}
                        (Piece::Node(left), Piece::Node(right)) => pending.push((left, right)),
                        _ => return false,
                    }
                }
            }
            true
        })
    }

    fn shallow_equals(&self, other: &XNode) -> bool {
        match (&self.node.data, &other.node.data) {
            (Data::Document { .. }, Data::Document { .. }) => true,
            (Data::Element(left), Data::Element(right)) => {
                let (left_attributes, right_attributes) = (left.attributes.borrow(), right.attributes.borrow());
                *left.name.borrow() == *right.name.borrow()
                    && left.empty.get() == right.empty.get()
                    && left_attributes.len() == right_attributes.len()
                    && left_attributes
                        .iter()
                        .zip(right_attributes.iter())
                        .all(|(left, right)| left.name == right.name && *left.value.borrow() == *right.value.borrow())
            }
            (Data::Text(left), Data::Text(right))
            | (Data::Characters(left), Data::Characters(right))
            | (Data::Comment(left), Data::Comment(right)) => *left.borrow() == *right.borrow(),
            (Data::Instruction { target, data }, Data::Instruction { target: other_target, data: other_data }) => {
                *target.borrow() == *other_target.borrow() && *data.borrow() == *other_data.borrow()
            }
            (Data::DocumentType(left), Data::DocumentType(right)) => *left.borrow() == *right.borrow(),
            _ => false,
        }
    }
}

/// Children with adjacent text joined.
enum Piece {
    Text(String),
    Node(XNode),
}

fn pieces(node: &XNode) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    for child in node.nodes() {
        if let Data::Text(value) = &child.node.data {
            let value = value.borrow();
            match found.last_mut() {
                Some(Piece::Text(text)) => text.push_str(&value),
                _ => found.push(Piece::Text(value.to_string())),
            }
        } else {
            found.push(Piece::Node(child));
        }
    }
    found
}
