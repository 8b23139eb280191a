//! Results of resolvers as values of the schema's types: what data sources send is taken for what it is meant to be, where nothing is lost.

use apollo_compiler::response::JsonValue;

/// A value for a field of a scalar type; the engine refuses what still does not fit.
pub(crate) fn leaf(value: &JsonValue, type_name: &str) -> JsonValue {
    let coerced = match (type_name, value) {
        ("Float", JsonValue::Number(number)) => number.as_f64().map(JsonValue::from),
        ("Int", JsonValue::Number(number)) if number.is_f64() => number.as_f64().and_then(whole).map(JsonValue::from),
        ("ID" | "String", JsonValue::Number(number)) => Some(JsonValue::from(number.to_string())),
        ("String", JsonValue::Bool(flag)) => Some(JsonValue::from(flag.to_string())),
        _ => None,
    };
    coerced.unwrap_or_else(|| value.clone())
}

/// A number without a fraction, in the range of `Int`.
fn whole(number: f64) -> Option<i32> {
    let rounded = number.trunc();
    let fits = (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&rounded);
    #[allow(clippy::cast_possible_truncation, reason = "it has no fraction and is in range")]
    (fits && rounded.to_bits() == number.to_bits()).then_some(rounded as i32)
}

#[cfg(test)]
mod tests {
    use super::leaf;

    #[test]
    fn numbers_and_texts_become_what_the_schema_says() {
        for (type_name, value, expected) in [
            ("Float", "1", "1.0"),
            ("Float", "1.5", "1.5"),
            ("Float", "\"1\"", "\"1\""),
            ("Int", "2.0", "2"),
            ("Int", "2.5", "2.5"),
            ("Int", "3e9", "3000000000.0"),
            ("ID", "7", "\"7\""),
            ("ID", "\"a\"", "\"a\""),
            ("String", "1.5", "\"1.5\""),
            ("String", "true", "\"true\""),
            ("Boolean", "1", "1"),
            ("Custom", "{\"a\":1}", "{\"a\":1}"),
        ] {
            let value = serde_json::from_str(value).unwrap();
            assert_eq!(serde_json::to_string(&leaf(&value, type_name)).unwrap(), expected, "{type_name}");
        }
    }
}
