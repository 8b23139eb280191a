//! `configuration.<env>.yaml` of APIOps: properties laid over those of the tree, for one environment. The usual place for
//! what must not be in a repository: the values of secret named values.

use std::path::Path;

use postern_model::ResourceId;
use serde_json::Value;

use crate::{files, limits};

/// The parsed file; keys are collection names in camelCase, each with a list of `{name, properties}`.
#[derive(Debug, Default)]
pub struct Overrides {
    root: Value,
}

impl Overrides {
    /// Reads the file.
    pub fn read(path: &Path) -> Result<Overrides, String> {
        let text = files::read_text(path, limits::ENTITY_FILE_BYTES_MAX).map_err(|error| error.to_string())?;
        Overrides::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    fn parse(text: &str) -> Result<Overrides, String> {
        let root: Value = serde_yaml_ng::from_str(text).map_err(|error| error.to_string())?;
        match root {
            Value::Object(_) | Value::Null => Ok(Overrides { root }),
            _ => Err("an overrides file is a mapping of collections".to_owned()),
        }
    }

    /// Lays the overrides of a resource over its properties.
    pub(super) fn apply(&self, id: &ResourceId, properties: &mut Value) {
        let (collection, name) = match id {
            ResourceId::Api(name) => ("apis", name),
            ResourceId::Backend(name) => ("backends", name),
            ResourceId::Gateway(name) => ("gateways", name),
            ResourceId::Logger(name) => ("loggers", name),
            ResourceId::NamedValue(name) => ("namedValues", name),
            ResourceId::Product(name) => ("products", name),
            ResourceId::Subscription(name) => ("subscriptions", name),
            ResourceId::VersionSet(name) => ("versionSets", name),
            _ => return,
        };
        let entries = self.root.get(collection).and_then(Value::as_array).into_iter().flatten();
        let own = entries.filter(|entry| entry.get("name").and_then(Value::as_str).is_some_and(|text| *name == text));
        for entry in own {
            if let Some(over) = entry.get("properties") {
                lay_over(properties, over);
            }
        }
    }
}

/// Objects are merged, everything else is replaced. The depth is that of the overrides file, which the parser bounds.
fn lay_over(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                lay_over(base.entry(key.as_str()).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn overrides_are_merged_into_the_resource_they_name() {
        let text = "namedValues:\n  - name: Token\n    properties:\n      value: s3cret\napis:\n  - name: echo\n    properties:\n      subscriptionKeyParameterNames:\n        header: X-Key\n";
        let overrides = Overrides::parse(text).unwrap();
        let mut value = json!({ "displayName": "token", "secret": true });
        overrides.apply(&ResourceId::NamedValue("token".into()), &mut value);
        assert_eq!(value, json!({ "displayName": "token", "secret": true, "value": "s3cret" }));
        let mut api = json!({ "subscriptionKeyParameterNames": { "query": "k" } });
        overrides.apply(&ResourceId::Api("echo".into()), &mut api);
        assert_eq!(api, json!({ "subscriptionKeyParameterNames": { "query": "k", "header": "X-Key" } }));
        let mut other = json!({});
        overrides.apply(&ResourceId::NamedValue("other".into()), &mut other);
        assert_eq!(other, json!({}));
    }

    #[test]
    fn a_file_that_is_no_mapping_is_refused() {
        assert!(Overrides::parse("- a\n").is_err());
        assert!(Overrides::parse("a: [").is_err());
        assert!(Overrides::parse("").is_ok());
    }
}
