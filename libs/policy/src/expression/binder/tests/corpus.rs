//! How much of the public corpus binds. Ignored by default: it needs the whole library.

use std::collections::BTreeMap;

use crate::expression::binder::bind;
use crate::expression::types::Type;
use crate::expression::{Form, parse};

/// Reads `POSTERN_EXPRESSIONS`, a file of lines like those of `tests/corpus/expressions.jsonl`, and reports what does not bind.
#[test]
#[ignore = "a report, not a check"]
fn report_of_the_corpus() {
    let path = std::env::var("POSTERN_EXPRESSIONS").expect("POSTERN_EXPRESSIONS names the corpus");
    let corpus = std::fs::read_to_string(path).unwrap();
    let (mut count, mut bound) = (0, 0);
    let mut by_error: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in corpus.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| value[name].as_str().unwrap_or("").to_owned();
        if value["parses"].as_bool() == Some(false) {
            continue;
        }
        let kind = if text("kind").is_empty() { text("form") } else { text("kind") };
        let form = if kind == "multi" { Form::Statements } else { Form::Expression };
        let code = crate::substitute_named_values(&text("code"), &|_| Some("1".to_owned())).unwrap();
        let Ok(tree) = parse(&code, form) else { continue };
        count += 1;
        let is_wrong = value.get("compile_error").is_some();
        match bind(&tree, &Type::Object) {
            Err(_) if is_wrong => bound += 1,
            Ok(_) if is_wrong => by_error.entry("accepted".to_owned()).or_default().push(code.clone()),
            Ok(_) => bound += 1,
            Err(errors) => {
                for error in errors.iter().take(3) {
                    let start = error.span.start as usize;
                    let place = code.get(start..).unwrap_or("").chars().take(60).collect::<String>();
                    let key = format!("{} {}", error.code, error.message.chars().take(160).collect::<String>());
                    by_error.entry(key).or_default().push(place.replace(['\n', '\r'], " "));
                }
            }
        }
    }
    let mut report: Vec<_> = by_error.into_iter().collect();
    report.sort_by_key(|(_, places)| std::cmp::Reverse(places.len()));
    let mut out = format!("{bound} of {count} bind\n");
    for (error, places) in report {
        out += &format!(
            "{:4} {error}\n       {}\n",
            places.len(),
            places.iter().take(4).cloned().collect::<Vec<_>>().join("\n       ")
        );
    }
    std::fs::write(std::env::temp_dir().join("binder-corpus.txt"), &out).unwrap();
    panic!("{}", out.lines().take(60).collect::<Vec<_>>().join("\n"));
}
