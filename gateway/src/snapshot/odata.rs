//! OData APIs: their models, read once.

use std::sync::Arc;

use postern_bundle::{Diagnostic, Hash};
use postern_odata::Model;

/// An OData API whose model is known.
#[derive(Debug)]
pub(super) struct OdataDefinition {
    pub(super) model: Arc<Model>,
    /// Of the model's text.
    hash: Hash,
}

impl OdataDefinition {
    /// `old` is what was there before: a model that did not change is used again. `None`: the model cannot be read, so the API must not be
    /// served.
    pub(super) fn new(
        text: &str,
        scope: &str,
        old: Option<&OdataDefinition>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<OdataDefinition> {
        let hash = Hash::of(text.as_bytes());
        if let Some(old) = old.filter(|old| old.hash == hash) {
            return Some(OdataDefinition { model: Arc::clone(&old.model), hash });
        }
        match Model::parse(text) {
            Ok(model) => Some(OdataDefinition { model: Arc::new(model), hash }),
            Err(problems) => {
                let message = problems.into_iter().next().map(|problem| problem.message).unwrap_or_default();
                let message = format!("the OData schema cannot be used: {message}");
                diagnostics.push(Diagnostic::error("odata-schema", scope, message));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::OdataDefinition;

    const MODEL: &str = "<Schema Namespace='N'><EntityContainer Name='C'/></Schema>";

    #[test]
    fn a_model_is_read_once_and_a_broken_one_is_told() {
        let mut diagnostics = Vec::new();
        let first = OdataDefinition::new(MODEL, "/apis/a", None, &mut diagnostics).unwrap();
        let again = OdataDefinition::new(MODEL, "/apis/a", Some(&first), &mut diagnostics).unwrap();
        assert!(Arc::ptr_eq(&first.model, &again.model));
        let other = MODEL.replace("'N'", "'M'");
        let other = OdataDefinition::new(&other, "/apis/a", Some(&first), &mut diagnostics).unwrap();
        assert!(!Arc::ptr_eq(&first.model, &other.model));
        assert!(diagnostics.is_empty());
        assert!(OdataDefinition::new("<Schema/>", "/apis/a", Some(&first), &mut diagnostics).is_none());
        assert_eq!(diagnostics.iter().map(|found| found.code.as_str()).collect::<Vec<_>>(), ["odata-schema"]);
    }
}
