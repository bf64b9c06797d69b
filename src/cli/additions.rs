//! What a build writes beside the site's own files: compressed forms, packs and updates, the worker, the files of hosts, what
//! stays of earlier releases, and the manifest that lists it all.

use std::borrow::Cow;
use std::collections::BTreeMap;

use keepfresh::build::integrity::Algorithm;
use keepfresh::build::release::listing::{Listing, Written};
use keepfresh::build::{Finding, Release};

use super::args::BuildArgs;
use super::encode::{Compress, Sidecar};
use super::history::Previous;
use super::job::Job;
use super::offers::{Before, Offered, offered};
use super::output::MANIFEST;
use super::promises::reused_since;
use super::report::{Progress, Summary};
use super::write::{Outputs, Piece};

/// Texts by their names.
type Texts = BTreeMap<String, String>;

pub(crate) struct Additions<'a> {
    listing: Listing,
    offered: Offered,
    previous: Previous<'a>,
    sidecars: Vec<Sidecar>,
    texts: Texts,
    worker_bytes: usize,
}

impl<'a> Additions<'a> {
    /// Makes them for a release, whose files `pieces` are; and what people should know of that.
    pub(crate) fn make(
        args: &'a BuildArgs,
        job: &Job,
        release: &Release<'_>,
        pieces: &[Piece<'_>],
        progress: &Progress,
    ) -> anyhow::Result<(Self, Vec<Finding>)> {
        let Job { cache, config, own, .. } = job;
        let derived = cache.derived(job.staging.is_some());
        let compress = Compress { encodings: &config.settings.compress, derived: &derived, progress };
        let mut sidecars = compress.all(pieces)?;
        let mut listing = release.listing(config.settings.integrity, &args.base, config.settings.origin());
        for sidecar in &sidecars {
            if let Some(listed) = listing.files.get_mut(&sidecar.of) {
                listed.encodings.push(sidecar.encoding.extension().to_owned());
            }
        }

        listing.spent = job.promises.spent(&listing);
        let last = args.last();
        let before = Before { last: (last, config.settings.keep), against: &args.against };
        let mut offered = match config.settings.retire {
            true => Offered::default(),
            false => offered(release, pieces, &own.alike(args, config), &before, &derived, progress)?,
        };
        offered.offers.fields = own.fields(config);
        let mut findings: Vec<Finding> = std::mem::take(&mut offered.findings);
        findings = findings.into_iter().filter_map(|finding| config.judge(finding)).collect();

        let worker: Texts = own.worker(args, config, release, &listing, &offered.offers)?.into_iter().collect();
        let of_worker = compress.all(&pieces_of(&worker).collect::<Vec<_>>())?;
        listing.written = written(&worker, &of_worker);
        listing.written.extend(offered.files.iter().map(|(name, bytes)| (name.clone(), described(bytes))));

        let is_named = args.previous.is_some() && config.settings.keep > 0;
        let previous = Previous::read(last, config.settings.keep, is_named)?;
        findings.extend(previous.keep(&mut listing, &cache.index.outputs));
        let now = |path: &str| {
            pieces.iter().find(|piece| piece.names.iter().any(|name| name == path))?.bytes().ok().map(Cow::into_owned)
        };
        let reused = reused_since(&listing, args.earlier(), now, config.settings.integrity.is_some());
        findings.extend(reused.into_iter().filter_map(|finding| config.judge(finding)));

        let mut names: Vec<(String, Vec<String>)> =
            worker.keys().map(|name| (name.clone(), forms(name, &of_worker))).collect();
        names.extend(offered.files.keys().map(|name| (name.clone(), Vec::new())));
        names.push((MANIFEST.to_owned(), Vec::new()));
        let (mut texts, contradictions) = own.headers(args, config, release, &listing, &names)?;
        findings.extend(contradictions.into_iter().filter_map(|finding| config.judge(finding)));

        let worker_bytes = worker.values().map(String::len).sum();
        texts.extend(worker);
        listing.written.extend(written(&texts, &of_worker));
        texts.insert(MANIFEST.to_owned(), listing.to_json());
        sidecars.extend(of_worker);
        Ok((Self { listing, offered, previous, sidecars, texts, worker_bytes }, findings))
    }

    /// All of it. `outputs` is what the last build wrote down of its output.
    pub(crate) fn pieces(&self, outputs: &Outputs) -> Vec<Piece<'_>> {
        pieces_of(&self.texts)
            .chain(self.sidecars.iter().map(Sidecar::piece))
            .chain(self.offered.pieces())
            .chain(self.previous.pieces(&self.listing, outputs))
            .collect()
    }

    /// Says how much it is.
    pub(crate) fn count_in(&self, summary: &mut Summary) {
        summary.worker_bytes = self.worker_bytes;
        summary.encoded = self.sidecars.len();
        summary.earlier = self.listing.earlier.iter().map(|release| release.files.len()).sum();
    }
}

fn pieces_of(texts: &Texts) -> impl Iterator<Item = Piece<'_>> {
    texts.iter().map(|(name, text)| Piece::of_text(name, text))
}

/// The extensions of a file's compressed forms.
fn forms(name: &str, sidecars: &[Sidecar]) -> Vec<String> {
    let forms = sidecars.iter().filter(|sidecar| sidecar.of == name);
    forms.map(|sidecar| sidecar.encoding.extension().to_owned()).collect()
}

/// What the manifest says of texts.
fn written(texts: &Texts, sidecars: &[Sidecar]) -> BTreeMap<String, Written> {
    let one = |(name, text): (&String, &String)| {
        (name.clone(), Written { encodings: forms(name, sidecars), ..described(text.as_bytes()) })
    };
    texts.iter().map(one).collect()
}

fn described(bytes: &[u8]) -> Written {
    Written { integrity: Algorithm::Sha256.integrity(bytes), bytes: bytes.len() as u64, encodings: Vec::new() }
}
