//! Policy documents.

use std::sync::Arc;

use postern_policy::{
    DocumentKind, Scope, ScopeName, check_scope, compile, expression_ranges, fragment_references, has_errors, limits,
    named_value_references, parse_document, substitute_named_values,
};

/// A policy document or fragment as written: named values are substituted, it is read, checked and compiled, with all its expressions.
pub fn reader(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let names = named_value_references(&text);
    let lookup = |name: &str| names.iter().any(|known| known == name).then(|| "a'b\"c".to_owned());
    let substituted = substitute_named_values(&text, &lookup);
    document(&text);
    if let Ok(substituted) = substituted {
        document(&substituted);
    }
}

fn document(text: &str) {
    for range in expression_ranges(text) {
        assert!(text.get(range.clone()).is_some(), "{range:?} is not a range of the text");
    }
    for kind in [DocumentKind::Policy, DocumentKind::Fragment] {
        let (document, diagnostics) = parse_document(text, kind);
        assert!(diagnostics.len() <= limits::DIAGNOSTICS_MAX + 1);
        for diagnostic in &diagnostics {
            let is_bounded = diagnostic.line >= 1 && diagnostic.column >= 1 && diagnostic.message.len() < 2000;
            assert!(is_bounded, "{diagnostic:?}");
        }
        let _ = (fragment_references(&document), check_scope(&document, ScopeName::Global));
        if !has_errors(&diagnostics) {
            let document = Arc::new(document);
            let scope = Scope { name: ScopeName::Api, entity: "a", document: &document };
            // A fragment that includes others finds itself.
            let _ = compile(&[scope], &|_| Some(Arc::clone(&document)));
        }
    }
}
