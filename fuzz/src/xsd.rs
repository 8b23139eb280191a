//! XML Schema: a schema, and behind a separator a document that is checked against it.

use postern_dotnet::work::Work;
use postern_xsd::{Checking, Document, Loading, Schemas, Source, Violation};

/// What is found does not depend on where checking pauses, stands inside the text, and there is not too much of it.
pub fn xsd(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (schema, document) = super::parts(&text);
    let compiled = Schemas::compile(&[Source { location: "main.xsd", text: schema }], &[]);
    let whole = Document::read(document);
    let schemas = match compiled {
        Ok(schemas) => schemas,
        Err(findings) => {
            assert!(!findings.is_empty() && findings.len() <= 100, "{} findings", findings.len());
            return;
        }
    };
    let Ok(whole) = whole else { return };
    let Some(root) = whole.root() else { return };
    let found = schemas.validate(whole, root);
    assert!(found.len() <= 100, "{} violations", found.len());
    let lines = document.lines().count().max(1) + 1;
    assert!(found.iter().all(|one| (1..=lines).contains(&one.line) && one.position > 0), "{found:?}");
    assert_eq!(in_pieces(&schemas, document), Some(found), "checked in pieces");
}

fn in_pieces(schemas: &Schemas, text: &str) -> Option<Vec<Violation>> {
    let mut loading = Loading::new(text.into());
    let document = loop {
        if let Some(document) = loading.step(&mut 1) {
            break document.ok()?;
        }
    };
    let root = document.root()?;
    let mut checking = Checking::new(document, vec![root]);
    loop {
        if let Some(found) = checking.go_on(schemas, &mut 1) {
            return Some(found);
        }
    }
}
