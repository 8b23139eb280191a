//! Subscriptions: the keys of callers and what they open (`subscriptions/{id}`).

use serde::{Deserialize, Serialize};

use crate::id::relative;
use crate::{Name, Secret};

/// Properties of a subscription. Keys are present where the reader may see them (configuration feed, APIOps files).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SubscriptionProperties {
    pub display_name: Option<String>,
    /// Relative or full ARM id; [`SubscriptionProperties::scope`] reads it.
    pub scope: Option<String>,
    pub owner_id: Option<String>,
    pub state: Option<SubscriptionState>,
    pub primary_key: Option<Secret>,
    pub secondary_key: Option<Secret>,
    pub allow_tracing: Option<bool>,
    pub created_date: Option<String>,
    /// Dates are for audit only: the state alone decides.
    pub start_date: Option<String>,
    pub expiration_date: Option<String>,
    pub end_date: Option<String>,
    pub notification_date: Option<String>,
    pub state_comment: Option<String>,
}

/// Life cycle; only `active` subscriptions open anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubscriptionState {
    Suspended,
    Active,
    Expired,
    #[default]
    Submitted,
    Rejected,
    Cancelled,
}

/// What a subscription opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubscriptionScope {
    /// The service itself: every API, whatever it asks for.
    AllAccess,
    /// `/apis`: all APIs.
    AllApis,
    Api(Name),
    Product(Name),
}

impl SubscriptionScope {
    /// Reads `/products/x`, `/apis/x`, `/apis`, or the full ARM id of any of them or of the service.
    pub fn parse(scope: &str) -> Option<Self> {
        let path = relative(scope);
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        let collection = segments.next();
        let name = segments.next();
        if segments.next().is_some() {
            return None;
        }
        match (collection.map(str::to_ascii_lowercase).as_deref(), name) {
            (None, None) => Some(Self::AllAccess),
            (Some("apis"), None) => Some(Self::AllApis),
            (Some("apis"), Some(api)) => Some(Self::Api(Name::from(api))),
            (Some("products"), Some(product)) => Some(Self::Product(Name::from(product))),
            _ => None,
        }
    }
}

impl SubscriptionProperties {
    /// `None` when the scope is missing or names something else than APIs and products.
    pub fn scope(&self) -> Option<SubscriptionScope> {
        SubscriptionScope::parse(self.scope.as_deref()?)
    }

    pub fn state(&self) -> SubscriptionState {
        self.state.unwrap_or_default()
    }

    pub fn is_active(&self) -> bool {
        self.state() == SubscriptionState::Active
    }
}

#[cfg(test)]
mod tests {
    use super::SubscriptionScope as Scope;
    use crate::Name;

    const SERVICE: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/postern/providers/Microsoft.ApiManagement/service/postern";

    #[test]
    fn scopes_are_read_in_short_and_in_full_form() {
        let cases = [
            ("/apis", Some(Scope::AllApis)),
            ("/apis/Echo", Some(Scope::Api(Name::from("echo")))),
            ("/products/starter", Some(Scope::Product(Name::from("starter")))),
            ("/users/1", None),
            ("/apis/a/operations/b", None),
            ("", Some(Scope::AllAccess)),
            ("/", Some(Scope::AllAccess)),
        ];
        for (text, expected) in cases {
            assert_eq!(Scope::parse(text), expected, "{text}");
            assert_eq!(Scope::parse(&format!("{SERVICE}{text}")), expected, "{SERVICE}{text}");
        }
    }
}
