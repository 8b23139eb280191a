//! What the gateway says about itself: numbers, the access log, and whether it is ready.
//!
//! What must hold: a worker never waits, locks or allocates (steady state) to be observed; whatever reads its numbers
//! pays instead.

pub mod access_log;
mod bell;
pub mod emitted;
pub mod exposition;
mod json;
mod log_file;
pub mod log_writer;
pub mod metrics;
pub mod readiness;
pub mod series;
pub mod state;
