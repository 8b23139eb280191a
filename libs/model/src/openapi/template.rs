//! URL templates: the path of the document, and the required query parameters that APIM adds to it.

use super::error::Reason;

/// A parameter's place in a template: `{name}` or `{*name}`.
pub(super) type Placeholder<'a> = &'a str;

/// Names of the placeholders in order of appearance. Braces must match, enclose a name and not nest; a name occurs once,
/// because APIM identifies template parameters by name across path and query.
pub(super) fn placeholders(template: &str) -> Result<Vec<Placeholder<'_>>, Reason> {
    let mut names: Vec<&str> = Vec::new();
    let mut rest = template;
    while let Some(open) = rest.find(['{', '}']) {
        let after = rest.get(open..).and_then(|tail| tail.strip_prefix('{')).ok_or(Reason::MalformedTemplate)?;
        let (inside, behind) = after.split_once('}').ok_or(Reason::MalformedTemplate)?;
        let name = inside.strip_prefix('*').unwrap_or(inside);
        if name.is_empty() || name.contains(['{', '/', '?', '&']) {
            return Err(Reason::MalformedTemplate);
        }
        if names.contains(&name) {
            return Err(Reason::RepeatedTemplateParameter(name.to_owned()));
        }
        names.push(name);
        rest = behind;
    }
    Ok(names)
}

/// Whether a query parameter's name can stand in a template on both sides of `=` without escaping.
pub(super) fn can_carry(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.' | '$'))
}

/// Whether the template's own query part already names this parameter (`x-ms-paths`: `/blobs?comp=list`).
pub(super) fn has_query(template: &str, name: &str) -> bool {
    let Some((_, query)) = template.split_once('?') else { return false };
    query.split('&').any(|pair| pair.split('=').next() == Some(name))
}

/// Appends `name={name}` to the template's query.
pub(super) fn add_query(template: &mut String, name: &str) {
    let separator = match template.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    template.push_str(&format!("{separator}{name}={{{name}}}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_found_anywhere_in_a_segment() {
        let names = placeholders("/repos/{owner}/compare/{base}...{head}/{*rest}?since={since}").unwrap();
        assert_eq!(names, ["owner", "base", "head", "rest", "since"]);
        assert_eq!(placeholders("/*").unwrap(), Vec::<&str>::new());
    }

    #[test]
    fn braces_must_match_and_enclose_a_name() {
        for template in ["/{", "/}", "/{}", "/{a", "/a}", "/{a{b}}", "/{*}", "/{a/b}"] {
            assert_eq!(placeholders(template), Err(Reason::MalformedTemplate), "{template}");
        }
    }

    #[test]
    fn a_name_occurs_once_in_path_and_query() {
        assert_eq!(placeholders("/{id}?id={id}"), Err(Reason::RepeatedTemplateParameter("id".into())));
    }

    #[test]
    fn query_parameters_are_appended_once() {
        let mut template = "/blobs?comp=list".to_owned();
        assert!(has_query(&template, "comp") && !has_query(&template, "list"));
        add_query(&mut template, "$filter");
        assert_eq!(template, "/blobs?comp=list&$filter={$filter}");
        assert!(can_carry("api-version") && !can_carry("filter[name]") && !can_carry("a b"));
    }
}
