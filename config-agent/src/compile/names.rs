//! Resources that policies name and that do not exist. The documents are used all the same: a request that comes to such a policy fails, or what
//! it would have written is lost, and the resource may yet come.

use std::collections::BTreeSet;

use postern_bundle::Diagnostic;
use postern_model::{ApiName, Inventory, Name};
use postern_policy::{Named, NamedKind, nearest};

/// An id, and the document that names it.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    /// What is named, at its place in the document as written.
    pub(super) named: Named,
    /// Id of the policy or fragment.
    pub(super) scope: String,
    /// Its file, if it has one.
    pub(super) file: Option<String>,
}

/// What is wrong with names, in their order.
pub(super) fn unknown(inventory: &Inventory, references: &[Reference]) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for reference in references {
        let Named { kind, id, api, element, line, column } = &reference.named;
        let api = Name::from(&**api);
        // Of an API that does not exist, that it does not is enough.
        let has_api = *kind != NamedKind::Operation || is_known(inventory, NamedKind::Api, &api, &api);
        if !has_api || is_known(inventory, *kind, &Name::from(&**id), &api) {
            continue;
        }
        let what = kind.as_str();
        let article = if matches!(kind, NamedKind::Api | NamedKind::Operation) { "an" } else { "a" };
        let shown = if *kind == NamedKind::Api { "API" } else { what };
        let message =
            format!("`<{element}>` names {article} {shown} `{id}`, which does not exist{}", consequence(*kind));
        findings.push(Diagnostic {
            file: reference.file.clone(),
            line: *line,
            column: *column,
            suggestion: similar(inventory, *kind, id, &api),
            ..Diagnostic::warning(&format!("{what}-unknown"), reference.scope.clone(), message)
        });
    }
    findings
}

/// What comes of it.
fn consequence(kind: NamedKind) -> &'static str {
    match kind {
        NamedKind::Backend => ": requests that come here fail",
        NamedKind::Certificate | NamedKind::Schema => "",
        NamedKind::Logger => ": its events go to the log",
        NamedKind::Api | NamedKind::Operation => ": nothing is limited",
        NamedKind::GraphqlType => "",
    }
}

fn is_known(inventory: &Inventory, kind: NamedKind, name: &Name, api: &Name) -> bool {
    match kind {
        NamedKind::Backend => inventory.backends.contains_key(name),
        NamedKind::Certificate => inventory.certificates.contains_key(name),
        NamedKind::Logger => inventory.loggers.contains_key(name),
        NamedKind::Schema => inventory.schemas.contains_key(name),
        // Whose schema it is about is known where the API is compiled (`graphql.rs`).
        NamedKind::GraphqlType => true,
        NamedKind::Api => inventory.apis.contains_key(name) || inventory.apis.keys().any(|api| base(api) == *name),
        // Looking through all of them is for names that are not there, and APIs whose current revision stands under its full name.
        NamedKind::Operation => {
            inventory.operations.contains_key(&(api.clone(), name.clone()))
                || operations(inventory, api).any(|operation| operation == name)
        }
    }
}

/// What an author may have meant.
fn similar(inventory: &Inventory, kind: NamedKind, id: &str, api: &Name) -> Option<String> {
    let names: BTreeSet<Name> = match kind {
        NamedKind::Backend => inventory.backends.keys().cloned().collect(),
        NamedKind::Certificate => inventory.certificates.keys().cloned().collect(),
        NamedKind::Logger => inventory.loggers.keys().cloned().collect(),
        NamedKind::Schema => inventory.schemas.keys().cloned().collect(),
        NamedKind::GraphqlType => BTreeSet::new(),
        NamedKind::Api => inventory.apis.keys().map(base).collect(),
        NamedKind::Operation => operations(inventory, api).cloned().collect(),
    };
    nearest(id, names.iter().map(Name::as_str)).map(|name| format!("did you mean `{name}`?"))
}

/// The API without its revision.
fn base(name: &Name) -> Name {
    ApiName::parse(name.as_str()).base
}

fn operations<'i>(inventory: &'i Inventory, api: &'i Name) -> impl Iterator<Item = &'i Name> {
    inventory.operations.keys().filter(move |(name, _)| base(name) == *api).map(|(_, operation)| operation)
}
