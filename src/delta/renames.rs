//! Names that a minifier has given anew. One declaration more, and hundreds of short names in a script are others: to a delta
//! each is a change. So the old script is given the new names first, and the delta leads from that.
//!
//! Which name becomes which cannot be said once and for all, for a short name stands for something else in each function.
//! So it is said where it changes: an old name becomes what it became the last time, unless the next correction is for this
//! place. What it becomes the first time is foretold, too: minifiers give names in an order, and where one more has been given
//! each becomes the next one. Nothing is known here of JavaScript but how a name looks: a name in a string is a name as well,
//! and a wrong guess costs a correction.
//!
//! A list of renames, whose numbers are written seven bits at a time, the lowest first, with the eighth bit where more follow:
//!
//! | | |
//! |---|---|
//! | three numbers | how many codes there are in bytes, how many names, how many corrections in bytes |
//! | codes | for old names as they first occur, a number each for so many: three times how many, and 0 if they stay, 1 if their last letter becomes what that letter has become before, 2 if they become the next of the names |
//! | names | the first letters of all (0 for a name that has but one), then their last letters |
//! | corrections | numbers: twice how many names are passed over, and 1 if the name becomes what it was before the last time, 0 if it becomes the next of the names |
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::ops::Range;

use super::Fault;

/// A name of one or two letters: the first (0 if there is one alone) and the last.
pub type Name = [u8; 2];

/// Letters that stand in names, as numbers below this.
const LETTERS: usize = 64;

/// What a text is taken apart into.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Token {
    /// A name that a minifier may have given.
    Name(Name),
    /// A longer word, a number, the name of a property.
    Word,
    /// Any other byte.
    Byte,
}

/// Takes a text apart; what the tokens before began with tells whether a name is that of a property.
#[derive(Clone, Copy, Default)]
pub struct Tokens {
    before: u8,
    last: u8,
}

impl Tokens {
    /// The token at `at`, and where it ends.
    pub fn next(&mut self, text: &[u8], at: usize) -> (Token, usize) {
        let length = text.get(at..).unwrap_or_default().iter().take_while(|byte| is_of_word(**byte)).count();
        let begins = text.get(at).copied().unwrap_or_default();
        let is_property = self.last == b'.' && self.before != b'.';
        (self.before, self.last) = (self.last, begins);
        if length == 0 {
            return (Token::Byte, at + 1);
        }
        let name = match text.get(at..at + length) {
            Some(&[only]) => [0, only],
            Some(&[first, last]) => [first, last],
            _ => [0, 0],
        };
        let is_name = !begins.is_ascii_digit() && place_of(name).is_some() && !is_property;
        (if is_name { Token::Name(name) } else { Token::Word }, at + length)
    }
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

/// A letter of names as a number.
fn letter(byte: u8) -> Option<usize> {
    let number = match byte {
        b'0'..=b'9' => byte - b'0',
        b'A'..=b'Z' => byte - b'A' + 10,
        b'a'..=b'z' => byte - b'a' + 36,
        b'_' => 62,
        b'$' => 63,
        _ => return None,
    };
    Some(usize::from(number))
}

/// The place of a name among all that there may be.
fn place_of([first, last]: Name) -> Option<usize> {
    let first = if first == 0 { 0 } else { LETTERS * (1 + letter(first)?) };
    Some(first + letter(last)?)
}

/// How many names there may be.
const NAMES: usize = LETTERS * (LETTERS + 1);

/// What old names have become so far: the same on both sides.
pub struct Renamed {
    /// By their places: what a name became the last time, and before that; nothing that has not occurred yet.
    names: Vec<Option<[Name; 2]>>,
    /// What last letters have become.
    letters: [u8; LETTERS],
}

impl Default for Renamed {
    fn default() -> Self {
        Self { names: vec![None; NAMES], letters: [0; LETTERS] }
    }
}

impl Renamed {
    /// What a name became the last time, and before that; nothing if it has not occurred yet.
    pub fn get(&self, old: Name) -> Option<[Name; 2]> {
        *self.names.get(place_of(old)?)?
    }

