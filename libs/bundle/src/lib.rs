//! The contract between agent and gateway: a compiled configuration and the protocol that carries it.
//!
//! A [`Bundle`] is complete, validated and self-contained: named values are resolved, secrets are in it, nothing in it
//! refers to ARM or to a file. It is a set of parts addressed by [`PartKey`], each with the SHA-256 of its encoding, so a
//! change of one API is one part on the wire. Agent and gateway exchange [`AgentMessage`] and [`GatewayMessage`] in
//! length-prefixed frames ([`frame`]); [`Staging`] collects a generation and hands it over whole or not at all.
//!
//! What always holds: no I/O and no clock in this crate; nothing here panics on what a peer sent; every size a peer
//! chooses is bounded by [`limits`]; secrets do not print.

#![forbid(unsafe_code)]

mod api;
mod backend;
mod bundle;
mod certificate;
mod diagnostic;
pub mod frame;
mod hash;
mod hostname;
pub mod limits;
mod logger;
mod message;
mod part;
mod product;
mod schema;
mod secret;
mod service;
mod staging;
mod subscription;
mod user;

pub use api::{
    Api, ApiVersion, Example, Graphql, GraphqlResolver, KeyNames, Operation, Parameter, Representation, Request,
    Response, VersionScheme,
};
pub use backend::{Backend, BackendCredentials, BackendTls};
pub use bundle::{Bundle, Delta};
pub use certificate::Certificate;
pub use diagnostic::{Diagnostic, Severity};
pub use frame::{Decoder, Encoder, FrameError};
pub use hash::Hash;
pub use hostname::{Authority, Hostname};
pub use logger::{EventHub, HubCredential, Logger, LoggerTarget};
pub use message::{
    AgentHello, AgentMessage, Applied, Begin, Commit, GatewayHello, GatewayMessage, Health, PROTOCOL, Put, Rejected,
    RejectedReason, Stats, WorkerHealth,
};
pub use part::{EncodedPart, Part, PartError, PartKey};
pub use product::{Product, ProductState};
pub use schema::{ApiSchemas, SchemaDocument, SchemaName};
pub use secret::Secret;
pub use service::{Fragment, PolicySource, Service};
pub use staging::{Staging, StagingError};
pub use subscription::{Subscription, SubscriptionScope, SubscriptionState, shard_of};
pub use user::User;
