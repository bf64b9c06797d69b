//! `keepfresh import`: from a configuration or a worker of Workbox, or a configuration of Angular's worker, to routes.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::thread;

use anyhow::{Context, anyhow, bail};
use keepfresh::build::routes::compiled;
use keepfresh::build::workbox::{Moved, read, to_toml};
use keepfresh::route::Fault;

use super::args::ImportArgs;

pub(crate) fn run(args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let mut all: Vec<Moved> = Vec::new();
    for file in &args.files {
        all.extend(of_file(file)?);
    }
    if all.is_empty() {
        bail!(
            "there is nothing of Workbox in it: no runtimeCaching, and no registerRoute (nor dataGroups of Angular's worker)"
        );
    }
    let routes: Vec<_> = all.iter().flat_map(|moved| moved.routes.clone()).collect();
    compiled(&routes).map_err(|Fault(reason)| anyhow!(reason))?;
    out!("{}", to_toml(&all));
    let lost = all.iter().filter(|moved| moved.routes.is_empty()).count();
    errln!(
        "keepfresh: {} routes; {lost} places could not be said by a route; what else is left out is told above each. \
         Of the routes that match, the one that says most answers, not the first: `keepfresh explain` tells which. \
         A route without `origin` is for the site's own (`origin = \"*\"` for all). \
         Responses' own Cache-Control counts; `headers = \"override\"` is for servers that you cannot change.",
        routes.len()
    );
    Ok(if lost == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// What reads JavaScript calls itself for each step, as deep as the text is nested. Only what is used of it is taken.
const STACK: usize = 512 << 20;

fn of_file(file: &Path) -> anyhow::Result<Vec<Moved>> {
    let source = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let name = file.to_string_lossy();
    let all = thread::scope(|scope| -> anyhow::Result<_> {
        let reader = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || read(&name, &source))?;
        reader.join().map_err(|_| anyhow!("{} cannot be read", file.display()))
    })?;
    all.map_err(|reason| anyhow!("{} is not JavaScript: {reason}", file.display()))
}
