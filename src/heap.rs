//! Memory where records are kept and many requests are on their way: free places by size, in front of another allocator.
//!
//! The small allocator that is behind it goes through all its free places for each that it takes or gives back: with two
//! thousand records in memory, a decision took twenty times as long. Here what is small is taken from the places of its
//! size, without a search, and given back to them; they are never put together again. What is large is rare and goes
//! through.

#![expect(unsafe_code, reason = "this is what hands out memory; there is one thread")]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr::{copy_nonoverlapping, null_mut};

/// Places have powers of two of bytes, from 16 to 8,192.
const SMALLEST: u32 = 4;
const KINDS: usize = 10;
/// How much is taken at a time, to be cut into places.
const BLOCK: usize = 65_536;
const ALIGN: usize = 1 << SMALLEST;

/// Places by size in front of `R`.
pub(crate) struct Heap<R> {
    places: UnsafeCell<Places>,
    rest: R,
}

struct Places {
    /// The first free one of each size.
    free: [*mut Free; KINDS],
    /// What is left of the block that is being cut up.
    block: *mut u8,
    left: usize,
}

/// What is in a free place: where the next one of its size is.
struct Free(*mut Free);

// SAFETY: wasm modules are built without threads (no shared memory, no atomics).
#[cfg(target_arch = "wasm32")]
unsafe impl<R> Sync for Heap<R> {}

impl<R: GlobalAlloc> Heap<R> {
    pub(crate) const fn new(rest: R) -> Self {
        Self { places: UnsafeCell::new(Places { free: [null_mut(); KINDS], block: null_mut(), left: 0 }), rest }
    }
}

/// The places in which something is kept; nothing if it is too large for any.
fn kind(layout: Layout) -> Option<usize> {
    let size = layout.size().max(ALIGN);
    let kind = (usize::BITS - (size - 1).leading_zeros() - SMALLEST) as usize;
    (kind < KINDS && layout.align() <= ALIGN).then_some(kind)
}

// SAFETY: a place is in nobody's hands but those it was given to, until they give it back; it has at least the bytes that were asked
// for, and starts at a multiple of `ALIGN`, as blocks and all sizes of places do.
unsafe impl<R: GlobalAlloc> GlobalAlloc for Heap<R> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(kind) = kind(layout) else { return unsafe { self.rest.alloc(layout) } };
        let places = unsafe { &mut *self.places.get() };
        let first = places.free[kind];
        if !first.is_null() {
            places.free[kind] = unsafe { (*first).0 };
            return first.cast();
        }
        let size = ALIGN << kind;
        if places.left < size {
            let block = unsafe { self.rest.alloc(Layout::from_size_align_unchecked(BLOCK, ALIGN)) };
            if block.is_null() {
                return block;
            }
            (places.block, places.left) = (block, BLOCK);
        }
        let place = places.block;
        places.block = unsafe { place.add(size) };
        places.left -= size;
        place
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        let Some(kind) = kind(layout) else { return unsafe { self.rest.dealloc(place, layout) } };
        let free = unsafe { &mut (*self.places.get()).free[kind] };
        unsafe { place.cast::<Free>().write(Free(*free)) };
        *free = place.cast();
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        if kind(wanted).is_some() && kind(wanted) == kind(layout) {
            return place;
        }
        let moved = unsafe { self.alloc(wanted) };
        if !moved.is_null() {
            unsafe { copy_nonoverlapping(place, moved, layout.size().min(size)) };
            unsafe { self.dealloc(place, layout) };
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use std::alloc::System;
    use std::cell::Cell;

    use super::*;

    /// Counts the bytes that are taken.
    struct Counted(Cell<usize>);

    // SAFETY: as `System`.
    unsafe impl GlobalAlloc for Counted {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            self.0.set(self.0.get() + layout.size());
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
            self.0.set(self.0.get() - layout.size());
            unsafe { System.dealloc(place, layout) }
        }
    }

    /// Something in use, and the byte that it is filled with.
    type Used = (*mut u8, Layout, u8);

    fn is_whole(&(place, layout, byte): &Used, to: usize) -> bool {
        (0..layout.size().min(to)).all(|at| unsafe { place.add(at).read() } == byte)
    }

    #[test]
    fn nobody_writes_over_what_is_in_use() {
        let heap = Heap::new(Counted(Cell::new(0)));
        let mut random = 1_u64;
        let mut next = |below: usize| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) as usize % below
        };
        let mut used: Vec<Used> = Vec::new();
        for round in 0..30_000_usize {
            let size = 1 + next(if round % 50 == 0 { 40_000 } else { 300 });
            let byte = round as u8;
            let fill = |place: *mut u8, size: usize| unsafe { place.write_bytes(byte, size) };
            match next(5) {
                0 if !used.is_empty() => {
                    let one = used.swap_remove(next(used.len()));
                    assert!(is_whole(&one, usize::MAX), "round {round}");
                    unsafe { heap.dealloc(one.0, one.1) };
                }
                1 if !used.is_empty() => {
                    let mut one = used.swap_remove(next(used.len()));
                    one.0 = unsafe { heap.realloc(one.0, one.1, size) };
                    assert!(is_whole(&one, size), "round {round}");
                    fill(one.0, size);
                    used.push((one.0, Layout::from_size_align(size, one.1.align()).unwrap(), byte));
                }
                _ if used.len() < 500 => {
                    let layout = Layout::from_size_align(size, 1 << next(7)).unwrap();
                    let place = unsafe { heap.alloc(layout) };
                    assert_eq!(place.align_offset(layout.align()), 0, "round {round}: {layout:?}");
                    fill(place, size);
                    used.push((place, layout, byte));
                }
                _ => {}
            }
        }
        for one in used {
            assert!(is_whole(&one, usize::MAX));
            unsafe { heap.dealloc(one.0, one.1) };
        }
    }

    #[test]
    fn what_is_given_back_is_taken_again() {
        let heap = Heap::new(Counted(Cell::new(0)));
        for _ in 0..3 {
            let layouts = [1, 16, 17, 100, 8_000, 8_192].map(|size| Layout::from_size_align(size, 8).unwrap());
            let places: Vec<_> = (0..600).map(|i| (unsafe { heap.alloc(layouts[i % 6]) }, layouts[i % 6])).collect();
            for (place, layout) in places {
                unsafe { heap.dealloc(place, layout) };
            }
            assert!(heap.rest.0.get() <= 30 * BLOCK, "{} bytes", heap.rest.0.get());
        }
        let large = Layout::from_size_align(8_193, 8).unwrap();
        let before = heap.rest.0.get();
        unsafe { heap.dealloc(heap.alloc(large), large) };
        assert_eq!(heap.rest.0.get(), before);
    }
}
