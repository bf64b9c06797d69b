//! Records and the text protocol: what a store gives back, damaged as it may be.
#![no_main]

use keepfresh::exchange::{VARIANTS, Write, commit, read_record, wire, write_record};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let stored = read_record(text);
    let responses = || stored.iter().filter(|one| one.head.status != 1);
    assert!(responses().count() <= VARIANTS && stored.len() <= VARIANTS + 1);
    let written = write_record(&stored);
    assert_eq!(read_record(&written), stored);
    let _ = (wire::request(text), wire::response(text), wire::found(text));
    if let Some(first) = stored.first() {
        let freshen = Write::Freshen(String::new(), first.clone(), first.clone());
        for write in [Write::Store(String::new(), first.clone()), freshen] {
            if let Some(commit) = commit(&write, text) {
                // A body never goes where one lies that the record speaks of.
                assert!(commit.body.is_none_or(|slot| responses().all(|one| one.slot != slot)));
                assert!(read_record(&commit.record).len() <= VARIANTS + 1);
            }
        }
    }
});
