//! APIs, their revisions and version sets (`apis/{id}`, `apiVersionSets/{id}`).

use serde::{Deserialize, Serialize};

use crate::Name;

/// An API id taken apart: `orders;rev=2` is revision `2` of `orders`; `orders` is the current revision.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiName {
    /// The id without its revision; the same for all revisions of one API.
    pub base: Name,
    /// `Some` when the id names a revision.
    pub revision: Option<String>,
}

const REVISION_MARK: &str = ";rev=";

impl ApiName {
    /// Splits at `;rev=` (any case). An empty revision is no revision.
    pub fn parse(id: &str) -> Self {
        let folded = id.to_ascii_lowercase();
        match folded.find(REVISION_MARK) {
            Some(at) => {
                let (base, rest) = id.split_at(at);
                let revision = rest.get(REVISION_MARK.len()..).unwrap_or_default();
                let revision = if revision.is_empty() { None } else { Some(revision.to_owned()) };
                Self { base: Name::from(base), revision }
            }
            None => Self { base: Name::from(id), revision: None },
        }
    }

    /// The id of revision `revision` of API `base`.
    pub fn with_revision(base: &str, revision: &str) -> String {
        format!("{base}{REVISION_MARK}{revision}")
    }
}

/// Properties of an API.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ApiProperties {
    pub display_name: Option<String>,
    pub description: Option<String>,
    /// Path prefix under which the API is served, without slashes at its ends; empty for the root.
    pub path: Option<String>,
    /// Absolute URL of the implementing service.
    pub service_url: Option<String>,
    /// `http`, `https`, `ws`, `wss`.
    pub protocols: Option<Vec<String>>,
    pub subscription_required: Option<bool>,
    pub subscription_key_parameter_names: Option<KeyParameterNames>,
    /// `http` (default), `soap`, `websocket`, `graphql`, `odata`, `grpc`.
    #[serde(rename = "type", alias = "apiType")]
    pub api_type: Option<String>,
    pub api_revision: Option<String>,
    pub is_current: Option<bool>,
    pub is_online: Option<bool>,
    pub api_revision_description: Option<String>,
    pub api_version: Option<String>,
    pub api_version_description: Option<String>,
    /// Relative or full ARM id; [`ApiProperties::version_set`] gives the name.
    pub api_version_set_id: Option<String>,
    pub source_api_id: Option<String>,
}

/// Names of the header and query parameter that carry the subscription key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct KeyParameterNames {
    pub header: Option<String>,
    pub query: Option<String>,
}

impl ApiProperties {
    /// Path prefix without leading and trailing slashes.
    pub fn path(&self) -> &str {
        self.path.as_deref().unwrap_or_default().trim_matches('/')
    }

    /// APIs require a subscription unless it is said that they do not.
    pub fn subscription_required(&self) -> bool {
        self.subscription_required.unwrap_or(true)
    }

    /// Header with the subscription key; APIM's default name when none is given.
    pub fn key_header(&self) -> &str {
        named(self.subscription_key_parameter_names.as_ref().and_then(|names| names.header.as_deref()))
            .unwrap_or("Ocp-Apim-Subscription-Key")
    }

    /// Query parameter with the subscription key; APIM's default name when none is given.
    pub fn key_query(&self) -> &str {
        named(self.subscription_key_parameter_names.as_ref().and_then(|names| names.query.as_deref()))
            .unwrap_or("subscription-key")
    }

    /// Revision number as text; `1` when none is given.
    pub fn revision(&self) -> &str {
        named(self.api_revision.as_deref()).unwrap_or("1")
    }

    /// Whether this resource describes the current revision, given the name it stands under:
    /// an id without `;rev=` is the current revision unless the properties say otherwise.
    pub fn is_current(&self, name: &Name) -> bool {
        self.is_current.unwrap_or_else(|| ApiName::parse(name.as_str()).revision.is_none())
    }

    /// Name of the version set this API belongs to.
    pub fn version_set(&self) -> Option<Name> {
        named(self.api_version_set_id.as_deref()).map(|id| Name::from(crate::id::last_segment(id)))
    }
}

/// Properties of a version set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct VersionSetProperties {
    pub display_name: Option<String>,
    pub description: Option<String>,
    pub versioning_scheme: Option<VersioningScheme>,
    pub version_query_name: Option<String>,
    pub version_header_name: Option<String>,
}

/// Where a request carries the version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum VersioningScheme {
    /// First path segment after the API path.
    #[default]
    #[serde(alias = "segment")]
    Segment,
    /// Query parameter `versionQueryName`.
    #[serde(alias = "query")]
    Query,
    /// Header `versionHeaderName`.
    #[serde(alias = "header")]
    Header,
}

fn named(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{ApiName, ApiProperties};
    use crate::Name;

    #[test]
    fn an_id_with_rev_names_a_revision_of_its_base() {
        let name = ApiName::parse("Orders;REV=2");
        assert_eq!((name.base, name.revision.as_deref()), (Name::from("orders"), Some("2")));
        assert_eq!(ApiName::parse("orders").revision, None);
        assert_eq!(ApiName::parse("orders;rev=").revision, None);
    }

    #[test]
    fn absent_null_and_unknown_properties_give_apim_defaults() {
        let text = r#"{"path":"/echo/","description":null,"somethingNew":{"a":1},"subscriptionKeyParameterNames":{"header":""}}"#;
        let api: ApiProperties = serde_json::from_str(text).expect("tolerant");
        assert_eq!(api.path(), "echo");
        assert!(api.subscription_required());
        assert_eq!(api.key_header(), "Ocp-Apim-Subscription-Key");
        assert_eq!(api.key_query(), "subscription-key");
        assert_eq!(api.revision(), "1");
        assert!(api.is_current(&Name::from("echo")));
        assert!(!api.is_current(&Name::from("echo;rev=2")));
    }

    #[test]
    fn the_version_set_is_the_last_segment_of_its_id() {
        for id in [
            "/apiVersionSets/vs1",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n/apiVersionSets/vs1",
        ] {
            let api = ApiProperties { api_version_set_id: Some(id.to_owned()), ..ApiProperties::default() };
            assert_eq!(api.version_set(), Some(Name::from("vs1")));
        }
    }
}
