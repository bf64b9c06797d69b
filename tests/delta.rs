//! Our decoder of Zstandard against libzstd: whatever that one writes is read as the same bytes, and of what is damaged
//! nothing is read that libzstd refuses or reads otherwise. (Some is refused here alone: streams must end where they say.)
#![cfg(not(target_arch = "wasm32"))]

use keepfresh::delta::{Fault, content_size, decode};
use zstd::zstd_safe::{CCtx, CParameter, DCtx, Strategy};

/// What stands around the room for the output, to see whether anything is written there.
const CANARY: u8 = 0xa5;
const MARGIN: usize = 64;

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % below.max(1)
    }

    fn noise(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next(256) as u8).collect()
    }

    /// Words, as in a text: short ones more often.
    fn text(&mut self, length: usize) -> Vec<u8> {
        let mut text = Vec::with_capacity(length + 16);
        while text.len() < length {
            let range = 1 + self.next(4000);
            let word = self.next(range);
            text.extend_from_slice(format!("w{:x}", word * word).as_bytes());
            text.push(b" \n,.;(){}"[self.next(9)]);
        }
        text.truncate(length);
        text
    }

    /// Something like `old`: pieces are replaced, removed, inserted and moved.
    fn edited(&mut self, old: &[u8], edits: usize) -> Vec<u8> {
        let mut new = old.to_vec();
        for _ in 0..edits {
            let at = self.next(new.len());
            let length = self.next(40.min(new.len() - at) + 1);
            let piece = match self.next(4) {
                0 => Vec::new(),
                1 => self.text(length),
                2 => self.noise(5),
                _ => {
                    let from = self.next(new.len());
                    new[from..(from + 3000).min(new.len())].to_vec()
                }
            };
            new.splice(at..at + length, piece);
        }
        new
    }
}

/// How a frame is written.
#[derive(Clone, Copy, Debug)]
struct How {
    level: i32,
    window: Option<u32>,
    checksum: bool,
    says_size: bool,
    long: bool,
    strategy: Option<Strategy>,
}

const PLAIN: How = How { level: 3, window: None, checksum: false, says_size: true, long: false, strategy: None };

fn encode(old: &[u8], new: &[u8], how: How) -> Vec<u8> {
    let mut context = CCtx::create();
    let mut set = |parameter| context.set_parameter(parameter).map(drop).expect("it is a parameter");
    set(CParameter::CompressionLevel(how.level));
    set(CParameter::ChecksumFlag(how.checksum));
    set(CParameter::ContentSizeFlag(how.says_size));
    set(CParameter::EnableLongDistanceMatching(how.long));
    how.window.into_iter().for_each(|log| set(CParameter::WindowLog(log)));
    how.strategy.into_iter().for_each(|strategy| set(CParameter::Strategy(strategy)));
    context.ref_prefix(old).expect("any bytes are a prefix");
    let mut out = Vec::with_capacity(zstd::zstd_safe::compress_bound(new.len()));
    context.compress2(&mut out, new).expect("there is room");
    out
}

/// What libzstd makes of it.
fn theirs(old: &[u8], frames: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut context = DCtx::create();
    context.set_parameter(zstd::zstd_safe::DParameter::ForceIgnoreChecksum(true)).ok()?;
    context.ref_prefix(old).ok()?;
    let mut out = Vec::with_capacity(most);
    context.decompress(&mut out, frames).ok()?;
    Some(out)
}

/// What we make of it; nothing else may have been written.
fn ours(old: &[u8], frames: &[u8], most: usize) -> Result<Vec<u8>, Fault> {
    let end = old.len() + most;
    let mut buffer = [old, &vec![CANARY; most + MARGIN]].concat();
    let length = decode(&mut buffer[..end], old.len(), frames);
    assert!(buffer.starts_with(old), "the old bytes were written to");
    assert!(buffer[end..].iter().all(|byte| *byte == CANARY), "it wrote beyond its room");
    Ok(buffer[old.len()..old.len() + length?].to_vec())
}

fn expect(old: &[u8], new: &[u8], how: How, what: &str) {
    let frames = encode(old, new, how);
    let size = content_size(&frames);
    assert_eq!(size, if how.says_size { Ok(new.len()) } else { Err(Fault::TooLarge) }, "{what} {how:?}");
    let decoded = ours(old, &frames, new.len());
    assert!(decoded.as_deref() == Ok(new), "{what}, {} bytes, {how:?}: {:?}", new.len(), decoded.map(|new| new.len()));
    if !new.is_empty() {
        assert!(ours(old, &frames, new.len() - 1).is_err(), "{what} has no room");
    }
}

