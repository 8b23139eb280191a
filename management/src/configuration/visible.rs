//! What a gateway sees of the service.

use std::collections::BTreeSet;

use postern_model::{Name, ResourceId};
use sqlx::SqliteConnection;

use crate::store::row;

/// The eyes of one gateway, at one state of the store.
#[derive(Clone, Debug)]
pub struct Visible {
    gateway: Name,
    /// Base names of the APIs assigned to it.
    apis: BTreeSet<Name>,
}

impl Visible {
    pub async fn to(connection: &mut SqliteConnection, gateway: &str) -> Result<Self, sqlx::Error> {
        let assigned = row::list(connection, &format!("/gateways/{gateway}/apis")).await?;
        Ok(Self { gateway: Name::from(gateway), apis: assigned.iter().map(|link| Name::from(link.name())).collect() })
    }

    /// Whether the gateway is to be told of a resource that is there.
    pub fn shows(&self, id: &str) -> bool {
        let Some(id) = ResourceId::parse(id) else { return false };
        match &id {
            ResourceId::Gateway(gateway)
            | ResourceId::GatewayApi(gateway, _)
            | ResourceId::GatewayHostname(gateway, _)
            | ResourceId::GatewayAuthority(gateway, _) => *gateway == self.gateway,
            id => id.api().is_none_or(|api| self.apis.contains(&api)),
        }
    }

    /// Whether the gateway is to be told that a resource is gone. APIs it never saw are no secret and no harm.
    pub fn misses(&self, id: &str) -> bool {
        match ResourceId::parse(id) {
            Some(
                ResourceId::Gateway(gateway)
                | ResourceId::GatewayApi(gateway, _)
                | ResourceId::GatewayHostname(gateway, _)
                | ResourceId::GatewayAuthority(gateway, _),
            ) => gateway == self.gateway,
            other => other.is_some(),
        }
    }

    /// The API this gateway lost, when a deleted id is one of its associations.
    pub fn lost_api(&self, id: &str) -> Option<Name> {
        match ResourceId::parse(id) {
            Some(ResourceId::GatewayApi(gateway, api)) if gateway == self.gateway => Some(api),
            _ => None,
        }
    }
}
