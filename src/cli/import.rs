//! `keepfresh import`: from a configuration or a worker of Workbox to routes.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

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
        bail!("there is nothing of Workbox in it: no runtimeCaching, and no registerRoute");
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

fn of_file(file: &Path) -> anyhow::Result<Vec<Moved>> {
    let source = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    read(&file.to_string_lossy(), &source).map_err(|reason| anyhow!("{} is not JavaScript: {reason}", file.display()))
}
