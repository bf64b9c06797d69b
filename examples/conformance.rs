//! Runs the public HTTP cache tests against the engine, in a world in which three seconds pass at once:
//!
//! ```text
//! cargo run --release --features conformance --example conformance -- SUITES.json private|shared
//! ```
//!
//! Prints a line of JSON for each test, `{"id", "passed", "reason"}`. What a test depends on is left to
//! whoever reads them; `tests/conformance/` has the same judge for the hosts in JavaScript.

#[path = "conformance/judge.rs"]
mod judge;
#[path = "conformance/macros.rs"]
mod macros;
#[path = "conformance/origin.rs"]
mod origin;
#[path = "conformance/play.rs"]
mod play;
#[path = "../tests/simulation/world/mod.rs"]
#[allow(dead_code, reason = "the simulation needs more of it")]
mod world;

use std::error::Error;
use std::process::ExitCode;

use keepfresh::policy::Audience;
use serde_json::{Value, json};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("conformance: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    let [suites, mode] = args else { return Err("usage: conformance SUITES.json private|shared".into()) };
    let audience = match mode.as_str() {
        "private" => Audience::Private,
        "shared" => Audience::Shared,
        _ => return Err(format!("a cache is private or shared, not {mode}").into()),
    };
    let text = std::fs::read_to_string(suites).map_err(|error| format!("could not read {suites}: {error}"))?;
    let suites: Value = serde_json::from_str(&text)?;
    let tests = list(&suites).iter().flat_map(|suite| list(&suite["tests"]));
    for test in tests.filter(|test| is_of(test, audience)) {
        let reason = play::play(test, audience).err().unwrap_or_default();
        println!("{}", json!({ "id": test["id"], "passed": reason.is_empty(), "reason": reason }));
    }
    Ok(())
}

/// A private cache is tested as the suite tests a browser's, a shared one as a proxy.
fn is_of(test: &Value, audience: Audience) -> bool {
    let is = |name: &str| test[name] == true;
    match audience {
        Audience::Private => !is("browser_skip") && !is("cdn_only"),
        Audience::Shared => !is("browser_only"),
    }
}

/// The elements of a list; none if it is not there.
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
