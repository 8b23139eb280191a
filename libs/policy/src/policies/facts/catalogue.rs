//! The rules of the catalogue and those of the facts are the same: presence, expressions, elements and how often they stand.

use super::{AttributeFacts, ChildFacts, attributes, children, none, policies, stated_at};
use crate::definition::{ChildRule, Content, ElementRule, Expression, Occurs, Presence};
use crate::policies::{CATALOGUE, FLOWS};

fn rules() -> Vec<&'static ElementRule> {
    CATALOGUE.iter().map(|known| &known.rule).chain(FLOWS.iter().map(|known| &known.rule)).collect()
}

fn children_of(rule: &'static ElementRule) -> &'static [ChildRule] {
    match &rule.content {
        Content::Children(children) | Content::ChildrenInAnyOrder(children) | Content::TextOrChildren(_, children) => {
            children
        }
        _ => &[],
    }
}

/// Every element of the catalogue with its path; elements that policies share stand once for each.
fn elements() -> Vec<(String, &'static ElementRule, Option<Occurs>)> {
    let mut found: Vec<(String, &ElementRule, Option<Occurs>)> =
        rules().into_iter().map(|rule| (rule.element.to_owned(), rule, None)).collect();
    let mut next = 0;
    while next < found.len() {
        let (path, rule, _) = found[next].clone();
        for child in children_of(rule) {
            found.push((format!("{path}/{}", child.rule.element), child.rule, Some(child.occurs)));
        }
        next += 1;
    }
    found
}

#[test]
fn every_policy_of_the_facts_is_in_the_catalogue_and_none_else() {
    let mut stated: Vec<&str> = policies().iter().map(|policy| policy.name).collect();
    let mut known: Vec<&str> = rules().iter().map(|rule| rule.element).collect();
    stated.sort_unstable();
    known.sort_unstable();
    assert_eq!(known, stated);
}

#[test]
fn every_attribute_is_there_and_as_required_and_as_dynamic_as_the_facts_say() {
    let facts = attributes();
    let mut problems = Vec::new();
    let mut seen = vec![false; facts.len()];
    for (path, rule, _) in elements() {
        let element = stated_at(&path);
        for attribute in rule.attributes {
            match facts.iter().position(|fact| fact.element == element && fact.name == attribute.name) {
                None => problems.push(format!("{path}: `{}` is not in attributes.txt", attribute.name)),
                Some(index) => {
                    seen[index] = true;
                    let known = (attribute.presence, attribute.expression);
                    problems.extend(differences(&path, &facts[index], known));
                }
            }
        }
    }
    let missing = facts.iter().zip(seen).filter(|(_, seen)| !seen).map(|(fact, _)| fact);
    problems.extend(missing.map(|fact| format!("{}: `{}` is not in the catalogue", fact.element, fact.name)));
    none(&problems);
}

fn differences(path: &str, fact: &AttributeFacts, known: (Presence, Expression)) -> Vec<String> {
    let presence = match fact.required {
        "yes" => Some(Presence::Required),
        "-" => None,
        _ => Some(Presence::Optional),
    };
    let expression = match fact.expression {
        "yes" => Some(Expression::Allowed),
        "no" => Some(Expression::Forbidden),
        _ => None,
    };
    let mut found = Vec::new();
    if presence.is_some_and(|presence| presence != known.0) {
        found.push(format!("line {}: {path}: `{}` is {:?}", fact.line, fact.name, known.0));
    }
    if expression.is_some_and(|expression| expression != known.1) {
        found.push(format!("line {}: {path}: in `{}` expressions are {:?}", fact.line, fact.name, known.1));
    }
    found
}

#[test]
fn every_element_is_there_and_as_often_as_the_facts_say() {
    let facts = children();
    let mut problems = Vec::new();
    let mut seen = vec![false; facts.len()];
    for (path, rule, occurs) in elements() {
        let (Some(occurs), path) = (occurs, at_its_policy(&path)) else { continue };
        // A policy in a policy: what is in it is stated for the policy itself.
        let is_inside = path.match_indices('/').any(|(end, _)| {
            let outer = &path[..end];
            outer.contains('/') && !stated_at(outer).contains('/')
        });
        if is_inside {
            continue;
        }
        match facts.iter().position(|fact| fact.path == path) {
            None => problems.push(format!("`{path}` is not in children.txt")),
            Some(index) => {
                seen[index] = true;
                problems.extend(child_differences(&facts[index], occurs, rule));
            }
        }
    }
    let missing = facts.iter().zip(seen).filter(|(_, seen)| !seen).map(|(fact, _)| fact);
    problems.extend(missing.map(|fact| format!("`{}` is not in the catalogue", fact.path)));
    none(&problems);
}

/// The path with the name that a policy is another name of.
fn at_its_policy(path: &str) -> String {
    match path.split_once('/') {
        Some((policy, rest)) => format!("{}/{rest}", stated_at(policy)),
        None => path.to_owned(),
    }
}

fn child_differences(fact: &ChildFacts, occurs: Occurs, rule: &ElementRule) -> Vec<String> {
    let mut found = Vec::new();
    let known = match occurs {
        Occurs::Optional => "?",
        Occurs::Any => "*",
        Occurs::One => "1",
        Occurs::Some => "+",
    };
    if fact.occurs != "-" && fact.occurs != known {
        found.push(format!("`{}` occurs {known}", fact.path));
    }
    let text = match &rule.content {
        Content::Text(text) | Content::TextOrValue(text) | Content::TextOrChildren(text, _) => Some(text.expression),
        _ => None,
    };
    let known = match text {
        None => "none",
        Some(Expression::Allowed) => "yes",
        Some(Expression::Forbidden) => "no",
    };
    if fact.text != known && (fact.text != "-" || known == "none") {
        found.push(format!("text of `{}`: {known}", fact.path));
    }
    found
}
