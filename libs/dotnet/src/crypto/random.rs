//! Random bytes from the operating system's generator.

use super::error::cryptographic;
use crate::Exception;

/// Fills `target`. The generator fails only when the system has none.
pub fn random_bytes(target: &mut [u8]) -> Result<(), Exception> {
    aws_lc_rs::rand::fill(target).map_err(|_| cryptographic("The random number generator is not available."))
}
