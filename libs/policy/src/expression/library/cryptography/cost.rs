//! What operations cost in steps of ten nanoseconds, measured on a current server core and rounded up.

use crate::expression::machine::{Machine, Thrown};

/// A call into the library with its allocations.
const CALL: usize = 50;
/// Bytes that a hash handles in one step.
const BYTES_PER_STEP: usize = 5;
/// Bytes that a cipher handles in one step: it has instructions of its own. The longest body (2 MiB) takes two milliseconds.
const CIPHER_BYTES_PER_STEP: usize = 10;
/// An RSA signature or decryption with 2048 bits takes about a millisecond; longer keys cost the cube.
const RSA_PRIVATE: usize = 100_000;
/// An RSA verification or encryption.
const RSA_PUBLIC: usize = 5_000;
/// Making an RSA key, where no other thread does it: about a tenth of a second.
pub(super) const RSA_GENERATE: usize = 20_000_000;
/// What an RSA signature or decryption costs at most before it is done: a turn has the steps for it. The rest ends the turn.
const RSA_PRIVATE_FIRST_MAX: usize = 200_000;
/// Reading a certificate.
const CERTIFICATE: usize = 5_000;
/// Opening a PKCS#12 file where that cannot be left to another thread: its key derivation is meant to be slow.
pub(super) const KEY_STORE: usize = 5_000_000;
/// Building and checking a certificate path.
const TRUST: usize = 50_000;

/// An operation that runs over `bytes`.
pub(super) fn bulk(machine: &mut Machine<'_>, bytes: usize) -> Result<(), Thrown> {
    machine.charge(CALL + bytes / BYTES_PER_STEP)
}

/// A cipher that runs over `bytes` in one go.
pub(super) fn cipher(machine: &mut Machine<'_>, bytes: usize) -> Result<(), Thrown> {
    machine.charge(CALL + bytes / CIPHER_BYTES_PER_STEP)
}

/// An operation with a private RSA key of `bits`. One with a long key takes more than a turn and cannot be taken apart: it ends the turn.
pub(super) fn rsa_private(machine: &mut Machine<'_>, bits: u32) -> Result<(), Thrown> {
    let steps = RSA_PRIVATE.saturating_mul(scale(bits).saturating_pow(3));
    let first = steps.min(RSA_PRIVATE_FIRST_MAX);
    machine.charge(first)?;
    machine.charge_more(steps - first);
    Ok(())
}

/// An operation with a public RSA key of `bits`.
pub(super) fn rsa_public(machine: &mut Machine<'_>, bits: u32) -> Result<(), Thrown> {
    machine.charge(RSA_PUBLIC.saturating_mul(scale(bits).saturating_pow(2)))
}

/// Reading `bytes` that hold a certificate.
pub(super) fn certificate(machine: &mut Machine<'_>, bytes: usize) -> Result<(), Thrown> {
    machine.charge(CERTIFICATE + bytes / BYTES_PER_STEP)
}

pub(super) fn trust(machine: &mut Machine<'_>) -> Result<(), Thrown> {
    machine.charge(TRUST)
}

/// How many times 2048 bits, rounded up.
fn scale(bits: u32) -> usize {
    const RSA_BITS: u32 = 2048;
    usize::try_from(bits.div_ceil(RSA_BITS)).unwrap_or(usize::MAX).max(1)
}
