//! Elements inside policies, tried out on documents: missing, repeated, unknown.

use super::{children, errors, none, parsed, policies};

/// The text of the example's element and where it stands: `<a …/>` or `<a …>…</a>`.
pub(super) fn span(example: &str, path: &str) -> std::ops::Range<usize> {
    let mut from = 0;
    let mut end = example.len();
    for name in path.split('/') {
        let found = example[from..end].match_indices(&format!("<{name}")).find(|(at, tag)| {
            let behind = example[from + at + tag.len()..].chars().next();
            behind.is_some_and(|next| " />".contains(next))
        });
        from += found.unwrap_or_else(|| panic!("`{path}` is not in {example}")).0;
        let close = format!("</{name}>");
        let tag_end = from + example[from..].find('>').unwrap() + 1;
        end = match example[..tag_end].ends_with("/>") {
            true => tag_end,
            false => from + example[from..].find(&close).unwrap() + close.len(),
        };
        if from == 0 && path.contains('/') {
            // The next name is looked for behind this tag, so that a child of the same name is found.
            from = 1;
        }
    }
    if path.contains('/') { from..end } else { 0..example.len() }
}

#[test]
fn elements_that_must_stand_are_missed_and_those_that_stand_once_are_not_repeated() {
    let mut problems = Vec::new();
    for child in children() {
        let (_, found) = parsed(child.example);
        if !errors(&found).is_empty() {
            problems.push(format!("{}: {found:?}", child.example));
            continue;
        }
        let element = span(child.example, child.path);
        let text = &child.example[element.clone()];
        let name = child.path.rsplit('/').next().unwrap();
        let mut without = child.example.to_owned();
        without.replace_range(element.clone(), "");
        let mut twice = child.example.to_owned();
        twice.insert_str(element.start, text);
        for (document, code, is_expected) in [
            (without, "element-missing", matches!(child.occurs, "1" | "+")),
            (twice, "element-twice", matches!(child.occurs, "1" | "?")),
        ] {
            let (_, found) = parsed(&document);
            let named = found.iter().any(|one| one.code == code && one.message.contains(&format!("`<{name}>`")));
            if child.occurs != "-" && named != is_expected {
                problems.push(format!("{}: {document}: {found:?}", child.path));
            }
        }
    }
    none(&problems);
}

#[test]
fn a_misspelt_element_is_answered_with_the_nearest() {
    let mut problems = Vec::new();
    for child in children() {
        let name = child.path.rsplit('/').next().unwrap();
        let element = span(child.example, child.path);
        let text = &child.example[element.clone()];
        let misspelt = text.replacen(&format!("<{name}"), &format!("<{name}x"), 1).replacen(
            &format!("</{name}>"),
            &format!("</{name}x>"),
            1,
        );
        let mut document = child.example.to_owned();
        document.insert_str(element.start, &misspelt);
        let (_, found) = parsed(&document);
        let suggestion = format!("did you mean `<{name}>`?");
        let is_told =
            found.iter().any(|one| one.code == "unknown-element" && one.suggestion.as_deref() == Some(&suggestion));
        if !is_told {
            problems.push(format!("{document}: {found:?}"));
        }
    }
    none(&problems);
}

#[test]
fn every_example_of_a_policy_is_without_fault() {
    let faults: Vec<String> = policies()
        .iter()
        .filter_map(|policy| {
            let (_, found) = parsed(&policy.example);
            (!errors(&found).is_empty()).then(|| format!("{}: {found:?}", policy.example))
        })
        .collect();
    none(&faults);
}
