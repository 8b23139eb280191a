//! Policies and fragments: validated before they are stored, stored byte for byte.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use postern_policy::{
    Diagnostic, Document, DocumentKind, Scope, ScopeName, compile, fragment_references, has_errors,
    named_value_references, parse_document, substitute_named_values,
};
use serde_json::{Map, Value, json};

use super::Draft;
use crate::arm::table::Behaviour;
use crate::error::{ArmError, Detail};
use crate::limits::POLICY_BYTES_MAX;
use crate::server::App;
use crate::store::{Row, Writer, row};

/// Resolves `xml-link` and `rawxml-link`.
pub(super) async fn prepare(app: &App, sent: &mut Map<String, Value>) -> Result<(), ArmError> {
    let form =
        sent.get("format").and_then(Value::as_str).and_then(|format| format.strip_suffix("-link")).map(str::to_owned);
    let link = sent.get("value").and_then(Value::as_str).map(str::to_owned);
    if let (Some(form), Some(link)) = (form, link) {
        let text = app.links.text(&link, "value").await?;
        sent.insert("format".to_owned(), form.into());
        sent.insert("value".to_owned(), text.into());
    }
    Ok(())
}

/// Validates the document with the language's own compiler, named values put in and fragments at hand.
pub(super) async fn check(writer: &mut Writer, draft: &Draft) -> Result<(), ArmError> {
    let is_policy = draft.place.kind.behaviour == Behaviour::Policy;
    if is_policy && !draft.place.name().eq_ignore_ascii_case("policy") {
        return Err(ArmError::field("policyId", "The name of a policy must be 'policy'."));
    }
    let text = draft.text("value");
    if text.len() > POLICY_BYTES_MAX {
        let message = format!("The policy document has {} bytes; at most {POLICY_BYTES_MAX} are allowed.", text.len());
        return Err(ArmError::field("value", message));
    }
    let is_resolver = draft.place.parent().is_some_and(|parent| parent.kind.behaviour == Behaviour::Resolver);
    let kind = match is_policy {
        true if is_resolver => DocumentKind::Resolver,
        true => DocumentKind::Policy,
        false => DocumentKind::Fragment,
    };
    let values = named_values(writer, text).await?;
    let complete = substitute_named_values(text, &|name| values.get(name).cloned()).map_err(|found| refusal(&found))?;
    let (document, mut found) = parse_document(&complete, kind);
    let fragments = fragments_of(writer, &document, draft).await?;
    if !has_errors(&found) {
        match scope_of(draft) {
            Some((name, entity)) => {
                let scope = Scope { name, entity: &entity, document: &Arc::new(document) };
                found.extend(compile(&[scope], &|name| fragments.get(&name.to_ascii_lowercase()).cloned()).1);
            }
            None => check_fragment_references(&document, &fragments)?,
        }
    }
    if complete != text {
        place_in_original(&mut found, text, kind);
    }
    found.dedup_by(|one, other| one.code == other.code && one.line == other.line && one.column == other.column);
    if has_errors(&found) { Err(refusal(&found)) } else { Ok(()) }
}

/// Scope and entity of a policy; `None` for a fragment, which may stand at any.
fn scope_of(draft: &Draft) -> Option<(ScopeName, String)> {
    let parent = draft.place.parent();
    let entity = parent.as_ref().map(|parent| parent.name().to_owned()).unwrap_or_default();
    match (draft.place.kind.behaviour, parent.map(|parent| parent.kind.behaviour)) {
        (Behaviour::Policy, None) => Some((ScopeName::Global, entity)),
        (Behaviour::Policy, Some(Behaviour::Product)) => Some((ScopeName::Product, entity)),
        // A resolver's document stands alone.
        (Behaviour::Policy, Some(Behaviour::Operation | Behaviour::Resolver)) => Some((ScopeName::Operation, entity)),
        (Behaviour::Policy, Some(_)) => Some((ScopeName::Api, entity)),
        _ => None,
    }
}

/// Values of the named values a text refers to, by display name.
async fn named_values(writer: &mut Writer, text: &str) -> Result<BTreeMap<String, String>, ArmError> {
    let mut values = BTreeMap::new();
    if named_value_references(text).is_empty() {
        return Ok(values);
    }
    for row in row::list(writer, "/namedValues").await? {
        // One kept in a vault has no value here; its text does not matter for the check.
        let value = if row.secrets.contains_key("value") { row.secret("value") } else { "value" };
        values.insert(row.text("displayName").to_owned(), value.to_owned());
    }
    Ok(values)
}

