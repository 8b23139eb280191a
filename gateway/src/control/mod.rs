//! Where configuration comes in: the Unix socket, and the thread that turns what the agent pushes into snapshots.
//!
//! What must hold: a generation is served whole or not at all; the last good one stays whatever the agent does or sends;
//! nobody but the gateway's own user (or root) gets to speak here.

mod configuration;
mod report;
mod server;
mod session;
mod socket;

pub use server::start;
pub use socket::{ControlSocket, SocketError, remove};

#[cfg(test)]
mod tests;
