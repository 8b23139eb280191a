//! Whole documents through the one public door. Expected values: `facts/apim.md` §10.3 and the OpenAPI specifications.

mod errors;
mod openapi3;
mod real;
mod swagger2;

use serde_json::{Value, json};

use super::{Expect, ImportError, ImportOptions, ImportedApi, ImportedOperation, RequiredQuery, import};

/// An OpenAPI 3.0 document around the given paths.
fn document(paths: &Value) -> Value {
    json!({"openapi": "3.0.3", "info": {"title": "Test", "version": "1"}, "paths": paths})
}

fn read(document: &Value) -> ImportedApi {
    import(&document.to_string(), &ImportOptions::default()).unwrap()
}

fn refuse(document: &Value) -> ImportError {
    import(&document.to_string(), &ImportOptions::default()).unwrap_err()
}

/// The only operation of a document.
fn only(document: &Value) -> ImportedOperation {
    let mut api = read(document);
    assert_eq!(api.operations.len(), 1);
    api.operations.remove(0)
}
