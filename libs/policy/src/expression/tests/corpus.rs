//! Every expression of the public policy corpus.

use crate::expression::{Form, parse};

/// One line of `tests/corpus/expressions.jsonl`.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) file: String,
    pub(super) form: Form,
    pub(super) code: String,
    /// Whether the document it comes from is not broken.
    pub(super) parses: bool,
}

pub(super) fn entries() -> Vec<Entry> {
    include_str!("../../../tests/corpus/expressions.jsonl")
        .lines()
        .map(|line| {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = |name: &str| value[name].as_str().unwrap().to_owned();
            Entry {
                file: text("file"),
                form: if text("kind") == "multi" { Form::Statements } else { Form::Expression },
                code: text("code"),
                parses: value["parses"].as_bool().unwrap(),
            }
        })
        .collect()
}

/// The corpus leaves `{{named-value}}` in place; before parsing each is replaced by its text, which here is a number.
pub(super) fn with_named_values(code: &str) -> String {
    crate::substitute_named_values(code, &|_| Some("1".to_owned())).unwrap()
}

#[test]
fn every_corpus_expression_is_parsed_or_refused_as_recorded() {
    let entries = entries();
    assert!(entries.len() > 900);
    let mut wrong = String::new();
    for entry in &entries {
        let parsed = parse(&with_named_values(&entry.code), entry.form);
        if parsed.is_ok() != entry.parses {
            wrong += &format!("{}: {:?}\n{}\n\n", entry.file, parsed.err(), entry.code);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
