//! The entity container: sets, singletons and imports.

use std::collections::HashMap;

use roxmltree::Node;

use super::attributes::{attribute, children, is_true_anywhere};
use super::build::Build;
use super::operations::parameters;
use super::read::Schemas;
use super::{Member, Operation};
use crate::limits;
use crate::types::{Item, Ty};

type Containers<'a, 'i> = HashMap<String, Node<'a, 'i>>;

pub(super) fn read(build: &mut Build, root: Node<'_, '_>, schemas: &Schemas<'_, '_>) {
    let mut containers: Containers<'_, '_> = HashMap::new();
    let mut order = Vec::new();
    for (schema, namespace) in schemas {
        for node in children(*schema, "EntityContainer") {
            let Some(name) = build.name(node) else { continue };
            let name = format!("{namespace}.{name}");
            if containers.insert(name.clone(), node).is_some() {
                build.problem(node, format!("the container `{name}` is declared twice"));
            }
            order.push((name, node));
        }
    }
    let extended: Vec<String> = order
        .iter()
        .filter_map(|(_, node)| attribute(*node, "Extends"))
        .filter_map(|name| build.model.canonical(name))
        .collect();
    order.retain(|(name, _)| !extended.contains(name));
    let default = order.iter().position(|(_, node)| is_true_anywhere(*node, "IsDefaultEntityContainer"));
    let Some((name, node)) = order.get(default.unwrap_or(0)).cloned() else {
        let message =
            if containers.is_empty() { "there is no `EntityContainer`" } else { "the containers extend each other" };
        build.problem(root, message.to_owned());
        return;
    };
    if default.is_none() && order.len() > 1 {
        build.problem(node, "there is more than one `EntityContainer`, and none is the default".to_owned());
    }
    lineage(build, &name, node, &containers);
}

/// A container with those it extends.
fn lineage(build: &mut Build, name: &str, node: Node<'_, '_>, containers: &Containers<'_, '_>) {
    let mut next = Some((name.to_owned(), node));
    let mut seen: Vec<String> = Vec::new();
    while let Some((name, node)) = next.take() {
        members(build, node);
        seen.push(name);
        let Some(base) = attribute(node, "Extends") else { return };
        let found = build.model.canonical(base).and_then(|base| containers.get(&base).map(|node| (base, *node)));
        match found {
            Some((base, _)) if seen.contains(&base) || seen.len() >= limits::BASES_MAX => {
                build.problem(node, format!("the container extends itself over `{base}`"));
            }
            Some(found) => next = Some(found),
            None if build.model.is_elsewhere(base) => build.model.is_container_open = true,
            None => build.problem(node, format!("there is no container `{base}`")),
        }
    }
}

fn members(build: &mut Build, container: Node<'_, '_>) {
    for node in container.children().filter(Node::is_element) {
        let element = node.tag_name().name();
        if !matches!(element, "EntitySet" | "Singleton" | "FunctionImport" | "ActionImport") {
            continue;
        }
        let Some(name) = build.name(node) else { continue };
        let member = match element {
            "EntitySet" => entity_type(build, node, "EntityType").map(|item| Member::Set(Ty::many(item))),
            "Singleton" => entity_type(build, node, "Type").map(|item| Member::Singleton(Ty::one(item))),
            "ActionImport" => action_import(build, node),
            _ => function_import(build, node),
        };
        let Some(member) = member else { continue };
        let overload = match (&member, build.model.members.get_mut(name)) {
            // Up to version 3, overloads of functions are imports of one name.
            (Member::Function(new), Some(Member::Function(known))) if attribute(node, "Function").is_none() => {
                known.extend(new);
                true
            }
            _ => false,
        };
        if !overload && build.model.members.insert(name.into(), member).is_some() {
            build.problem(node, format!("the container has two members `{name}`"));
        }
    }
}

fn entity_type(build: &mut Build, node: Node<'_, '_>, name: &str) -> Option<Item> {
    let element = node.tag_name().name();
    let Some(ty) = build.ty_of(node, name) else {
        build.problem(node, format!("the `{element}` has no `{name}`"));
        return None;
    };
    match ty.item {
        Item::Structured(id) if build.model.is_entity(id) => Some(ty.item),
        Item::Unknown => Some(ty.item),
        _ => {
            build.problem(node, format!("the type of the `{element}` is no entity type"));
            None
        }
    }
}

fn action_import(build: &mut Build, node: Node<'_, '_>) -> Option<Member> {
    let Some(action) = attribute(node, "Action") else {
        build.problem(node, "the `ActionImport` has no `Action`".to_owned());
        return None;
    };
    if build.model.is_elsewhere(action) {
        return Some(Member::Action(Some(Ty::UNKNOWN)));
    }
    let found = build.model.overloads(action).find(|operation| !operation.is_function && operation.binding.is_none());
    let returns = found.map(|operation| operation.returns);
    if returns.is_none() {
        build.problem(node, format!("there is no unbound action `{action}`"));
    }
    returns.map(Member::Action)
}

fn function_import(build: &mut Build, node: Node<'_, '_>) -> Option<Member> {
    let Some(function) = attribute(node, "Function") else { return Some(legacy_import(build, node)) };
    if build.model.is_elsewhere(function) {
        return Some(Member::Function(Vec::new()));
    }
    let indices = build.model.canonical(function).and_then(|name| build.model.operations_by_name.get(name.as_str()));
    let is_it = |index: &&u32| {
        build.model.operation(**index).is_some_and(|operation| operation.is_function && operation.binding.is_none())
    };
    let found: Vec<u32> = indices.into_iter().flatten().filter(is_it).copied().collect();
    if found.is_empty() {
        build.problem(node, format!("there is no unbound function `{function}`"));
        return None;
    }
    Some(Member::Function(found))
}

/// Up to version 3 an import is the whole declaration, and its parameters stand in the query.
fn legacy_import(build: &mut Build, node: Node<'_, '_>) -> Member {
    let mut parameters = parameters(build, node);
    for parameter in &mut parameters {
        parameter.is_optional = true;
    }
    let returned = children(node, "ReturnType").next();
    let returns = match returned {
        Some(returned) => build.ty_of(returned, "Type").or_else(|| build.ty_of(returned, "EdmType")),
        None => build.ty_of(node, "ReturnType"),
    };
    let operation = Operation { is_function: true, is_composable: true, binding: None, parameters, returns };
    Member::Function(vec![build.add(operation)])
}
