//! What people see of a build: what it is doing while it takes long, and what came of it.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use keepfresh::build::{Finding, Release, Severity, Tally};
use serde::{Deserialize, Serialize};

use super::args::BuildArgs;
use super::finding::show;

/// How many findings are told of one by one.
const SHOWN: usize = 20;

/// How many of the largest files are named.
const LARGEST: usize = 3;

/// From here on people should know what a first visit costs.
const LARGE_PRECACHE: u64 = 50 << 20;

/// A line that says what is being done, on a terminal.
pub(crate) struct Progress {
    bar: ProgressBar,
    started: Instant,
}

impl Progress {
    pub(crate) fn start() -> Self {
        let is_watched = std::io::stderr().is_terminal();
        let bar = if is_watched { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, started: Instant::now() }
    }

    pub(crate) fn say(&self, what: &'static str) {
        self.bar.set_message(what);
    }

    /// From now on there are so many steps.
    pub(crate) fn count(&self, steps: usize) {
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {bar:30} {pos}/{len}") {
            self.bar.set_style(style);
        }
        self.bar.set_position(0);
        self.bar.set_length(steps as u64);
    }

    pub(crate) fn step(&self) {
        self.bar.inc(1);
    }

    /// Takes the line away.
    pub(crate) fn finish(&self) -> Duration {
        self.bar.finish_and_clear();
        self.started.elapsed()
    }
}

/// What came of a build.
#[derive(Clone, Deserialize, PartialEq, Serialize)]
pub(crate) struct Summary {
    pub(crate) out: String,
    /// What became of the output.
    pub(crate) outcome: Outcome,
    pub(crate) seconds: f64,
    pub(crate) version: String,
    pub(crate) files: usize,
    pub(crate) bytes: u64,
    pub(crate) fingerprinted: usize,
    /// Whose names carried a fingerprint already.
    pub(crate) hashed: usize,
    pub(crate) references: Tally,
    pub(crate) largest: Vec<(String, u64)>,
    pub(crate) precached: usize,
    pub(crate) precached_bytes: u64,
    /// What is not precached for there is too much of it.
    pub(crate) left_out: usize,
    pub(crate) left_out_bytes: u64,
    pub(crate) worker_bytes: usize,
    /// How many compressed forms there are.
    pub(crate) encoded: usize,
    /// How many files of earlier releases there are.
    pub(crate) earlier: usize,
    pub(crate) findings: Vec<Finding>,
}

/// What became of the output.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// It has been replaced.
    Built,
    /// It was what it should be.
    Unchanged,
    /// It was only looked at (`--check`, `--dry-run`).
    Compared,
    /// It is as it was: something is missing that a page needs.
    Refused,
}

impl Summary {
    pub(crate) fn new(release: &Release<'_>, references: Tally, findings: Vec<Finding>, args: &BuildArgs) -> Self {
        let mut largest: Vec<(String, u64)> =
            release.files.iter().map(|file| (file.path.to_owned(), file.length)).collect();
        largest.sort_by_key(|(_, length)| std::cmp::Reverse(*length));
        largest.truncate(LARGEST);
        let fingerprinted = release.files.iter().filter(|file| file.is_asset()).count();
        Self {
            out: args.out.display().to_string(),
            outcome: Outcome::Refused,
            seconds: 0.0,
            version: release.version.clone(),
            files: release.files.len(),
            bytes: release.files.iter().map(|file| file.length).sum(),
            fingerprinted,
            hashed: release.files.iter().filter(|file| file.is_immutable()).count() - fingerprinted,
            references,
            largest,
            precached: release.precached.0,
            precached_bytes: release.precached.1,
            left_out: release.left_out.0,
            left_out_bytes: release.left_out.1,
            worker_bytes: 0,
            encoded: 0,
            earlier: 0,
            findings,
        }
    }

    /// Whether the build must fail.
    pub(crate) fn is_failure(&self, args: &BuildArgs) -> bool {
        let worst = if args.strict { Severity::Warning } else { Severity::Error };
        self.findings.iter().any(|finding| finding.severity >= worst)
    }

    /// Tells people on standard error, and machines on standard output.
    pub(crate) fn tell(&self, args: &BuildArgs) -> anyhow::Result<()> {
        if args.json {
            outln!("{}", serde_json::to_string_pretty(self)?);
            return Ok(());
        }
        // The worst first.
        let mut findings: Vec<&Finding> = self.findings.iter().collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        for finding in findings.iter().take(SHOWN) {
            err!("{}", show(finding, &args.src));
        }
        if findings.len() > SHOWN {
            errln!("... and {} more; --json has them all", findings.len() - SHOWN);
        }
        let (src, out) = (args.src.display(), &self.out);
        let what = match self.outcome {
            Outcome::Built => format!("built {src} -> {out}"),
            Outcome::Unchanged => format!("{out} is up to date with {src}, looked at"),
            Outcome::Compared => format!("compared {src} with {out}"),
            Outcome::Refused => format!("{src} has errors, and {out} is as it was; looked at"),
        };
        let hashed = if self.hashed > 0 { format!(", {} named by a bundler", self.hashed) } else { String::new() };
        errln!(
            "keepfresh: {what} in {:.2} s: {} files ({}), {} fingerprinted{hashed}",
            self.seconds,
            self.files,
            HumanBytes(self.bytes),
            self.fingerprinted,
        );
        if self.outcome == Outcome::Unchanged {
            return Ok(());
        }
        let Tally { rewritten, kept, outside, unknown, missing } = self.references;
        errln!(
            "keepfresh: {} references: {rewritten} rewritten; left alone: {kept} to files that keep their names, {outside} \
             to elsewhere, {unknown} put together at run time, {missing} to nothing",
            HumanCount((rewritten + kept + outside + unknown + missing) as u64),
        );
        let largest: Vec<String> =
            self.largest.iter().map(|(path, bytes)| format!("{path} ({})", HumanBytes(*bytes))).collect();
        errln!("keepfresh: largest: {}", largest.join(", "));
        errln!(
            "keepfresh: version {}, {} files to precache ({}), worker {}",
            self.version,
            self.precached,
            HumanBytes(self.precached_bytes),
            HumanBytes(self.worker_bytes as u64),
        );
        if self.encoded + self.earlier > 0 {
            errln!("keepfresh: {} compressed forms, {} files of earlier releases", self.encoded, self.earlier);
        }
        if self.left_out > 0 {
            errln!(
                "keepfresh: {} files ({}) that scripts may load are not precached, for there is too much of them; name what pages \
                 need offline under [precache] include in keepfresh.toml",
                HumanCount(self.left_out as u64),
                HumanBytes(self.left_out_bytes),
            );
        }
        if self.precached_bytes > LARGE_PRECACHE {
            errln!(
                "keepfresh: every first visit will download all of that; name what can wait under [precache] exclude in keepfresh.toml"
            );
        }
        Ok(())
    }
}
