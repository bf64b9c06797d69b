//! Scenarios that went wrong once, as small as they get.

use crate::origin::RESOURCES;
use crate::scenario::{Act, Asked, How, Kind, Scenario, play};
use keepfresh::policy::Audience;
use keepfresh::route::Policy;

/// Somebody asks, so many milliseconds after the act before.
fn ask(pause: i64, how: How, path: &str, who: u8) -> (i64, Act) {
    let resource = RESOURCES.iter().position(|one| one.path == path).expect("the path is one of the resources");
    (pause, Act::Ask(Asked { how, resource, who }))
}

/// Everything takes a second on its way there, and one on its way back.
const SLOW: &[u8] = &[5];
const QUICK: &[u8] = &[0];

fn holds(acts: Vec<(i64, Act)>, luck: &[u8]) {
    let kind = Kind { audience: Audience::Private, policy: Policy::Http };
    if let Err(fault) = play(&Scenario { acts, luck: luck.to_vec() }, kind) {
        panic!("{fault}");
    }
}

/// Nobody puts the two parts together any more: the rest is not stored as if it were the whole.
#[test]
fn who_gives_up_while_a_part_is_completed() {
    let acts = vec![ask(0, How::Range(0), "/fresh", 0), ask(3000, How::Get, "/fresh", 0), (1500, Act::Abort)];
    holds(acts, SLOW);
}

/// `/error` sends the rest of whatever there is by now.
#[test]
fn a_part_is_completed_by_another_representations_rest() {
    let acts = vec![ask(0, How::Range(0), "/error", 0), (100, Act::Deploy), ask(100, How::Get, "/error", 0)];
    holds(acts, QUICK);
}

/// What was stored before says nothing of a reply that is not.
#[test]
fn who_waits_for_a_reply_that_is_not_stored() {
    let acts = vec![
        ask(0, How::Range(1), "/fresh", 0),
        (3000, Act::Errors),
        ask(0, How::Get, "/fresh", 0),
        ask(10, How::Get, "/fresh", 0),
    ];
    holds(acts, SLOW);
}

/// All is removed while a stored response is being validated, and something else is stored: not in the
/// slot that the 304 speaks of.
#[test]
fn a_slot_is_not_used_again_while_somebody_may_read_it() {
    // The second request's reply takes half a minute.
    let mut luck = [0; 60];
    luck[12] = 7;
    let acts = vec![
        ask(0, How::Get, "/page", 1),
        ask(70_000, How::Get, "/page", 1),
        ask(100, How::Post, "/fresh", 0),
        ask(100, How::Range(0), "/page", 0),
    ];
    holds(acts, &luck);
}

/// `/list?` is a resource like any other, and under its key lies what is noted of the family.
#[test]
fn a_body_is_of_the_key_that_its_head_is_of() {
    let acts =
        vec![ask(0, How::Get, "/list?", 0), ask(100, How::Get, "/list?x=1", 1), ask(100, How::Get, "/list?x=1", 3)];
    holds(acts, QUICK);
}

/// Another search tells what the queries of the family mean, once more.
#[test]
fn what_was_invalidated_is_not_found_under_the_representative() {
    let search = "/search?q=a&utm=";
    let resource = RESOURCES.iter().position(|one| one.path == search).expect("it is one of the resources");
    let acts = vec![
        ask(0, How::Get, search, 0),
        (100, Act::PostQuietly(resource)),
        ask(100, How::Get, "/search?q=b&utm=", 0),
        ask(100, How::Get, search, 1),
    ];
    holds(acts, QUICK);
}
