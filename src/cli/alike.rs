//! Which files may be made from which others: what a file is made from gives it the fields of its response as well. So the site
//! must say the same of both.

use std::fs;
use std::path::Path;

use keepfresh::build::headers::{Said, fields_at, lines_of_all_hosts};
use keepfresh::build::name::decode;
use keepfresh::build::release::worker_script::{WORKER, options_of};
use keepfresh::manifest::own_name;

use super::config::Config;

/// What a site says in the fields of its responses.
pub(crate) struct Alike<'a> {
    /// What its `_headers` says.
    pub(super) own: &'a str,
    pub(super) base: &'a str,
    pub(super) config: &'a Config,
    /// The name of what is said of all responses (`Own::fields`).
    pub(super) fields: String,
}

/// The name of what the release in a folder says in them.
pub(crate) fn fields_of(folder: &Path) -> Option<String> {
    let options = options_of(&fs::read_to_string(folder.join(WORKER)).ok()?)?;
    options["fields"].as_str().map(str::to_owned)
}

/// The same, read.
pub(crate) struct Rules<'a> {
    said: Vec<Said<'a>>,
    of: &'a Alike<'a>,
}

impl Alike<'_> {
    pub(crate) fn rules(&self) -> Rules<'_> {
        Rules { said: lines_of_all_hosts(self.own), of: self }
    }
}

impl Rules<'_> {
    /// Whether the responses under two URLs have the same fields, as far as `_headers` and `[headers]` say.
    pub(crate) fn are_alike(&self, one: &str, other: &str) -> bool {
        let fields = |url: &str| fields_at(&self.said, &[self.of.base, url].concat());
        let groups = |url: &str| decode(&own_name(url)).and_then(|path| self.of.config.groups(&path));
        fields(one) == fields(other) && groups(one) == groups(other)
    }

    /// Whether a file may be made from one of the release whose fields have this name, though they have nothing to do with each
    /// other. Not where fields were others then, nor where a host is told of some in a language of its own, or by whom no build
    /// knows: such a site has no packs either.
    pub(crate) fn may_stand_in(&self, fields: Option<&str>) -> bool {
        let Config { settings, of_hosts, .. } = self.of.config;
        settings.precache.has_packs() && !of_hosts.tells_fields && fields == Some(self.of.fields.as_str())
    }
}
