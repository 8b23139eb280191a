//! Verdicts compared with those of `xmllint --schema`, which `scripts/setup.sh test` installs.
//!
//! `tests/cases` has a schema in each `NAME.xsd` and documents in `NAME.txt`, one a line, with the verdict that xmllint 2.9.14 gave:
//! `+` valid, `-` invalid. `!+` and `!-` are .NET's verdicts, which count, on documents where the peer's differs; it is not asked about them.
//! A line with `#` says why the next one differs. `NAME.messages` has what .NET (the System.Xml of Mono 6.8, which is Microsoft's source) says of each invalid document, with line and
//! position; where .NET 8 has another space in a text it is written here as .NET 8 has it.

#![allow(clippy::unwrap_used, reason = "clippy exempts only functions that are tests themselves")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use postern_xsd::{Document, Schemas, Source, Violation};

/// A schema's file and text, and documents with their verdicts.
type Case = (PathBuf, String, Vec<(String, String)>);

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let lines = fs::read_to_string(&path).unwrap();
        let documents = lines.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
            let (verdict, document) = line.split_once(' ').unwrap();
            (verdict.to_owned(), document.to_owned())
        });
        let documents = documents.collect();
        let schema = path.with_extension("xsd");
        let text = fs::read_to_string(&schema).unwrap();
        found.push((schema, text, documents));
    }
    found.sort();
    found
}

/// Schemas beside a schema, which it may include.
fn others(of: &Path) -> Vec<(String, String)> {
    let folder = of.parent().unwrap().join("included");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut others: Vec<(String, String)> = files
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()))
        .collect();
    others.sort();
    others
}

fn compile(path: &Path, text: &str) -> Result<Schemas, String> {
    let others = others(path);
    let others: Vec<Source<'_>> = others.iter().map(|(location, text)| Source { location, text }).collect();
    let main = [Source { location: "main.xsd", text }];
    Schemas::compile(&main, &others).map_err(|findings| format!("{findings:#?}"))
}

fn validate(schemas: &Schemas, document: Document) -> Vec<Violation> {
    let root = document.root().unwrap();
    schemas.validate(document, root)
}

#[test]
fn verdicts_are_those_of_the_list() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (path, text, documents) in cases() {
        let schemas = compile(&path, &text).unwrap_or_else(|findings| panic!("{}: {findings}", path.display()));
        for (verdict, document) in documents {
            count += 1;
            let read = Document::read(&document).unwrap_or_else(|exception| panic!("{document}: {exception:?}"));
            let violations = validate(&schemas, read);
            let is_valid = violations.is_empty();
            if is_valid != verdict.ends_with('+') {
                wrong.push(format!("{}: {verdict} {document}: {violations:?}", path.file_stem().unwrap().display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_peer_gives_the_same_verdicts() {
    if Command::new("xmllint").arg("--version").output().is_err() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for (path, _, documents) in cases() {
        let mut command = Command::new("xmllint");
        command.args(["--noout", "--nonet", "--schema"]).arg(&path);
        let mut given = Vec::new();
        for (index, (verdict, document)) in
            documents.iter().enumerate().filter(|(_, (verdict, _))| !verdict.starts_with('!'))
        {
            let file = folder.path().join(format!("{index}.xml"));
            fs::write(&file, document).unwrap();
            command.arg(&file);
            given.push((file, verdict, document));
        }
        let said = command.output().unwrap();
        let said = String::from_utf8_lossy(&said.stderr).into_owned();
        for (file, verdict, document) in given {
            let is_valid = said.lines().any(|line| line == format!("{} validates", file.display()));
            if is_valid != (verdict == "+") {
                wrong.push(format!("{}: {verdict} {document}", path.file_stem().unwrap().display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn messages_and_places_are_those_of_dotnet() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (path, text, _) in cases() {
        let schemas = compile(&path, &text).unwrap();
        let messages = fs::read_to_string(path.with_extension("messages")).unwrap();
        let mut document: Option<&str> = None;
        let mut expected: Vec<&str> = Vec::new();
        for line in messages.lines().chain(["<end/>"]) {
            if let Some(message) = line.strip_prefix('\t') {
                expected.push(message);
                continue;
            }
            if let Some(document) = document {
                count += 1;
                let read = Document::read(document).unwrap();
                let found = validate(&schemas, read);
                let found: Vec<String> =
                    found.iter().map(|one| format!("{},{} {}", one.line, one.position, one.message)).collect();
                if found != expected {
                    let name = path.file_stem().unwrap().display();
                    wrong.push(format!("{name}: {document}\n  found:    {found:#?}\n  expected: {expected:#?}"));
                }
            }
            document = Some(line);
            expected.clear();
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}
