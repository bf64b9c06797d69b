//! Whether a file is still what it was, as far as that can be told without reading it.

use std::fs::Metadata;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// A file's length and the moments of its last changes. Two that are the same belong to the same bytes.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Stamp {
    pub(crate) length: u64,
    /// When the bytes were last written, in nanoseconds since 1970.
    modified: u64,
    /// When anything of the file last changed, its times included. Zero where a system does not say.
    changed: u64,
    /// Which file it is on its disk. Zero where a system does not say.
    pub(crate) file: u64,
}

/// How long after a change another may bear the same time: file systems count in steps.
const STEP: Duration = Duration::from_secs(2);

impl Stamp {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        #[cfg(unix)]
        let (changed, file) = {
            use std::os::unix::fs::MetadataExt;
            (
                (metadata.ctime() as u64).wrapping_mul(1_000_000_000).wrapping_add(metadata.ctime_nsec() as u64),
                metadata.ino(),
            )
        };
        #[cfg(not(unix))]
        let (changed, file) = (0, 0);
        let modified = modified.map_or(0, |time| time.as_nanos() as u64);
        Self { length: metadata.len(), modified, changed, file }
    }

    /// Without what changes when a file gets a second name.
    pub(crate) fn of_linked(metadata: &Metadata) -> Self {
        Self { changed: 0, ..Self::of(metadata) }
    }

    /// Whether the last change is so recent that another would go unseen.
    pub(crate) fn is_recent(&self) -> bool {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let changed = Duration::from_nanos(self.modified.max(self.changed));
        now.saturating_sub(changed) < STEP || changed > now
    }
}
