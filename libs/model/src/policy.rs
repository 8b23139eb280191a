//! Policy documents and fragments (`…/policies/policy`, `policyFragments/{id}`).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Name;

/// How the text of a policy is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PolicyFormat {
    /// Expressions are entity-encoded, so that the document is well-formed XML.
    #[default]
    #[serde(rename = "xml")]
    Xml,
    /// Expressions stand as plain C#.
    #[serde(rename = "rawxml")]
    RawXml,
    /// `value` is a URL of an `xml` document; management resolves it on PUT, so it never reaches an agent.
    #[serde(rename = "xml-link")]
    XmlLink,
    /// `value` is a URL of a `rawxml` document.
    #[serde(rename = "rawxml-link")]
    RawXmlLink,
}

/// Properties of a policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PolicyProperties {
    pub format: Option<PolicyFormat>,
    /// The document, exactly as written.
    pub value: Option<String>,
}

/// Properties of a policy fragment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PolicyFragmentProperties {
    pub description: Option<String>,
    pub format: Option<PolicyFormat>,
    /// The document (`<fragment>…</fragment>`), exactly as written.
    pub value: Option<String>,
}

/// What a policy applies to. The order is outermost first within one request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyScope {
    Global,
    Product(Name),
    Api(Name),
    Operation(Name, Name),
    /// API, resolver: stands alone, no other scope is around it.
    Resolver(Name, Name),
}

impl PolicyScope {
    /// Relative ARM id of the policy at this scope, for example `/apis/echo/policies/policy`.
    pub fn id(&self) -> String {
        match self {
            Self::Global => "/policies/policy".to_owned(),
            Self::Product(product) => format!("/products/{product}/policies/policy"),
            Self::Api(api) => format!("/apis/{api}/policies/policy"),
            Self::Operation(api, operation) => format!("/apis/{api}/operations/{operation}/policies/policy"),
            Self::Resolver(api, resolver) => format!("/apis/{api}/resolvers/{resolver}/policies/policy"),
        }
    }

    /// `global`, `product`, `api`, `operation` or `resolver`, as in `context.LastError.Scope`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Product(_) => "product",
            Self::Api(_) => "api",
            Self::Operation(..) => "operation",
            Self::Resolver(..) => "resolver",
        }
    }
}

impl fmt::Display for PolicyScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id())
    }
}
