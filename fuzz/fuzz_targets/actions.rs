//! See `tests/harness/fuzz/actions.rs`. The programs run as bytecode that no coverage is measured of, so what each kind
//! of action came to is counted for the fuzzer.
#![no_main]
use freeboard_tests::adversaries::Counts;
use freeboard_tests::fuzz::play_actions;
use libfuzzer_sys::fuzz_target;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU8, Ordering};

/// libFuzzer takes each byte for an edge of the program that was passed so often.
#[unsafe(link_section = "__libfuzzer_extra_counters")]
static OUTCOMES: [AtomicU8; 4_096] = [const { AtomicU8::new(0) }; 4_096];

fuzz_target!(|data: &[u8]| {
    report(&play_actions(data));
});

/// What happened, and how often, for the fuzzer.
fn report(counts: &Counts) {
    for (what, number) in counts {
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        let place = hasher.finish() % OUTCOMES.len() as u64;
        let number = u8::try_from(*number).unwrap_or(u8::MAX);
        OUTCOMES[place as usize].fetch_add(number, Ordering::Relaxed);
    }
}
