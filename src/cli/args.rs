//! What can be asked of the command line.

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand};
use keepfresh::build::ModuleNames;
use keepfresh::build::headers::Host;
use keepfresh::build::integrity::Algorithm;

use super::encode::Encoding;

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
    /// Check a built folder: every byte, every name, every reference, and what earlier releases promised.
    ///
    /// Exit codes: 0 it is whole; 1 something is wrong; 2 could not run.
    Verify(VerifyArgs),
    /// Check a deployed site: which headers are wrong, and what to write in the host's file.
    ///
    /// Exit codes: 0 nothing is wrong; 1 something is; 2 could not run.
    Check(CheckArgs),
    /// Tell what has changed between two built folders, and what it costs those who come back.
    ///
    /// It counts what the worker of NEW installs and OLD did not have, and the worker, in bytes of bodies:
    ///
    /// whole: as they are. brotli: as a host sends them that compresses. delta: as the smallest delta from the file of the
    /// same name (RFC 9842), whether NEW offers it or not.
    ///
    /// Workbox: an estimate of what its precache would fetch for the same two releases: with Brotli each file whose name or
    /// bytes are others than in OLD; and its own script, 5.3 KB (as measured of 7.4.1 with three routes, minified) and its list
    /// with Brotli.
    ///
    /// keepfresh: what the worker of NEW really fetches, out of the update, the packs and the files that NEW offers.
    ///
    /// Exit codes: 0 done; 2 could not run.
    Diff(DiffArgs),
    /// Tell which route of a built site answers a request, and why none of the others does.
    ///
    /// Nothing is fetched: it is read from DIST what its worker would do.
    Explain(ExplainArgs),
    /// Read routes out of a configuration or a worker of Workbox, or Angular's ngsw-config.json, and print them for keepfresh.toml.
    ///
    /// What a route cannot say stands above it as a comment. Exit codes: 0 all of it could be said; 1 some could not;
    /// 2 could not run.
    Import(ImportArgs),
    /// Print the JSON Schema of keepfresh.toml, for editors.
    Schema,
    /// Print a completion script: `keepfresh completions bash >> ~/.bash_completion`.
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
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

Exit codes: 0 done; 1 something is wrong (a page needs what is missing, a name stands for
other bytes than before; --check found a difference, or --strict a warning), and DIST is as
it was; 2 could not run.";

#[derive(Clone, clap::Args)]
pub(crate) struct BuildArgs {
    /// The folder to read. Nothing in it is changed
    pub(crate) src: PathBuf,
    /// The folder to write, which is replaced as a whole. It must be new, empty, or written by keepfresh
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
    #[arg(long, conflicts_with = "watch")]
    pub(crate) check: bool,
    /// Write nothing; tell what a build would do
    #[arg(long, conflicts_with_all = ["check", "watch"])]
    pub(crate) dry_run: bool,
    /// Build again whenever a file changes, until stopped
    #[arg(long)]
    pub(crate) watch: bool,
    /// How many earlier releases stay reachable: their fingerprinted files remain in DIST
    #[arg(long, value_name = "N")]
    pub(crate) keep: Option<usize>,
    /// Where the last release lies, for --keep. Without it, DIST
    #[arg(long, value_name = "DIR")]
    pub(crate) previous: Option<PathBuf>,
    /// An earlier release that visitors may still have, for deltas to this one; as often as needed. The releases that --keep
    /// keeps count without
    #[arg(long, value_name = "DIR")]
    pub(crate) against: Vec<PathBuf>,
    /// Put a digest beside scripts and style sheets in pages
    #[arg(long, value_name = "HASH", value_parser = names(Algorithm::ALL))]
    pub(crate) integrity: Option<Algorithm>,
    /// How modules name each other: by fingerprints, or through an import map in each page
    #[arg(long, value_name = "MODE", value_parser = names([(ModuleNames::Cascade, "cascade"), (ModuleNames::ImportMap, "import-map")]))]
    pub(crate) modules: Option<ModuleNames>,
    /// Write compressed files beside each, where they are smaller
    #[arg(long, value_name = "ENCODING", value_delimiter = ',', value_parser = names(Encoding::NAMES))]
    pub(crate) compress: Vec<Encoding>,
    /// Write the headers in the form of this host as well
    #[arg(long, value_name = "HOST", value_delimiter = ',', value_parser = names(Host::ALL))]
    pub(crate) host: Vec<Host>,
    /// Where to remember what the last build found out. Without it, hidden beside DIST
    #[arg(long, value_name = "DIR")]
    pub(crate) cache: Option<PathBuf>,
    /// Neither use nor write what is remembered
    #[arg(long, conflicts_with = "cache")]
    pub(crate) no_cache: bool,
    /// Print what came of it as JSON on standard output
    #[arg(long)]
    pub(crate) json: bool,
    /// Take warnings (a file that is missing) for failures
    #[arg(long)]
    pub(crate) strict: bool,
    /// Write a worker that removes itself and what was stored, for a site that wants none any more
    #[arg(long)]
    pub(crate) retire: bool,
    /// Start the worker for every request, even where the browser could answer by itself
    #[arg(long)]
    pub(crate) no_static_routes: bool,
}

