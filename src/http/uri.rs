//! URI references ([RFC 3986, section 5][spec]), as far as a cache follows them: `Location` and
//! `Content-Location`, against a URI that a browser has already put in its normal form.
//!
//! [spec]: https://www.rfc-editor.org/rfc/rfc3986#section-5

use super::text::{Split, concat, last_position, position, run, trimmed};

/// The origin of an `http` or `https` URI, as in `https://example.com`; all of it, if it has no path.
pub fn origin(uri: &str) -> &str {
    let start = position(uri, b':').filter(|at| uri[*at..].starts_with("://")).map_or(0, |colon| colon + 3);
    &uri[..start + run(&uri[start..], |b| !matches!(b, b'/' | b'?' | b'#'))]
}

/// A URI without its fragment, which never leaves the client.
pub fn without_fragment(uri: &str) -> &str {
    position(uri, b'#').map_or(uri, |end| &uri[..end])
}

/// The URI that a reference means, seen from `base`; `None` where it leaves `http` and `https`.
///
/// ```
/// use keepfresh::http::resolve;
///
/// let base = "https://example.com/a/b?q";
/// assert_eq!(resolve(base, "../c?d#e").as_deref(), Some("https://example.com/c?d"));
/// assert_eq!(resolve(base, "//cdn.example/x").as_deref(), Some("https://cdn.example/x"));
/// assert_eq!(resolve(base, "mailto:a@example.com"), None);
/// ```
pub fn resolve(base: &str, reference: &str) -> Option<String> {
    let reference = without_fragment(trimmed(reference));
    #[cfg(feature = "full")]
    let reference = &encoded(reference);
    let at_origin = origin(base);
    let (path, _) = split_path(without_fragment(&base[at_origin.len()..]));
    let folder = last_position(path, b'/').map_or("/", |slash| &path[..=slash]);
    let scheme = position(base, b':').map_or("", |colon| &base[..=colon]);
    let parts = match reference.as_bytes() {
        [] => [without_fragment(base), "", ""],
        [b'/', b'/', ..] => [scheme, reference, ""],
        [b'/', ..] => [at_origin, reference, ""],
        [b'?', ..] => [at_origin, path, reference],
        _ => match scheme_of(reference) {
            None => [at_origin, folder, reference],
            Some(scheme) => {
                let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
                // Without an authority, taking the dots out of `http:/.//x` would make one of its path.
                (is_web && reference[scheme.len()..].starts_with("://")).then_some([reference, "", ""])?
            }
        },
    };
    Some(normal(&concat(&parts)))
}

/// The scheme of an absolute reference.
fn scheme_of(reference: &str) -> Option<&str> {
    let end = run(reference, |b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    let is_one = reference[end..].starts_with(":") && reference.as_bytes()[0].is_ascii_alphabetic();
    is_one.then(|| &reference[..end])
}

/// A path, and the query behind it.
fn split_path(target: &str) -> (&str, &str) {
    target.split_at(position(target, b'?').unwrap_or(target.len()))
}

/// A URI whose authority is in lower case and without the port that goes without saying, and whose path
/// has no segments `.` and `..`.
fn normal(uri: &str) -> String {
    let authority = origin(uri);
    let (path, query) = split_path(&uri[authority.len()..]);
    let mut normal = authority.to_ascii_lowercase();
    let port = if normal.starts_with("https:") { ":443" } else { ":80" };
    // What has two ports is no URI; that it comes to one that stays what it is, does no harm.
    while normal.ends_with(port) {
        normal.truncate(normal.len() - port.len());
    }
    let start = normal.len();
    let mut is_folder = true;
    for segment in Split::new(path, b'/').skip(1) {
        is_folder = matches!(segment, "." | "..");
        if segment == ".." {
            let parent = last_position(&normal[start..], b'/').unwrap_or_default();
            normal.truncate(start + parent);
        } else if !is_folder {
            normal.push_str("/");
            normal.push_str(segment);
        }
    }
    if is_folder {
        normal.push_str("/");
    }
    normal.push_str(query);
    normal
}

/// A reference with the bytes in digits that browsers write so: spaces, and those that are no ASCII. Hosts give a byte of a field
/// as the character of that number, two bytes here: the second, with two bits of the first. Workers see few such fields: browsers hide redirects from them.
#[cfg(feature = "full")]
fn encoded(reference: &str) -> String {
    use super::text::push_ascii;
    let mut encoded = String::new();
    let mut first = 0;
    for byte in reference.bytes() {
        match byte {
            b'\xc2' | b'\xc3' => first = byte << 6,
            b' ' | b'\x80'.. => {
                let byte = if first == 0 { byte } else { first | byte & 63 };
                push_ascii(&mut encoded, b'%');
                for digit in [byte >> 4, byte & 15] {
                    push_ascii(&mut encoded, b"0123456789ABCDEF"[usize::from(digit)]);
                }
                first = 0;
            }
            _ => push_ascii(&mut encoded, byte),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn references_are_resolved() {
        let cases = [
            // from https://a.b/c/d?q
            ("e", Some("https://a.b/c/e")),
            ("./e/.", Some("https://a.b/c/e/")),
            ("../../../e", Some("https://a.b/e")),
            ("/e/../f?../g", Some("https://a.b/f?../g")),
            ("?r", Some("https://a.b/c/d?r")),
            ("", Some("https://a.b/c/d?q")),
            ("#x", Some("https://a.b/c/d?q")),
            ("HTTPS://A.B:443/X#y", Some("https://a.b/X")),
            ("http://a.b:80", Some("http://a.b/")),
            ("https://a.b:8443/", Some("https://a.b:8443/")),
            ("//x.y/z", Some("https://x.y/z")),
            ("x:y", None),
            ("https:/.//x", None),
            ("https:x", None),
            ("/.//x", Some("https://a.b//x")),
            ("//x.y:443:443/z", Some("https://x.y/z")),
            ("x/y:z", Some("https://a.b/c/x/y:z")),
            (" /e ", Some("https://a.b/e")),
            // `é` in UTF-8 and in ISO 8859-1, as the bytes of a field that they are; and what no host gives.
            ("/caf\u{c3}\u{a9}?\u{e9}\u{80}\u{ff}", Some("https://a.b/caf%C3%A9?%E9%80%FF")),
            ("\u{20ac}\u{e9}", Some("https://a.b/c/%E2%82%AC%E9")),
            ("/a b?c d", Some("https://a.b/a%20b?c%20d")),
        ];
        for (reference, expected) in cases {
            assert_eq!(resolve("https://a.b/c/d?q", reference).as_deref(), expected, "{reference:?}");
        }
    }

    #[test]
    fn origins_end_before_the_path() {
        for (uri, expected) in [
            ("https://a.b/c", "https://a.b"),
            ("https://a.b?c/d", "https://a.b"),
            ("https://a.b", "https://a.b"),
            ("", ""),
        ] {
            assert_eq!(origin(uri), expected);
        }
    }
}
