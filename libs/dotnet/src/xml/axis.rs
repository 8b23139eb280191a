//! Axes: descendants, ancestors, siblings; document order.

use std::cmp::Ordering;

use super::name::XName;
use super::node::XNode;
use crate::work::Paced;

/// Steps for a node that is walked over.
pub(super) const WALKED_STEPS: u64 = 5;

impl XNode {
    /// `DescendantNodes()`
    #[must_use]
    pub fn descendant_nodes(&self) -> Vec<XNode> {
        let mut found = Vec::new();
        let mut current = self.child(0);
        while let Some(node) = current {
            current = node.following(self, true);
            found.push(node);
        }
        found
    }

    /// Everything below it that `test` takes, in pieces; with the node itself before it.
    #[must_use]
    pub fn descending(&self, and_self: bool, test: impl Fn(&XNode) -> bool + 'static) -> Paced<Vec<XNode>> {
        let root = self.clone();
        Paced::new(move |pace| async move {
            let mut found: Vec<XNode> = Some(root.clone()).filter(|root| and_self && test(root)).into_iter().collect();
            let mut current = root.child(0);
            while let Some(node) = current {
                pace.take(WALKED_STEPS).await;
                current = node.following(&root, true);
                if test(&node) {
                    found.push(node);
                }
            }
            found
        })
    }

    /// `Descendants()` or `Descendants(name)`
    #[must_use]
    pub fn descendants(&self, name: Option<&XName>) -> Vec<XNode> {
        self.descendant_nodes().into_iter().filter(|node| node.is_named(name)).collect()
    }

    /// `DescendantsAndSelf()` or `DescendantsAndSelf(name)`
    #[must_use]
    pub fn descendants_and_self(&self, name: Option<&XName>) -> Vec<XNode> {
        let own = self.is_named(name).then(|| self.clone());
        own.into_iter().chain(self.descendants(name)).collect()
    }

    /// `Ancestors()` or `Ancestors(name)`, the nearest first.
    #[must_use]
    pub fn ancestors(&self, name: Option<&XName>) -> Vec<XNode> {
        std::iter::successors(self.parent(), XNode::parent).filter(|node| node.is_named(name)).collect()
    }

    /// `AncestorsAndSelf()` or `AncestorsAndSelf(name)`
    #[must_use]
    pub fn ancestors_and_self(&self, name: Option<&XName>) -> Vec<XNode> {
        let own = self.is_named(name).then(|| self.clone());
        own.into_iter().chain(self.ancestors(name)).collect()
    }

    /// `NodesAfterSelf()`
    #[must_use]
    pub fn nodes_after_self(&self) -> Vec<XNode> {
        let siblings = self.parent_node().map(|parent| parent.nodes()).unwrap_or_default();
        siblings.into_iter().skip(self.node.index.get() + 1).collect()
    }

    /// `NodesBeforeSelf()`
    #[must_use]
    pub fn nodes_before_self(&self) -> Vec<XNode> {
        let siblings = self.parent_node().map(|parent| parent.nodes()).unwrap_or_default();
        siblings.into_iter().take(self.node.index.get()).collect()
    }

    /// `ElementsAfterSelf()` or `ElementsAfterSelf(name)`
    #[must_use]
    pub fn elements_after_self(&self, name: Option<&XName>) -> Vec<XNode> {
        self.nodes_after_self().into_iter().filter(|node| node.is_named(name)).collect()
    }

    /// `ElementsBeforeSelf()` or `ElementsBeforeSelf(name)`
    #[must_use]
    pub fn elements_before_self(&self, name: Option<&XName>) -> Vec<XNode> {
        self.nodes_before_self().into_iter().filter(|node| node.is_named(name)).collect()
    }

    fn path(&self) -> Vec<usize> {
        let mut path = Vec::new();
        let mut current = self.clone();
        while let Some(parent) = current.parent_node() {
            path.push(current.node.index.get());
            current = parent;
        }
        path.reverse();
        path
    }

    /// The places on the way from the root of its tree, which order nodes of one tree.
    #[must_use]
    pub fn document_position(&self) -> Vec<usize> {
        self.path()
    }

    /// How many nodes there are in it, itself included.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.node_count_within(usize::MAX)
    }

    /// The same, without looking further once there are more than `max`.
    #[must_use]
    pub fn node_count_within(&self, max: usize) -> usize {
        let mut count = 1;
        let mut pending = vec![self.node.clone()];
        while let Some(node) = pending.pop() {
            let Some(children) = node.children() else { continue };
            let children = children.borrow();
            count += children.len();
            if count > max {
                break;
            }
            pending.extend(children.iter().filter(|child| child.children().is_some()).cloned());
        }
        count
    }

    /// How many children it has.
    #[must_use]
    pub fn child_count(&self) -> usize {
        self.node.children().map_or(0, |children| children.borrow().len())
    }

    /// `CompareDocumentOrder`; `None` when they are in different trees.
    #[must_use]
    pub fn compare_document_order(&self, other: &XNode) -> Option<Ordering> {
        if !self.tree_root().is(&other.tree_root()) {
            return None;
        }
        Some(self.path().cmp(&other.path()))
    }
}
