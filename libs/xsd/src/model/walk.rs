//! Walking through a model with the elements of a document.

use super::{Kind, Leaf, LeafIndex, Model, Node, Taken};
use crate::limits::{EXPECTED_MAX, WAYS_MAX};
use postern_dotnet::xml::XName;

/// A leaf that was passed, with the counters around it from the outside in.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Way {
    leaf: LeafIndex,
    counters: Vec<u32>,
}

/// Where a document is in a model.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// None at the beginning.
    ways: Option<Vec<Way>>,
    /// The leaves of `xs:all` that were there.
    seen: Vec<LeafIndex>,
}

/// Why an element is not taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Unexpected,
    /// In `xs:all` for the second time.
    Repeated,
}

/// Where a step from one leaf to another turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    /// The innermost node that is left, or that is begun once more.
    pub(super) node: u32,
    pub(super) again: bool,
}

impl Model {
    fn node(&self, index: u32) -> Option<&Node> {
        self.nodes.get(index as usize)
    }

    /// Whether it takes no elements.
    pub(crate) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The leaves that take a name, whatever stands before.
    fn candidates(&self, name: &XName) -> impl Iterator<Item = (LeafIndex, Taken)> {
        let named = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        let named = named.iter().map(|(leaf, id)| (*leaf, Taken::Element(*id)));
        let any = self.wildcards.iter().filter_map(|leaf| match self.leaves.get(leaf.0 as usize) {
            Some(Leaf::Any(wildcard)) if wildcard.namespaces.allow(name.namespace()) => {
                Some((*leaf, Taken::Any(wildcard.process)))
            }
            _ => None,
        });
        named.chain(any)
    }

    /// Takes an element. `steps` counts what was looked at.
    pub(crate) fn take(&self, progress: &mut Progress, name: &XName, steps: &mut u64) -> Result<Taken, Refused> {
        if self.all.is_some() {
            *steps += progress.seen.len() as u64 + 1;
            let (leaf, taken) = self.candidates(name).next().ok_or(Refused::Unexpected)?;
            if progress.seen.contains(&leaf) {
                return Err(Refused::Repeated);
            }
            progress.seen.push(leaf);
            return Ok(taken);
        }
        let mut found: Option<Taken> = None;
        let mut next: Vec<Way> = Vec::new();
        for (leaf, taken) in self.candidates(name) {
            let before = next.len();
            match &progress.ways {
                None => next.extend(self.begin(leaf)),
                Some(ways) => {
                    for way in ways {
                        *steps += 1;
                        self.turns(way.leaf, leaf, |turn| {
                            if next.len() < WAYS_MAX
                                && let Some(way) = self.turned(way, leaf, turn)
                                && !next.contains(&way)
                            {
                                next.push(way);
                            }
                        });
                    }
                }
            }
            *steps += 1;
            // An element that is named goes before a wildcard.
            if next.len() > before && found.is_none() {
                found = Some(taken);
            }
        }
        let found = found.ok_or(Refused::Unexpected)?;
        progress.ways = Some(next);
        Ok(found)
    }

    fn begin(&self, leaf: LeafIndex) -> Option<Way> {
        let node = self.node(leaf.0)?;
        (node.first_top == 0).then(|| Way { leaf, counters: vec![1; node.counters as usize] })
    }

    /// Calls back with every place where a step between leaves can turn, counters aside.
    pub(super) fn turns(&self, from: LeafIndex, to: LeafIndex, mut each: impl FnMut(Turn)) {
        let Some(target) = self.node(to.0) else { return };
        let mut index = from.0;
        loop {
            let Some(node) = self.node(index) else { return };
            let contains_target = (index..node.end).contains(&to.0);
            if node.max != Some(1) && contains_target && target.first_top <= node.depth {
                each(Turn { node: index, again: true });
            }
            if index == 0 {
                return;
            }
            let Some(parent) = self.node(node.parent) else { return };
            if parent.kind == Kind::Sequence {
                let after = node.required_before + u32::from(!node.nullable);
                let is_later = to.0 >= node.end && to.0 < parent.end;
                if is_later && target.first_top <= parent.depth + 1 && self.required_before(to.0, parent.depth) == after
                {
                    each(Turn { node: index, again: false });
                }
                if after != parent.required {
                    return;
                }
            }
            index = node.parent;
        }
    }

