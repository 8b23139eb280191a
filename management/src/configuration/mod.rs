//! The configuration endpoint: what agents speak to (docs/configuration-endpoint.md).

pub mod auth;
pub mod feed;
pub mod heartbeat;
pub mod instances;
pub mod visible;
