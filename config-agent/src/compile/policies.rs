//! Policy documents and fragments: named values filled in, checked, with findings at the places the author knows.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use postern_bundle::{Diagnostic, Hash, PolicySource};
use postern_model::{Name, inventory::Origin};
use postern_policy::{
    Document, DocumentKind, Named, Scope, ScopeName, fragment_references, has_errors, named_value_references, nearest,
    parse_document, substitute_named_values,
};

use super::{names::Reference, positions, values::NamedValues};
use crate::limits;

/// What a document depends on: when one of these changes, it is checked again.
#[derive(Clone, Debug, Default)]
pub(super) struct Uses {
    /// Display names of named values.
    pub(super) named_values: BTreeSet<String>,
    /// Ids of fragments.
    pub(super) fragments: BTreeSet<Name>,
    /// Ids of other resources, each where it is named. Documents are checked without these.
    pub(super) named: Vec<Reference>,
}

impl Uses {
    pub(super) fn extend(&mut self, other: Uses) {
        self.named_values.extend(other.named_values);
        self.fragments.extend(other.fragments);
        self.named.extend(other.named);
    }
}

/// Fragments that can be included, by id.
#[derive(Default)]
pub(super) struct Fragments {
    documents: HashMap<Name, (Hash, Arc<Document>)>,
    /// Address of all of them.
    fingerprint: Option<Hash>,
}

impl Fragments {
    /// Adds a checked fragment.
    pub(super) fn insert(&mut self, name: Name, text: &str, document: Arc<Document>) {
        self.documents.insert(name, (Hash::of(text.as_bytes()), document));
        self.fingerprint = None;
    }

    /// Call when all are in.
    pub(super) fn seal(&mut self) {
        let mut entries: Vec<(String, Hash)> =
            self.documents.iter().map(|(name, (hash, _))| (name.folded(), *hash)).collect();
        entries.sort();
        let chunks = entries.iter().flat_map(|(name, hash)| [name.as_bytes(), hash.0.as_slice()]);
        self.fingerprint = Some(Hash::of_chunks(chunks));
    }

    /// Ids whose content is not what it was.
    pub(super) fn changed_since(&self, earlier: &Fragments) -> BTreeSet<Name> {
        let hash = |of: &Fragments, name: &Name| of.documents.get(name).map(|(hash, _)| *hash);
        let names = self.documents.keys().chain(earlier.documents.keys());
        names.filter(|name| hash(self, name) != hash(earlier, name)).cloned().collect()
    }

    fn get(&self, id: &str) -> Option<Arc<Document>> {
        self.documents.get(&Name::from(id)).map(|(_, document)| Arc::clone(document))
    }
}

/// A document as found in the inventory.
pub(super) struct Written<'a> {
    /// Its text.
    pub(super) text: &'a str,
    /// Where it came from.
    pub(super) origin: &'a Origin,
    /// Id of the policy or fragment: the scope of its findings.
    pub(super) id: &'a str,
}

/// The result of checking a document.
pub(super) struct Checked {
    /// The document with its values filled in; `None` when it must not be used.
    pub(super) source: Option<PolicySource>,
    /// What was found, at places of the document as written.
    pub(super) findings: Vec<Diagnostic>,
    /// What it depends on.
    pub(super) uses: Uses,
    /// The parsed document, for fragments.
    pub(super) document: Option<Arc<Document>>,
}

/// Checks documents and remembers the outcome by content.
#[derive(Default)]
pub(super) struct PolicyChecker {
    recent: HashMap<Hash, Arc<Outcome>>,
    older: HashMap<Hash, Arc<Outcome>>,
}

struct Outcome {
    findings: Vec<postern_policy::Diagnostic>,
    fragments: Vec<String>,
    named: Vec<Named>,
}

impl PolicyChecker {
    /// Call before a compile that looks at everything: what it does not ask for is forgotten by the next one.
    pub(super) fn age(&mut self) {
        self.older = std::mem::take(&mut self.recent);
    }

    /// Checks a policy document for a scope.
    pub(super) fn policy(
        &mut self,
        written: &Written<'_>,
        scope: ScopeName,
        values: &NamedValues,
        fragments: &Fragments,
    ) -> Checked {
        self.document(written, (DocumentKind::Policy, scope), values, fragments)
    }

    /// Checks the document of a resolver.
    pub(super) fn resolver(&mut self, written: &Written<'_>, values: &NamedValues, fragments: &Fragments) -> Checked {
        self.document(written, (DocumentKind::Resolver, ScopeName::Operation), values, fragments)
    }

    fn document(
        &mut self,
        written: &Written<'_>,
        place: (DocumentKind, ScopeName),
        values: &NamedValues,
        fragments: &Fragments,
    ) -> Checked {
        let mut uses = value_uses(written.text);
        let text = match fill_in(written, values) {
            Ok(text) => text,
            Err(findings) => return Checked { source: None, findings, uses, document: None },
        };
        let outcome = self.outcome(&text, place, fragments);
        uses.fragments.extend(outcome.fragments.iter().map(|id| Name::from(id.as_str())));
        uses.named.extend(references(&outcome.named, written, values));
        let findings = self::place(&outcome.findings, written, values);
        let source = (!has_errors(&outcome.findings)).then(|| PolicySource::new(text));
        Checked { source, findings, uses, document: None }
    }

    fn outcome(&mut self, text: &str, place: (DocumentKind, ScopeName), fragments: &Fragments) -> Arc<Outcome> {
        let fingerprint = fragments.fingerprint.unwrap_or(Hash([0; 32]));
        let key = Hash::of_chunks([word(place).as_bytes(), &fingerprint.0, text.as_bytes()].into_iter());
        if let Some(outcome) = self.recent.get(&key) {
            return Arc::clone(outcome);
        }
        let outcome = self.older.remove(&key).unwrap_or_else(|| Arc::new(check(text, place, fragments)));
        if self.recent.len() < limits::DOCUMENT_CACHE_MAX {
            self.recent.insert(key, Arc::clone(&outcome));
        }
        outcome
    }
}

