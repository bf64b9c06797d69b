//! `keepfresh`: fingerprints a folder of web files, serves the result, and checks it.

#[macro_use]
mod said;

mod additions;
mod advice;
mod alike;
mod args;
mod beside;
mod between;
mod build;
mod cache;
mod case;
mod check;
mod comments;
mod config;
mod delta;
mod derived;
mod diff;
mod encode;
mod explain;
mod fetched;
mod finding;
mod folder;
mod history;
mod import;
mod job;
mod load;
mod offers;
mod output;
mod own;
mod packages;
mod packs;
mod picture;
mod promises;
mod renames;
mod report;
mod serve;
mod settings;
mod similar;
mod stamp;
mod unmatched;
mod updates;
mod verify;
mod watch;
mod worth;
mod write;

use std::process::ExitCode;

use args::{Args, Command};
use clap::{CommandFactory, Parser};

/// Many small texts on many threads: the allocator of the system takes a seventh of a build.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Scripts that programs have written nest deeper than anybody would, and what reads them calls itself for each step: a sum of
/// ten thousand terms. Only what is used of it is taken.
const STACK: usize = 96 << 20;

fn main() -> ExitCode {
    // That there is such a pool already cannot be.
    let _ = rayon::ThreadPoolBuilder::new().stack_size(STACK).build_global();
    match run(&Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            errln!("keepfresh: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Exits with 1 if something was found that should not be, so that a script can tell that from a run that
/// failed, which exits with 2.
fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Build(args) if args.watch => watch::run(args),
        Command::Build(args) => build::run(args),
        Command::Check(args) => check::run(args),
        Command::Completions { shell } => {
            clap_complete::generate(*shell, &mut Args::command(), "keepfresh", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
        Command::Diff(args) => diff::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Import(args) => import::run(args),
        Command::Schema => {
            outln!("{}", serde_json::to_string_pretty(&schemars::schema_for!(settings::Settings))?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Serve(args) => serve::run(args),
        Command::Verify(args) => verify::run(args),
    }
}
