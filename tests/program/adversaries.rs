//! What must always hold (whitepaper §9.1), under random actions of everybody: see `freeboard_tests::adversaries`. Two
//! exchanges: one with a rich pool, one whose pool cannot pay what the accounts win.
//!
//! `FREEBOARD_SEEDS` gives another number of seeds, `FREEBOARD_FIRST_SEED` another first one.
//! `FREEBOARD_RECORD` names a folder that gets the choices of each seed as an input of the fuzz target `actions`.
use freeboard_tests::{
    Stream,
    adversaries::{Base, Play, Recorder, play::Counts},
};
use std::path::Path;

/// Actions per seed.
const ACTIONS: u32 = 200;
/// Seeds per exchange.
const SEEDS: u64 = 200;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// Says how to repeat a seed whose play has failed.
struct Repeat<'a> {
    exchange: &'a str,
    seed: u64,
    action: u32,
}

impl Drop for Repeat<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let (exchange, seed, action) = (self.exchange, self.seed, self.action);
            eprintln!(
                "seed {seed}, action {action}; repeat with FREEBOARD_FIRST_SEED={seed} FREEBOARD_SEEDS=1 and \
                 `adversaries::{exchange}`"
            );
        }
    }
}

fn play(base: &Base, exchange: &str, seed: u64) -> Counts {
    let mut repeat = Repeat {
        exchange,
        seed,
        action: 0,
    };
    let choices = Recorder::new(Stream(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1));
    let bytes = choices.bytes.clone();
    let mut play = Play::new(base, choices);
    for action in 0..ACTIONS {
        repeat.action = action;
        play.step();
    }
    play.finish();
    if let Ok(folder) = std::env::var("FREEBOARD_RECORD") {
        let first = u8::from(exchange.ends_with("poor_pool"));
        let bytes = [&[first], bytes.borrow().as_slice()].concat();
        let file = Path::new(&folder).join(format!("{exchange}_{seed}"));
        std::fs::write(file, bytes).expect("a folder");
    }
    play.counts
}

/// All seeds on this exchange; asserts that each of these happened at least so often, per hundred seeds: about half of
/// what the seeds here do.
fn run(base: &Base, exchange: &str, least: &[(&str, u32)]) {
    let first = number("FREEBOARD_FIRST_SEED", 1);
    let seeds = number("FREEBOARD_SEEDS", SEEDS);
    let mut counts = Counts::new();
    for done in 0..seeds {
        for (what, number) in play(base, exchange, first.wrapping_add(done)) {
            *counts.entry(what).or_default() += number;
        }
        if done > 0 && done.is_multiple_of(1_000) {
            eprintln!("{exchange}: {done} seeds");
        }
    }
    println!("{counts:#?}");
    if seeds < SEEDS {
        return;
    }
    for (what, number) in least {
        let done = counts.get(*what).copied().unwrap_or(0);
        let wanted = u64::from(*number) * seeds / 100;
        assert!(u64::from(done) >= wanted, "{what}: {done} of {wanted}");
    }
}

#[test]
fn p4_to_p9_hold_with_a_rich_pool() {
    let least = [
        ("Trade", 900),
        ("FillOrder", 120),
        ("a caller was paid", 300),
        ("PositionByPool", 115),
        ("PositionByLiquidator", 60),
        ("Collateral", 45),
        ("Pair", 6),
        ("impacts paid", 15),
        ("liquidated together", 4),
        ("self-liquidations", 90),
        ("winners cashed", 45),
        ("Resolve", 80),
        ("ExecuteLiquidity", 12),
        ("shares judged", 3),
        ("LPs who flee", 7),
        ("CancelLiquidity", 20),
        ("loans", 40),
        ("loans turned over", 260),
        ("older Trade", 20),
        ("older FillOrder", 10),
        ("older Liquidate", 8),
        ("older Withdraw", 11),
        ("hidden Trade", 3),
        ("hidden Liquidate", 3),
        ("hidden Flag", 15),
        ("hidden Resolve", 4),
        ("P8 reduces", 240),
        ("P9 probes", 330),
        ("P11 probes", 330),
        ("P11 probes of all prices", 330),
        ("Show", 300),
        ("an implied volatility counted", 30),
        ("Announce", 140),
        ("attacks refused", 650),
        ("told behind a full log", 35),
    ];
    run(&Base::rich(), "p4_to_p9_hold_with_a_rich_pool", &least);
}

#[test]
fn p4_to_p9_hold_with_a_poor_pool() {
    let least = [
        ("Trade", 250),
        ("FillOrder", 25),
        ("a caller was paid", 150),
        ("PositionByPool", 60),
        ("PositionByLiquidator", 30),
        ("impacts paid", 5),
        ("self-liquidations", 50),
        ("Resolve", 60),
        ("Deleverage", 30),
        ("ProRata", 700),
        ("Settle", 10),
        ("ExecuteLiquidity", 12),
        ("bystander paid a share", 22),
        ("older Deleverage", 3),
        ("hidden Deleverage", 1),
        ("hidden ProRata", 60),
        ("P8 reduces", 80),
    ];
    run(&Base::poor(), "p4_to_p9_hold_with_a_poor_pool", &least);
}
