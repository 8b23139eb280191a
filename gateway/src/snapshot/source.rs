//! Parsed policy documents, kept by the hash of their text so that an unchanged document is never parsed again.

use std::sync::Arc;

use postern_bundle::{Diagnostic, Hash, PolicySource};
use postern_policy::{Document, DocumentKind, fragment_references, has_errors, parse_document};

/// A document with what was found when it was read.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) hash: Hash,
    /// `None` when the text has errors: then nothing that needs it may be served.
    pub(super) document: Option<Arc<Document>>,
    /// Lower-case ids of the fragments it includes.
    pub(super) fragments: Box<[Box<str>]>,
    pub(super) diagnostics: Box<[Diagnostic]>,
}

impl Source {
    /// Parses a text, unless `known` is that text parsed before. `scope` is the ARM id of the policy.
    pub(super) fn parse(
        source: &PolicySource,
        kind: DocumentKind,
        scope: &str,
        known: Option<&Arc<Self>>,
    ) -> Arc<Self> {
        let hash = Hash::of(source.text.as_bytes());
        if let Some(known) = known.filter(|known| known.hash == hash) {
            return Arc::clone(known);
        }
        let (document, findings) = parse_document(&source.text, kind);
        let diagnostics = findings.iter().map(|finding| Diagnostic::from_policy(scope, finding)).collect();
        let fragments = fragment_references(&document).iter().map(|id| id.to_ascii_lowercase().into()).collect();
        let document = (!has_errors(&findings)).then(|| Arc::new(document));
        Arc::new(Self { hash, document, fragments, diagnostics })
    }
}
