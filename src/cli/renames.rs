//! Deltas for scripts whose names a minifier has given anew: the list of renames (`keepfresh::delta::renames`), and what leads
//! on from there. For workers alone: no browser knows them.

use anyhow::bail;
use keepfresh::delta::renames::{Name, Renamed, Token, Tokens};
use keepfresh::delta::{MOST_OF_RENAMES, RENAMES, unpack};

use super::delta;

/// How many tokens two places have in common at the least, for one to be the other's.
const ALIKE: usize = 24;

/// How many places that look the same are looked at.
const PLACES: usize = 16;

/// Of how many names one has to be another for it to be worth a try: a delta takes its time.
const ONE_IN: usize = 64;

/// How many bytes the two texts may have together: each takes some 25 times as much memory while they are compared.
const LONGEST: usize = 32 << 20;

/// By how many hundredths one way has to be shorter when both are tried in a hurry, for the other not to be gone in earnest. Who
/// takes more time gains more without renames: with them there is less left to find.
const SURELY_RENAMED: usize = 50;
const SURELY_PLAIN: usize = 5;

/// A delta for workers.
pub(crate) struct Delta {
    pub(crate) bytes: Vec<u8>,
    /// For one with renames, how the old bytes have to lie for it.
    pub(crate) places: Option<Places>,
}

/// How the old bytes have to lie.
pub(crate) struct Places {
    /// Where the new bytes begin: behind the old ones, with their new names.
    pub(crate) front: usize,
    /// Where the old ones begin at first.
    pub(crate) shift: usize,
}

/// What makes `new` out of `old` by renames; it has been decoded once. `None` if hardly any names were given anew, or the two are
/// too large; and if the list alone is no shorter than what is to be beaten, `most`: what leads on from there takes much longer
/// to make.
pub(crate) fn encode(old: &[u8], new: &[u8], most: usize) -> anyhow::Result<Option<Delta>> {
    match Renaming::between(old, new)? {
        Some(renaming) if renaming.packed.len() < most => renaming.delta(old, new),
        _ => Ok(None),
    }
}

/// The shorter of what makes `new` out of `old` by renames, and of what does so without. Both take long: where one is sure to be
/// longer, it is not made.
pub(crate) fn shorter(old: &[u8], new: &[u8]) -> anyhow::Result<Option<Delta>> {
    let plain = || anyhow::Ok(delta::encode_bare(old, new)?.map(|bytes| Delta { bytes, places: None }));
    let Some(renaming) = Renaming::between(old, new)? else { return plain() };
    let with = renaming.packed.len() + delta::guess(&renaming.list.text, new)?;
    let without = delta::guess(old, new)?;
    if without * (100 + SURELY_PLAIN) < with * 100 {
        return plain();
    }
    match renaming.delta(old, new)? {
        Some(renamed) if with * (100 + SURELY_RENAMED) < without * 100 => Ok(Some(renamed)),
        renamed => Ok(plain()?.into_iter().chain(renamed).min_by_key(|delta| delta.bytes.len())),
    }
}

/// A list of renames, as it is written.
struct Renaming {
    list: List,
    packed: Vec<u8>,
}

impl Renaming {
    fn between(old: &[u8], new: &[u8]) -> anyhow::Result<Option<Self>> {
        if old.len() + new.len() > LONGEST {
            return Ok(None);
        }
        let (before, after) = (tokens(old), tokens(new));
        let Some(list) = List::of(&before, &names_of(&before, &after)) else { return Ok(None) };
        let written = list.written();
        if written.len() > MOST_OF_RENAMES {
            return Ok(None);
        }
        let packed = zstd::bulk::compress(&written, 19)?;
        Ok(Some(Self { list, packed }))
    }

    /// The list, and what leads on from there.
    fn delta(&self, old: &[u8], new: &[u8]) -> anyhow::Result<Option<Delta>> {
        let Self { list, packed } = self;
        let Some(rest) = delta::encode_bare(&list.text, new)? else { return Ok(None) };
        let length = u32::try_from(packed.len())?.to_le_bytes();
        let bytes = [&RENAMES[..], &length, packed, &rest].concat();
        let (front, shift) = (list.text.len(), list.shift);
        let mut buffer = vec![0; (front + new.len()).max(shift + old.len())];
        buffer[shift..shift + old.len()].copy_from_slice(old);
        let made = unpack(&mut buffer, shift..shift + old.len(), front, &bytes);
        if made != Ok(new.len()) || buffer[front..front + new.len()] != *new {
            bail!(
                "a delta with renames does not lead to the new bytes ({made:?}); please report this with the two files"
            );
        }
        Ok(Some(Delta { bytes, places: Some(Places { front, shift }) }))
    }
}

/// A token, and its bytes.
type Piece<'a> = (Token, &'a [u8]);

