//! What small assets are made from that are new, or have nothing in common with what they were. A request of its own costs more
//! than all of such an asset: so it comes with the update (`updates.rs`) whatever it is made from. What stands beside it in
//! the list before (`lua-1a2b.js` beside `lua-9d8c.js`) is the most likely to be of use.

use keepfresh::build::name::media_type;
use keepfresh::manifest::{Entry, Need, fingerprint_of};

/// How many bytes it has at the most.
const SMALL: i64 = 4 << 10;

/// And how many that which it is made from has: it is read for nothing else.
const BESIDE: i64 = 64 << 10;

/// How many bytes an update may have of them, which comes as a whole: more are better fetched by themselves.
pub(crate) const TOGETHER: usize = 256 << 10;

/// How many lines away that may stand.
const NEAR: usize = 64;

/// Of the assets that stand beside a small one in a list, the line of that of its kind whose name is most like its own. `are_alike`
/// says of two URLs whether one may have the other's fields. What need not be there is nothing that an update brings, nor
/// that it is made from.
pub(crate) fn beside(list: &[Entry<'_>], entry: &Entry<'_>, are_alike: impl Fn(&str, &str) -> bool) -> Option<usize> {
    let is_asset =
        |entry: &Entry<'_>| entry.need == Need::Required && (entry.is_hashed || fingerprint_of(entry.url).is_some());
    if !is_asset(entry) || entry.bytes > SMALL {
        return None;
    }
    let kind = media_type(entry.url);
    let fits = |line: &usize| {
        let other = &list[*line];
        is_asset(other) && media_type(other.url) == kind && other.bytes <= BESIDE && are_alike(entry.url, other.url)
    };
    let place = list.partition_point(|other| other.url < entry.url);
    let ahead = (0..place).rev().take(NEAR).find(fits);
    let behind = (place..list.len()).take(NEAR).find(fits);
    let in_common = |line: &usize| list[*line].url.bytes().zip(entry.url.bytes()).take_while(|(a, b)| a == b).count();
    ahead.into_iter().chain(behind).max_by_key(in_common)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_is_most_like_it_is_taken() {
        const LIST: [(&str, i64); 7] = [
            ("", 9),
            ("a/b-1a2b.kf.0000000000000001.js", 9),
            ("a/icons.kf.0000000000000002.css", 9),
            ("a/lua-1a2b.kf.0000000000000003.js", 9),
            ("a/lua-9f8e.kf.0000000000000004.js", BESIDE + 1),
            ("a/main.js", 9),
            ("b/z.kf.0000000000000005.js", 9),
        ];
        let list = LIST.map(|(url, bytes)| Entry::new(url, bytes, "00"));
        for (url, bytes, expected) in [
            ("a/lua-9d8c.kf.0000000000000006.js", 9, Some(3)),
            ("a/lua-0d8c.kf.0000000000000006.js", SMALL, Some(3)),
            ("a/lua-0d8c.kf.0000000000000006.js", SMALL + 1, None),
            ("a/bb.kf.0000000000000006.js", 9, Some(1)),
            ("c/a.kf.0000000000000006.css", 9, Some(2)),
            ("c/a.kf.0000000000000006.svg", 9, None),
            ("a/lua.js", 9, None),
        ] {
            assert_eq!(beside(&list, &Entry::new(url, bytes, "00"), |_, _| true), expected, "{url}, {bytes} bytes");
        }
    }
}
