//! `docs/policies.md`, made of the catalogue: what a policy's own file says at its top, and its table of attributes and children.
//!
//! The page is checked in; a test compares it with what it should be. `POSTERN_WRITE_DOCS=1` writes it anew.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::facts::{attributes, element_remark, reason, stated_at};
use super::{CATALOGUE, FLOWS, HTTP_DATA_SOURCE, RESOLVER};
use crate::definition::{ANY_SCOPE, Content, ElementRule, Expression, Occurs, Once, Presence, ValueRule};
use crate::section::{ScopeName, Section, Sections};

const HEAD: &str = "# Policies\n\n\
    Made from the tables the policies are checked by (`libs/policy/src/policies/`): `POSTERN_WRITE_DOCS=1 cargo nextest run -p postern-policy documentation`\n\
    writes it anew. Every element may carry an `id`, which comes back as `context.LastError.PolicyId`. Named values `{{name}}` may stand anywhere.\n\
    *Expression* says whether the value may be `@(…)` or `@{…}`; defaults and remarks are those of `libs/policy/tests/data/attributes.txt`, which tests try\n\
    out. APIM's validator insists on the order of elements and attributes as documented; here any order works, and another one of elements is remarked upon.\n";

fn page() -> String {
    let mut page = HEAD.to_owned();
    let mut entries: Vec<(&ElementRule, String)> = Vec::new();
    entries.extend(CATALOGUE.iter().map(|known| (&known.rule, places(known.sections, known.scopes, known.once))));
    entries.extend(FLOWS.iter().map(|known| (&known.rule, places(known.sections, ANY_SCOPE, Once::Any))));
    entries.sort_by_key(|(rule, _)| rule.element);
    for (rule, places) in entries {
        let _ = write!(page, "\n## {}\n\n{places}\n\n{}", rule.element, prose(rule.element));
        element(&mut page, rule, rule.element, 0);
    }
    page.push_str("\n# Resolvers\n\nPolicies of the fields of a GraphQL API. `sql-data-source` and `cosmosdb-data-source` are refused: the gateway has no\nclient for their databases.\n");
    for rule in RESOLVER.iter().map(|known| &known.rule).chain([HTTP_DATA_SOURCE]) {
        let _ = write!(page, "\n## {}\n\n{}", rule.element, prose(rule.element));
        element(&mut page, rule, rule.element, 0);
    }
    page
}

fn places(sections: Sections, scopes: &[ScopeName], once: Once) -> String {
    let sections: Vec<&str> = sections.iter().map(Section::as_str).collect();
    let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    let scopes = if scopes.len() == ANY_SCOPE.len() { "all".to_owned() } else { scopes.join(", ") };
    let once = if once == Once::PerSection { " Once per section." } else { "" };
    format!("Sections: {}. Scopes: {scopes}.{once}", sections.join(", "))
}

/// What the policy's file says at its top, without the first sentence's repetition of the name.
fn prose(element: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/policies");
    let name = element.replace('-', "_");
    let source = [format!("{name}.rs"), format!("{name}/mod.rs")]
        .iter()
        .find_map(|file| std::fs::read_to_string(folder.join(file)).ok())
        .unwrap_or_default();
    let lines = source.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim_start);
    let text = lines.collect::<Vec<_>>().join("\n");
    if text.is_empty() { String::new() } else { format!("{text}\n") }
}

fn element(page: &mut String, rule: &ElementRule, path: &str, depth: usize) {
    if !rule.attributes.is_empty() {
        let place = if depth == 0 { String::new() } else { format!(" of `<{}>`", rule.element) };
        let _ =
            write!(page, "\n| attribute{place} | required | default | expression | value |\n|---|---|---|---|---|\n");
        for attribute in rule.attributes {
            let required = if attribute.presence == Presence::Required { "yes" } else { "no" };
            let expression = if attribute.expression == Expression::Allowed { "yes" } else { "no" };
            let (default, remark) = stated(path, attribute.name);
            let value = value(attribute.value);
            let _ =
                writeln!(page, "| `{}` | {required} | {default} | {expression} | {value}{remark} |", attribute.name);
        }
    }
    match &rule.content {
        Content::Children(children) | Content::ChildrenInAnyOrder(children) | Content::TextOrChildren(_, children) => {
            let _ = writeln!(page);
            for child in *children {
                let occurs = match child.occurs {
                    Occurs::Optional => "at most one",
                    Occurs::Any => "any number of",
                    Occurs::One => "exactly one",
                    Occurs::Some => "one or more",
                };
                let remark = bracketed(element_remark(&format!("{path}/{}", child.rule.element)));
                let _ = writeln!(page, "- {occurs} `<{}>`{remark}", child.rule.element);
            }
            // Elements may hold themselves (`<api>` of rate-limit does not, but nothing forbids it): two levels say enough.
            for child in children.iter().filter(|_| depth < 2) {
                element(page, child.rule, &format!("{path}/{}", child.rule.element), depth + 1);
            }
        }
        Content::Text(text) | Content::TextOrValue(text) => {
            let expression = if text.expression == Expression::Allowed { "may" } else { "must not" };
            let _ = writeln!(
                page,
                "\nThe text of `<{}>`: {}; it {expression} be an expression.",
                rule.element,
                value(text.value)
            );
        }
        Content::Policies => {
            let _ = writeln!(page, "\n`<{}>` holds policies.", rule.element);
        }
        Content::Empty => {}
    }
}

/// Default and remark of an attribute, as the facts and the decisions about them have it.
fn stated(path: &str, attribute: &str) -> (String, String) {
    let element = stated_at(path);
    let facts = attributes();
    let Some(fact) = facts.iter().find(|fact| fact.element == element && fact.name == attribute) else {
        return Default::default();
    };
    let default = if fact.default == "-" { String::new() } else { format!("`{}`", fact.default) };
    (default, bracketed(reason(fact.decision)))
}

fn bracketed(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(" ({reason})") }
}

fn value(rule: ValueRule) -> String {
    match rule {
        ValueRule::Text => "text".to_owned(),
        ValueRule::NonEmpty => "text, not empty".to_owned(),
        ValueRule::Boolean => "`true` or `false`".to_owned(),
        ValueRule::Integer(low, u64::MAX) => format!("whole number from {low}"),
        ValueRule::Integer(low, high) => format!("whole number from {low} to {high}"),
        ValueRule::OneOf(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        ValueRule::Token => "a name of letters, digits and ``!#$%&'*+-.^_`|~``".to_owned(),
        ValueRule::FieldText => "text on one line".to_owned(),
    }
}

/// The page in the repository.
fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/policies.md")
}

#[test]
fn the_page_says_what_the_tables_say() {
    let page = page();
    if std::env::var_os("POSTERN_WRITE_DOCS").is_some() {
        std::fs::write(path(), &page).unwrap();
    }
    let written = std::fs::read_to_string(path()).unwrap_or_default();
    assert!(written == page, "docs/policies.md is out of date: run this test with POSTERN_WRITE_DOCS=1");
}
