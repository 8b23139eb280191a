//! What the system tests are written with: the real binaries on ports that the system chooses, each in a folder of
//! its own, ended when dropped; an origin that records every byte; a client that sends any byte.
//!
//! What must hold: no fixed port, no preinstalled server, nothing left behind, and no sleep to wait for something: a
//! test waits for an event, and `limits::HANG` only bounds how long a broken build may keep it waiting.

#![allow(clippy::unwrap_used, reason = "a step of a test that fails ends the test")]

pub mod arm;
pub mod binaries;
pub mod chain;
pub mod client;
pub mod driver;
pub mod gateway;
pub mod limits;
pub mod load;
pub mod metrics;
pub mod nobody;
pub mod origin;
pub mod process;
pub mod push;
pub mod service;
pub mod tls;
pub mod token;
pub mod wait;
