//! The module that unpacks what an installing worker downloads: packs, and deltas with the old bytes in front.
//!
//! It shares one buffer with JavaScript: `[old bytes | room for the new ones | what was downloaded]`. Only numbers go to
//! and fro, so that no code is needed to translate between the two.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;

use crate::delta::{MAGIC, decode, dictionary};

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

/// Decodes what begins at `start` of the buffer and ends at `end` into the room between `old` and `start`, with the old
/// bytes before that. How many came of it; −1 if it is damaged.
#[wasm_bindgen]
pub fn unpack(old: usize, start: usize, end: usize) -> i32 {
    let length = BUFFER.with_borrow_mut(|buffer| {
        let (room, input) = buffer.get_mut(..end)?.split_at_mut_checked(start)?;
        decode(room, old, frames(input)).ok()
    });
    length.and_then(|length| i32::try_from(length).ok()).unwrap_or(-1)
}

/// The frames of a delta, without its head; a pack has none.
fn frames(input: &[u8]) -> &[u8] {
    if !input.starts_with(&MAGIC) {
        return input;
    }
    dictionary(input).map_or(&[], |(_, frames)| frames)
}