/// All fragments a document includes, directly or through others, by lower-case id.
async fn fragments_of(
    writer: &mut Writer,
    document: &Document,
    draft: &Draft,
) -> Result<BTreeMap<String, Arc<Document>>, ArmError> {
    let mut found = BTreeMap::new();
    let mut wanted = fragment_references(document);
    let mut seen = BTreeSet::new();
    while let Some(name) = wanted.pop() {
        let key = name.to_ascii_lowercase();
        let is_itself =
            draft.place.kind.behaviour == Behaviour::PolicyFragment && key == draft.place.name().to_ascii_lowercase();
        if is_itself {
            return Err(ArmError::field("value", format!("The fragment '{name}' includes itself.")));
        }
        if !seen.insert(key.clone()) {
            continue;
        }
        let Some(row) = row::get(writer, &format!("/policyFragments/{name}")).await? else { continue };
        let values = named_values(writer, row.text("value")).await?;
        let text = substitute_named_values(row.text("value"), &|name| values.get(name).cloned());
        let text = text.unwrap_or_else(|_| row.text("value").to_owned());
        let fragment = parse_document(&text, DocumentKind::Fragment).0;
        wanted.extend(fragment_references(&fragment));
        found.insert(key, Arc::new(fragment));
    }
    Ok(found)
}

fn check_fragment_references(document: &Document, known: &BTreeMap<String, Arc<Document>>) -> Result<(), ArmError> {
    for name in fragment_references(document) {
        if !known.contains_key(&name.to_ascii_lowercase()) {
            return Err(ArmError::field("value", format!("The policy fragment '{name}' does not exist.")));
        }
    }
    Ok(())
}

/// Positions after named values were put in are not those of the text the operator wrote. What is wrong with or without them
/// is found again in the original, where it stands.
fn place_in_original(found: &mut [Diagnostic], text: &str, kind: DocumentKind) {
    let (_, original) = parse_document(text, kind);
    for diagnostic in found {
        if let Some(same) = original.iter().find(|one| one.code == diagnostic.code && one.message == diagnostic.message)
        {
            diagnostic.line = same.line;
            diagnostic.column = same.column;
        }
    }
}

/// 400 with one detail for each error, position in words and as numbers.
fn refusal(found: &[Diagnostic]) -> ArmError {
    let detail = |diagnostic: &Diagnostic| {
        let hint = diagnostic.suggestion.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        let message = format!(
            "Error in the {} on line {}, column {}: {}{hint}",
            document_of(diagnostic),
            diagnostic.line,
            diagnostic.column,
            diagnostic.message
        );
        let info = json!({
            "severity": if diagnostic.is_error() { "error" } else { "warning" },
            "code": diagnostic.code,
            "line": diagnostic.line,
            "column": diagnostic.column,
            "message": diagnostic.message,
            "suggestion": diagnostic.suggestion,
        });
        Detail { info: Some(info), ..Detail::field("value", message) }
    };
    ArmError::validation(found.iter().filter(|one| one.is_error()).map(detail).collect())
}

/// The document a finding is in: a fragment that is included, or the one that was sent.
fn document_of(diagnostic: &Diagnostic) -> &str {
    diagnostic.document.as_deref().filter(|document| document.starts_with("fragment ")).unwrap_or("policy document")
}

/// Policies and fragments that include a fragment.
pub(super) async fn references_to_fragment(
    writer: &mut sqlx::SqliteConnection,
    name: &str,
) -> Result<Vec<Row>, ArmError> {
    let mut referring = Vec::new();
    for (kind, document) in POLICY_KINDS {
        for row in row::of_kind(writer, kind).await? {
            // Reading is dear, so only documents that have the words are read.
            if row.text("value").contains("include-fragment") {
                let document = parse_document(row.text("value"), *document).0;
                if fragment_references(&document).iter().any(|one| one.eq_ignore_ascii_case(name)) {
                    referring.push(row);
                }
            }
        }
    }
    Ok(referring)
}

/// Ids of the policies and fragments that use a named value.
pub(super) async fn references_to_value(writer: &mut Writer, display_name: &str) -> Result<Vec<String>, ArmError> {
    let mut referring = Vec::new();
    for (kind, _) in POLICY_KINDS {
        for row in row::of_kind(writer, kind).await? {
            if named_value_references(row.text("value")).iter().any(|one| one == display_name) {
                referring.push(row.id);
            }
        }
    }
    Ok(referring)
}

const POLICY_KINDS: &[(&str, DocumentKind)] = &[
    ("policies", DocumentKind::Policy),
    ("products/policies", DocumentKind::Policy),
    ("apis/policies", DocumentKind::Policy),
    ("apis/operations/policies", DocumentKind::Policy),
    ("apis/resolvers/policies", DocumentKind::Resolver),
    ("policyFragments", DocumentKind::Fragment),
];

/// A fragment in use stays: without it every policy that includes it would stop working.
pub(super) async fn before_delete_fragment(writer: &mut Writer, existing: &Row) -> Result<(), ArmError> {
    let referring = references_to_fragment(writer, existing.name()).await?;
    match referring.first() {
        Some(first) => {
            let message = format!("The policy fragment is used by {} and {} others.", first.id, referring.len() - 1);
            Err(ArmError::field("id", message))
        }
        None => Ok(()),
    }
}
