//! `keepfresh build --watch`: builds again whenever a file changes. A build that fails is told of, and leaves
//! the output as it was.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::Context;
use notify::{Event, RecursiveMode, Watcher};

use super::args::BuildArgs;
use super::build::build;
use super::cache::WorkCache;

/// Editors and version control write many files in a row: a build begins when nothing has changed for so long.
const QUIET: Duration = Duration::from_millis(40);

pub(crate) fn run(args: &BuildArgs) -> anyhow::Result<ExitCode> {
    let (send, events) = channel();
    let mut watcher = notify::recommended_watcher(send).context("changes cannot be watched on this system")?;
    // From before the first build, so that what changes meanwhile is not missed.
    watcher
        .watch(&args.src, RecursiveMode::Recursive)
        .with_context(|| format!("{} cannot be watched", args.src.display()))?;
    if let Some(config) = &args.config {
        watcher
            .watch(config, RecursiveMode::NonRecursive)
            .with_context(|| format!("{} cannot be watched", config.display()))?;
    }
    let own = own_folders(args)?;
    once(args);
    eprintln!("keepfresh: watching {}; stop with Ctrl+C", args.src.display());
    loop {
        let Ok(event) = events.recv() else { return Ok(ExitCode::SUCCESS) };
        if !matters(&event, &own) {
            continue;
        }
        loop {
            match events.recv_timeout(QUIET) {
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return Ok(ExitCode::SUCCESS),
            }
        }
        once(args);
    }
}

fn once(args: &BuildArgs) {
    let told = build(args).and_then(|(summary, _)| summary.tell(args));
    if let Err(error) = told {
        eprintln!("keepfresh: {error:#}");
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
