//! The rule of unique particle attribution (XML Schema part 1, section 3.8.6): what takes an element is known without looking ahead.

use postern_dotnet::xml::XName;

use super::walk::Turn;
use super::{Kind, Leaf, LeafIndex, Model};
use crate::validate::message::qualified;

impl Model {
    /// An error names an element that two particles could take. `steps`: what may still be done; beyond, a model is taken for unambiguous.
    pub(super) fn unique(&self, steps: &mut u64) -> Result<(), String> {
        let mut names: Vec<_> = self.by_name.iter().filter(|(_, leaves)| leaves.len() > 1).collect();
        names.sort_by_key(|(_, leaves)| leaves.first().map(|(leaf, _)| *leaf));
        for (name, leaves) in names {
            // .NET compares the elements that are written down, not those of their substitution groups.
            let written: Vec<LeafIndex> =
                leaves.iter().map(|(leaf, _)| *leaf).filter(|leaf| self.written(*leaf) == Some(name)).collect();
            for (index, a) in written.iter().enumerate() {
                for b in written.iter().skip(index + 1) {
                    if *steps == 0 {
                        return Ok(());
                    }
                    if a != b && self.compete(*a, *b, steps) {
                        let name = qualified(name);
                        return Err(format!("Multiple definition of element '{name}' causes {AMBIGUOUS}"));
                    }
                }
            }
        }
        for (index, any) in self.wildcards.iter().enumerate() {
            for other in self.wildcards.iter().skip(index + 1).copied().chain(self.named()) {
                if *steps == 0 {
                    return Ok(());
                }
                if let Some(what) = self.overlap(*any, other)
                    && self.compete(*any, other, steps)
                {
                    return Err(what);
                }
            }
        }
        Ok(())
    }

    fn named(&self) -> impl Iterator<Item = LeafIndex> {
        let leaves =
            self.nodes.iter().filter_map(|node| if let Kind::Leaf(leaf) = node.kind { Some(leaf) } else { None });
        leaves.filter(|leaf| matches!(self.leaves.get(leaf.0 as usize), Some(Leaf::Element(_))))
    }

    /// The element that a leaf was written for.
    fn written(&self, leaf: LeafIndex) -> Option<&XName> {
        match self.leaves.get(leaf.0 as usize)? {
            Leaf::Element(members) => members.first().map(|member| &member.name),
            Leaf::Any(_) => None,
        }
    }

    /// What is wrong if a wildcard and a leaf can be at the same place.
    fn overlap(&self, any: LeafIndex, other: LeafIndex) -> Option<String> {
        let Some(Leaf::Any(any)) = self.leaves.get(any.0 as usize) else { return None };
        if let Some(Leaf::Any(other)) = self.leaves.get(other.0 as usize) {
            return any.namespaces.overlap(&other.namespaces).then(|| {
                let what =
                    format!("Wildcards '{}' and '{}' have not empty intersection, and causes", any.shown, other.shown);
                format!("{what} {AMBIGUOUS}")
            });
        }
        let name = self.written(other).filter(|name| any.namespaces.allow(name.namespace()))?;
        let name = qualified(name);
        Some(format!("Wildcard '{}' allows element '{name}', and causes {AMBIGUOUS}", any.shown))
    }

    /// Whether both can come next at some point.
    fn compete(&self, a: LeafIndex, b: LeafIndex, steps: &mut u64) -> bool {
        *steps = steps.saturating_sub(1);
        let begins = |leaf: LeafIndex| self.nodes.get(leaf.0 as usize).is_some_and(|node| node.first_top == 0);
        if begins(a) && begins(b) {
            return true;
        }
        for node in &self.nodes {
            let Kind::Leaf(from) = node.kind else { continue };
            let Some(left) = steps.checked_sub(1) else { return false };
            *steps = left;
            let mut to_a: Vec<Turn> = Vec::new();
            self.turns(from, a, |turn| to_a.push(turn));
            if to_a.is_empty() {
                continue;
            }
            let mut both = false;
            self.turns(from, b, |turn| both |= to_a.iter().any(|other| !self.exclude(*other, turn)));
            if both {
                return true;
            }
        }
        false
    }

    /// Whether counters let only one of two turns happen: an exact number is either reached or not.
    fn exclude(&self, one: Turn, other: Turn) -> bool {
        let exact = |again: Turn, beyond: Turn| {
            let is_exact = |index: u32| self.nodes.get(index as usize).is_some_and(|node| Some(node.min) == node.max);
            let is_beyond = beyond.node < again.node || beyond.node == again.node && !beyond.again;
            again.again && is_exact(again.node) && is_beyond
        };
        exact(one, other) || exact(other, one)
    }
}

const AMBIGUOUS: &str = "the content model to become ambiguous. A content model must be formed such that during validation of an element \
    information item sequence, the particle contained directly, indirectly or implicitly therein with which to attempt to validate each item in \
    the sequence in turn can be uniquely determined without examining the content or attributes of that item, and without any information \
    about the items in the remainder of the sequence.";
