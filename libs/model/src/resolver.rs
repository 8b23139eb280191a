//! Resolvers of the fields of GraphQL APIs (`apis/{id}/resolvers/{id}`).

use serde::{Deserialize, Serialize};

/// Properties of a resolver.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ResolverProperties {
    pub display_name: Option<String>,
    /// `Type/field`
    pub path: Option<String>,
    pub description: Option<String>,
}

impl ResolverProperties {
    /// The type and the field that are resolved.
    pub fn field(&self) -> Option<(&str, &str)> {
        let (of_type, field) = self.path.as_deref()?.trim_matches('/').split_once('/')?;
        (!of_type.is_empty() && !field.is_empty() && !field.contains('/')).then_some((of_type, field))
    }
}

#[cfg(test)]
mod tests {
    use super::ResolverProperties;

    #[test]
    fn a_path_is_a_type_and_a_field() {
        for (path, expected) in [
            ("Query/users", Some(("Query", "users"))),
            ("/Query/users/", Some(("Query", "users"))),
            ("Query", None),
            ("Query/", None),
            ("Query/users/name", None),
            ("", None),
        ] {
            let properties = ResolverProperties { path: Some(path.to_owned()), ..ResolverProperties::default() };
            assert_eq!(properties.field(), expected, "{path}");
        }
    }
}
