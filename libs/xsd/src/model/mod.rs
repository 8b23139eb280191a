//! Content models: which elements an element may contain, in which order.
//!
//! A model is a tree of particles in which occurrence is counted, not written out: `maxOccurs="100000"` costs one counter. Where a document
//! is in a model is a leaf with the counters around it (a way); unambiguous models have one way nearly always.

mod ambiguous;
mod build;
mod walk;

use std::collections::HashMap;
use std::sync::Arc;

use postern_dotnet::xml::XName;

use crate::component::ElementId;
use crate::wildcard::{Process, Wildcard};

pub(crate) use build::{Member, Members, compile};
pub(crate) use walk::{Progress, Refused};

/// What a schema says: a term and how often it may occur.
#[derive(Debug, Clone)]
pub(crate) struct Particle {
    pub(crate) min: u32,
    /// `None`: unbounded
    pub(crate) max: Option<u32>,
    pub(crate) term: Term,
}

#[derive(Debug, Clone)]
pub(crate) enum Term {
    Element(ElementId),
    Any(Wildcard),
    Group(Group, Vec<Arc<Particle>>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Sequence,
    Choice,
    All,
}

impl Particle {
    /// Whether it can never contain anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.max == Some(0) || matches!(&self.term, Term::Group(_, children) if children.is_empty())
    }

    /// One after the other, once.
    pub(crate) fn sequence(children: Vec<Arc<Particle>>) -> Arc<Particle> {
        Arc::new(Particle { min: 1, max: Some(1), term: Term::Group(Group::Sequence, children) })
    }
}

/// What a leaf takes.
#[derive(Debug)]
pub(crate) enum Leaf {
    /// Its name and those that may stand for it.
    Element(Vec<Member>),
    Any(Wildcard),
}

/// A compiled content model.
#[derive(Debug)]
pub(crate) struct Model {
    /// In the order in which they are entered; the first is the root.
    nodes: Vec<Node>,
    leaves: Vec<Leaf>,
    by_name: HashMap<XName, Vec<(LeafIndex, ElementId)>>,
    wildcards: Vec<LeafIndex>,
    /// The leaves of `xs:all` in any order, and whether there may be nothing of it; `nodes` has only its leaves then.
    all: Option<All>,
}

#[derive(Debug, Clone, Copy)]
struct All {
    optional: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LeafIndex(u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sequence,
    Choice,
    Leaf(LeafIndex),
}

#[derive(Debug)]
struct Node {
    kind: Kind,
    parent: u32,
    depth: u32,
    /// The node behind its descendants.
    end: u32,
    /// With occurrence.
    nullable: bool,
    min: u32,
    max: Option<u32>,
    /// Whether occurrences are counted: they are not where any number will do.
    counted: bool,
    /// Counters around its content, its own among them.
    counters: u32,
    /// The depth of the outermost node that can begin with this one.
    first_top: u32,
    /// Of a child of a sequence: how many of its elder siblings must not be left out.
    required_before: u32,
    /// Of a sequence: how many of its children must not be left out.
    required: u32,
}

/// What takes an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    Element(ElementId),
    Any(Process),
}
