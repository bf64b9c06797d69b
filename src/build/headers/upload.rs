//! The upload plan: every file of the output in the order in which it may be put on a host without breaking
//! a page, with what the host has to be told of it. For S3, R2, GCS and whatever else has no rules of its own.

use serde::{Serialize, Serializer};

use super::{Field, NO_CACHE, Policy};
use crate::build::Release;
use crate::build::listing::Listing;
use crate::build::name::{Language, decode, encode, media_type};

/// What is uploaded when: nothing is named before it is there.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
enum Stage {
    /// Fingerprinted files, which nobody asks for yet.
    Assets,
    /// Files under their own names that pages load.
    Files,
    /// Pages, which name all of these.
    Pages,
    /// The worker and the manifest: from here on installs begin.
    Worker,
}

#[derive(Serialize)]
struct Upload {
    stage: Stage,
    path: String,
    url: String,
    #[serde(serialize_with = "as_object")]
    headers: Vec<Field>,
}

fn as_object<S: Serializer>(headers: &[Field], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(headers.iter().map(|(name, value)| (name, value)))
}

/// The plan, as JSON: a list of `{stage, path, url, headers}`, a line each. `listing` says which encodings there are;
/// `last` is what comes at the end, with the extensions of its encodings.
pub fn upload_plan(
    release: &Release<'_>,
    listing: &Listing,
    policy: &Policy<'_>,
    last: &[(&str, &[String])],
) -> String {
    let mut plan = Vec::new();
    let mut add = |stage, out: &str, mut headers: Vec<Field>, encodings: &[String]| {
        headers.insert(0, ("Content-Type", media_type(out).to_owned()));
        for encoding in encodings {
            let name = match encoding.as_str() {
                "zst" => "zstd",
                "gz" => "gzip",
                name => name,
            };
            let mut headers = headers.clone();
            headers.push(("Content-Encoding", name.to_owned()));
            let path = [out, ".", encoding].concat();
            plan.push(Upload { stage, url: encode(&path), path, headers });
        }
        plan.push(Upload { stage, url: encode(out), path: out.to_owned(), headers });
    };
    for file in &release.files {
        let encodings = listing.files.get(file.path).map(|listed| listed.encodings.as_slice()).unwrap_or_default();
        let is_page = Language::of(file.path) == Language::Html;
        if file.is_immutable() {
            add(Stage::Assets, &file.out, policy.fields(file.path, &file.out, file.naming), encodings);
        }
        if file.out != file.path || !file.is_immutable() {
            let stage = if is_page { Stage::Pages } else { Stage::Files };
            add(stage, file.path, policy.fields(file.path, file.path, file.naming), encodings);
        }
    }
    for url in listing.earlier.iter().flat_map(|release| release.files.keys()) {
        let path = decode(url).unwrap_or_default();
        add(Stage::Assets, &path, vec![("Cache-Control", super::IMMUTABLE.to_owned())], &[]);
    }
    for (path, encodings) in last {
        add(Stage::Worker, path, vec![("Cache-Control", NO_CACHE.to_owned())], encodings);
    }
    plan.sort_by(|one, other| (one.stage, &one.path).cmp(&(other.stage, &other.path)));
    let mut text = String::from("[");
    for (number, upload) in plan.iter().enumerate() {
        text.push_str(if number == 0 { "\n" } else { ",\n" });
        text.push_str(&serde_json::to_string(upload).expect("strings are always JSON"));
    }
    text.push_str("\n]\n");
    text
}
