//! The allocator of the gateway: mimalloc.
//!
//! Not the crate's own entrance, which asks for every block by its alignment: mimalloc then takes a detour for sizes that are no power of two, and
//! gives them a larger block than they need, though its blocks are aligned as nearly everything wants them anyway.

use std::alloc::{GlobalAlloc, Layout};

use libmimalloc_sys as mimalloc;

/// Alignment that every block of mimalloc has.
const NATURAL_ALIGNMENT: usize = align_of::<usize>();

/// See the module.
#[derive(Debug, Clone, Copy)]
pub struct Allocator;

// SAFETY: mimalloc is a complete allocator; whichever function a block comes from, `mi_free` and `mi_realloc` take it, and all blocks are aligned at
// least to a word, which is the only alignment that the shorter functions are asked for.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() <= NATURAL_ALIGNMENT {
            // SAFETY: any size may be asked for.
            unsafe { mimalloc::mi_malloc(layout.size()).cast() }
        } else {
            // SAFETY: a layout's alignment is a power of two.
            unsafe { mimalloc::mi_malloc_aligned(layout.size(), layout.align()).cast() }
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.align() <= NATURAL_ALIGNMENT {
            // SAFETY: any size may be asked for.
            unsafe { mimalloc::mi_zalloc(layout.size()).cast() }
        } else {
            // SAFETY: a layout's alignment is a power of two.
            unsafe { mimalloc::mi_zalloc_aligned(layout.size(), layout.align()).cast() }
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, _: Layout) {
        // SAFETY: the caller got the block from here.
        unsafe { mimalloc::mi_free(block.cast()) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if layout.align() <= NATURAL_ALIGNMENT {
            // SAFETY: the caller got the block from here.
            unsafe { mimalloc::mi_realloc(block.cast(), size).cast() }
        } else {
            // SAFETY: the caller got the block from here, and a layout's alignment is a power of two.
            unsafe { mimalloc::mi_realloc_aligned(block.cast(), size, layout.align()).cast() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks of all alignments and many sizes are aligned, keep their content when they grow, and are zero when asked for.
    #[test]
    fn blocks_are_aligned_and_keep_their_content() {
        for align in (0..8).map(|power| 1_usize << power) {
            for size in (1..400).step_by(7) {
                let layout = Layout::from_size_align(size, align).unwrap();
                // SAFETY: the size is not zero, and every block is given back with the layout that it has.
                unsafe {
                    let block = Allocator.alloc(layout);
                    assert!(!block.is_null() && block.addr().is_multiple_of(align), "{layout:?}");
                    block.write_bytes(7, size);
                    let grown = Allocator.realloc(block, layout, 3 * size);
                    assert!(grown.addr().is_multiple_of(align), "{layout:?}");
                    assert!((0..size).all(|at| grown.add(at).read() == 7), "{layout:?}");
                    Allocator.dealloc(grown, Layout::from_size_align(3 * size, align).unwrap());
                    let zeroed = Allocator.alloc_zeroed(layout);
                    assert!(zeroed.addr().is_multiple_of(align), "{layout:?}");
                    assert!((0..size).all(|at| zeroed.add(at).read() == 0), "{layout:?}");
                    Allocator.dealloc(zeroed, layout);
                }
            }
        }
    }
}
