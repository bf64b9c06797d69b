//! Digests as pages write them, in the attribute `integrity`
//! ([Subresource Integrity](https://www.w3.org/TR/SRI/)).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::manifest::base64;

/// A hash function that browsers know.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    /// Every one, with its name.
    pub const ALL: [(Self, &str); 3] = [(Self::Sha256, "sha256"), (Self::Sha384, "sha384"), (Self::Sha512, "sha512")];

    /// The one with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == name).map(|(algorithm, _)| algorithm)
    }

    /// The digest of these bytes: `sha384-…`.
    pub fn integrity(self, bytes: &[u8]) -> String {
        match self {
            Self::Sha256 => Self::sha256_integrity(&Sha256::digest(bytes).into()),
            Self::Sha384 => ["sha384-", &base64(&Sha384::digest(bytes))].concat(),
            Self::Sha512 => ["sha512-", &base64(&Sha512::digest(bytes))].concat(),
        }
    }

    /// A SHA-256 that is known already, in the same form.
    pub fn sha256_integrity(digest: &[u8; 32]) -> String {
        ["sha256-", &base64(digest)].concat()
    }
}

/// Whether `integrity`, one digest, is that of these bytes. Functions that are not known say no.
pub fn is_whole(bytes: &[u8], integrity: &str) -> bool {
    let name = integrity.split('-').next().unwrap_or_default();
    Algorithm::named(name).is_some_and(|algorithm| algorithm.integrity(bytes) == integrity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_written_as_browsers_read_them() {
        // From the specification's own example, section 1.1.
        let integrity = Algorithm::Sha384.integrity(b"alert('Hello, world.');");
        assert_eq!(integrity, "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO");
        for (algorithm, name) in Algorithm::ALL {
            let integrity = algorithm.integrity(b"x");
            assert!(integrity.starts_with(name) && is_whole(b"x", &integrity) && !is_whole(b"y", &integrity));
        }
        assert!(!is_whole(b"x", "md5-x") && !is_whole(b"x", ""));
    }
}
