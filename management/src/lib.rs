//! Postern's management plane: the ARM REST API of API Management over SQL, and the configuration endpoint for agents.
//!
//! What always holds:
//! - A write is one SQL transaction; it is visible to readers and to the feed as a whole or not at all.
//! - Secrets live in a column of their own and leave only through the actions that are there for it and through the feed.
//! - Every kind of resource is a row of [`arm::table`]; what is special about a kind stands in one file of `kinds`.

#![forbid(unsafe_code)]

pub mod arm;
pub mod clock;
pub mod configuration;
pub mod error;
pub mod fetch;
pub mod gateway_key;
pub mod kinds;
pub mod limits;
pub mod operator_token;
pub mod server;
pub mod settings;
pub mod store;
