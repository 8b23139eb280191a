//! Every attribute, tried out on documents: missing, misspelt, with its default written out, with another value, as an expression.

use super::children::span;
use super::{AttributeFacts, attributes, children, errors, none, parsed, policies, runs};

/// The smallest document that has the element: of its policy, or of the element itself.
fn example(fact: &AttributeFacts) -> String {
    if let Some(policy) = policies().iter().find(|policy| policy.name == fact.element) {
        return policy.example.clone();
    }
    let children = children();
    let child = children.iter().find(|child| child.path == fact.element);
    child.unwrap_or_else(|| panic!("{} has no example", fact.element)).example.to_owned()
}

/// The example without some attributes of the element, and with more written into it.
fn changed(fact: &AttributeFacts, without: &[&str], with: &str) -> String {
    let mut text = example(fact);
    let start = span(&text, fact.element).start;
    for name in without {
        let end = start + text[start..].find('>').unwrap();
        let Some(at) = text[start..end].find(&format!(" {name}='")) else { continue };
        let at = start + at;
        let value = at + text[at..].find('\'').unwrap() + 1;
        let behind = value + text[value..].find('\'').unwrap() + 1;
        text.replace_range(at..behind, "");
    }
    let name = fact.element.rsplit('/').next().unwrap();
    text.insert_str(start + 1 + name.len(), with);
    text
}

/// The attributes that this one stands for, and this one.
fn replaced<'a>(fact: &'a AttributeFacts, all: &'a [AttributeFacts]) -> Vec<&'a str> {
    let rivals = all.iter().filter(|other| other.element == fact.element && fact.required.contains(':'));
    rivals.filter(|other| other.required == fact.required).map(|other| other.name).chain([fact.name]).collect()
}

/// The example with the attribute, and those that must stand beside it.
pub(super) fn with_value(fact: &AttributeFacts, all: &[AttributeFacts], value: &str) -> String {
    changed(fact, &replaced(fact, all), &format!(" {}='{value}'{}", fact.name, fact.beside))
}

/// The sample as an expression of its type.
fn dynamic(sample: &str) -> String {
    match sample {
        "true" | "false" => format!("@({sample})"),
        _ if sample.parse::<f64>().is_ok() => format!("@({sample})"),
        _ => format!("@(\"{sample}\")"),
    }
}

#[test]
fn a_required_attribute_that_is_missing_is_named() {
    let all = attributes();
    let mut problems = Vec::new();
    // Also those of which one is enough, and those that the rules have optional for the sake of another name.
    for fact in all.iter().filter(|fact| fact.required == "yes" || fact.required.contains(':')) {
        let group = |other: &&AttributeFacts| other.element == fact.element && other.required == fact.required;
        let names: Vec<&str> = match fact.required {
            "yes" => vec![fact.name],
            _ => all.iter().filter(group).map(|other| other.name).collect(),
        };
        let document = changed(fact, &names, "");
        let (_, found) = parsed(&document);
        let is_told = found.iter().any(|one| {
            let named = names.iter().all(|name| one.message.contains(&format!("`{name}`")));
            matches!(one.code, "attribute-missing" | "attribute-conflict") && named
        });
        if !is_told {
            problems.push(format!("line {}: {document}: {found:?}", fact.line));
        }
    }
    none(&problems);
}

#[test]
fn of_attributes_that_exclude_each_other_only_one_may_stand() {
    let all = attributes();
    let mut problems = Vec::new();
    for fact in all.iter().filter(|fact| fact.required.starts_with("one:")) {
        let rivals = all.iter().filter(|other| other.element == fact.element && other.required == fact.required);
        for rival in rivals.filter(|other| other.name != fact.name) {
            let both = format!(" {}='{}' {}='{}'", fact.name, fact.sample, rival.name, rival.sample);
            let document = changed(fact, &replaced(fact, &all), &both);
            let (_, found) = parsed(&document);
            if !found.iter().any(|one| one.code == "attribute-conflict") {
                problems.push(format!("line {}: {document}: {found:?}", fact.line));
            }
        }
    }
    none(&problems);
}

#[test]
fn a_misspelt_attribute_is_answered_with_the_nearest() {
    let mut problems = Vec::new();
    // A name that the facts do not have may be nearer to one that they have.
    for fact in attributes().into_iter().filter(|fact| fact.line != "-") {
        let document = changed(&fact, &[], &format!(" {}x='1'", fact.name));
        let (_, found) = parsed(&document);
        let suggestion = format!("did you mean `{}`?", fact.name);
        let is_told =
            found.iter().any(|one| one.code == "unknown-attribute" && one.suggestion.as_deref() == Some(&suggestion));
        if !is_told {
            problems.push(format!("line {}: {document}: {found:?}", fact.line));
        }
    }
    none(&problems);
}

#[test]
fn an_attribute_takes_expressions_or_refuses_them() {
    let all = attributes();
    let mut problems = Vec::new();
    for fact in all.iter().filter(|fact| fact.expression != "-") {
        // Those that have no effect may be at odds with the rest of the example.
        if fact.decision.starts_with("effect=none") {
            continue;
        }
        let document = with_value(fact, &all, &dynamic(fact.sample));
        let (_, found) = parsed(&document);
        let codes: Vec<&str> = errors(&found).iter().map(|one| one.code).collect();
        let expected: &[&str] = if fact.expression == "yes" { &[] } else { &["expression-not-allowed"] };
        let is_named = found.iter().all(|one| one.message.contains(&format!("`{}`", fact.name)));
        if codes != expected || (fact.expression == "no" && !is_named) {
            problems.push(format!("line {}: {document}: {found:?}", fact.line));
        }
    }
    none(&problems);
}

/// What was made of the document, for comparing.
fn compiled(document: &str) -> Result<String, String> {
    let (made, found) = parsed(document);
    if !errors(&found).is_empty() {
        return Err(format!("{document}: {found:?}"));
    }
    // `validate-jwt` numbers its policies.
    let text = format!("{:?}", made.sections);
    let parts = text.split("identity: ").enumerate();
    Ok(parts
        .map(|(index, part)| if index == 0 { part } else { part.trim_start_matches(|c: char| c.is_ascii_digit()) })
        .collect())
}

#[test]
fn a_default_that_is_written_out_changes_nothing() {
    let all = attributes();
    let mut problems = Vec::new();
    for fact in all.iter().filter(|fact| fact.default != "-" && !runs::shows(fact)) {
        let without = compiled(&changed(fact, &[fact.name], ""));
        let with = compiled(&with_value(fact, &all, fact.default));
        if without != with || without.is_err() {
            problems.push(format!("line {}: {} {}:\n{without:?}\n{with:?}", fact.line, fact.element, fact.name));
        }
    }
    none(&problems);
}

#[test]
fn another_value_changes_something() {
    let all = attributes();
    let mut problems = Vec::new();
    for fact in &all {
        let before = compiled(&example(fact));
        let after = compiled(&with_value(fact, &all, fact.sample));
        let has_effect = !fact.decision.starts_with("effect=none");
        match (before, after) {
            (Ok(before), Ok(after)) if (before != after) == has_effect => {}
            // With other attributes only, as its decision says.
            (Ok(_), Err(_)) if !has_effect => {}
            (before, after) => {
                problems.push(format!("line {}: {} {}:\n{before:?}\n{after:?}", fact.line, fact.element, fact.name));
            }
        }
    }
    none(&problems);
}
