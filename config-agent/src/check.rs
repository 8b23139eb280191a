//! `postern-agent check`: what is wrong with policy documents or an APIOps directory, before it reaches a gateway.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use postern_bundle::{Diagnostic, Severity};
use postern_model::Name;
use postern_policy::{DocumentKind, fragment_references, named_value_references, parse_document, unset_responses};
use serde::Serialize;

use crate::{
    compile, files, limits,
    report::severity,
    source::apiops::{Reader, Tree},
};

/// Shown by `check --help`.
pub const HELP: &str = "\
A path is a policy document or fragment (a file), or an APIOps directory.

Text form, one line for each finding:
  file:line:column: error[code]: message

JSON form (--json), one object:
  {\"errors\": 1, \"warnings\": 0, \"files\": 3, \"diagnostics\": [
     {\"severity\": \"error\" | \"warning\", \"code\": \"…\", \"scope\": \"/apis/orders/policies/policy\",
      \"file\": \"artifacts/apis/orders/policy.xml\", \"line\": 3, \"column\": 9, \"message\": \"…\", \"suggestion\": null}]}
line and column count from 1; 0 means that the finding has no place in a text. file is the path as given, or below it.
scope is the ARM id of the resource relative to its service; empty for a document that stands alone.

Exit status: 0 no errors (there may be warnings), 1 errors, 2 a path cannot be read or the arguments are wrong.";

/// Findings that are errors here, where nothing is served yet, and warnings while a gateway runs.
const REFUSED_NAMES: &[&str] = &["backend-unknown", "logger-unknown"];

/// Flags of `check`.
#[derive(Args, Clone, Debug, Default)]
pub struct CheckFlags {
    /// Policy documents, fragments or APIOps directories
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Print one JSON object instead of lines
    #[arg(long)]
    pub json: bool,
    /// Check only what this gateway resource exposes
    #[arg(long, value_name = "NAME")]
    pub gateway: Option<String>,
    /// APIOps overrides (configuration.<env>.yaml) to lay over directories
    #[arg(long, value_name = "FILE")]
    pub overrides: Option<PathBuf>,
}

/// What a check found.
#[derive(Debug, Default, Serialize)]
pub struct Findings {
    /// Number of errors.
    pub errors: usize,
    /// Number of warnings.
    pub warnings: usize,
    /// Number of files that were read.
    pub files: usize,
    /// In the order of paths, then files, then places.
    pub diagnostics: Vec<Diagnostic>,
}

/// Runs the command.
pub fn main(flags: &CheckFlags) -> ExitCode {
    let findings = match check(flags) {
        Ok(findings) => findings,
        Err(error) => {
            eprintln!("postern-agent: {error}");
            return ExitCode::from(2);
        }
    };
    let printed = if flags.json { print_json(&findings) } else { print_text(&findings) };
    // A reader that went away (a pager, `head`) has seen enough.
    match printed {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            eprintln!("postern-agent: {error}");
            ExitCode::from(2)
        }
        _ if findings.errors > 0 => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    }
}

/// Checks all paths.
pub fn check(flags: &CheckFlags) -> Result<Findings, String> {
    let mut findings = Findings::default();
    let gateway = flags.gateway.as_deref().map(Name::from);
    for path in &flags.paths {
        if path.is_dir() {
            check_tree(path, flags.overrides.as_deref(), gateway.as_ref(), &mut findings)?;
        } else {
            check_document(path, &mut findings)?;
        }
    }
    let count = |severity| findings.diagnostics.iter().filter(|finding| finding.severity == severity).count();
    (findings.errors, findings.warnings) = (count(Severity::Error), count(Severity::Warning));
    Ok(findings)
}

fn check_tree(
    root: &Path,
    overrides: Option<&Path>,
    gateway: Option<&Name>,
    findings: &mut Findings,
) -> Result<(), String> {
    let tree = Tree::list(root, overrides).map_err(|error| error.to_string())?;
    let reading = Reader::new().read(&tree).map_err(|error| error.to_string())?;
    if reading.file_count == 0 {
        return Err(format!("{} has no file of an APIOps directory", root.display()));
    }
    findings.files += reading.file_count;
    let (_, mut found) = compile::compile(&reading.inventory, gateway, &reading.problems);
    for finding in &mut found {
        finding.file = finding.file.take().map(|file| root.join(file).display().to_string());
    }
    // APIM refuses to store a policy that names one of these and does not exist; a gateway that has it serves the rest.
    for finding in found.iter_mut().filter(|finding| REFUSED_NAMES.contains(&finding.code.as_str())) {
        finding.severity = Severity::Error;
    }
    // What is left out follows from the errors; on its own it says nothing new.
    found.retain(|finding| finding.code != "left-out");
    found.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    findings.diagnostics.extend(found);
    Ok(())
}

fn check_document(path: &Path, findings: &mut Findings) -> Result<(), String> {
    findings.files += 1;
    let file = Some(path.display().to_string());
    let text = match files::read_text(path, limits::POLICY_BYTES_MAX) {
        Ok(text) => text,
        Err(error @ files::FileError::Read { .. }) => return Err(error.to_string()),
        Err(error) => {
            findings
                .diagnostics
                .push(Diagnostic { file, ..Diagnostic::error("file-unreadable", "", error.to_string()) });
            return Ok(());
        }
    };
    let references = !named_value_references(&text).is_empty();
    let (document, mut found) = parse_document(&text, kind(&text));
    // Fragments, and what includes some, get their variables from elsewhere.
    if kind(&text) == DocumentKind::Policy && fragment_references(&document).is_empty() {
        found.extend(unset_responses(&document, &[&document]));
    }
    found.sort_by_key(|finding| (finding.line, finding.column));
    for finding in found {
        let mut diagnostic = Diagnostic { file: file.clone(), ..Diagnostic::from_policy("", &finding) };
        if references && diagnostic.is_error() && has_reference(&text, finding.line, finding.column) {
            // A document alone says nothing about the values its references stand for.
            diagnostic.severity = Severity::Warning;
            diagnostic.suggestion = Some("this refers to a named value: check the whole APIOps directory".to_owned());
        }
        findings.diagnostics.push(diagnostic);
    }
    Ok(())
}

/// Whether the line of a finding, or what stands between its place and the next markup, refers to a named value. A text that is
/// not allowed begins on the line of the element before it, wherever in it the reference is.
fn has_reference(text: &str, line: u32, column: u32) -> bool {
    let index = |number: u32| usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(rest) = text.split_inclusive('\n').nth(index(line)) else { return false };
    if rest.contains("{{") {
        return true;
    }
    let begin = rest.as_ptr().addr() - text.as_ptr().addr();
    let place = rest.char_indices().nth(index(column)).map_or(rest.len(), |(at, _)| at);
    let behind = text.get(begin + place..).unwrap_or_default();
    let behind = behind.strip_prefix('<').unwrap_or(behind);
    behind.split('<').next().is_some_and(|text| text.contains("{{"))
}

/// Fragments and resolvers are known by their root element, which comments may precede.
fn kind(text: &str) -> DocumentKind {
    let mut rest = text.trim_start();
    for (open, close) in [("<!--", "-->"), ("<?", "?>")].into_iter().cycle().take(limits::LEADING_COMMENTS_MAX) {
        if let Some((_, behind)) = rest.strip_prefix(open).and_then(|inside| inside.split_once(close)) {
            rest = behind.trim_start();
        }
    }
    let is = |root: &str| rest.strip_prefix('<').is_some_and(|rest| rest.starts_with(root));
    if is("fragment") {
        DocumentKind::Fragment
    } else if is("http-data-source") || is("sql-data-source") || is("cosmosdb-data-source") {
        DocumentKind::Resolver
    } else {
        DocumentKind::Policy
    }
}

fn print_json(findings: &Findings) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, findings)?;
    out.write_all(b"\n")
}

fn print_text(findings: &Findings) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for finding in &findings.diagnostics {
        let Diagnostic { file, scope, line, column, code, message, suggestion, .. } = finding;
        let place = file.as_deref().unwrap_or(scope);
        writeln!(out, "{place}:{line}:{column}: {}[{code}]: {message}", severity(finding.severity))?;
        if let Some(suggestion) = suggestion {
            writeln!(out, "    {suggestion}")?;
        }
    }
    let Findings { errors, warnings, files, .. } = findings;
    writeln!(out, "{files} files, {errors} errors, {warnings} warnings")
}
