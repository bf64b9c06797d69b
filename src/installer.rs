//! The module that unpacks what an installing worker downloads: packs, and deltas with the old bytes in front.
//!
//! It shares one buffer with JavaScript: `[old bytes | room for the new ones | what was downloaded]`. Only numbers go to
//! and fro, so that no code is needed to translate between the two.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;

use crate::delta;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Makes room for this many bytes. Where they begin in memory; 0 if there are not as many to be had.
#[wasm_bindgen]
pub fn reserve(length: usize) -> usize {
    BUFFER.with_borrow_mut(|buffer| {
        // What is in it is of no use any more: it need not be there while more is asked for.
        if buffer.capacity() < length {
            *buffer = Vec::new();
        }
        if buffer.try_reserve_exact(length.saturating_sub(buffer.len())).is_err() {
            return 0;
        }
        buffer.resize(length.max(buffer.len()), 0);
        buffer.as_ptr() as usize
    })
}

/// Makes the bytes of a file in the room from `front` to `start`, out of what begins there and ends at `end`. The old bytes
/// begin at `shift`: in front of the room, unless names in them are given anew first ([`unpack`](delta::unpack)). How many
/// came of it; −1 if it is damaged.
#[wasm_bindgen]
pub fn unpack(shift: usize, old: usize, front: usize, start: usize, end: usize) -> i32 {
    let length = BUFFER.with_borrow_mut(|buffer| {
        let (room, input) = buffer.get_mut(..end)?.split_at_mut_checked(start)?;
        delta::unpack(room, shift..shift.checked_add(old)?, front, input).ok()
    });
    length.and_then(|length| i32::try_from(length).ok()).unwrap_or(-1)
}
