//! Functions and actions with their overloads.

use roxmltree::Node;

use super::attributes::{attribute, children, is_true};
use super::build::Build;
use super::read::Schemas;
use super::{Operation, Parameter};
use crate::limits;
use crate::types::Ty;

pub(super) fn read(build: &mut Build, schemas: &Schemas<'_, '_>) {
    for (schema, namespace) in schemas {
        for node in schema.children().filter(Node::is_element) {
            let is_function = match node.tag_name().name() {
                "Function" => true,
                "Action" => false,
                _ => continue,
            };
            let Some(name) = build.name(node) else { continue };
            let operation = operation(build, node, is_function);
            let index = build.add(operation);
            build.model.operations_by_name.entry(format!("{namespace}.{name}").into()).or_default().push(index);
            build.model.operations_by_short_name.entry(name.into()).or_default().push(index);
        }
    }
}

fn operation(build: &mut Build, node: Node<'_, '_>, is_function: bool) -> Operation {
    let mut parameters = parameters(build, node);
    let is_bound = is_true(node, "IsBound");
    let mut binding = None;
    if is_bound {
        if parameters.is_empty() {
            build.problem(node, "a bound operation has no binding parameter".to_owned());
        } else {
            binding = Some(parameters.remove(0).ty);
        }
    }
    let returns = children(node, "ReturnType").next().and_then(|returned| build.ty_of(returned, "Type"));
    // Up to version 3, functions are expressions of the database.
    let returns = returns.or_else(|| build.ty_of(node, "ReturnType"));
    if is_function && returns.is_none() {
        build.problem(node, "a function has no `ReturnType`".to_owned());
    }
    Operation { is_function, is_composable: is_true(node, "IsComposable"), binding, parameters, returns }
}

/// Parameters in the order of the document.
pub(super) fn parameters(build: &mut Build, node: Node<'_, '_>) -> Vec<Parameter> {
    let mut parameters: Vec<Parameter> = Vec::new();
    for child in children(node, "Parameter") {
        let Some(name) = build.name(child) else { continue };
        let ty = build.ty_of(child, "Type").unwrap_or_else(|| {
            build.problem(child, format!("the parameter `{name}` has no `Type`"));
            Ty::UNKNOWN
        });
        // Each is compared with those before it.
        if parameters.len() >= limits::NAMES_MAX {
            build.problem(child, format!("there are more than {} parameters", limits::NAMES_MAX));
            break;
        }
        if parameters.iter().any(|known| *known.name == *name) {
            build.problem(child, format!("the parameter `{name}` is declared twice"));
        }
        let is_optional = children(child, "Annotation")
            .any(|note| attribute(note, "Term").is_some_and(|term| term.ends_with(".OptionalParameter")));
        parameters.push(Parameter { name: name.into(), ty, is_optional });
    }
    parameters
}

impl Build {
    pub(super) fn add(&mut self, operation: Operation) -> u32 {
        self.model.operations.push(operation);
        u32::try_from(self.model.operations.len() - 1).unwrap_or(u32::MAX)
    }
}
