//! From particles to a model.

use std::collections::HashMap;
use std::sync::Arc;

use postern_dotnet::xml::XName;

use super::{All, Group, Kind, Leaf, LeafIndex, Model, Node, Particle, Term};
use crate::component::ElementId;
use crate::limits;

/// An element that a leaf takes: itself or one of its substitution group.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) id: ElementId,
    pub(crate) name: XName,
}

/// Says what may stand for an element.
pub(crate) trait Members {
    /// The element itself first.
    fn members(&self, id: ElementId) -> Vec<Member>;
}

/// A tree that is left when groups of one and empty ones are gone.
struct Plain<'p> {
    min: u32,
    max: Option<u32>,
    term: PlainTerm<'p>,
}

enum PlainTerm<'p> {
    Leaf(&'p Term),
    Group(Kind, Vec<Plain<'p>>),
}

struct Builder<'m> {
    model: Model,
    members: &'m dyn Members,
    /// Leaves and names that the set may still have.
    budget: &'m mut usize,
}

/// Compiles a particle; an error says why it cannot be. `budget` is what may still be built for the whole set, `steps` what may still be done
/// to find ambiguity.
pub(crate) fn compile(
    particle: Option<&Arc<Particle>>,
    members: &dyn Members,
    budget: &mut usize,
    steps: &mut u64,
) -> Result<Model, String> {
    let model =
        Model { nodes: Vec::new(), leaves: Vec::new(), by_name: HashMap::new(), wildcards: Vec::new(), all: None };
    let mut builder = Builder { model, members, budget };
    let Some(particle) = particle.filter(|particle| !particle.is_empty()) else { return Ok(builder.model) };
    if let Some((optional, children)) = all_of(particle) {
        builder.model.all = Some(All { optional });
        for child in children {
            if !matches!(child.term, Term::Element(_)) || child.max.is_none_or(|max| max > 1) {
                return Err("The {max occurs} of all the particles in the {particles} of an all group must be 0 or 1."
                    .to_owned());
            }
            if child.max == Some(1) {
                let plain = Plain { min: child.min, max: child.max, term: PlainTerm::Leaf(&child.term) };
                builder.add(&plain, None)?;
            }
        }
        return Ok(builder.model);
    }
    let plain = plain(particle)?;
    if let Some(plain) = plain {
        builder.add(&plain, None)?;
        builder.model.unique(steps)?;
    }
    Ok(builder.model)
}

/// The children of `xs:all`, and whether it may be left out.
fn all_of(particle: &Arc<Particle>) -> Option<(bool, &[Arc<Particle>])> {
    match &particle.term {
        Term::Group(Group::All, children) => Some((particle.min == 0, children)),
        Term::Group(_, children) if particle.max == Some(1) => match children.as_slice() {
            [only] => all_of(only).map(|(optional, children)| (optional || particle.min == 0, children)),
            _ => None,
        },
        _ => None,
    }
}

/// Recurses as deep as groups are within each other, which is bounded where they are read.
fn plain(particle: &Particle) -> Result<Option<Plain<'_>>, String> {
    if particle.is_empty() {
        return Ok(None);
    }
    let Particle { min, max, term } = particle;
    let (kind, children) = match term {
        Term::Group(Group::All, _) => {
            return Err("An all group can only be the whole content of a complex type.".to_owned());
        }
        Term::Group(Group::Sequence, children) => (Kind::Sequence, children),
        Term::Group(Group::Choice, children) => (Kind::Choice, children),
        leaf => return Ok(Some(Plain { min: *min, max: *max, term: PlainTerm::Leaf(leaf) })),
    };
    let mut inner = Vec::with_capacity(children.len());
    let mut has_empty = false;
    for child in children {
        match plain(child)? {
            Some(child) => inner.push(child),
            None => has_empty = true,
        }
    }
    // A choice of which one is empty may be left out.
    let min = if kind == Kind::Choice && has_empty { 0 } else { *min };
    let merged = match inner.pop() {
        None => return Ok(None),
        Some(only) if inner.is_empty() => only,
        Some(last) => {
            inner.push(last);
            return Ok(Some(Plain { min, max: *max, term: PlainTerm::Group(kind, inner) }));
        }
    };
    // `(e{a,b}){c,d}` is `e{ac,bd}` where no number between is left out.
    let is_once = |min: u32, max: Option<u32>| min == 1 && max == Some(1);
    if merged.min <= 1 || is_once(min, *max) {
        let max = merged.max.zip(*max).map(|(a, b)| a.saturating_mul(b));
        return Ok(Some(Plain { min: merged.min.saturating_mul(min), max, term: merged.term }));
    }
    Ok(Some(Plain { min, max: *max, term: PlainTerm::Group(kind, vec![merged]) }))
}

