//! Schemas that policies name by what an expression computes: compiled when they are first asked for, and kept with their document.
//!
//! What must hold: what is kept goes with the document, that is with the configuration it is of; it is bounded, whatever names requests make up; nobody
//! compiles what another thread is compiling.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use super::document::SchemaDocument;
use super::schema::{Compiled, NoSchema, Ready, VARIANTS, Variant};
use crate::limits::{KEPT_POINTER_BYTES_MAX, KEPT_SCHEMAS_MAX};

/// A schema, or why there is none.
pub(super) type Outcome = Result<Compiled, NoSchema>;

/// A place in the document, and how bodies are checked.
type Key = (Box<str>, Variant);

/// Filled by who asks first.
type Place = Arc<OnceLock<Arc<Outcome>>>;

/// What is kept of a document.
#[derive(Default)]
pub(super) struct Kept {
    /// The document made ready for compiling, for each way of checking.
    ready: [OnceLock<Result<Ready, String>>; VARIANTS],
    /// The one that was asked for last is the last.
    compiled: Mutex<Vec<(Key, Place)>>,
}

impl fmt::Debug for Kept {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Kept").finish_non_exhaustive()
    }
}

impl Kept {
    /// The schema at a pointer of the document. Takes a lock for a moment, and as long as compiling takes if nothing is kept: no worker asks.
    pub(super) fn compiled(&self, document: &SchemaDocument, pointer: &str, variant: Variant) -> Arc<Outcome> {
        let compile = || {
            let ready = self.ready.get(variant.index()).unwrap_or(&self.ready[0]);
            let ready = ready.get_or_init(|| Ready::of(document, variant));
            let ready = ready.as_ref().map_err(|message| NoSchema::Unusable(message.clone()));
            Arc::new(ready.and_then(|ready| ready.compile(document, pointer)))
        };
        if pointer.len() > KEPT_POINTER_BYTES_MAX {
            return compile();
        }
        Arc::clone(self.place(pointer, variant).get_or_init(compile))
    }

    fn place(&self, pointer: &str, variant: Variant) -> Place {
        // Nothing panics while it is locked.
        let mut compiled = self.compiled.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let found = compiled.iter().position(|((known, of), _)| **known == *pointer && *of == variant);
        let (key, place) = match found {
            Some(at) => compiled.remove(at),
            None => {
                if compiled.len() >= KEPT_SCHEMAS_MAX {
                    compiled.remove(0);
                }
                ((pointer.into(), variant), Place::default())
            }
        };
        compiled.push((key, Arc::clone(&place)));
        place
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ContentKind, Schema};
    use super::*;

    const TEXT: &str = r#"{"definitions":{"a":{"type":"integer"},"b":{"type":"string"}}}"#;

    fn document(text: &str) -> Arc<SchemaDocument> {
        Arc::new(SchemaDocument::new("/schemas/s", ContentKind::Json, text.into(), Vec::new()))
    }

    fn compiled(document: &Arc<SchemaDocument>, reference: &str, variant: Variant) -> Arc<Outcome> {
        let schema = Schema::referred(document, reference);
        assert!(!schema.is_prepared(variant));
        let _ = schema.check_json("1", variant);
        document.kept.compiled(document, &format!("/{}", reference.trim_start_matches("#/")), variant)
    }

    #[test]
    fn what_expressions_name_is_compiled_once_for_each_document() {
        let one = document(TEXT);
        let plain = Variant::default();
        let first = compiled(&one, "#/definitions/a", plain);
        assert!(first.is_ok());
        assert!(Arc::ptr_eq(&first, &compiled(&one, "#/definitions/a", plain)));
        assert!(!Arc::ptr_eq(&first, &compiled(&one, "#/definitions/b", plain)));
        assert!(!Arc::ptr_eq(&first, &compiled(&one, "#/definitions/a", Variant { ignore_case: true, ..plain })));
        // Another configuration has documents of its own.
        let other = document(r#"{"definitions":{"a":{"type":"string"}}}"#);
        assert!(!Arc::ptr_eq(&first, &compiled(&other, "#/definitions/a", plain)));
        let check =
            |document| Schema::referred(document, "#/definitions/a").check_json("1", plain).unwrap().unwrap().len();
        assert_eq!((check(&one), check(&other)), (0, 1));
        // What is missing is kept as well, and a document that is no schema is read once.
        assert!(matches!(*compiled(&one, "#/definitions/c", plain), Err(NoSchema::Missing)));
        assert!(matches!(*compiled(&document("{"), "#/a", plain), Err(NoSchema::Unusable(_))));
    }

    #[test]
    fn what_was_asked_for_long_ago_goes() {
        let document = document(TEXT);
        let plain = Variant::default();
        let first = compiled(&document, "#/definitions/a", plain);
        for number in 0..KEPT_SCHEMAS_MAX - 1 {
            compiled(&document, &format!("#/{number}"), plain);
        }
        assert!(Arc::ptr_eq(&first, &compiled(&document, "#/definitions/a", plain)));
        for number in 0..KEPT_SCHEMAS_MAX {
            compiled(&document, &format!("#/{number}"), plain);
        }
        assert!(!Arc::ptr_eq(&first, &compiled(&document, "#/definitions/a", plain)));
        assert!(document.kept.compiled.lock().unwrap().len() <= KEPT_SCHEMAS_MAX);
        // A name made up by a caller may be long.
        let long = |bytes: usize| format!("#/{}", "x".repeat(bytes - 1));
        let is_kept = |reference: &str| {
            Arc::ptr_eq(&compiled(&document, reference, plain), &compiled(&document, reference, plain))
        };
        assert!(is_kept(&long(KEPT_POINTER_BYTES_MAX)) && !is_kept(&long(KEPT_POINTER_BYTES_MAX + 1)));
    }
}
