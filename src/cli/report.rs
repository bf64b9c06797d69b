//! What people see of a build: what it is doing while it takes long, and what came of it.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, ProgressBar};
use keepfresh::build::{Finding, Release, Severity};

use super::args::BuildArgs;

/// How many findings are told of one by one.
const SHOWN: usize = 20;

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

    /// Takes the line away, and tells what came of it on standard error.
    pub(crate) fn finish(&self, summary: &Summary<'_>, args: &BuildArgs) {
        self.bar.finish_and_clear();
        summary.tell(args, self.started.elapsed());
    }
}

/// What came of a build.
pub(crate) struct Summary<'a> {
    pub(crate) findings: &'a [Finding],
    pub(crate) release: &'a Release<'a>,
    pub(crate) worker: &'a [u8],
}

impl Summary<'_> {
    fn tell(&self, args: &BuildArgs, took: Duration) {
        let src = args.src.display();
        for finding in self.findings.iter().take(SHOWN) {
            let Finding { path, line, column, severity, message } = finding;
            let severity = match severity {
                Severity::Note => "note",
                Severity::Warning => "warning",
            };
            eprintln!("{severity}: {path}:{line}:{column}: {message}");
        }
        if self.findings.len() > SHOWN {
            eprintln!("... and {} more", self.findings.len() - SHOWN);
        }

        let assets = self.release.files.iter().filter(|file| file.is_asset()).count();
        let bytes = self.release.files.iter().map(|file| file.bytes.len() as u64).sum();
        let (precached, precached_bytes) = self.release.precached;
        let what = if args.check { "compared" } else { "built" };
        eprintln!(
            "keepfresh: {what} {src} -> {} in {:.2} s: {} files ({}), {assets} fingerprinted",
            args.out.display(),
            took.as_secs_f64(),
            self.release.files.len(),
            HumanBytes(bytes),
        );
        eprintln!(
            "keepfresh: version {}, {precached} files to precache ({}), worker {}",
            self.release.version,
            HumanBytes(precached_bytes),
            HumanBytes(self.worker.len() as u64),
        );
        if precached_bytes > 50 << 20 {
            eprintln!(
                "keepfresh: every first visit will download all of that; name what can wait under [precache] exclude in keepfresh.toml"
            );
        }
    }
}
