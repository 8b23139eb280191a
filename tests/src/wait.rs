//! Waiting for something another process does.

use std::thread;
use std::time::Instant;

use crate::limits::{HANG, POLL};

/// Looks again and again until `look` finds something.
///
/// # Panics
/// When it was not found within [`HANG`].
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + HANG;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}: not seen within {} s", HANG.as_secs());
        thread::sleep(POLL);
    }
}
