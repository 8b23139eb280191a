//! The system tests: the real binaries, real sockets, both I/O drivers.
//!
//! One executable, so that the harness is linked once. A test's module says what it is about, its name is the fact it
//! shows, `io_uring` or `epoll` at its end is the driver of the gateway.

#![allow(clippy::unwrap_used, reason = "a step of a test that fails ends the test")]

mod front;
mod graphql;

mod access;
mod bad_input;
mod bodies;
mod client_certificates;
mod content_codings;
mod control_plane;
mod events;
mod fairness;
mod gone_callers;
mod hop_by_hop;
mod hostile_framing;
mod hostile_head;
mod hostile_path;
mod hostile_upgrade;
mod hostile_upstream;
mod hot_path;
mod https;
mod language_models;
mod lifecycle;
mod long_bodies;
mod observability;
mod odata;
mod one_way;
mod outage;
mod pipelining;
mod policies;
mod policy_needs;
mod push_protocol;
mod rate_limit;
mod requests;
mod retries;
mod routing;
mod state;
mod streaming;
mod timeouts;
mod tls_backend;
