//! The allocator of this program: the gateway's, with the allocations of each thread counted.
#![allow(unsafe_code, reason = "counting allocations takes a global allocator")]

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;

use mimalloc::MiMalloc;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

pub(crate) struct Counting;

/// How often the calling thread has allocated, or made an allocation larger.
pub(crate) fn count() -> u64 {
    COUNT.get()
}

// SAFETY: everything is MiMalloc's; the counter is a plain thread-local cell without destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: what the caller promises.
        unsafe { MiMalloc.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: what the caller promises.
        unsafe { MiMalloc.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: what the caller promises.
        unsafe { MiMalloc.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: what the caller promises.
        unsafe { MiMalloc.realloc(block, layout, size) }
    }
}
