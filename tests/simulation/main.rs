//! Days in milliseconds: clients, a worker with its store, a network and an origin server, all simulated.
//! Replies are late, lost, broken off and doubled; contents change; the worker is stopped between any two
//! steps. What is served and stored is checked against what the origin server knows.
#![cfg(not(target_arch = "wasm32"))]

mod checks;
mod known;
mod origin;
mod scenario;
#[allow(dead_code, reason = "the conformance example needs more of it")]
mod world;

use keepfresh::policy::Audience;
use keepfresh::route::Policy;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use scenario::{Kind, play, scenarios};

/// The same scenarios each time. `PROPTEST_CASES` and `PROPTEST_RNG_SEED` are for looking further.
fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    let is_left_alone = default.rng_seed == RngSeed::Random && default.cases == 256;
    let (cases, rng_seed) =
        if is_left_alone { (1000, RngSeed::Fixed(9111)) } else { (default.cases, default.rng_seed) };
    ProptestConfig { cases, failure_persistence: None, rng_seed, ..default }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_users_own_cache_tells_the_truth(scenario in scenarios()) {
        play(&scenario, Kind { audience: Audience::Private, policy: Policy::Http })?;
    }

    #[test]
    fn a_shared_cache_tells_everybody_the_truth(scenario in scenarios()) {
        play(&scenario, Kind { audience: Audience::Shared, policy: Policy::Http })?;
    }

    #[test]
    fn so_does_every_policy(scenario in scenarios(), policy in prop::sample::select(Policy::ALL.to_vec())) {
        play(&scenario, Kind { audience: Audience::Private, policy })?;
    }
}