#[test]
fn whatever_libzstd_writes_is_read() {
    let mut numbers = Numbers(1);
    let sizes = (0..=70)
        .chain([99, 128, 255, 256, 257, 1000, 4095, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 700_000]);
    for size in sizes {
        for level in [-5, 1, 3, 6, 9, 13, 17, 19, 22] {
            if size > 200_000 && level > 17 {
                continue;
            }
            let how = How { level, checksum: size % 2 == 0, says_size: size % 3 > 0, ..PLAIN };
            let cases = [
                ("one byte", vec![7; size]),
                ("text", numbers.text(size)),
                ("noise", numbers.noise(size)),
                ("few symbols", (0..size).map(|_| (numbers.next(3) * numbers.next(3)) as u8).collect()),
                ("a period", (0..size).map(|n| (n % 11 * 20) as u8).collect()),
                (
                    "skewed",
                    (0..size).map(|_| (numbers.next(256) & numbers.next(256) & numbers.next(256)) as u8).collect(),
                ),
            ];
            for (what, bytes) in cases {
                expect(b"", &bytes, how, what);
            }
        }
    }
}

#[test]
fn every_strategy_and_window_is_read() {
    let mut numbers = Numbers(2);
    let old = numbers.text(300_000);
    let new = numbers.edited(&old, 60);
    use Strategy::*;
    for strategy in [
        ZSTD_fast,
        ZSTD_dfast,
        ZSTD_greedy,
        ZSTD_lazy,
        ZSTD_lazy2,
        ZSTD_btlazy2,
        ZSTD_btopt,
        ZSTD_btultra,
        ZSTD_btultra2,
    ] {
        for window in [10, 11, 15, 17, 20, 24, 27] {
            for long in [false, true] {
                let how = How { window: Some(window), long, strategy: Some(strategy), ..PLAIN };
                expect(b"", &new, how, "alone");
                expect(&old, &new, how, "after the old one");
            }
        }
    }
}

#[test]
fn deltas_of_all_kinds_are_read() {
    let mut numbers = Numbers(3);
    for size in [0, 1, 3, 50, 2000, 40_000, 500_000] {
        for edits in [0, 1, 5, 100] {
            for level in [1, 19] {
                let old = numbers.text(size);
                let new = if size == 0 { numbers.text(edits) } else { numbers.edited(&old, edits) };
                let how = How { level, window: Some(24), long: edits % 2 > 0, ..PLAIN };
                expect(&old, &new, how, "edited");
                expect(&new, &old, how, "the way back");
                expect(&old, b"", how, "nothing is left");
            }
        }
    }
}

#[test]
fn what_is_huge_is_read() {
    let mut numbers = Numbers(4);
    let old = numbers.text(20_000_000);
    let new = numbers.edited(&old, 400);
    expect(&old, &new, How { level: 3, window: Some(26), long: true, ..PLAIN }, "20 MB");
    expect(b"", &vec![0; 30_000_000], How { level: 1, ..PLAIN }, "zeros");
}

#[test]
fn frames_may_follow_each_other() {
    let skipped = [&0x184d_2a5a_u32.to_le_bytes()[..], &3_u32.to_le_bytes(), b"abc"].concat();
    let (one, two) = (encode(b"", b"one and ", PLAIN), encode(b"", b"two", How { checksum: true, ..PLAIN }));
    for (frames, expected) in [
        (vec![], Ok("")),
        (skipped.clone(), Ok("")),
        ([skipped.clone(), one.clone(), skipped.clone(), two.clone()].concat(), Ok("one and two")),
        ([one.clone(), b"x".to_vec()].concat(), Err(Fault::Truncated)),
        ([one.clone(), b"more".to_vec()].concat(), Err(Fault::Foreign)),
        ([two.clone(), skipped[..9].to_vec()].concat(), Err(Fault::Truncated)),
    ] {
        assert_eq!(ours(b"old", &frames, 20), expected.map(|text| text.as_bytes().to_vec()));
        assert_eq!(content_size(&frames), expected.map(str::len));
    }
    assert_eq!(decode(&mut [0; 3], 4, &one), Err(Fault::TooLarge));
    assert_eq!(ours(b"", &one, 7), Err(Fault::TooLarge));
}

