//! From the text of CSDL to a model: first all names, then what they stand for.

use std::collections::HashMap;

use roxmltree::{Document, Node, ParsingOptions};

use super::attributes::{attribute, children, is_true};
use super::build::Build;
use super::{Base, Model, ModelProblem, Structured, TypeDecl, TypeKind};
use crate::limits;
use crate::types::{Item, Ty, TypeId};

/// An element that declares a type.
#[derive(Clone, Copy)]
pub(super) struct Declared<'a, 'i> {
    pub(super) node: Node<'a, 'i>,
    pub(super) id: TypeId,
}

pub(super) fn model(text: &str) -> Result<Model, Vec<ModelProblem>> {
    if text.len() > limits::MODEL_BYTES_MAX {
        let message = format!("the document has more than {} bytes", limits::MODEL_BYTES_MAX);
        return Err(vec![ModelProblem::nowhere(message)]);
    }
    // Nothing may stand before a declaration; lines are counted from the beginning all the same.
    let whole = text.trim_start_matches('\u{feff}');
    let text = whole.trim_start();
    let before = whole.get(..whole.len() - text.len()).unwrap_or_default();
    let lines = before.matches('\n').count();
    read(text).map_err(|problems| {
        let moved = |problem: ModelProblem| {
            let line = if problem.line == 0 { 0 } else { problem.line + lines };
            ModelProblem { line, ..problem }
        };
        problems.into_iter().map(moved).collect()
    })
}

fn read(text: &str) -> Result<Model, Vec<ModelProblem>> {
    let options = ParsingOptions { nodes_limit: limits::MODEL_NODES_MAX, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| {
        let place = error.pos();
        vec![ModelProblem { message: error.to_string(), line: place.row as usize, column: place.col as usize }]
    })?;
    let mut build = Build { model: Model::default(), problems: Vec::new(), associations: HashMap::new() };
    let root = document.root_element();
    let schemas = schemas(&mut build, root);
    if schemas.is_empty() {
        build.problem(root, format!("`{}` has no schema", root.tag_name().name()));
        return Err(build.problems);
    }
    references(&mut build, root);
    let declared = declare(&mut build, &schemas);
    super::legacy::associations(&mut build, &schemas);
    super::structure::fill(&mut build, &declared);
    super::operations::read(&mut build, &schemas);
    super::container::read(&mut build, root, &schemas);
    annotations(&mut build, root);
    if build.problems.is_empty() { Ok(build.model) } else { Err(build.problems) }
}

/// See [`Model::is_csdl`].
pub(super) fn is_csdl(text: &str) -> bool {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    // Declarations and comments before the root.
    while let Some((before, end)) = [("<?", "?>"), ("<!--", "-->")].iter().find(|(start, _)| rest.starts_with(start)) {
        let behind = rest.get(before.len()..).and_then(|rest| rest.split_once(end));
        let Some((_, behind)) = behind else { return false };
        rest = behind.trim_start();
    }
    let Some(rest) = rest.strip_prefix('<') else { return false };
    let name = rest.split([' ', '\t', '\r', '\n', '/', '>']).next().unwrap_or_default();
    let local = name.rsplit(':').next().unwrap_or_default();
    // An XML Schema has its root in lower case.
    matches!(local, "Edmx" | "Schema")
}

