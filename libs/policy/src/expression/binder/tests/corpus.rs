//! The public corpus binds, but for what is wrong with it.

use std::collections::BTreeMap;

use crate::expression::binder::bind;
use crate::expression::types::Type;
use crate::expression::{Form, parse};

/// What the C# compiler refuses, too: types that policies may not use, a property called like a method, a number given as a string, values that
/// are to be filled in by a tool.
const REFUSED: &[(&str, &str)] = &[
    ("CS0103", "The name 'RETRY_COUNT' does not exist in the current context"),
    ("CS0103", "The name 'group' does not exist in the current context"),
    ("CS0246", "The type or namespace name 'XmlDocument' could not be found"),
    ("CS0246", "The type or namespace name 'XmlReader' could not be found"),
    ("CS1503", "Argument 1: cannot convert from 'string' to 'double'"),
    ("CS1955", "Non-invocable member 'IRequest.MatchedParameters' cannot be used like a method."),
];

/// The first error of an expression.
fn first_error(code: &str, form: Form) -> Option<(&'static str, String)> {
    let tree = parse(code, form).ok()?;
    let errors = bind(&tree, &Type::Object).err()?;
    errors.into_iter().next().map(|error| (error.code, error.message))
}

#[test]
fn every_corpus_expression_binds_or_is_refused_for_what_is_wrong_with_it() {
    let entries = crate::expression::tests::corpus_entries();
    assert!(entries.len() > 900);
    let mut wrong = String::new();
    for (code, form) in &entries {
        let Some((error, message)) = first_error(code, *form) else { continue };
        if !REFUSED.iter().any(|(known, start)| *known == error && message.starts_with(start)) {
            wrong += &format!("{error} {message}\n{code}\n\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Reads `POSTERN_EXPRESSIONS`, a file of lines like those of `tests/corpus/expressions.jsonl`, and counts what does not bind, by error.
#[test]
#[ignore = "a report; needs POSTERN_EXPRESSIONS, the path of a corpus"]
fn report_of_a_corpus() {
    let path = std::env::var("POSTERN_EXPRESSIONS").expect("POSTERN_EXPRESSIONS names the corpus");
    let corpus = std::fs::read_to_string(path).unwrap();
    let (mut count, mut refused) = (0, BTreeMap::<String, usize>::new());
    for line in corpus.lines() {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| entry[name].as_str().unwrap_or("");
        let form = if text("kind") == "multi" { Form::Statements } else { Form::Expression };
        let code = crate::substitute_named_values(text("code"), &|_| Some("1".to_owned())).unwrap();
        if parse(&code, form).is_ok() {
            count += 1;
            if let Some((error, message)) = first_error(&code, form) {
                *refused.entry(format!("{error} {message}")).or_default() += 1;
            }
        }
    }
    eprintln!("{} of {count} bind", count - refused.values().sum::<usize>());
    for (error, times) in refused {
        eprintln!("{times:4} {error}");
    }
}