fn tokens(text: &[u8]) -> Vec<Piece<'_>> {
    let (mut tokens, mut at, mut all) = (Tokens::default(), 0, Vec::new());
    while at < text.len() {
        let (token, end) = tokens.next(text, at);
        all.push((token, &text[at..end]));
        at = end;
    }
    all
}

/// What each old token is called in the new text, where that is known and it is a name.
fn names_of(before: &[Piece<'_>], after: &[Piece<'_>]) -> Vec<Option<Name>> {
    let mut names = vec![None; before.len()];
    let (old, new): (Vec<u64>, Vec<u64>) = (before.iter().map(looks).collect(), after.iter().map(looks).collect());
    let mut places: Vec<(u64, usize)> = sums(&old).zip(0..).collect();
    places.sort_unstable();
    let sums: Vec<u64> = sums(&new).collect();
    let (mut at, mut expected) = (0, 0);
    while at < sums.len() {
        let alike = |from: usize| old[from..].iter().zip(&new[at..]).take_while(|(old, new)| old == new).count();
        // Those around the place where it would be if nothing had changed.
        let near = places.partition_point(|place| *place < (sums[at], expected)).saturating_sub(PLACES / 2);
        let known = places[near..].iter().take(PLACES).filter(|(sum, _)| *sum == sums[at]);
        let found = known.map(|(_, from)| (alike(*from), *from));
        let best = found.max_by_key(|(length, from)| (*length, usize::MAX - from.abs_diff(expected)));
        let Some((length, from)) = best.filter(|(length, _)| *length >= ALIKE) else {
            at += 1;
            expected += 1;
            continue;
        };
        for (name, (token, _)) in names[from..].iter_mut().zip(&after[at..at + length]) {
            if let (None, Token::Name(new)) = (&name, token) {
                *name = Some(*new);
            }
        }
        at += length;
        expected = from + length;
    }
    names
}

/// What a token looks like: all names look the same.
fn looks((token, bytes): &Piece<'_>) -> u64 {
    match token {
        Token::Name(_) => 0,
        // FNV-1a, of 64 bits.
        _ => bytes
            .iter()
            .fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)),
    }
}

/// A sum for each place, of so many looks from there on.
fn sums(looks: &[u64]) -> impl Iterator<Item = u64> {
    const BASE: u64 = 0x9e37_79b9_7f4a_7c15;
    let first = (0..ALIKE).fold(1_u64, |power, _| power.wrapping_mul(BASE));
    let mut sum = 0_u64;
    let moved = looks.iter().enumerate().map(move |(at, look)| {
        let gone = at.checked_sub(ALIKE).map_or(0, |gone| looks[gone].wrapping_add(1).wrapping_mul(first));
        sum = sum.wrapping_mul(BASE).wrapping_add(look.wrapping_add(1)).wrapping_sub(gone);
        sum
    });
    moved.skip(ALIKE - 1)
}

/// A list of renames, and what comes of it.
#[derive(Default)]
struct List {
    codes: Vec<u8>,
    names: Vec<Name>,
    corrections: Vec<u8>,
    /// The old text with its new names.
    text: Vec<u8>,
    /// How far it gets ahead of the old one.
    shift: usize,
}