/// A schema and its namespace.
pub(super) type Schemas<'a, 'i> = Vec<(Node<'a, 'i>, &'a str)>;

/// All schemas: of an `Edmx`, or the document itself.
fn schemas<'a, 'i>(build: &mut Build, root: Node<'a, 'i>) -> Schemas<'a, 'i> {
    let nodes: Vec<Node<'a, 'i>> = if root.tag_name().name() == "Schema" {
        vec![root]
    } else {
        children(root, "DataServices").flat_map(|services| children(services, "Schema")).collect()
    };
    let mut schemas = Vec::new();
    for node in nodes {
        let Some(namespace) = attribute(node, "Namespace") else {
            build.problem(node, "a `Schema` has no `Namespace`".to_owned());
            continue;
        };
        let alias = attribute(node, "Alias");
        for name in std::iter::once(namespace).chain(alias) {
            let known = build.model.namespaces.insert(name.into(), namespace.into());
            if known.is_some_and(|known| *known != *namespace) {
                build.problem(node, format!("`{name}` stands for two schemas"));
            }
        }
        schemas.push((node, namespace));
    }
    schemas
}

/// Namespaces that are in other documents.
fn references(build: &mut Build, root: Node<'_, '_>) {
    let includes = children(root, "Reference").flat_map(|reference| children(reference, "Include"));
    // Up to version 3: `<Using Namespace="…" Alias="…"/>`.
    let using = root.descendants().filter(|node| node.tag_name().name() == "Using");
    for include in includes.chain(using) {
        for name in [attribute(include, "Namespace"), attribute(include, "Alias")].into_iter().flatten() {
            if !build.model.namespaces.contains_key(name) {
                build.model.elsewhere.insert(name.into());
            }
        }
    }
}

/// Gives every type its id, so that they can refer to each other.
fn declare<'a, 'i>(build: &mut Build, schemas: &Schemas<'a, 'i>) -> Vec<Declared<'a, 'i>> {
    let mut declared = Vec::new();
    for (schema, namespace) in schemas {
        for node in schema.children().filter(Node::is_element) {
            let kind = match node.tag_name().name() {
                "EntityType" => TypeKind::Structured(Structured { is_entity: true, ..Structured::default() }),
                "ComplexType" => TypeKind::Structured(Structured::default()),
                "EnumType" => TypeKind::Enum(
                    children(node, "Member").filter_map(|m| attribute(m, "Name")).map(Into::into).collect(),
                ),
                "TypeDefinition" => TypeKind::Definition(Ty::UNKNOWN),
                _ => continue,
            };
            let Some(short) = build.name(node) else { continue };
            let name: Box<str> = format!("{namespace}.{short}").into();
            if build.model.by_name.contains_key(&name) {
                build.problem(node, format!("the type `{name}` is declared twice"));
                continue;
            }
            let id = TypeId(u32::try_from(build.model.types.len()).unwrap_or(u32::MAX));
            build.model.by_name.insert(name.clone(), id);
            build.model.by_short_name.entry(short.into()).or_default().push(id);
            build.model.types.push(TypeDecl { name, kind });
            declared.push(Declared { node, id });
        }
    }
    definitions(build, &declared);
    declared
}

/// Type definitions are resolved before anything refers to them.
fn definitions(build: &mut Build, declared: &[Declared<'_, '_>]) {
    for Declared { node, id } in declared {
        if node.tag_name().name() != "TypeDefinition" {
            continue;
        }
        let ty = build.ty_of(*node, "UnderlyingType").unwrap_or(Ty::UNKNOWN);
        if !matches!(ty.item, Item::Primitive(_) | Item::Unknown) {
            build.problem(*node, "the underlying type of a type definition is a primitive type".to_owned());
        }
        if let Some(decl) = build.model.types.get_mut(id.0 as usize) {
            decl.kind = TypeKind::Definition(ty);
        }
    }
}

/// What annotations say about names in URLs.
fn annotations(build: &mut Build, root: Node<'_, '_>) {
    for node in root.descendants().filter(|node| node.tag_name().name() == "Annotation") {
        let Some(term) = attribute(node, "Term") else { continue };
        match term.rsplit('.').next() {
            Some("AlternateKeys") => build.model.has_alternate_keys = true,
            Some("CustomAggregate") => {
                if let Some(name) = attribute(node, "Qualifier") {
                    build.model.custom_aggregates.insert(name.into());
                }
            }
            _ => {}
        }
    }
}

impl Build {
    /// Sets what is known of a structured type.
    pub(super) fn set(&mut self, id: TypeId, structured: Structured) {
        if let Some(decl) = self.model.types.get_mut(id.0 as usize) {
            decl.kind = TypeKind::Structured(structured);
        }
    }

    /// The base type of a structured type.
    pub(super) fn base(&mut self, node: Node<'_, '_>, is_entity: bool) -> Base {
        let Some(name) = attribute(node, "BaseType") else { return Base::None };
        match self.ty(node, name).item {
            Item::Structured(id) if self.model.is_entity(id) == is_entity => Base::Known(id),
            Item::Unknown => Base::Elsewhere,
            _ => {
                self.problem(node, format!("`{name}` cannot be the base type of a `{}`", node.tag_name().name()));
                Base::None
            }
        }
    }
}

pub(super) fn is_open(node: Node<'_, '_>) -> bool {
    is_true(node, "OpenType")
}
