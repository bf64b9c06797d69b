//! What can be asked of the command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Makes a folder of finished web files cacheable for ever, and available offline.
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Fingerprint a folder's assets, rewrite what refers to them, and write a service worker.
    ///
    /// Every asset gets a name with the SHA-256 of its bytes in it (`site.kf.0123456789abcdef0123.css`)
    /// and stays reachable under its own. The folder `--out` is replaced in one step; a run that fails
    /// leaves it as it was.
    #[command(after_help = BUILD_HELP)]
    Build(BuildArgs),
    /// Serve a built folder on localhost: with its `_headers`, conditional requests and ranges.
    Serve(ServeArgs),
}

const BUILD_HELP: &str = "\
Routes are read from SRC/keepfresh.toml (or --config):

  [[routes]]
  path = \"data/*\"
  policy = \"stale-while-revalidate\"

  [[routes]]
  mode = \"navigate\"
  policy = \"network-first\"
  fallback = \"offline.html\"

Pages register the worker with
  navigator.serviceWorker.register('sw.js')

Exit codes: 0 done; 1 --check found a difference, or --strict a warning; 2 could not run.";

#[derive(clap::Args)]
pub(crate) struct BuildArgs {
    /// The folder to read. Nothing in it is changed
    pub(crate) src: PathBuf,
    /// The folder to write. It must be new, empty, or written by keepfresh
    #[arg(long, value_name = "DIST", default_value = "dist")]
    pub(crate) out: PathBuf,
    /// The path under which the site will stand on its host
    #[arg(long, value_name = "PATH", default_value = "/", value_parser = base)]
    pub(crate) base: String,
    /// Where the site will stand: absolute URLs with this origin are its own, as in `og:image`
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    pub(crate) origin: Option<String>,
    /// The file with the routes, in place of SRC/keepfresh.toml
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Write nothing; tell whether DIST is what a build would write
    #[arg(long)]
    pub(crate) check: bool,
    /// Take warnings (a file that is missing) for failures
    #[arg(long)]
    pub(crate) strict: bool,
    /// Start the worker for every request, even where the browser could answer by itself
    #[arg(long)]
    pub(crate) no_static_routes: bool,
}

#[derive(clap::Args)]
pub(crate) struct ServeArgs {
    /// The folder that `keepfresh build` wrote
    #[arg(default_value = "dist")]
    pub(crate) dist: PathBuf,
    /// The port to listen on. Without it, 8080 or the next that is free
    #[arg(long)]
    pub(crate) port: Option<u16>,
    /// Print a line for each request on standard error: method, path and status
    #[arg(long)]
    pub(crate) log: bool,
}

/// A scheme and a host, as in `https://example.com`.
pub(crate) fn origin(text: &str) -> Result<String, String> {
    let text = text.trim_end_matches('/');
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let is_host = !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']);
    if is_host {
        Ok(text.to_owned())
    } else {
        Err("it is not an origin; write for example https://example.com".to_owned())
    }
}

/// A path that begins and ends with `/`.
fn base(text: &str) -> Result<String, String> {
    let trimmed = text.trim_matches('/');
    let is_path = !trimmed.contains(['?', '#', ':', ' ']) && trimmed.split('/').all(|part| part != "..");
    match trimmed {
        "" => Ok("/".to_owned()),
        _ if is_path => Ok(["/", trimmed, "/"].concat()),
        _ => Err("it is not a path; write for example /app/".to_owned()),
    }
}
