//! Parameters of the JSON format's media type (OData JSON Format section 3), which stand in `Accept`, `Content-Type` and `$format`.

/// A parameter, without the prefix `odata.` that 4.01 made optional, and the values that it can have.
const PARAMETERS: [(&str, &[&str]); 5] = [
    ("metadata", &["none", "minimal", "full"]),
    ("streaming", &["true", "false"]),
    ("ieee754compatible", &["true", "false"]),
    ("exponentialdecimals", &["true", "false"]),
    // Up to version 3: the format itself.
    ("odata", &["verbose", "minimalmetadata", "fullmetadata", "nometadata", "light"]),
];

/// Checks the value of a header `Accept` or `Content-Type`. Types other than JSON and parameters of others are not looked at.
///
/// # Errors
/// What is wrong, in one sentence.
pub fn check_media_type(text: &str) -> Result<(), String> {
    for range in text.split(',') {
        let mut parts = range.split(';').map(str::trim);
        if !parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json")) {
            continue;
        }
        for parameter in parts {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let (name, value) = (name.trim(), value.trim().trim_matches('"'));
            let lower = name.to_ascii_lowercase();
            let bare = lower.strip_prefix("odata.").unwrap_or(&lower);
            let Some((_, values)) = PARAMETERS.iter().find(|(known, _)| *known == bare) else { continue };
            if !values.iter().any(|known| value.eq_ignore_ascii_case(known)) {
                return Err(format!("`{value}` is no value of the format parameter `{name}`"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check_media_type;

    #[test]
    fn format_parameters_have_their_values() {
        for (text, is_good) in [
            ("", true),
            ("*/*", true),
            ("application/json", true),
            ("application/json;odata.metadata=full;IEEE754Compatible=true;charset=utf-8", true),
            ("application/json; metadata=none, text/html;metadata=x", true),
            ("application/json;odata.metadata=all", false),
            ("text/html, application/json;IEEE754Compatible=yes;q=0.5", false),
            ("application/json;odata.streaming", false),
            ("application/json;odata=verbose", true),
        ] {
            assert_eq!(check_media_type(text).is_ok(), is_good, "{text}");
        }
    }
}