    /// What must not be left out before the child (of the node of a depth) that contains a node.
    fn required_before(&self, mut index: u32, depth: u32) -> u32 {
        while let Some(node) = self.node(index) {
            if node.depth == depth + 1 {
                return node.required_before;
            }
            index = node.parent;
            if index == 0 {
                break;
            }
        }
        0
    }

    /// The way after a turn, if the counters allow it.
    fn turned(&self, way: &Way, to: LeafIndex, turn: Turn) -> Option<Way> {
        let mut counters = way.counters.clone();
        let mut index = way.leaf.0;
        loop {
            let node = self.node(index)?;
            if index == turn.node && turn.again {
                if node.counted {
                    let counter = counters.last_mut()?;
                    if node.max.is_some_and(|max| *counter >= max) {
                        return None;
                    }
                    // Where there is no upper bound, more than enough is enough.
                    *counter = if node.max.is_none() { (*counter + 1).min(node.min) } else { *counter + 1 };
                }
                break;
            }
            leave(node, &mut counters)?;
            if index == turn.node {
                break;
            }
            index = node.parent;
        }
        counters.resize(self.node(to.0)?.counters as usize, 1);
        Some(Way { leaf: to, counters })
    }

    /// Whether everything that must be there was there.
    pub(crate) fn is_complete(&self, progress: &Progress) -> bool {
        if let Some(all) = self.all {
            return all.optional && progress.seen.is_empty()
                || self
                    .nodes
                    .iter()
                    .enumerate()
                    .all(|(index, node)| node.nullable || progress.seen.contains(&LeafIndex(index as u32)));
        }
        let Some(root) = self.nodes.first() else { return true };
        match &progress.ways {
            None => root.nullable,
            Some(ways) => ways.iter().any(|way| self.ends(way)),
        }
    }

    fn ends(&self, way: &Way) -> bool {
        let mut counters = way.counters.clone();
        let mut index = way.leaf.0;
        while let Some(node) = self.node(index) {
            if leave(node, &mut counters).is_none() {
                return false;
            }
            if index == 0 {
                return true;
            }
            if let Some(parent) = self.node(node.parent)
                && parent.kind == Kind::Sequence
                && node.required_before + u32::from(!node.nullable) != parent.required
            {
                return false;
            }
            index = node.parent;
        }
        false
    }

    /// What could come next. `required`: of `xs:all` only what must. `steps` counts what was looked at.
    pub(crate) fn expected(&self, progress: &Progress, required: bool, steps: &mut u64) -> Vec<&Leaf> {
        let mut found = Vec::new();
        for (index, node) in self.nodes.iter().enumerate() {
            let Kind::Leaf(leaf) = node.kind else { continue };
            *steps += 1;
            let is_next = if self.all.is_some() {
                !(progress.seen.contains(&leaf) || required && node.nullable)
            } else {
                match &progress.ways {
                    None => self.begin(leaf).is_some(),
                    Some(ways) => ways.iter().any(|way| self.can_go(way, leaf, steps)),
                }
            };
            if is_next {
                found.extend(self.leaves.get(index));
            }
            if found.len() >= EXPECTED_MAX {
                break;
            }
        }
        found
    }

    fn can_go(&self, way: &Way, leaf: LeafIndex, steps: &mut u64) -> bool {
        let mut can = false;
        *steps += 1;
        self.turns(way.leaf, leaf, |turn| {
            *steps += 1;
            can = can || self.turned(way, leaf, turn).is_some();
        });
        can
    }
}

/// Leaves a node: its counter must have reached the minimum.
fn leave(node: &Node, counters: &mut Vec<u32>) -> Option<()> {
    if node.counted && counters.pop()? < node.min {
        return None;
    }
    Some(())
}
