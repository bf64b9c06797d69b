//! Conversions from and to the types of the `http` crate, for clients and servers that are written in
//! them (feature `http-types`).
//!
//! ```
//! use keepfresh::http::{RequestHead, ResponseHead};
//! use keepfresh::policy::{Audience, Storage, Terms, storage};
//!
//! let (request, ()) = http::Request::get("https://example.com/").body(()).unwrap().into_parts();
//! let (response, ()) = http::Response::builder().header("cache-control", "no-store").body(()).unwrap().into_parts();
//! let terms = Terms::http(Audience::Shared);
//! let decided = storage(&RequestHead::from(&request), &ResponseHead::from(&response), &terms);
//! assert!(matches!(decided, Storage::Refuse(_)));
//! ```

use http::{HeaderMap, HeaderName, HeaderValue, request, response};

use super::{Fields, RequestHead, ResponseHead};

/// Every line, in the map's order. What is not ASCII in a value is read as ISO 8859-1, as browsers do.
impl From<&HeaderMap> for Fields {
    fn from(map: &HeaderMap) -> Self {
        let mut fields = Self::new();
        for (name, value) in map {
            let text: String = value.as_bytes().iter().copied().map(char::from).collect();
            fields.append(name.as_str(), &text);
        }
        fields
    }
}

/// Every line whose name and value can stand in a message.
impl From<&Fields> for HeaderMap {
    fn from(fields: &Fields) -> Self {
        let mut map = Self::new();
        for (name, value) in fields.iter() {
            // What was a character of ISO 8859-1 is a byte again.
            let bytes: Option<Vec<u8>> = value.chars().map(|c| u8::try_from(c).ok()).collect();
            let value = bytes.and_then(|bytes| HeaderValue::from_bytes(&bytes).ok());
            if let (Ok(name), Some(value)) = (HeaderName::from_bytes(name.as_bytes()), value) {
                map.append(name, value);
            }
        }
        map
    }
}

/// A server has to make the URI absolute first: it is the cache key.
impl From<&request::Parts> for RequestHead {
    fn from(parts: &request::Parts) -> Self {
        Self {
            fields: Fields::from(&parts.headers),
            method: parts.method.as_str().to_owned(),
            ..Self::get(&parts.uri.to_string())
        }
    }
}

impl From<&response::Parts> for ResponseHead {
    fn from(parts: &response::Parts) -> Self {
        Self { fields: Fields::from(&parts.headers), redirected: false, status: parts.status.as_u16() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_come_back_as_they_went() {
        let fields: Fields = [("set-cookie", "a=1"), ("set-cookie", "b=2"), ("x", "caf\u{e9}")].into_iter().collect();
        assert_eq!(Fields::from(&HeaderMap::from(&fields)), fields);
        let odd: Fields = [("a b", "1"), ("c", "\u{1F600}")].into_iter().collect();
        assert!(HeaderMap::from(&odd).is_empty());
    }
}
