use super::*;
use crate::observation::{FillKind, Observation};
use crate::quantity::{Fraction, Price};
use crate::skew::Skew;

const SOL: i64 = 1_000_000_000;
const LOT: u64 = 10_000_000;
const USD: i128 = 1_000_000;

/// $100, no spread, no fee: what is paid is the impact alone. Scale 200 M SOL.
fn terms(observation: &Observation, size_sol: i64, skew_sol: i64) -> FillTerms<'_> {
    FillTerms {
        observation,
        age_secs: 0,
        sigma_im: Fraction::ZERO,
        z: Fraction::ZERO,
        ema_trade_e9: 50_000_000,
        size_atoms: size_sol * SOL,
        skew: Skew::resting(i128::from(skew_sol * SOL)),
        kind: FillKind::Reduce,
        base_decimals: 9,
    }
}

const OBSERVATION: Observation = Observation {
    price: Price(100_000_000_000_000),
    confidence: Price(0),
    ema: Price(100_000_000_000_000),
    publish_ts: 0,
};

/// No fee, a scale of 200 M SOL.
fn free() -> TradeParams {
    TradeParams {
        taker_fee_e9: 0,
        skew_scale_atoms: 200_000_000_000_000_000,
        ..TradeParams::reference()
    }
}

fn affordable(size_sol: i64, skew_sol: i64, equity_atoms: i128) -> Result<u64, RiskError> {
    let params = free();
    let terms = terms(&OBSERVATION, size_sol, skew_sol);
    let first = fill(&terms, &params).unwrap();
    affordable_reduce(&terms, &params, &first, equity_atoms, LOT)
}

#[test]
fn a_reduce_is_cut_to_what_the_equity_pays() {
    // Selling 1,000 SOL at −999,500: $100,000 · 1,000,000/200 M = $500.
    for size in [-1_000_i64, 1_000] {
        let skew = if size < 0 { -999_500 } else { 999_500 };
        let whole = size.unsigned_abs() * SOL.unsigned_abs();
        assert_eq!(affordable(size, skew, 501 * USD), Ok(whole));
        // Half of it costs $249.9, so a little more than half can be paid.
        let cut = affordable(size, skew, 250 * USD).unwrap();
        assert_eq!(cut % LOT, 0);
        assert!((500 * SOL..501 * SOL).contains(&(cut as i64)), "{cut}");
        let one_more = FillTerms {
            size_atoms: (cut + LOT) as i64 * size.signum(),
            ..terms(&OBSERVATION, size, skew)
        };
        let params = free();
        let fill = fill(&one_more, &params).unwrap();
        assert!(!is_affordable(&one_more, &params, &fill, 250 * USD).unwrap());
    }
}

#[test]
fn what_pays_no_impact_is_never_cut() {
    for equity in [1, 0, -1_000_000 * USD] {
        assert_eq!(affordable(-1_000, 999_500, equity), Ok(1_000_000_000_000));
        assert_eq!(affordable(1_000, -999_500, equity), Ok(1_000_000_000_000));
    }
}

#[test]
fn below_zero_only_the_part_towards_zero_is_left() {
    // 300 of 1,000 bring the skew to zero, another 300 back to where it was: those cost nothing together.
    assert_eq!(affordable(-1_000, 300, -1), Ok(600_000_000_000));
    let refused = Err(RiskError::ImpactExceedsEquity);
    assert_eq!(affordable(-1_000, 0, -1), refused);
    assert_eq!(affordable(-1_000, -10, 0), refused);
}

#[test]
fn fee_and_spread_count_where_there_is_an_impact() {
    let wide = Observation {
        confidence: Price(1_000_000_000_000),
        ..OBSERVATION
    };
    let terms = FillTerms {
        z: Fraction::ONE,
        ..terms(&wide, -1_000, -1_000)
    };
    let params = TradeParams {
        taker_fee_e9: 500_000,
        ..free()
    };
    let first = fill(&terms, &params).unwrap();
    // Spread $1,000, fee $49.5, impact $0.75.
    let cut = |equity| affordable_reduce(&terms, &params, &first, equity, LOT);
    assert_eq!(cut(1_051 * USD), Ok(1_000_000_000_000));
    let half = cut(525 * USD).unwrap() as i64;
    assert!((499 * SOL..501 * SOL).contains(&half), "{half}");
    let no_lot = affordable_reduce(&terms, &params, &first, 0, 0);
    assert_eq!(no_lot, Err(RiskError::LotOutOfBounds));
}

/// $100 wide by $1, of 1,000 units, z = 1: a half-spread of $1,000.
fn wide() -> Observation {
    Observation {
        confidence: Price(1_000_000_000_000),
        ..OBSERVATION
    }
}

/// What the fill of a reduce with this equity pays beyond P, quote atoms.
fn paid_beyond(size_sol: i64, skew_sol: i64, equity_atoms: i128) -> (Fill, i128) {
    let (wide, params) = (wide(), free());
    let terms = FillTerms {
        z: Fraction::ONE,
        ..terms(&wide, size_sol, skew_sol)
    };
    let full = fill(&terms, &params).unwrap();
    let paid = payable(&terms, &params, full, equity_atoms).unwrap();
    let beyond = i128::from(paid.notional_quote_atoms) - 100_000 * USD;
    (paid, beyond * i128::from(size_sol.signum()))
}

#[test]
fn the_spread_of_a_reduce_ends_with_the_equity() {
    for size in [-1_000_i64, 1_000] {
        let skew = -size / 2; // no impact
        for (equity, paid) in [
            (i128::MAX, 1_000 * USD),
            (1_000 * USD, 1_000 * USD),
            (999 * USD, 999 * USD),
            (1, 1),
            (0, 0),
            (-1, 0),
            (i128::MIN, 0),
        ] {
            let (_, beyond) = paid_beyond(size, skew, equity);
            assert!((paid..=paid + 1).contains(&beyond), "{equity}: {beyond}");
        }
    }
}

#[test]
fn what_the_skew_pays_back_pays_the_spread_first() {
    // Back along a skew of 1,000,500 pays $500: of a spread of $1,000 the account pays as much beyond P.
    for size in [-1_000_i64, 1_000] {
        let skew = -size * 2_001 / 2;
        let (full, beyond) = paid_beyond(size, skew, i128::MAX);
        assert!((499 * USD..=501 * USD).contains(&beyond), "{beyond}");
        assert_eq!(paid_beyond(size, skew, 501 * USD).0, full);
        let (_, none) = paid_beyond(size, skew, -1);
        assert!((0..=1).contains(&none), "{none}");
        // More than the spread is kept below zero too: it pays what is missing.
        let (_, kept) = paid_beyond(size, 4 * skew, -1);
        assert!((-1_002 * USD..-999 * USD).contains(&kept), "{kept}");
    }
}

#[test]
fn the_cap_of_the_ema_and_the_impact_are_not_waived() {
    let high = Observation {
        ema: Price(90_000_000_000_000), // a reduce sells at most at 94.5
        ..wide()
    };
    let (params, free_of_spread) = (free(), terms(&high, -1_000, -1_000));
    let terms = FillTerms {
        z: Fraction::ONE,
        ..free_of_spread
    };
    let full = fill(&terms, &params).unwrap();
    let without = fill(&free_of_spread, &params).unwrap();
    assert_eq!(payable(&terms, &params, full, 0).unwrap(), without);
    assert_eq!(payable(&terms, &params, full, 6_501 * USD).unwrap(), full);
}
