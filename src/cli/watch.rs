//! `keepfresh build --watch`: builds again whenever a file changes. A build that fails is told of, and leaves
//! the output as it was.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use notify::{Event, RecursiveMode, Watcher};

use super::args::BuildArgs;
use super::build::build;
use super::cache::WorkCache;
use super::stamp::Stamp;

/// Editors and version control write many files in a row: a build begins when nothing has changed for so long.
const QUIET: Duration = Duration::from_millis(40);

/// How often somebody looks for what no event tells of: a folder or a file that took the place of another.
const LOOK: Duration = Duration::from_millis(250);

pub(crate) fn run(args: &BuildArgs) -> anyhow::Result<ExitCode> {
    let (send, events) = channel();
    let mut watcher = notify::recommended_watcher(send).context("changes cannot be watched on this system")?;
    // From before the first build, so that what changes meanwhile is not missed.
    let mut seen = Seen::now(args);
    watcher
        .watch(&args.src, RecursiveMode::Recursive)
        .with_context(|| format!("{} cannot be watched", args.src.display()))?;
    let own = own_folders(args)?;
    once(args);
    errln!("keepfresh: watching {}; stop with Ctrl+C", args.src.display());
    loop {
        let has_changed = match events.recv_timeout(LOOK) {
            Ok(event) => matters(&event, &own),
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => return Ok(ExitCode::SUCCESS),
        };
        let now = Seen::now(args);
        if !has_changed && now == seen {
            continue;
        }
        loop {
            match events.recv_timeout(QUIET) {
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return Ok(ExitCode::SUCCESS),
            }
        }
        if now.src != seen.src {
            let _ = watcher.unwatch(&args.src);
            // If it is not there now, it will be another one when it is.
            let _ = watcher.watch(&args.src, RecursiveMode::Recursive);
        }
        seen = now;
        once(args);
    }
}

/// What is looked at.
#[derive(Eq, PartialEq)]
struct Seen {
    /// Which folder it is that is watched.
    src: Option<(u64, Option<SystemTime>)>,
    config: Option<Stamp>,
}

impl Seen {
    fn now(args: &BuildArgs) -> Self {
        let src = fs::metadata(&args.src).ok().map(|folder| (Stamp::of(&folder).file, folder.created().ok()));
        let config = args.config.as_ref().and_then(|config| Some(Stamp::of(&fs::metadata(config).ok()?)));
        Self { src, config }
    }
}

fn once(args: &BuildArgs) {
    let told = build(args).and_then(|(summary, _)| summary.tell(args));
    if let Err(error) = told {
        errln!("keepfresh: {error:#}");
    }
}

/// What a build writes, which may lie in the folder that is watched.
fn own_folders(args: &BuildArgs) -> anyhow::Result<Vec<PathBuf>> {
    let absolute =
        |path: &Path| std::path::absolute(path).with_context(|| format!("{} cannot be found", path.display()));
    let cache = WorkCache::place(args)?;
    Ok(vec![absolute(&args.out)?, absolute(&cache)?])
}

fn matters(event: &notify::Result<Event>, own: &[PathBuf]) -> bool {
    let Ok(event) = event else { return true };
    let is_own = |path: &PathBuf| {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let is_staging = path.components().any(|part| part.as_os_str().to_string_lossy().contains(".keepfresh-"));
        is_staging || own.iter().any(|folder| path.starts_with(folder))
    };
    !event.kind.is_access() && !event.paths.iter().all(is_own)
}
