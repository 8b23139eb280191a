//! Operations: templates whose parameters are declared, and no two with the same method and template.

use serde_json::{Map, Value, json};

use super::Draft;
use crate::error::ArmError;
use crate::store::{Writer, row};

/// Declares the template parameters that are used and not declared: required, of type string.
pub(super) fn before_put(draft: &mut Draft) -> Result<(), ArmError> {
    let Some(template) = draft.properties.get("urlTemplate").and_then(Value::as_str) else { return Ok(()) };
    let used = parameters(template)?;
    let declared = draft.properties.entry("templateParameters").or_insert_with(|| json!([]));
    let Some(declared) = declared.as_array_mut() else { return Ok(()) };
    for name in used {
        let is_declared =
            |one: &Value| one.get("name").and_then(Value::as_str).is_some_and(|one| one.eq_ignore_ascii_case(&name));
        if !declared.iter().any(is_declared) {
            declared.push(json!({"name": name, "type": "string", "required": true}));
        }
    }
    Ok(())
}

pub(super) async fn check(writer: &mut Writer, draft: &Draft) -> Result<(), ArmError> {
    let method = draft.text("method");
    let is_token = method.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
    if !is_token {
        return Err(ArmError::field("method", format!("'method' must be an HTTP method; it is '{method}'.")));
    }
    for parameter in draft.properties.get("templateParameters").and_then(Value::as_array).into_iter().flatten() {
        if !parameter.get("name").is_some_and(Value::is_string) {
            return Err(ArmError::field("templateParameters", "Every template parameter must have a 'name'."));
        }
    }
    check_unique(writer, draft, method).await
}

async fn check_unique(writer: &mut Writer, draft: &Draft, method: &str) -> Result<(), ArmError> {
    let place = |properties: &Map<String, Value>| {
        let text = |name: &str| properties.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        (text("method").to_ascii_uppercase(), text("urlTemplate").trim_end_matches('/').to_ascii_lowercase())
    };
    if draft.existing.as_ref().is_some_and(|row| place(&row.properties) == place(&draft.properties)) {
        return Ok(());
    }
    let Some(api) = draft.place.parent() else { return Ok(()) };
    for other in row::list(writer, &format!("{}/operations", api.id)).await? {
        if !other.name().eq_ignore_ascii_case(draft.place.name())
            && place(&other.properties) == place(&draft.properties)
        {
            let message = format!(
                "The operation '{}' already has the method '{method}' and the URL template '{}'.",
                other.name(),
                draft.text("urlTemplate")
            );
            return Err(ArmError::field("urlTemplate", message));
        }
    }
    Ok(())
}

/// Names in braces of a URL template, in order; each may stand once.
fn parameters(template: &str) -> Result<Vec<String>, ArmError> {
    let wrong = |reason: String| {
        ArmError::field("urlTemplate", format!("The URL template '{template}' is not valid: {reason}."))
    };
    let mut names: Vec<String> = Vec::new();
    let mut rest = template;
    while let Some(open) = rest.find(['{', '}']) {
        let behind = rest.get(open + 1..).unwrap_or_default();
        if rest.as_bytes().get(open) == Some(&b'}') {
            return Err(wrong("a '}' has no '{'".to_owned()));
        }
        let Some(close) = behind.find('}') else { return Err(wrong("a '{' has no '}'".to_owned())) };
        let name = behind.get(..close).unwrap_or_default();
        // `{*rest}` takes the rest of the path; its parameter is `rest`.
        let name = name.strip_prefix('*').filter(|name| !name.is_empty()).unwrap_or(name);
        if name.is_empty() || name.contains(['{', '/', '?']) {
            return Err(wrong(format!("'{{{name}}}' is no parameter")));
        }
        if names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return Err(wrong(format!("the parameter '{name}' stands twice")));
        }
        names.push(name.to_owned());
        rest = behind.get(close + 1..).unwrap_or_default();
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::parameters;

    #[test]
    fn template_parameters_are_found_in_path_and_query() {
        assert_eq!(parameters("/customers/{cid}/orders/{oid}?date={date}").expect("good"), ["cid", "oid", "date"]);
        assert_eq!(parameters("/files/{*rest}").expect("good"), ["rest"]);
        assert!(parameters("/*").expect("good").is_empty());
    }

    #[test]
    fn broken_templates_are_refused() {
        for template in ["/{a", "/a}", "/{}", "/{a}/{A}", "/{a{b}}", "/{a/b}"] {
            assert!(parameters(template).is_err(), "{template}");
        }
    }
}
