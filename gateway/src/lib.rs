//! The data plane: accepts callers' requests, applies policies, forwards to backends.
//!
//! Rooms, in the order in which a request meets them: `listener` accepts, `connection` keeps one caller's connection,
//! `exchange` serves one request (head, route, access, inbound, forward, outbound, respond, account), `client` talks to
//! backends, `effect` performs what policies ask for. `worker` owns one core's share of all that. `route`, `access` and
//! `snapshot` are the immutable configuration a request runs on; `control`, `supervisor`, `operator` and `observe` are
//! around the workers and never on the path of a request.

pub mod access;
pub mod client;
pub mod connection;
pub mod control;
pub mod effect;
pub mod exchange;
pub(crate) mod io;
pub mod limits;
pub mod listener;
pub mod observe;
pub mod operator;
pub mod process;
pub mod route;
pub mod settings;
pub mod snapshot;
pub mod supervisor;
pub mod sys;
pub mod worker;

pub use sys::allocator::Counting;
