//! The operator listener: metrics and status for scrapers, probes and people, on a loopback port of its own.
//!
//! What must hold: nothing here touches a worker or changes anything; it answers while no configuration is there and
//! while the workers are busy.

mod answer;
mod bounded;
mod server;
mod status;

pub use server::start;
