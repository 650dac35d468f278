//! Feeds: choices of everybody on a prepared exchange, an odd first byte on the one with the poor pool. See
//! `freeboard_tests::adversaries`, which the program's tests play by seeds.
//!
//! Asserts P4 to P9 and solvency after each action, and that only known refusals occur. The programs run as
//! bytecode that no coverage is measured of, so what each kind of action came to is counted for the fuzzer.
#![no_main]
use freeboard_tests::adversaries::{Base, Bytes, Play, play::Counts};
use libfuzzer_sys::fuzz_target;
use std::{
    cell::OnceCell,
    hash::{DefaultHasher, Hash, Hasher},
    sync::atomic::{AtomicU8, Ordering},
};

/// Most actions of one input.
const MOST_ACTIONS: u32 = 200;

/// libFuzzer takes each byte for an edge of the program that was passed so often.
#[unsafe(link_section = "__libfuzzer_extra_counters")]
static OUTCOMES: [AtomicU8; 4_096] = [const { AtomicU8::new(0) }; 4_096];

thread_local! {
    static BASES: [OnceCell<Base>; 2] = const { [OnceCell::new(), OnceCell::new()] };
}

fuzz_target!(|data: &[u8]| {
    let Some((first, choices)) = data.split_first() else {
        return;
    };
    BASES.with(|[rich, poor]| {
        let base = match first & 1 {
            0 => rich.get_or_init(Base::rich),
            _ => poor.get_or_init(Base::poor),
        };
        play(base, choices);
    });
});

fn play(base: &Base, choices: &[u8]) {
    let mut play = Play::new(base, Bytes::new(choices));
    for _ in 0..MOST_ACTIONS {
        if play.is_over() {
            break;
        }
        play.step();
    }
    play.finish();
    report(&play.counts);
}

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