/// A word for what a document is.
fn word((kind, scope): (DocumentKind, ScopeName)) -> &'static str {
    if kind == DocumentKind::Resolver { "resolver" } else { scope.as_str() }
}

/// Checks a fragment on its own.
pub(super) fn check_fragment(written: &Written<'_>, values: &NamedValues) -> Checked {
    let mut uses = value_uses(written.text);
    let text = match fill_in(written, values) {
        Ok(text) => text,
        Err(findings) => return Checked { source: None, findings, uses, document: None },
    };
    let (document, findings) = parse_document(&text, DocumentKind::Fragment);
    uses.fragments.extend(fragment_references(&document).iter().map(|id| Name::from(id.as_str())));
    uses.named.extend(references(document.named(), written, values));
    let placed = place(&findings, written, values);
    if has_errors(&findings) {
        return Checked { source: None, findings: placed, uses, document: None };
    }
    Checked { source: Some(PolicySource::new(text)), findings: placed, uses, document: Some(Arc::new(document)) }
}

/// Parses and compiles a document alone; the other scopes around it are checked on their own.
fn check(text: &str, (kind, scope): (DocumentKind, ScopeName), fragments: &Fragments) -> Outcome {
    let (document, mut findings) = parse_document(text, kind);
    let fragment_ids = fragment_references(&document);
    let named = document.named().to_vec();
    if !has_errors(&findings) {
        let document = Arc::new(document);
        let scopes = [Scope { name: scope, entity: "", document: &document }];
        let (_, compiled) = postern_policy::compile(&scopes, &|id| fragments.get(id));
        for mut finding in compiled {
            if finding.code == "fragment-not-found" {
                let unknown = fragment_ids.iter().find(|id| finding.message.contains(&format!("`{id}`")));
                let names: BTreeSet<&Name> = fragments.documents.keys().collect();
                let similar = unknown.and_then(|id| nearest(id, names.into_iter().map(Name::as_str)));
                finding.suggestion = similar.map(|name| format!("did you mean `{name}`?"));
            }
            // What is wrong inside a fragment is reported once, for the fragment; here it counts only when it is fatal.
            let foreign = finding.document.as_deref().is_some_and(|name| name.starts_with("fragment"));
            if (!foreign || finding.is_error()) && !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }
    Outcome { findings, fragments: fragment_ids, named }
}

/// Fills the named values of any text in; a reference without a value is an error at its place.
pub(super) fn fill_in(written: &Written<'_>, values: &NamedValues) -> Result<String, Vec<Diagnostic>> {
    substitute_named_values(written.text, &|name| values.get(name)).map_err(|findings| {
        let mut placed: Vec<Diagnostic> = findings.iter().map(|finding| diagnostic(written, finding)).collect();
        let references = named_value_references(written.text);
        for finding in &mut placed {
            let empty = references.iter().find(|name| values.lacks_value(name) && finding.message.contains(*name));
            let unknown = references.iter().find(|name| finding.message.contains(&format!("`{name}`")));
            if let Some(similar) = unknown.and_then(|name| values.similar(name)) {
                finding.suggestion = Some(format!("did you mean `{similar}`?"));
            }
            if let Some(name) = empty {
                let advice = "give it a value; in an APIOps directory, secret values come from an overrides file";
                finding.suggestion = Some(format!("the named value {name:?} exists without a value: {advice}"));
            }
        }
        placed
    })
}

/// Display names of the named values a text refers to.
pub(super) fn value_uses(text: &str) -> Uses {
    Uses { named_values: named_value_references(text).into_iter().collect(), ..Uses::default() }
}

fn diagnostic(written: &Written<'_>, finding: &postern_policy::Diagnostic) -> Diagnostic {
    let mut diagnostic = Diagnostic::from_policy(written.id, finding);
    if let Some(document) = finding.document.as_deref().filter(|name| name.starts_with("fragment")) {
        diagnostic.message = format!("in {document}: {}", diagnostic.message);
    }
    diagnostic.file = super::file_of(written.origin, written.id);
    diagnostic
}

fn place(findings: &[postern_policy::Diagnostic], written: &Written<'_>, values: &NamedValues) -> Vec<Diagnostic> {
    let placed = findings.iter().map(|finding| {
        let mut diagnostic = diagnostic(written, finding);
        let own = !diagnostic.message.starts_with("in fragment");
        if own && diagnostic.line > 0 {
            let place = (diagnostic.line, diagnostic.column);
            (diagnostic.line, diagnostic.column) = place_in(written, values, place);
        }
        diagnostic
    });
    placed.collect()
}

/// Where a place of a document with its values filled in stands in the document as written.
fn place_in(written: &Written<'_>, values: &NamedValues, place: (u32, u32)) -> (u32, u32) {
    if !written.text.contains("{{") {
        return place;
    }
    positions::in_original(written.text, &|name: &str| values.get(name), place)
}

/// What a document names, at the places its author knows.
fn references<'n>(
    named: &'n [Named],
    written: &'n Written<'_>,
    values: &'n NamedValues,
) -> impl Iterator<Item = Reference> + 'n {
    named.iter().map(move |named| {
        let (line, column) = place_in(written, values, (named.line, named.column));
        Reference {
            named: Named { line, column, ..named.clone() },
            scope: written.id.to_owned(),
            file: super::file_of(written.origin, written.id),
        }
    })
}
