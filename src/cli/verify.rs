//! `keepfresh verify`: whether a built folder is what its manifest says, whether everything in it finds what it
//! refers to, and whether it keeps what earlier releases promised.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use keepfresh::build::headers::Host;
use keepfresh::build::integrity::{Algorithm, is_whole};
use keepfresh::build::name::{decode, page_file};
use keepfresh::build::release::listing::Listing;
use keepfresh::build::release::worker_script::{FOLDER, WORKER, list_name, list_of, options_of};
use keepfresh::build::{Code, Finding, Hints, Input, Naming, READ_LIMIT, Severity, Site, is_read, parse};
use keepfresh::manifest::{Precache, fingerprint_of, hex};
use rayon::prelude::*;
use serde::Serialize;

use super::args::VerifyArgs;
use super::config::{self, Config};
use super::encode::Encoding;
use super::finding::show;
use super::load::digest;
use super::output::MANIFEST;
use super::own::HEADERS;
use super::promises::reused;
use super::report::Progress;
use super::stamp::Stamp;

/// What was found.
#[derive(Serialize)]
struct Report {
    dist: String,
    version: String,
    files: usize,
    references: usize,
    findings: Vec<Finding>,
}

pub(crate) fn run(args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let progress = Progress::start();
    progress.say("verifying");
    let listing = read_listing(&args.dist)?;
    let of = |path: &PathBuf| {
        Ok((read_listing(path)?, if path.is_dir() { path } else { path.parent().unwrap_or(path) }.to_owned()))
    };
    let earlier = args.against.iter().map(of).collect::<anyhow::Result<Vec<_>>>()?;
    let config = config::of_file(args.config.as_deref())?;
    let there = super::folder::all_files(&args.dist)?;
    let dist = Dist { config: &config, folder: &args.dist, listing: &listing, there };
    progress.count(dist.there.len());
    let digests = dist.digests(&progress)?;

    let mut findings = dist.damages(&digests);
    findings.extend(dist.orphans());
    findings.extend(dist.worker(&digests)?);
    let (references, broken) = dist.references()?;
    findings.extend(broken);
    let now = |path: &str| fs::read(dist.place(path)).ok();
    findings.extend(earlier.iter().flat_map(|(earlier, folder)| reused(&listing, earlier, folder, now, false)));
    findings.sort_by(|one, other| (other.severity, &one.path, one.line).cmp(&(one.severity, &other.path, other.line)));
    progress.finish();

    let report = Report {
        dist: args.dist.display().to_string(),
        version: listing.version.clone(),
        files: dist.there.len(),
        references,
        findings,
    };
    report.tell(args)?;
    let worst = if args.strict { Severity::Warning } else { Severity::Error };
    let fails = report.findings.iter().any(|finding| finding.severity >= worst);
    Ok(if fails { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

impl Report {
    fn tell(&self, args: &VerifyArgs) -> anyhow::Result<()> {
        if args.json {
            outln!("{}", serde_json::to_string_pretty(self)?);
            return Ok(());
        }
        self.findings.iter().for_each(|finding| err!("{}", show(finding, &args.dist)));
        let count = |severity| self.findings.iter().filter(|finding| finding.severity == severity).count();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let what = if errors == 0 { "is whole".to_owned() } else { format!("has {errors} errors") };
        errln!(
            "keepfresh: {} {what}: version {}, {} files, {} references, {warnings} warnings",
            self.dist,
            self.version,
            self.files,
            self.references
        );
        Ok(())
    }
}

/// The manifest at a path, or in the folder there.
fn read_listing(path: &Path) -> anyhow::Result<Listing> {
    let path = if path.is_dir() { path.join(MANIFEST) } else { path.to_owned() };
    let text = fs::read_to_string(&path).with_context(|| {
        format!("{} cannot be read; name a folder that `keepfresh build` wrote, or its manifest", path.display())
    })?;
    Listing::parse(&text).map_err(|reason| anyhow!("{} is no manifest: {reason}", path.display()))
}

/// A built folder.
struct Dist<'a> {
    config: &'a Config,
    folder: &'a Path,
    listing: &'a Listing,
    there: Vec<String>,
}

type Digests = BTreeMap<String, ([u8; 32], u64)>;

impl Dist<'_> {
    /// The SHA-256 and the length of every file, each file on the disk read once.
    fn digests(&self, progress: &Progress) -> anyhow::Result<Digests> {
        let read = |path: &String| {
            let mut file = File::open(self.place(path)).with_context(|| format!("{path} cannot be read"))?;
            let stamp = Stamp::of(&file.metadata()?);
            let digest = digest(&mut file, stamp, |_| Ok(())).with_context(|| format!("{path} cannot be read"))?;
            progress.step();
            anyhow::Ok((path.clone(), (digest, stamp.length)))
        };
        self.there.par_iter().map(read).collect()
    }

    fn place(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// What is not what the manifest says.
    fn damages(&self, digests: &Digests) -> Vec<Finding> {
        let damaged =
            |path: &str, message: &str| Finding::of_file(path, Code::Damaged, Severity::Error, message.to_owned());
        let check = |path: &str, integrity: &str, bytes: u64| match digests.get(path) {
            None => Some(damaged(path, "the manifest lists it, but it is not there")),
            Some((_, length)) if *length != bytes => Some(damaged(path, "its length is not what the manifest says")),
            Some((digest, _)) => {
                (!self.has(path, digest, integrity)).then(|| damaged(path, "its bytes are not what the manifest says"))
            }
        };
        let mut findings = Vec::new();
        for (path, listed) in &self.listing.files {
            let out = decode(&listed.url).unwrap_or_default();
            findings.extend(check(path, &listed.integrity, listed.bytes));
            if out != *path {
                findings.extend(check(&out, &listed.integrity, listed.bytes));
            }
            for (name, encoding) in
                [path, &out].into_iter().flat_map(|name| listed.encodings.iter().map(move |one| (name, one)))
            {
                findings.extend(
                    self.sidecar(name, encoding).map(|message| damaged(&[name, ".", encoding].concat(), message)),
                );
            }
        }
        for (path, written) in &self.listing.written {
            match digests.get(path) {
                None => findings.push(damaged(path, "the build has written it, but it is not there")),
                Some((digest, _)) if !self.has(path, digest, &written.integrity) => {
                    findings.push(damaged(path, "it is not what the build has written"));
                }
                Some(_) => {}
            }
            let forms = written.encodings.iter().filter_map(|encoding| Some((encoding, self.sidecar(path, encoding)?)));
            findings.extend(forms.map(|(encoding, message)| damaged(&[path, ".", encoding].concat(), message)));
        }
        for (url, kept) in self.listing.earlier.iter().flat_map(|release| &release.files) {
            findings.extend(check(&decode(url).unwrap_or_default(), &kept.integrity, kept.bytes));
        }
        findings
    }

    fn has(&self, path: &str, digest: &[u8; 32], integrity: &str) -> bool {
        if integrity.starts_with("sha256-") {
            return Algorithm::sha256_integrity(digest) == integrity;
        }
        fs::read(self.place(path)).is_ok_and(|bytes| is_whole(&bytes, integrity))
    }

    /// What is wrong with a compressed form.
    fn sidecar(&self, path: &str, extension: &str) -> Option<&'static str> {
        let Some((encoding, _)) = Encoding::NAMES.into_iter().find(|(encoding, _)| encoding.extension() == extension)
        else {
            return Some("its encoding is not known");
        };
        let Ok(form) = File::open(self.place(&[path, ".", extension].concat())) else {
            return Some("the manifest lists it, but it is not there");
        };
        let plain = fs::read(self.place(path)).unwrap_or_default();
        // One byte more than there should be is enough to tell.
        let mut decoded = Vec::new();
        let reader =
            encoding.decoder(form).and_then(|reader| reader.take(plain.len() as u64 + 1).read_to_end(&mut decoded));
        (reader.is_err() || decoded != plain).then_some("it is not the compressed form of the file beside it")
    }

    /// Files that belong to no release.
    fn orphans(&self) -> Vec<Finding> {
        let mut known: BTreeSet<String> = [MANIFEST, WORKER, HEADERS].map(str::to_owned).into();
        known.extend(Host::ALL.iter().filter_map(|(host, _)| host.file()).map(str::to_owned));
        for (path, listed) in &self.listing.files {
            for name in [path.clone(), decode(&listed.url).unwrap_or_default()] {
                known.extend(listed.encodings.iter().map(|encoding| [&name, ".", encoding].concat()));
                known.insert(name);
            }
        }
        for (path, written) in &self.listing.written {
            known.extend(written.encodings.iter().map(|encoding| [path, ".", encoding].concat()));
            known.insert(path.clone());
        }
        known
            .extend(self.listing.earlier.iter().flat_map(|release| release.files.keys()).filter_map(|url| decode(url)));
        let is_orphan = |path: &&String| !known.contains(*path) && !path.starts_with(".keepfresh/");
        let told = |path: &String| {
            let message =
                "it belongs to no release: nobody refers to it, and the next build does not keep it".to_owned();
            Finding::of_file(path, Code::Orphan, Severity::Error, message)
        };
        self.there.iter().filter(is_orphan).map(told).collect()
    }

    /// Whether the worker installs what is there.
    fn worker(&self, digests: &Digests) -> anyhow::Result<Vec<Finding>> {
        let damaged = |message: String| Finding::of_file(WORKER, Code::Damaged, Severity::Error, message);
        let Ok(text) = fs::read_to_string(self.place(WORKER)) else {
            return Ok(vec![damaged("it is not there".to_owned())]);
        };
        let options = options_of(&text).unwrap_or_default();
        // One that removes itself installs nothing.
        let Listing { version, written, .. } = self.listing;
        if options.is_null() && written.contains_key(WORKER) && !written.contains_key(&list_name(version)) {
            return Ok(Vec::new());
        }
        let mut findings = Vec::new();
        if options["version"] != version.as_str() {
            findings.push(damaged(format!("it is not the worker of version {version}")));
        }
        // Whether it has the bytes that it should have is said above.
        let list = list_of(&text).and_then(|path| fs::read_to_string(self.place(&path)).ok());
        if list.is_none() && !options.is_null() {
            findings.push(damaged("the list of what it installs is not there".to_owned()));
        }
        for entry in Precache::new(&list.unwrap_or_default()).entries() {
            let there = decode(entry.url).and_then(|url| digests.get(&page_file(&url)));
            if there.is_none_or(|(digest, _)| hex(digest) != entry.digest().concat()) {
                findings.push(damaged(format!("it installs {}, which is not there with these bytes", entry.url)));
            }
        }
        Ok(findings)
    }

    /// How many references there are, and which lead nowhere.
    fn references(&self) -> anyhow::Result<(usize, Vec<Finding>)> {
        let own_names: BTreeMap<String, &String> =
            self.listing.files.iter().filter_map(|(path, listed)| Some((decode(&listed.url)?, path))).collect();
        let read = |path: &String| {
            let place = self.place(path);
            let pointers = self.config.pointers(own_names.get(path).copied().unwrap_or(path));
            let extras = self.config.extras(&pointers);
            let is_read = is_read(path, &extras) && fs::metadata(&place)?.len() <= READ_LIMIT;
            let bytes = if is_read { fs::read(&place)? } else { Vec::new() };
            let parsed = parse(path, &bytes, &extras);
            let input = Input { length: bytes.len() as u64, bytes: Some(bytes), parsed, sha256: [0; 32] };
            anyhow::Ok((path.clone(), input))
        };
        // The worker is ours, and refers to nothing. What also has a new name is read under that one.
        let renamed = |path: &str| {
            self.listing.files.get(path).is_some_and(|listed| decode(&listed.url).as_deref() != Some(path))
        };
        let inputs: BTreeMap<String, Input> = self
            .there
            .par_iter()
            .filter(|path| *path != WORKER && !path.starts_with(FOLDER))
            .map(read)
            .collect::<anyhow::Result<_>>()?;
        let naming = |_: &str| Some(Naming::Kept);
        let Listing { base, origin, .. } = self.listing;
        let named = BTreeMap::new();
        let hints =
            Hints { base, digits: 20, named: &named, naming: &naming, origin: origin.as_deref(), spent: &|_| false };
        let site = Site::new(&inputs, &hints);
        let is_of_release = |finding: &Finding| {
            let is_missing = matches!(finding.code, Code::MissingFile | Code::MissingImport | Code::MissingSourceMap);
            is_missing && !renamed(&finding.path)
        };
        // The build put it there: it cannot have been missing before.
        let judged = |finding: Finding| {
            let names_release =
                finding.message.split(' ').next_back().is_some_and(|path| fingerprint_of(path).is_some());
            Finding { severity: if names_release { Severity::Error } else { finding.severity }, ..finding }
        };
        let tally = site.tally;
        let count = tally.kept + tally.missing + tally.outside + tally.unknown + tally.rewritten;
        Ok((count, site.findings.into_iter().filter(is_of_release).map(judged).collect()))
    }
}