    /// What a name that has not occurred yet becomes if its last letter becomes what that has become before.
    pub fn foretold(&self, [first, last]: Name) -> Name {
        let letter = letter(last).and_then(|letter| self.letters.get(letter).copied()).unwrap_or_default();
        [first, if letter == 0 { last } else { letter }]
    }

    /// Notes what a name becomes.
    pub fn set(&mut self, old: Name, new: Name) {
        let Some(known) = place_of(old).and_then(|place| self.names.get_mut(place)) else { return };
        if known.is_none()
            && old != new
            && let Some(letter) = letter(old[1]).and_then(|letter| self.letters.get_mut(letter))
        {
            *letter = new[1];
        }
        let before = known.map_or(old, |[last, _]| last);
        *known = Some([new, before]);
    }
}

/// Numbers, one after the other.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn next(&mut self) -> Option<usize> {
        let mut number = 0;
        for shift in [0, 7, 14, 21] {
            let (first, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= usize::from(first & 127) << shift;
            if *first < 128 {
                return Some(number);
            }
        }
        None
    }
}

/// The names that are told of, one after the other.
struct Told<'a> {
    firsts: &'a [u8],
    lasts: &'a [u8],
}

impl Told<'_> {
    fn next(&mut self) -> Result<Name, Fault> {
        let (Some((first, firsts)), Some((last, lasts))) = (self.firsts.split_first(), self.lasts.split_first()) else {
            return Err(Fault::Truncated);
        };
        (self.firsts, self.lasts) = (firsts, lasts);
        let name = [*first, *last];
        place_of(name).map(|_| name).ok_or(Fault::Damaged)
    }
}