impl Builder<'_> {
    fn spend(&mut self, count: usize) -> Result<(), String> {
        match self.budget.checked_sub(count) {
            Some(left) => *self.budget = left,
            None => return Err(format!("The content models are larger than {} particles.", limits::PARTICLES_MAX)),
        }
        Ok(())
    }

    /// Adds a node and its descendants. Returns its index.
    fn add(&mut self, plain: &Plain<'_>, parent: Option<u32>) -> Result<u32, String> {
        self.spend(1)?;
        let index = self.model.nodes.len() as u32;
        let above = parent.and_then(|parent| self.model.nodes.get(parent as usize));
        let many = plain.max != Some(1);
        let counted = many && (plain.min > 1 || plain.max.is_some());
        let (depth, counters, above_top, is_first) = match above {
            None => (0, 0, 0, true),
            Some(above) => {
                (above.depth + 1, above.counters, above.first_top, above.kind != Kind::Sequence || above.required == 0)
            }
        };
        let required_before = above.map_or(0, |above| above.required);
        self.model.nodes.push(Node {
            kind: Kind::Sequence,
            parent: parent.unwrap_or(0),
            depth,
            end: index + 1,
            nullable: plain.min == 0,
            min: plain.min,
            max: plain.max,
            counted,
            counters: counters + u32::from(counted),
            first_top: if is_first { above_top } else { depth },
            required_before,
            required: 0,
        });
        let (kind, body_nullable) = match &plain.term {
            PlainTerm::Leaf(term) => (Kind::Leaf(self.leaf(term, index)?), false),
            PlainTerm::Group(kind, children) => {
                if let Some(node) = self.model.nodes.get_mut(index as usize) {
                    node.kind = *kind;
                }
                (*kind, self.children(*kind, children, index)?)
            }
        };
        let end = self.model.nodes.len() as u32;
        if let Some(node) = self.model.nodes.get_mut(index as usize) {
            node.kind = kind;
            node.end = end;
            if body_nullable {
                node.nullable = true;
                node.min = 0;
            }
        }
        Ok(index)
    }

    fn children(&mut self, kind: Kind, children: &[Plain<'_>], index: u32) -> Result<bool, String> {
        let mut any_nullable = false;
        for child in children {
            let added = self.add(child, Some(index))?;
            let nullable = self.model.nodes.get(added as usize).is_some_and(|node| node.nullable);
            any_nullable |= nullable;
            if let Some(node) = self.model.nodes.get_mut(index as usize)
                && kind == Kind::Sequence
                && !nullable
            {
                node.required += 1;
            }
        }
        let required = self.model.nodes.get(index as usize).map_or(0, |node| node.required);
        Ok(if kind == Kind::Sequence { required == 0 } else { any_nullable })
    }

    fn leaf(&mut self, term: &Term, node: u32) -> Result<LeafIndex, String> {
        // Leaves are named by their nodes, so that a way needs one number.
        let leaf = LeafIndex(node);
        let entry = match term {
            Term::Any(wildcard) => {
                self.model.wildcards.push(leaf);
                Leaf::Any(wildcard.clone())
            }
            Term::Element(id) => {
                let members = self.members.members(*id);
                self.spend(members.len())?;
                for member in &members {
                    self.model.by_name.entry(member.name.clone()).or_default().push((leaf, member.id));
                }
                Leaf::Element(members)
            }
            Term::Group(..) => return Err("A group cannot be a leaf.".to_owned()),
        };
        // Nodes that are groups have no leaf: the list is as long as that of the nodes.
        self.model.leaves.resize_with(node as usize, || Leaf::Element(Vec::new()));
        self.model.leaves.push(entry);
        Ok(leaf)
    }
}
