//! The upload plan: every file of the output in the order in which it may be put on a host without breaking
//! a page, with what the host has to be told of it. For S3, R2, GCS and whatever else has no rules of its own.

use rayon::prelude::*;
use serde::{Serialize, Serializer};

use super::{Field, IMMUTABLE, NO_CACHE, Policy};
use crate::build::name::{Language, decode, encode, is_for_host, media_type};
use crate::build::release::listing::Listing;
use crate::build::{File, Release};
use crate::manifest::fingerprint_of;

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
/// `written` is what the build has written, with the extensions of its encodings: what carries no fingerprint comes at the end.
pub fn upload_plan(
    release: &Release<'_>,
    listing: &Listing,
    policy: &Policy<'_>,
    written: &[(String, Vec<String>)],
) -> String {
    let of_file = |file: &File<'_>| {
        let encodings = listing.files.get(file.path).map(|listed| listed.encodings.as_slice()).unwrap_or_default();
        let add = |stage, out| uploads(stage, out, policy.fields(file.path, out, file.naming), encodings);
        let mut plan = Vec::new();
        if file.is_immutable() {
            plan.extend(add(Stage::Assets, &file.out));
        }
        if file.is_asset() || !file.is_immutable() {
            let is_page = Language::of(file.path) == Language::Html;
            plan.extend(add(if is_page { Stage::Pages } else { Stage::Files }, file.path));
        }
        plan
    };
    let mut plan: Vec<Upload> =
        release.files.par_iter().filter(|file| !is_for_host(file.path)).flat_map_iter(of_file).collect();
    for url in listing.earlier.iter().flat_map(|release| release.files.keys()) {
        let path = decode(url).unwrap_or_default();
        plan.extend(uploads(Stage::Assets, &path, vec![("Cache-Control", IMMUTABLE.to_owned())], &[]));
    }
    for (path, encodings) in written {
        let (stage, control) = match fingerprint_of(path) {
            Some(_) => (Stage::Assets, IMMUTABLE),
            None => (Stage::Worker, NO_CACHE),
        };
        plan.extend(uploads(stage, path, vec![("Cache-Control", control.to_owned())], encodings));
    }
    plan.par_sort_by(|one, other| (one.stage, &one.path).cmp(&(other.stage, &other.path)));
    let lines: Vec<String> =
        plan.par_iter().map(|upload| serde_json::to_string(upload).expect("strings are always JSON")).collect();
    ["[\n", &lines.join(",\n"), "\n]\n"].concat()
}

/// A file, and its compressed forms.
fn uploads(
    stage: Stage,
    out: &str,
    mut headers: Vec<Field>,
    encodings: &[String],
) -> impl Iterator<Item = Upload> + use<> {
    headers.insert(0, ("Content-Type", media_type(out).to_owned()));
    let encoded = |encoding: &String| {
        let name = match encoding.as_str() {
            "zst" => "zstd",
            "gz" => "gzip",
            name => name,
        };
        let headers = [headers.as_slice(), &[("Content-Encoding", name.to_owned())]].concat();
        let path = [out, ".", encoding].concat();
        Upload { stage, url: encode(&path), path, headers }
    };
    let mut all: Vec<Upload> = encodings.iter().map(encoded).collect();
    all.push(Upload { stage, url: encode(out), path: out.to_owned(), headers });
    all.into_iter()
}
