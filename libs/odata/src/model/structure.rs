//! Entity and complex types: keys, properties, hierarchy.

use std::collections::HashMap;

use roxmltree::Node;

use super::attributes::{attribute, children, is_true_anywhere};
use super::build::Build;
use super::read::{Declared, is_open};
use super::{Base, Property, Structured};
use crate::limits;
use crate::types::{Item, Ty, TypeId};

pub(super) fn fill(build: &mut Build, declared: &[Declared<'_, '_>]) {
    let structured = |one: &&Declared<'_, '_>| matches!(one.node.tag_name().name(), "EntityType" | "ComplexType");
    let bases: Vec<(TypeId, Structured)> = declared
        .iter()
        .filter(structured)
        .map(|Declared { node, id }| {
            let is_entity = node.tag_name().name() == "EntityType";
            let found = Structured {
                is_entity,
                base: build.base(*node, is_entity),
                is_open: is_open(*node),
                has_stream: is_true_anywhere(*node, "HasStream"),
                key: Vec::new(),
                properties: properties(build, *node),
            };
            (*id, found)
        })
        .collect();
    for (id, found) in bases {
        build.set(id, found);
    }
    let mut is_sound = true;
    for one in declared.iter().filter(structured) {
        is_sound &= check_bases(build, one);
    }
    // Keys are looked up along the hierarchy.
    if is_sound {
        for one in declared.iter().filter(structured) {
            key(build, one);
        }
    }
}

fn properties(build: &mut Build, node: Node<'_, '_>) -> HashMap<Box<str>, Property> {
    let mut properties = HashMap::new();
    for child in node.children().filter(Node::is_element) {
        let is_navigation = match child.tag_name().name() {
            "Property" => false,
            "NavigationProperty" => true,
            _ => continue,
        };
        let Some(name) = build.name(child) else { continue };
        let ty = match build.ty_of(child, "Type") {
            Some(ty) => ty,
            None if is_navigation => build.end_of(child),
            None => {
                build.problem(child, format!("the property `{name}` has no `Type`"));
                Ty::UNKNOWN
            }
        };
        if is_navigation && !matches!(ty.item, Item::Structured(_) | Item::Unknown) {
            build.problem(child, format!("the navigation property `{name}` does not lead to an entity type"));
        }
        if properties.insert(name.into(), Property { ty, is_navigation }).is_some() {
            build.problem(child, format!("the property `{name}` is declared twice"));
        }
    }
    properties
}

/// Whether the hierarchy above a type ends.
fn check_bases(build: &mut Build, one: &Declared<'_, '_>) -> bool {
    let mut id = one.id;
    for _ in 0..limits::BASES_MAX {
        match build.model.structured(id).map(|structured| structured.base) {
            Some(Base::Known(base)) => id = base,
            _ => return true,
        }
    }
    let name = build.model.type_name(one.id).to_owned();
    build.problem(one.node, format!("the base types of `{name}` have no end"));
    false
}

/// Properties of the key, by their names or aliases.
fn key(build: &mut Build, one: &Declared<'_, '_>) {
    let mut key: Vec<(Box<str>, Ty)> = Vec::new();
    for reference in children(one.node, "Key").flat_map(|key| children(key, "PropertyRef")) {
        let Some(path) = attribute(reference, "Name") else {
            build.problem(reference, "a `PropertyRef` has no `Name`".to_owned());
            continue;
        };
        let ty = path_type(build, one.id, path);
        if ty.is_none() {
            let name = build.model.type_name(one.id).to_owned();
            build.problem(reference, format!("`{name}` has no property `{path}` that its key names"));
        }
        let name = attribute(reference, "Alias").unwrap_or(path);
        key.push((name.into(), ty.unwrap_or(Ty::UNKNOWN)));
    }
    if let Some(super::TypeDecl { kind: super::TypeKind::Structured(structured), .. }) =
        build.model.types.get_mut(one.id.0 as usize)
    {
        structured.key = key;
    }
}

/// The type at the end of a path of properties.
fn path_type(build: &Build, from: TypeId, path: &str) -> Option<Ty> {
    let mut ty = Ty::one(Item::Structured(from));
    for name in path.split('/').take(limits::SEGMENTS_MAX) {
        ty = match ty.item {
            Item::Structured(id) => match build.model.property(id, name) {
                Some(property) => property.ty,
                None if build.model.is_open(id) => Ty::UNKNOWN,
                None => return None,
            },
            Item::Unknown => Ty::UNKNOWN,
            _ => return None,
        };
    }
    Some(ty)
}
