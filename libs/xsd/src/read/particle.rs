//! Particles: what content models are read from.

use std::sync::Arc;

use super::{Kind, Read, Reader, Spot};
use crate::limits;
use crate::model::{Group, Particle, Term};
use crate::validate::message::qualified;

impl Reader<'_> {
    /// A particle inside a content model. `depth` counts particles around it and references to groups: this recurses over both.
    pub(super) fn particle(&mut self, spot: Spot, depth: usize) -> Read<Arc<Particle>> {
        self.part(spot)?;
        if depth > limits::PARTICLE_DEPTH_MAX {
            return self.fail(spot, format!("Groups are more than {} deep.", limits::PARTICLE_DEPTH_MAX));
        }
        let (min, max) = self.occurs(spot)?;
        let term = match self.local(spot) {
            "element" => Term::Element(self.local_element(spot)?),
            "any" => Term::Any(self.wildcard(spot)?),
            "sequence" => self.group_content(spot, Group::Sequence, depth)?,
            "choice" => self.group_content(spot, Group::Choice, depth)?,
            "all" => self.group_content(spot, Group::All, depth)?,
            "group" => {
                let Some(name) = self.reference(spot, "ref")? else {
                    return self.fail(spot, "The required attribute 'ref' is missing.");
                };
                let Some(group) = self.global(spot, Kind::Group, &name) else {
                    let shown = qualified(&name);
                    return self.fail(spot, format!("Reference to undeclared model group '{shown}'."));
                };
                if self.open_groups.contains(&group) {
                    return self.fail(spot, "Circular group reference.");
                }
                self.open_groups.push(group);
                let inner = self.group_definition(group, depth + 1);
                self.open_groups.pop();
                let inner = inner?;
                match &*inner {
                    Particle { min: 1, max: Some(1), term } => term.clone(),
                    _ => Term::Group(Group::Sequence, vec![inner]),
                }
            }
            _ => {
                self.unsupported(spot);
                return Err(super::Wrong);
            }
        };
        Ok(Arc::new(Particle { min, max, term }))
    }

    fn group_content(&mut self, spot: Spot, group: Group, depth: usize) -> Read<Term> {
        let mut children = Vec::new();
        for child in self.children(spot) {
            let is_allowed = match self.local(child) {
                "element" => true,
                "any" | "sequence" | "choice" | "group" => group != Group::All,
                _ => false,
            };
            if !is_allowed {
                self.unsupported(child);
                return Err(super::Wrong);
            }
            children.push(self.particle(child, depth + 1)?);
        }
        Ok(Term::Group(group, children))
    }

    /// What a global group contains.
    pub(super) fn group_definition(&mut self, spot: Spot, depth: usize) -> Read<Arc<Particle>> {
        match self.children(spot).as_slice() {
            [only] if matches!(self.local(*only), "sequence" | "choice" | "all") => self.particle(*only, depth),
            [] => Ok(Particle::sequence(Vec::new())),
            [first, ..] => {
                self.unsupported(*first);
                Err(super::Wrong)
            }
        }
    }

    fn occurs(&mut self, spot: Spot) -> Read<(u32, Option<u32>)> {
        let max_text = self.attribute(spot, "maxOccurs");
        let min_text = self.attribute(spot, "minOccurs");
        // Numbers beyond 32 bits mean as much.
        let number = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| text.parse().unwrap_or(u32::MAX))
        };
        let min = match min_text.as_deref() {
            None => 1,
            Some(text) => match number(text) {
                Some(min) => min,
                None => {
                    return self.fail(spot, "The value for the 'minOccurs' attribute must be xsd:nonNegativeInteger.");
                }
            },
        };
        let max = match max_text.as_deref() {
            None => Some(1),
            Some("unbounded") => None,
            Some(text) => match number(text) {
                Some(max) => Some(max),
                None => {
                    let message =
                        "The value for the 'maxOccurs' attribute must be xsd:nonNegativeInteger or 'unbounded'.";
                    return self.fail(spot, message);
                }
            },
        };
        if max.is_some_and(|max| min > max) {
            return self.fail(spot, "minOccurs value cannot be greater than maxOccurs value.");
        }
        Ok((min, max))
    }
}
