//! Under which ARM id this service is known.

/// Subscription, resource group and name of the one service this process manages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceIdentity {
    /// A GUID: SDKs insist on it.
    pub subscription: String,
    pub resource_group: String,
    pub name: String,
    pub location: String,
}

impl Default for ServiceIdentity {
    fn default() -> Self {
        Self {
            subscription: "00000000-0000-0000-0000-000000000000".to_owned(),
            resource_group: "postern".to_owned(),
            name: "postern".to_owned(),
            location: "local".to_owned(),
        }
    }
}

impl ServiceIdentity {
    /// Full ARM id of the service.
    pub fn id(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ApiManagement/service/{}",
            self.subscription, self.resource_group, self.name
        )
    }

    /// Full ARM id of a relative id.
    pub fn full(&self, relative: &str) -> String {
        format!("{}{relative}", self.id())
    }
}
