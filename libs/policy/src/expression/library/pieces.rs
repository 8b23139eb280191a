//! Natives whose work is done in pieces: reading and writing of large documents.
//!
//! What must hold: large work holds up nobody but its own request, and comes to what it comes to in one go. Such a native is called again after a
//! pause, with the arguments it had; what it changes before its work is done must not be changed again then ([`Machine::is_resumed`]).

use postern_dotnet::work::Work;

use crate::expression::machine::{Machine, Thrown};

/// Texts up to this length are read in one go, which is faster: at most half a millisecond for the slowest format.
pub(in crate::expression::library) const ONE_GO_BYTES_MAX: usize = 64 * 1024;
/// Texts up to this length are compared letter by letter in one go: at most a millisecond.
pub(in crate::expression::library) const ONE_GO_LETTER_BYTES_MAX: usize = 8 * 1024;
/// Documents of at most so many tokens or nodes are written and copied in one go.
pub(in crate::expression::library) const ONE_GO_NODES_MAX: usize = 4096;

/// Goes on with the work that a native began in an earlier turn, or begins it, until it is done or the turn is over. Steps and memory
/// are paid for as they are used.
///
/// # Errors
/// The end of the turn, which the native passes on; a spent budget; what `begin` throws.
pub(in crate::expression::library) fn work<'h, W: Work + 'static>(
    machine: &mut Machine<'h>,
    begin: impl FnOnce(&mut Machine<'h>) -> Result<W, Thrown>,
) -> Result<W::Output, Thrown> {
    let mut work = match machine.take_paused::<W>() {
        Some(work) => work,
        None => Box::new(begin(machine)?),
    };
    // Where it cannot pause, what is left is all there is.
    let steps = machine.steps_before_pause().unwrap_or_else(|| machine.steps_left());
    let before = work.bytes_taken();
    let mut left = steps;
    let done = work.step(&mut left);
    machine.take_memory(work.bytes_taken().saturating_sub(before))?;
    machine.charge(usize::try_from(steps - left).unwrap_or(usize::MAX))?;
    done.ok_or_else(|| machine.pause(work))
}