impl BuildArgs {
    /// Where the last release lies.
    pub(crate) fn last(&self) -> &Path {
        self.previous.as_deref().unwrap_or(&self.out)
    }

    /// Where earlier releases lie.
    pub(crate) fn earlier(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(self.last()).chain(self.against.iter().map(PathBuf::as_path))
    }
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

#[derive(clap::Args)]
pub(crate) struct VerifyArgs {
    /// The folder that `keepfresh build` wrote
    #[arg(default_value = "dist")]
    pub(crate) dist: PathBuf,
    /// The manifest (keepfresh.json) of an earlier release, or its folder: what has the same name must have
    /// the same bytes. May be given several times
    #[arg(long, value_name = "PATH")]
    pub(crate) against: Vec<PathBuf>,
    /// The configuration that it was built with, for the attributes and the JSON files that it names
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Take warnings (a file that is missing) for failures
    #[arg(long)]
    pub(crate) strict: bool,
    /// Print what was found as JSON on standard output
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(clap::Args)]
pub(crate) struct CheckArgs {
    /// The URL of the site's root
    pub(crate) url: String,
    /// Name what is to be written in the form of this host. Without it, by what the server calls itself
    #[arg(long, value_name = "HOST", value_parser = names(Host::ALL))]
    pub(crate) host: Option<Host>,
    /// How many resources to ask for at the most
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub(crate) limit: usize,
    /// Print what was found as JSON on standard output
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(clap::Args)]
pub(crate) struct DiffArgs {
    /// The folder that `keepfresh build` wrote for the release that visitors have
    pub(crate) old: PathBuf,
    /// The folder that it wrote for the one that they will get
    pub(crate) new: PathBuf,
    /// Also draw it: bars for each of the largest files, and for all of them, as SVG
    #[arg(long, value_name = "FILE.svg")]
    pub(crate) picture: Option<PathBuf>,
    /// Print it as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(clap::Args)]
pub(crate) struct ImportArgs {
    /// `workbox-config.js`, a worker, a configuration with `runtimeCaching`, or `ngsw-config.json`; JavaScript, TypeScript or JSON
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(clap::Args)]
pub(crate) struct ExplainArgs {
    /// The URL, or its path: `/data/news.json`
    pub(crate) url: String,
    /// The folder that `keepfresh build` wrote
    #[arg(default_value = "dist")]
    pub(crate) dist: PathBuf,
    /// What the response is wanted for (`Request.destination`): `image`, `script`. Without it, for `fetch()`
    #[arg(long, value_name = "NAME")]
    pub(crate) destination: Option<String>,
    /// Ask as somebody who goes to a page
    #[arg(long)]
    pub(crate) navigate: bool,
    /// The method
    #[arg(long, value_name = "NAME", default_value = "GET")]
    pub(crate) method: String,
    /// Ask with the cache mode `no-store`
    #[arg(long)]
    pub(crate) no_store: bool,
    /// Print it as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// One of these names, as what it stands for.
fn names<T: Clone + Send + Sync + 'static, const N: usize>(
    all: [(T, &'static str); N],
) -> impl TypedValueParser<Value = T> {
    let known = PossibleValuesParser::new(all.iter().map(|(_, name)| *name));
    known.try_map(move |name| {
        all.iter().find(|(_, known)| *known == name).map(|(value, _)| value.clone()).ok_or("unknown")
    })
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
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=@".contains(c);
    let is_path = trimmed.split('/').all(|part| !matches!(part, "." | "..") && part.chars().all(is_plain));
    match trimmed {
        "" => Ok("/".to_owned()),
        _ if is_path => Ok(["/", trimmed, "/"].concat()),
        _ => Err("it is no path from the host's root, without escapes and with ASCII letters; write for example /app/"
            .to_owned()),
    }
}
