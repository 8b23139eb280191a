//! Connections to backends: names, TCP and TLS set-up, and the pools that keep them.
//!
//! What must hold: nothing here blocks the worker's thread; a pooled connection is handed out only when it is open and
//! silent; TLS settings are never weaker than the backend's policy says.

mod connect;
pub(crate) mod names;
mod pool;
pub(crate) mod proxy;
mod request;
pub mod resolve;
pub mod tls;

pub(crate) use connect::{ConnectError, connect};
pub(crate) use names::Names;
pub(crate) use pool::Pools;
pub(crate) use request::send;
