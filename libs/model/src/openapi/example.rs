//! Examples as a document gives them, within the limits on what an import may hold.

use serde_json::{Map, Value};

use super::error::ImportError;
use super::import::Import;
use super::limits::EXAMPLE_BYTES_MAX;
use super::parameter::only_example;
use super::reference::Node;

/// `examples` (named, OpenAPI 3) or `example` of a media type, parameter or header, as `ParameterExampleContract` by
/// name. Empty when there is none.
pub(super) fn declared<'a>(import: &mut Import<'a>, holder: &Node<'a>) -> Result<Map<String, Value>, ImportError> {
    if let Some(example) = holder.member("example") {
        return Ok(if admit(import, &example) { only_example(example.value) } else { Map::new() });
    }
    let mut found = Map::new();
    // A list of examples is a schema's (OpenAPI 3.1), and tools write it here as well: not an error, but not named.
    let Some(examples) = holder.member("examples").filter(|examples| examples.value.is_object()) else {
        return Ok(found);
    };
    for (name, example) in examples.entries()? {
        let example = example.resolved(import.root.value)?;
        let mut contract = Map::new();
        for key in ["summary", "description", "externalValue"] {
            if let Some(text) = example.text(key) {
                contract.insert(key.to_owned(), text.into());
            }
        }
        if let Some(value) = example.member("value") {
            if !admit(import, &value) {
                continue;
            }
            contract.insert("value".to_owned(), value.value.clone());
        }
        if !contract.is_empty() {
            found.insert(name.to_owned(), Value::Object(contract));
        }
    }
    Ok(found)
}

/// Whether an example fits into what is left; one that does not is reported and left out.
pub(super) fn admit(import: &mut Import<'_>, example: &Node<'_>) -> bool {
    let bytes = encoded_bytes(example.value);
    if bytes > EXAMPLE_BYTES_MAX {
        import.warn(
            example.pointer.clone(),
            format!("the example has {bytes} bytes, more than {EXAMPLE_BYTES_MAX}, and was left out"),
        );
        return false;
    }
    if bytes > import.example_bytes_left {
        import.warn(example.pointer.clone(), "the document's examples are too large together; this one was left out");
        return false;
    }
    import.example_bytes_left -= bytes;
    true
}

/// Bytes of the value as JSON, counted without keeping the text.
pub(super) fn encoded_bytes(value: &Value) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    match serde_json::to_writer(&mut count, value) {
        Ok(()) => count.0,
        // A JSON value always has a JSON text; were it otherwise, such an example could not be kept.
        Err(_) => usize::MAX,
    }
}