/// Gives a text in `buffer` its new names, by a list of renames. What comes of it lies at the front of the buffer; how many
/// bytes. Both may lie in the same place as long as there is never more written than was read: `old` has to begin as far
/// behind the front as the text grows meanwhile.
///
/// # Errors
///
/// [`Fault::Truncated`] or [`Fault::Damaged`] if the list is none, [`Fault::TooLarge`] if what is written gets ahead of what
/// is read. The buffer then has anything in it.
pub fn rename(buffer: &mut [u8], old: Range<usize>, list: &[u8]) -> Result<usize, Fault> {
    let mut head = Numbers(list);
    let mut size = || head.next().ok_or(Fault::Truncated);
    let (codes, names, corrections) = (size()?, size()?, size()?);
    let (codes, rest) = head.0.split_at_checked(codes).ok_or(Fault::Truncated)?;
    let (firsts, rest) = rest.split_at_checked(names).ok_or(Fault::Truncated)?;
    let (lasts, rest) = rest.split_at_checked(names).ok_or(Fault::Truncated)?;
    let mut told = Told { firsts, lasts };
    let mut codes = Numbers(codes);
    let mut corrections = Numbers(rest.get(..corrections).ok_or(Fault::Truncated)?);

    let text = buffer.get(old.clone()).ok_or(Fault::Truncated)?.len();
    let mut renamed = Renamed::default();
    // Names to be passed over before the next correction, and how many of the same code are left.
    let mut next = corrections.next();
    let (mut code, mut run) = (0, 0);
    let mut tokens = Tokens::default();
    let (mut read, mut written) = (old.start, 0);
    let end = old.start + text;
    while read < end {
        let (token, after) = tokens.next(buffer.get(..end).unwrap_or_default(), read);
        let Token::Name(name) = token else {
            if written > read {
                return Err(Fault::TooLarge);
            }
            buffer.copy_within(read..after, written);
            written += after - read;
            read = after;
            continue;
        };
        let becomes = match renamed.get(name) {
            None => {
                if run == 0 {
                    let number = codes.next().ok_or(Fault::Truncated)?;
                    (code, run) = (number % 3, number / 3);
                    if run == 0 {
                        return Err(Fault::Damaged);
                    }
                }
                run -= 1;
                match code {
                    0 => name,
                    1 => renamed.foretold(name),
                    _ => told.next()?,
                }
            }
            Some([last, before]) => match next {
                Some(number) if number < 2 => {
                    next = corrections.next();
                    if number == 1 { before } else { told.next()? }
                }
                Some(number) => {
                    next = Some(number - 2);
                    last
                }
                None => last,
            },
        };
        if renamed.get(name).is_none_or(|[last, _]| last != becomes) {
            renamed.set(name, becomes);
        }
        for byte in becomes.into_iter().filter(|byte| *byte != 0) {
            if written >= after {
                return Err(Fault::TooLarge);
            }
            if let Some(place) = buffer.get_mut(written) {
                *place = byte;
            }
            written += 1;
        }
        read = after;
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A list of renames, out of its three parts.
    fn list(codes: &[u8], names: &[&str], corrections: &[u8]) -> Vec<u8> {
        let letters = |which: usize| {
            names.iter().map(move |name| match name.as_bytes() {
                [only] => [0, *only][which],
                both => both[which],
            })
        };
        let mut list = vec![codes.len() as u8, names.len() as u8, corrections.len() as u8];
        list.extend_from_slice(codes);
        list.extend(letters(0).chain(letters(1)));
        list.extend_from_slice(corrections);
        list
    }

    #[test]
    fn names_become_what_is_said() {
        const ALL_STAY: &[u8] = &[3 * 40];
        for (old, codes, names, corrections, new) in [
            ("", &[][..], &[][..], &[][..], Ok("")),
            ("a+b", ALL_STAY, &[], &[], Ok("a+b")),
            ("a+b+a", &[3 + 2, 3], &["c"], &[], Ok("c+b+c")),
            ("ta ta tb", &[3 * 2 + 2], &["tb", "tc"], &[], Ok("tb tb tc")),
            // A last letter becomes what it became before.
            ("ta sa", &[3 + 2, 3 + 1], &["tb"], &[], Ok("tb sb")),
            ("ta sc", &[3 + 2, 3 + 1], &["tb"], &[], Ok("tb sc")),
            // Corrections: the next name, and what it was before.
            ("a a a a a", &[3], &["b"], &[2, 2 + 1], Ok("a a b b a")),
            ("a a a", &[3 + 2], &["bc", "d"], &[0, 1], Ok("bc d bc")),
            // No names that a minifier gives: longer words, numbers, properties, what has other letters.
            ("abc 1a .a éa", &[], &[], &[], Ok("abc 1a .a éa")),
            ("...a a.a", &[3 + 2], &["b"], &[], Ok("...b b.a")),
            ("a", &[], &[], &[], Err(Fault::Truncated)),
            ("a b", &[3], &[], &[], Err(Fault::Truncated)),
            ("a", &[0], &[], &[], Err(Fault::Damaged)),
            ("a", &[3 + 2], &[], &[], Err(Fault::Truncated)),
            ("a", &[3 + 2], &["-"], &[], Err(Fault::Damaged)),
            ("a a", &[3], &[], &[0], Err(Fault::Truncated)),
        ] {
            let mut buffer = [&[0; 8], old.as_bytes()].concat();
            let all = 8..buffer.len();
            let length = rename(&mut buffer, all, &list(codes, names, corrections));
            let text = length.map(|length| str::from_utf8(&buffer[..length]).unwrap());
            assert_eq!(text, new, "{old}");
        }
    }

    #[test]
    fn what_is_written_does_not_get_ahead_of_what_is_read() {
        let longer = list(&[3 * 3 + 2], &["xa", "xb", "xc"], &[]);
        for (shift, fits) in [(0, false), (2, false), (3, true)] {
            let mut buffer = [&vec![0; shift][..], b"a b c"].concat();
            let all = shift..buffer.len();
            let length = rename(&mut buffer, all, &longer);
            assert_eq!(length, if fits { Ok(8) } else { Err(Fault::TooLarge) }, "{shift}");
        }
        assert_eq!(rename(&mut [0; 4], 2..5, &[0, 0, 0]), Err(Fault::Truncated));
        for end in 0..longer.len() {
            assert!(rename(&mut b"   a b c".to_vec(), 3..8, &longer[..end]).is_err(), "{end} bytes of the list");
        }
    }
}