#[test]
fn nothing_is_taken_over_from_the_frame_before() {
    let text = Numbers(6).text(400_000);
    let how = How { says_size: false, ..PLAIN };
    let frame = encode(b"", &text, how);
    // Behind the magic number, the flags and the window; each block says its length.
    let (head, mut rest) = frame.split_at(6);
    let mut refused = 0;
    while let Some(length) =
        rest.first_chunk::<3>().map(|[a, b, c]| (u32::from_le_bytes([*a, *b, *c, 0]) >> 3) as usize)
    {
        let orphan = [head, rest].concat();
        let both = [&frame[..], &orphan].concat();
        for frames in [orphan, both] {
            let (ours, theirs) = (ours(b"", &frames, 900_000), theirs(b"", &frames, 900_000));
            assert_eq!(ours.is_ok(), theirs.is_some());
            refused += usize::from(ours.is_err());
            assert!(theirs.is_none_or(|theirs| ours == Ok(theirs)));
        }
        rest = &rest[3 + length..];
    }
    assert!(refused >= 4, "{refused}: no block needed the one before it");
}

#[test]
fn the_last_of_four_streams_is_looked_at_if_it_is_empty() {
    // Two literals in each of three streams, none in the last; two symbols of one bit each.
    let frame = |last: &[u8]| {
        const TREE: [u8; 2] = [128, 0x10];
        let streams = [&[1, 0, 1, 0, 1, 0], &[0b100, 0b101, 0b110][..], last].concat();
        let (form, size, coded) = (1 << 2, 6, (TREE.len() + streams.len()) as u32);
        let literals = (2 | form | size << 4 | coded << 14).to_le_bytes();
        let block = [&literals[..3], &TREE, &streams, &[0]].concat();
        let head = (1 | 2 << 1 | (block.len() as u32) << 3).to_le_bytes();
        [&[0x28, 0xb5, 0x2f, 0xfd, 0, 0], &head[..3], &block].concat()
    };
    for (last, is_read) in [(&[1][..], true), (&[], false), (&[0], false), (&[2], false), (&[1, 1], false)] {
        let (ours, theirs) = (ours(b"", &frame(last), 6), theirs(b"", &frame(last), 6));
        assert_eq!((ours.is_ok(), theirs.is_some()), (is_read, is_read), "{last:?}: {ours:?} {theirs:?}");
        assert!(theirs.is_none_or(|theirs| ours == Ok(theirs)), "{last:?}");
    }
}

#[test]
fn damaged_frames_are_refused_or_read_alike() {
    let mut numbers = Numbers(5);
    let (mut alike, mut refused, mut stricter) = (0, 0, 0);
    let texts: Vec<Vec<u8>> = [12, 90, 400, 3000, 20_000].map(|size| numbers.text(size)).to_vec();
    let skewed: Vec<u8> = (0..3000).map(|_| (numbers.next(256) & numbers.next(256)) as u8).collect();
    for (place, new) in texts.iter().chain([&skewed]).enumerate() {
        let old = if place % 2 == 0 { Vec::new() } else { numbers.edited(new, 3) };
        for level in [1, 5, 19] {
            let frames = encode(&old, new, How { level, checksum: place == 2, ..PLAIN });
            let mut judge = |damaged: &[u8], what: &str| {
                let most = new.len() + 200;
                match (ours(&old, damaged, most), theirs(&old, damaged, most)) {
                    (Ok(ours), Some(theirs)) => {
                        assert!(ours == theirs, "{what} of {} bytes at level {level}", new.len());
                        alike += 1;
                    }
                    (Err(_), Some(_)) => stricter += 1,
                    (Ok(_), None) => panic!("libzstd refuses {what} of {} at level {level}", new.len()),
                    (Err(_), None) => refused += 1,
                }
                let _ = content_size(damaged);
            };
            for end in 1..frames.len().min(1000) {
                judge(&frames[..end], &format!("the first {end} bytes"));
            }
            for bit in 0..(8 * frames.len()).min(6000) {
                let mut damaged = frames.clone();
                damaged[bit / 8] ^= 1 << (bit % 8);
                judge(&damaged, &format!("bit {bit} flipped"));
            }
        }
    }
    println!("{alike} read alike, {refused} refused by both, {stricter} by us alone");
    assert!(alike > 1000 && refused > 1000);
}
