//! Feeds: choices of everybody on a prepared exchange, an odd first byte on the one with the poor pool. See
//! [`crate::adversaries`], which the program's tests play by seeds.
//!
//! Asserts P4 to P9 and solvency after each action, and that only known refusals occur.
use std::cell::OnceCell;

use crate::adversaries::{Base, Bytes, Counts, Play};

/// Most actions of one input.
const MOST_ACTIONS: u32 = 200;

thread_local! {
    static BASES: [OnceCell<Base>; 2] = const { [OnceCell::new(), OnceCell::new()] };
}

/// Plays one input. Returns how often each thing happened; nothing happens without a byte.
pub fn play_actions(data: &[u8]) -> Counts {
    let Some((first, choices)) = data.split_first() else {
        return Counts::new();
    };
    BASES.with(|[rich, poor]| {
        let base = match first & 1 {
            0 => rich.get_or_init(Base::rich),
            _ => poor.get_or_init(Base::poor),
        };
        let mut play = Play::new(base, Bytes::new(choices));
        for _ in 0..MOST_ACTIONS {
            if play.is_over() {
                break;
            }
            play.step();
        }
        play.finish();
        play.counts
    })
}
