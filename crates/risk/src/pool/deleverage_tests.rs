use super::*;

const UNIT: u64 = 1 << SCORE_BITS;

fn winner(pnl: u64, size: u64, lot: u64) -> Winner {
    Winner {
        pnl: QuoteAtoms::new(pnl),
        size: BaseAtoms::new(size),
        lot: BaseAtoms::new(lot),
    }
}

fn size_to_cover(pnl: u64, size: u64, lot: u64, deficit: u64) -> u64 {
    let winner = winner(pnl, size, lot);
    winner.size_to_cover(QuoteAtoms::new(deficit)).get()
}

fn gain_floor(pnl: u64, part: u64, size: u64) -> Result<u64, RiskError> {
    let gain = winner(pnl, size, 1).gain_floor(BaseAtoms::new(part));
    gain.map(QuoteAtoms::get)
}

fn params() -> PoolParams {
    PoolParams::reference()
}

/// Score PnL/|entry| · notional/equity = 0.5 · 10 = 5.
const FIVE: Candidate = Candidate {
    pnl_atoms: 500,
    entry_quote_atoms: -1_000,
    notional_atoms: 1_500,
    equity_atoms: 150,
};

#[test]
fn the_threshold_starts_at_the_parameter_and_halves() {
    let start = 10 * E9 * UNIT;
    assert_eq!(threshold_ceil(0, &params()), start);
    assert_eq!(threshold_ceil(30, &params()), start / 2);
    assert_eq!(threshold_ceil(60, &params()), start / 4);
    // 10 · 2^-0.5 = 7.0710678118654752…, up
    let exact = 7.071_067_811_865_475_f64 * 1e9 * UNIT as f64;
    let found = threshold_ceil(15, &params()) as f64;
    assert!((found - exact).abs() / exact < 1e-12);
    let squared = |x: u64| u128::from(x) * u128::from(x);
    assert!(2 * squared(threshold_ceil(15, &params())) >= squared(start));
    assert_eq!(threshold_ceil(u64::MAX, &params()), 1);
    let mut last = u64::MAX;
    for elapsed in 0..1_800 {
        let now = threshold_ceil(elapsed, &params());
        assert!(now <= last, "at {elapsed}");
        last = now;
    }
}

#[test]
fn a_threshold_outside_the_bounds_stays_high() {
    let absurd = |start, half_life| PoolParams {
        adl_start_score_e9: start,
        adl_half_life_secs: half_life,
        ..params()
    };
    assert_eq!(threshold_ceil(0, &absurd(u64::MAX, 30)), u64::MAX);
    assert_eq!(threshold_ceil(900, &absurd(E9, 0)), E9 * UNIT);
}

#[test]
fn who_reaches_the_threshold_is_deleveraged() {
    let low = Err(RiskError::DeleverageScoreTooLow);
    assert_eq!(check_score(&FIVE, 29, &params()), low);
    assert_eq!(check_score(&FIVE, 30, &params()), Ok(()), "exactly 5");
    let poorer = |edit: fn(&mut Candidate)| {
        let mut candidate = FIVE;
        edit(&mut candidate);
        check_score(&candidate, 30, &params())
    };
    assert_eq!(poorer(|c| c.equity_atoms += 1), low);
    assert_eq!(poorer(|c| c.pnl_atoms -= 1), low);
    assert_eq!(poorer(|c| c.notional_atoms -= 1), low);
    assert_eq!(poorer(|c| c.entry_quote_atoms -= 1), low);
}

#[test]
fn without_equity_a_profit_scores_above_all_and_without_profit_nothing_does() {
    for equity_atoms in [0, -1, i128::MIN] {
        let broke = Candidate {
            equity_atoms,
            pnl_atoms: 1,
            ..FIVE
        };
        assert_eq!(check_score(&broke, 0, &params()), Ok(()));
        for pnl_atoms in [0, -1, i64::MIN] {
            let loser = Candidate { pnl_atoms, ..broke };
            assert!(check_score(&loser, u64::MAX, &params()).is_err());
        }
    }
    let free = Candidate {
        entry_quote_atoms: 0,
        ..FIVE
    };
    assert_eq!(
        check_score(&free, 0, &params()),
        Ok(()),
        "profit on nothing"
    );
}

#[test]
fn extremes_compare_without_overflow() {
    let huge = Candidate {
        pnl_atoms: i64::MAX,
        entry_quote_atoms: i64::MIN,
        notional_atoms: u64::MAX,
        equity_atoms: i128::MAX,
    };
    assert!(check_score(&huge, 0, &params()).is_err());
    let rich = Candidate {
        equity_atoms: 1,
        ..huge
    };
    assert_eq!(check_score(&rich, 0, &params()), Ok(()));
}

#[test]
fn the_size_is_the_least_that_covers() {
    for (pnl, size, lot) in [(1_000, 120, 10), (7, 120, 1), (999, 1_000, 7), (1, 5, 5)] {
        for deficit in [1, 2, 3, 500, 998, 999, 1_000, 5_000] {
            let found = size_to_cover(pnl, size, lot, deficit);
            let gain = gain_floor(pnl, found, size).unwrap();
            assert!(found <= size && (found.is_multiple_of(lot) || found == size));
            if found == size {
                let less = (size - 1) / lot * lot;
                assert!(gain_floor(pnl, less, size).unwrap() < deficit);
            } else {
                assert!(gain >= deficit);
                let less = gain_floor(pnl, found - lot, size).unwrap();
                assert!(less < deficit, "{pnl} {size} {lot} {deficit}");
            }
        }
    }
}

#[test]
fn nothing_to_cover_closes_nothing_and_too_much_closes_all() {
    assert_eq!(size_to_cover(0, 100, 1, 10), 0);
    assert_eq!(size_to_cover(10, 100, 1, 0), 0);
    assert_eq!(size_to_cover(10, 0, 1, 10), 0);
    assert_eq!(size_to_cover(10, 100, 1, 11), 100);
    assert_eq!(size_to_cover(1, u64::MAX, u64::MAX, u64::MAX), u64::MAX);
    assert_eq!(size_to_cover(2, u64::MAX - 1, u64::MAX, 1), u64::MAX - 1);
    assert_eq!(size_to_cover(10, 100, 0, 5), 50, "a lot of 0 counts as 1");
}

#[test]
fn the_deficit_comes_first() {
    let parts = |gain, deficit| {
        let split = GainSplit::new(QuoteAtoms::new(gain), QuoteAtoms::new(deficit));
        (split.to_deficit_atoms, split.to_winner_atoms)
    };
    assert_eq!(parts(10, 4), (4, 6));
    assert_eq!(parts(4, 10), (4, 0));
    assert_eq!(parts(0, 10), (0, 0));
    assert_eq!(parts(10, 0), (0, 10));
}
