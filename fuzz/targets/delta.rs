//! Deltas, and renames before them: nothing is written outside of the room there is, and what is said of a size is so.
#![no_main]

use keepfresh::delta::renames::rename;
use keepfresh::delta::{content_size, decode, dictionary, unpack};
use libfuzzer_sys::fuzz_target;

/// A frame of text with coded literals and sequences, so that what is changed in it gets beyond the heads.
const FRAME: &[u8] = include_bytes!("../seeds/delta.zst");

const MARGIN: usize = 64;

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (old, room, bytes) = input;
    // Either the frames as they are, or the one that is known with bytes changed: a place and a value in turns.
    let mut frames = bytes.to_vec();
    if old % 2 > 0 {
        frames = FRAME.to_vec();
        for change in bytes.chunks_exact(3) {
            let place = usize::from(u16::from_le_bytes([change[0], change[1]])) % frames.len();
            frames[place] ^= change[2];
        }
    }
    let _ = dictionary(&frames);
    let (old, room) = (usize::from(old), usize::from(room) * 64);
    let mut buffer = vec![0xa5; old + room + MARGIN];
    // What is no frame at all may be a list of renames, and text for it.
    let mut text = [&vec![0; old][..], b"a.b(ab,c)=>ba+...a+b;", bytes].concat();
    if let Ok(length) = rename(&mut text[..], old..old + 21 + bytes.len(), bytes) {
        assert!(length <= text.len());
    }
    let _ = unpack(&mut text[..], old..old + 21, room, bytes);
    let length = decode(&mut buffer[..old + room], old, &frames);
    assert!(buffer[..old].iter().chain(&buffer[old + room..]).all(|byte| *byte == 0xa5));
    if let Ok(length) = length {
        assert!(length <= room);
        // Frames need not say how long they are; what they say is so.
        assert!(content_size(&frames).is_ok_and(|size| size == length) || content_size(&frames).is_err());
    }
});
