//! The catalogue: one file per policy.

pub(crate) mod cors;