impl List {
    /// `None` if hardly anything has another name.
    fn of(before: &[Piece<'_>], names: &[Option<Name>]) -> Option<Self> {
        let mut list = Self::default();
        let mut renamed = Renamed::default();
        let (mut code, mut run, mut passed, mut read) = (0, 0, 0, 0);
        let (mut all, mut changed) = (0, 0);
        for ((token, bytes), name) in before.iter().zip(names) {
            read += bytes.len();
            let Token::Name(old) = *token else {
                list.text.extend_from_slice(bytes);
                continue;
            };
            let becomes = match renamed.get(old) {
                None => {
                    let foretold = renamed.foretold(old);
                    // Where it is not known, whatever the others are.
                    let new = name.unwrap_or(if code == 1 { foretold } else { old });
                    let is = if new == old { 0 } else { 2 - usize::from(new == foretold) };
                    if is != code && run > 0 {
                        number(&mut list.codes, 3 * run + code);
                        run = 0;
                    }
                    (code, run) = (is, run + 1);
                    if is == 2 {
                        list.names.push(new);
                    }
                    new
                }
                Some([last, earlier]) => match *name {
                    Some(new) if new != last => {
                        number(&mut list.corrections, 2 * passed + usize::from(new == earlier));
                        passed = 0;
                        if new != earlier {
                            list.names.push(new);
                        }
                        new
                    }
                    _ => {
                        passed += 1;
                        last
                    }
                },
            };
            all += 1;
            changed += usize::from(becomes != old);
            if renamed.get(old).is_none_or(|[last, _]| last != becomes) {
                renamed.set(old, becomes);
            }
            list.text.extend(becomes.into_iter().filter(|byte| *byte != 0));
            list.shift = list.shift.max(list.text.len().saturating_sub(read));
        }
        number(&mut list.codes, 3 * run + code);
        (changed * ONE_IN > all).then_some(list)
    }

    fn written(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for size in [self.codes.len(), self.names.len(), self.corrections.len()] {
            number(&mut bytes, size);
        }
        bytes.extend_from_slice(&self.codes);
        bytes.extend(self.names.iter().map(|[first, _]| first));
        bytes.extend(self.names.iter().map(|[_, last]| last));
        bytes.extend_from_slice(&self.corrections);
        bytes
    }
}

/// Writes a number: seven bits at a time, the lowest first.
fn number(bytes: &mut Vec<u8>, mut number: usize) {
    while number > 127 {
        bytes.push(number as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Functions of so many names, from the so-many-th that there is.
    fn script(from: usize, count: usize) -> Vec<u8> {
        const LETTERS: &[u8] = b"etnrilsoacudhfpgmvyb_SxCkTwNAEIROMPL$DVBUHqWKzJGXQZYj";
        let name = |number: usize| match number.checked_sub(LETTERS.len()) {
            None => String::from(char::from(LETTERS[number])),
            Some(rest) => {
                format!("{}{}", char::from(LETTERS[rest / LETTERS.len()]), char::from(LETTERS[rest % LETTERS.len()]))
            }
        };
        let one = |n: usize| {
            let called = |times: usize| format!("{}(t.slice({n})),", name(from + n * n * times % count));
            let calls: String = (1..6).map(called).collect();
            format!("function {}(e,t){{return {calls}e.length>{n}}}\n", name(from + n))
        };
        (0..count).map(one).collect::<String>().into_bytes()
    }

    #[test]
    fn names_that_were_given_anew_cost_little() {
        for (old, new) in [(script(0, 400), script(1, 400)), (script(2, 400), script(0, 400))] {
            let plain = delta::encode(&old, &new).unwrap().unwrap();
            let renamed = encode(&old, &new, plain.len()).unwrap().unwrap();
            let (with, without) = (renamed.bytes.len(), plain.len());
            assert!(with * 3 < without, "{with} bytes with renames, {without} without");
            assert!(encode(&old, &new, 20).unwrap().is_none(), "a list that is longer");
        }
    }

    #[test]
    fn the_shorter_way_is_taken() {
        let (text, other) = (script(0, 400), script(1, 400));
        let longer = [&text[..], b"function more(){return 42}"].concat();
        // And one whose names hardly pay: both are made.
        let few = [&text[..12_000], &other[12_000..12_600], &text[12_600..]].concat();
        for (old, new, renames) in [(&text, &other, Some(true)), (&text, &longer, Some(false)), (&text, &few, None)] {
            let plain = delta::encode_bare(old, new).unwrap().unwrap().len();
            let renamed = encode(old, new, usize::MAX).unwrap().map_or(usize::MAX, |delta| delta.bytes.len());
            let shorter = shorter(old, new).unwrap().unwrap();
            assert_eq!(shorter.bytes.len(), plain.min(renamed), "{plain} without renames, {renamed} with them");
            assert!(renames.is_none_or(|renames| shorter.places.is_some() == renames));
        }
    }

    #[test]
    fn whatever_the_texts_are_the_new_one_comes_of_it() {
        let text = script(0, 60);
        let longer: Vec<u8> = text.iter().copied().cycle().take(3 * text.len()).collect();
        let binary: Vec<u8> = (0..9000_u32).map(|n| (n * n % 251) as u8).collect();
        for (old, new) in [
            (Vec::new(), text.clone()),
            (text.clone(), Vec::new()),
            (text.clone(), text.clone()),
            (script(50, 60), script(0, 60)),
            (script(0, 60), script(50, 60)),
            (script(40, 90), longer.clone()),
            (longer, script(40, 90)),
            (binary.clone(), text.clone()),
            (script(3, 60), binary),
            (
                "é.a aé a\u{2028}b a.b ...a 1a".repeat(9).into_bytes(),
                "é.a aé b\u{2028}a b.b ...b 1a".repeat(9).into_bytes(),
            ),
        ] {
            encode(&old, &new, usize::MAX).unwrap();
        }
        assert!(encode(&text, &text, usize::MAX).unwrap().is_none());
    }

    #[test]
    fn what_is_too_large_is_left_to_others() {
        assert!(encode(&vec![b'a'; LONGEST / 2], &vec![b'b'; LONGEST / 2 + 1], usize::MAX).unwrap().is_none());
        // A name that is another one each time: more renames than a worker takes.
        let (mut random, mut each) = (1_u32, Vec::new());
        for _ in 0..600_000 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            each.extend([b'a' + (random >> 24) as u8 % 26, b'+']);
        }
        assert!(encode(&b"a+".repeat(600_000), &each, usize::MAX).unwrap().is_none());
    }
}
