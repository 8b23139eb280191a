//! Sections, scopes and repetitions of every policy, tried out on documents.

use super::{errors, none, parsed_in, policies};
use crate::document::check_scope;
use crate::section::{ScopeName, Section};

const SCOPES: [ScopeName; 4] = [ScopeName::Global, ScopeName::Product, ScopeName::Api, ScopeName::Operation];

#[test]
fn every_policy_stands_in_its_sections_and_in_no_other() {
    let mut problems = Vec::new();
    for policy in policies() {
        for section in Section::ALL {
            let (_, found) = parsed_in(section, &policy.example);
            let codes: Vec<&str> = errors(&found).iter().map(|one| one.code).collect();
            let expected: &[&str] = if policy.sections.contains(&section) { &[] } else { &["wrong-section"] };
            if codes != expected {
                problems.push(format!("{} in {}: {found:?}", policy.name, section.as_str()));
            }
            let names: Vec<&str> = policy.sections.iter().map(|section| section.as_str()).collect();
            for one in found.iter().filter(|one| one.code == "wrong-section") {
                assert_eq!(
                    one.message,
                    format!("`<{}>` is not allowed in section `<{}>`", policy.name, section.as_str())
                );
                assert_eq!(one.suggestion.as_deref(), Some(&*format!("allowed sections: {}", names.join(", "))));
            }
        }
    }
    none(&problems);
}

#[test]
fn every_policy_stands_in_documents_of_its_scopes_and_of_no_other() {
    let mut problems = Vec::new();
    for policy in policies() {
        let (document, _) = parsed_in(policy.sections[0], &policy.example);
        for scope in SCOPES {
            let codes: Vec<&str> = check_scope(&document, scope).iter().map(|one| one.code).collect();
            let expected: &[&str] = if policy.scopes.contains(&scope) { &[] } else { &["wrong-scope"] };
            if codes != expected {
                problems.push(format!("{} at {} scope: {codes:?}", policy.name, scope.as_str()));
            }
        }
    }
    none(&problems);
}

#[test]
fn a_policy_stands_twice_in_a_section_unless_the_facts_forbid_it() {
    let mut problems = Vec::new();
    for policy in policies() {
        for section in &policy.sections {
            let (_, found) = parsed_in(*section, &policy.example.repeat(2));
            let codes: Vec<&str> = errors(&found).iter().map(|one| one.code).collect();
            let is_good = match policy.once {
                "yes" => codes == ["once-per-section"],
                "no" => codes.is_empty(),
                _ => codes.is_empty() || codes == ["once-per-section"],
            };
            if !is_good {
                problems.push(format!("{} twice: {found:?}", policy.name));
            }
        }
    }
    none(&problems);
}
