//! The catalogue against the fact base: `libs/policy/tests/data/{policies,children,attributes}.txt` say by hand, line for line, what the
//! facts state of every policy, element and attribute. Always holds: nothing of the catalogue is without a line there, and where the two
//! differ the line has a decision with its reason.

mod attributes;
mod behaviour;
mod catalogue;
mod children;
mod failures;
mod places;
mod rules;
mod runs;
mod values;

use crate::diagnostic::{Diagnostic, Severity};
use crate::document::{Document, DocumentKind, parse_document};
use crate::section::{ScopeName, Section};

const POLICIES: &str = include_str!("../../../tests/data/policies.txt");
const CHILDREN: &str = include_str!("../../../tests/data/children.txt");
const ATTRIBUTES: &str = include_str!("../../../tests/data/attributes.txt");

/// What the facts say of a policy as a whole.
#[derive(Debug, Clone)]
struct PolicyFacts {
    name: &'static str,
    sections: Vec<Section>,
    scopes: Vec<ScopeName>,
    once: &'static str,
    /// The policy of which this is another name.
    alias_of: Option<&'static str>,
    example: String,
}

/// What they say of an element in it.
#[derive(Debug, Clone)]
struct ChildFacts {
    path: &'static str,
    occurs: &'static str,
    text: &'static str,
    example: &'static str,
}

/// What they say of an attribute.
#[derive(Debug, Clone)]
pub(super) struct AttributeFacts {
    pub(super) line: &'static str,
    pub(super) element: &'static str,
    pub(super) name: &'static str,
    pub(super) required: &'static str,
    pub(super) default: &'static str,
    pub(super) expression: &'static str,
    /// A value that is not the default.
    pub(super) sample: &'static str,
    /// Attributes that must stand beside the sample: ` name='value'`.
    pub(super) beside: &'static str,
    pub(super) decision: &'static str,
}

fn rows(text: &'static str, columns: usize) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(move |line| {
        let mut row: Vec<&str> = line.split('|').map(str::trim).collect();
        assert!(row.len() + 1 >= columns && row.len() <= columns, "{line}");
        row.resize(columns, "");
        row
    })
}

/// What a decision puts in the place of the facts.
fn decided(decision: &'static str, key: &str, fact: &'static str) -> &'static str {
    match decision.split_once(": ").and_then(|(change, _)| change.split_once('=')) {
        Some((changed, value)) if changed == key => value,
        _ => fact,
    }
}

fn policies() -> Vec<PolicyFacts> {
    let policy = |row: Vec<&'static str>| {
        let section = |word| match word {
            "in" => Section::Inbound,
            "be" => Section::Backend,
            "out" => Section::Outbound,
            "err" => Section::OnError,
            _ => panic!("{row:?}"),
        };
        let scope = |word| match word {
            "G" => ScopeName::Global,
            "P" => ScopeName::Product,
            "A" => ScopeName::Api,
            "O" => ScopeName::Operation,
            _ => panic!("{row:?}"),
        };
        PolicyFacts {
            name: row[1],
            sections: row[2].split(' ').map(section).collect(),
            scopes: row[3].split(' ').map(scope).collect(),
            once: decided(row[6], "once", row[4]),
            alias_of: row[5].strip_prefix("= "),
            example: row[5].to_owned(),
        }
    };
    let mut policies: Vec<PolicyFacts> = rows(POLICIES, 7).map(policy).collect();
    for index in 0..policies.len() {
        if let Some(name) = policies[index].alias_of {
            let example = policies.iter().find(|policy| policy.name == name).unwrap().example.clone();
            policies[index].example = example.replace(name, policies[index].name);
        }
    }
    policies
}

fn children() -> Vec<ChildFacts> {
    let child = |row: Vec<&'static str>| ChildFacts {
        path: row[1],
        occurs: decided(row[5], "occurs", row[2]),
        text: decided(row[5], "text", row[3]),
        example: row[4],
    };
    rows(CHILDREN, 6).map(child).collect()
}

/// Every attribute's facts, in the order of the file.
pub(super) fn attributes() -> Vec<AttributeFacts> {
    let attribute = |row: Vec<&'static str>| {
        let sample = row[6];
        let end = sample.find("='").and_then(|equals| sample[..equals].rfind(' ')).unwrap_or(sample.len());
        AttributeFacts {
            line: row[0],
            element: row[1],
            name: row[2],
            required: decided(row[7], "required", row[3]),
            default: row[4],
            expression: decided(row[7], "expression", row[5]),
            sample: &sample[..end],
            beside: &sample[end..],
            decision: row[7],
        }
    };
    rows(ATTRIBUTES, 8).map(attribute).collect()
}

/// The reason of a decision.
pub(super) fn reason(decision: &'static str) -> &'static str {
    match decision.split_once(": ") {
        Some((change, reason)) if change.contains('=') && !change.contains(' ') => reason,
        _ => decision,
    }
}

/// Why an element inside a policy is not as the facts have it.
pub(super) fn element_remark(path: &str) -> &'static str {
    let (policy, rest) = path.split_once('/').unwrap_or((path, ""));
    let path = format!("{}/{rest}", stated_at(policy));
    rows(CHILDREN, 6).find(|row| row[1] == path).map_or("", |row| reason(row[5]))
}

/// The element whose attributes hold at a path: that of the policy itself where a policy stands inside another one, and the one a policy is
/// another name of.
pub(super) fn stated_at(path: &str) -> String {
    let policies = policies();
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    let last = path.rsplit('/').next().unwrap_or(path);
    if !rest.is_empty() && policies.iter().any(|policy| policy.name == last) {
        return last.to_owned();
    }
    let name = policies.iter().find(|policy| policy.name == first).and_then(|policy| policy.alias_of).unwrap_or(first);
    if rest.is_empty() { name.to_owned() } else { format!("{name}/{rest}") }
}

/// A document with one policy in the first section that it may stand in, and what is found in it.
fn parsed(policy: &str) -> (Document, Vec<Diagnostic>) {
    let name: String = policy.trim_start_matches('<').chars().take_while(|c| !" />".contains(*c)).collect();
    let facts = policies().into_iter().find(|known| known.name == name).unwrap_or_else(|| panic!("{name}"));
    parsed_in(facts.sections[0], policy)
}

fn parsed_in(section: Section, policy: &str) -> (Document, Vec<Diagnostic>) {
    let section = section.as_str();
    parse_document(&format!("<policies><{section}>{policy}</{section}></policies>"), DocumentKind::Policy)
}

fn errors(found: &[Diagnostic]) -> Vec<&Diagnostic> {
    found.iter().filter(|one| one.severity == Severity::Error).collect()
}

/// All problems at once, so that a reader sees the whole difference.
fn none(problems: &[String]) {
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}
