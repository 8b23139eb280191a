//! What policies ask the gateway to do for them (`postern_policy::Effect`), one file per service.
//!
//! Forwarding, the effect every request has, is in `exchange::forward`; the services that have a life beyond a request are
//! here.

pub mod cache;
pub mod counters;
pub(crate) mod dropped;
pub(crate) mod events;
pub mod fetched;
pub mod keys;
pub mod offload;
pub(crate) mod one_way;
pub mod places;
mod quota_file;
pub mod quotas;
pub mod spending;
pub mod tokens;
mod vectors;
pub(crate) mod vocabulary;
mod window;
