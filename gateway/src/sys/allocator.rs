//! The allocator of the gateway's program: mimalloc, and a count of what each thread holds.
//!
//! Requests allocate next to nothing; what connections and snapshots allocate comes from one thread and goes back on another, which mimalloc
//! handles without a lock. The count says what an expression under way keeps (`Exchange::thread_bytes`): adding it up costs less than a nanosecond.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;

use mimalloc::MiMalloc;

/// Where every thread's count begins; one that still stands there belongs to a program with another allocator.
const BEGINNING: i64 = 1 << 62;

thread_local! {
    static BYTES: Cell<i64> = const { Cell::new(BEGINNING) };
}

/// Counts bytes by thread and leaves the rest to mimalloc.
#[derive(Debug)]
pub struct Counting;

/// Bytes that the calling thread has allocated, less those that it has freed; only differences mean something. `None`: nobody counts.
#[must_use]
pub(crate) fn thread_bytes() -> Option<i64> {
    let bytes = BYTES.get();
    (bytes != BEGINNING).then_some(bytes)
}

fn add(bytes: usize) {
    BYTES.set(BYTES.get().wrapping_add_unsigned(bytes as u64));
}

fn subtract(bytes: usize) {
    BYTES.set(BYTES.get().wrapping_sub_unsigned(bytes as u64));
}

// SAFETY: everything is MiMalloc's; the count is a plain thread-local cell without destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: what the caller promises.
        unsafe { MiMalloc.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: what the caller promises.
        unsafe { MiMalloc.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        subtract(layout.size());
        // SAFETY: what the caller promises.
        unsafe { MiMalloc.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        subtract(layout.size());
        add(size);
        // SAFETY: what the caller promises.
        unsafe { MiMalloc.realloc(block, layout, size) }
    }
}
