//! Resources of API Management as documents: what an operator wrote, in the shape of the ARM REST API.
//!
//! What always holds:
//! - Every type here is tolerant: a property this crate does not know is ignored, one that is absent or `null` is `None`,
//!   and defaults are applied by methods, so that "not said" and "said to be the default" stay apart.
//! - Names are compared without regard to ASCII case and keep the case they were written in ([`Name`]).
//! - Secrets are [`Secret`]: they serialise, but do not print.
//! - Nothing here does I/O, compiles or validates policy: that is `postern-policy` and the agent's `compile`.

#![forbid(unsafe_code)]

pub mod api;
pub mod backend;
pub mod certificate;
pub mod feed;
pub mod gateway;
pub mod gateway_token;
pub mod id;
pub mod inventory;
pub mod limits;
pub mod logger;
pub mod name;
pub mod named_value;
pub mod openapi;
pub mod operation;
pub mod policy;
pub mod product;
pub mod resolver;
pub mod schema;
pub mod secret;
pub mod service;
pub mod subscription;
pub mod user;

pub use api::{ApiName, ApiProperties, KeyParameterNames, VersionSetProperties, VersioningScheme};
pub use backend::BackendProperties;
pub use certificate::CertificateProperties;
pub use gateway::{AuthorityProperties, GatewayProperties, HostnameProperties};
pub use id::ResourceId;
pub use inventory::{Inventory, InventoryError, Origin, Resource};
pub use logger::LoggerProperties;
pub use name::Name;
pub use named_value::NamedValueProperties;
pub use operation::OperationProperties;
pub use policy::{PolicyFormat, PolicyFragmentProperties, PolicyProperties, PolicyScope};
pub use product::{ProductProperties, ProductState};
pub use resolver::ResolverProperties;
pub use schema::{SchemaProperties, SchemaText};
pub use secret::Secret;
pub use service::ServiceProperties;
pub use subscription::{SubscriptionProperties, SubscriptionScope, SubscriptionState};
pub use user::{GroupProperties, UserIdentity, UserProperties, UserState};
