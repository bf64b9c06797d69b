//! `keepfresh`: fingerprints a folder of web files, and serves the result.

mod args;
mod build;
mod config;
mod folder;
mod report;
mod serve;

use std::process::ExitCode;

use args::{Args, Command};
use clap::Parser;

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("keepfresh: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Exits with 1 if `--check` or `--strict` finds something, so that a script can tell that from a
/// run that failed, which exits with 2.
fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Build(args) => build::run(args),
        Command::Serve(args) => serve::run(args),
    }
}
