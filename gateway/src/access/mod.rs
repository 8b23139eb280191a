//! The access decision: which subscription and which product a request runs under, or why it may not.
//!
//! What must hold (apim.md §10.4): the header is looked at before the query parameter; only active subscriptions pass; a
//! key that is given decides (no fall-back to anonymous access for a bad key, but for the one case APIM has); product
//! policies apply only with a product's key or in an open product. No allocation, and keys are compared in constant time.

mod challenge;
mod decide;
pub mod limits;

pub use challenge::{Denial, write_challenge};
pub use decide::{Decision, Grant, decide, decide_preflight};
