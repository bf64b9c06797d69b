//! URI references ([RFC 3986, section 5][spec]), as far as a cache follows them: `Location` and
//! `Content-Location`, against a URI that a browser has already put in its normal form.
//!
//! [spec]: https://www.rfc-editor.org/rfc/rfc3986#section-5

use super::text::{Split, concat, position, trimmed};

/// The origin of an `http` or `https` URI, as in `https://example.com`; all of it, if it has no path.
pub fn origin(uri: &str) -> &str {
    let start = position(uri, b':').filter(|at| uri[*at..].starts_with("://")).map_or(0, |colon| colon + 3);
    let end = uri.bytes().skip(start).position(|b| matches!(b, b'/' | b'?' | b'#'));
    let end = end.map_or(uri.len(), |end| start + end);
    &uri[..end]
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
    let scheme = position(base, b':').map_or("", |colon| &base[..=colon]);
    let whole = if let Some(rest) = reference.strip_prefix("//") {
        concat(&[scheme, "//", rest])
    } else if let Some(name) = scheme_of(reference) {
        let is_web = name.eq_ignore_ascii_case("http") || name.eq_ignore_ascii_case("https");
        // Without an authority, taking the dots out of `http:/.//x` would make one of its path.
        (is_web && reference[name.len()..].starts_with("://")).then(|| reference.to_owned())?
    } else {
        return Some(within(base, reference));
    };
    let authority = origin(&whole);
    let mut normal = without_default_port(&authority.to_ascii_lowercase()).to_owned();
    normal.push_str(&without_dots(&whole[authority.len()..]));
    Some(normal)
}

/// A reference to the same origin.
fn within(base: &str, reference: &str) -> String {
    let origin = origin(base);
    let path = without_fragment(&base[origin.len()..]);
    let bare = position(path, b'?').map_or(path, |end| &path[..end]);
    let target = match reference.bytes().next() {
        None => path.to_owned(),
        Some(b'/') => reference.to_owned(),
        Some(b'?') => concat(&[bare, reference]),
        Some(_) => {
            let folder = bare.rfind('/').map_or("/", |slash| &bare[..=slash]);
            concat(&[folder, reference])
        }
    };
    concat(&[origin, &without_dots(&target)])
}

/// The scheme of an absolute reference.
fn scheme_of(reference: &str) -> Option<&str> {
    let end = reference.bytes().position(|b| matches!(b, b'/' | b'?' | b':'))?;
    let name = reference[end..].starts_with(':').then(|| &reference[..end])?;
    let is_inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    (name.as_bytes().first().is_some_and(u8::is_ascii_alphabetic) && name.bytes().all(is_inner)).then_some(name)
}

fn without_default_port(origin: &str) -> &str {
    let port = if origin.starts_with("https:") { ":443" } else { ":80" };
    origin.strip_suffix(port).unwrap_or(origin)
}

/// A path and query, with the segments `.` and `..` taken out of the path.
fn without_dots(target: &str) -> String {
    let (path, query) = target.split_at(position(target, b'?').unwrap_or(target.len()));
    let mut segments: Vec<&str> = Vec::new();
    let mut rest = Split::new(path.strip_prefix('/').unwrap_or(path), b'/').peekable();
    while let Some(segment) = rest.next() {
        let is_last = rest.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." {
                    segments.pop();
                }
                if is_last {
                    segments.push("");
                }
            }
            _ => segments.push(segment),
        }
    }
    let mut text = String::new();
    for segment in segments {
        text.push('/');
        text.push_str(segment);
    }
    concat(&[if text.is_empty() { "/" } else { &text }, query])
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
            ("x/y:z", Some("https://a.b/c/x/y:z")),
            (" /e ", Some("https://a.b/e")),
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
