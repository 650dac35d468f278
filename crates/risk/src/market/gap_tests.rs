use super::*;
use crate::params::AssetParams;
use proptest::prelude::*;

fn check_gap_loss(
    side: u64,
    margin: Fraction,
    budget: u64,
    params: &TradeParams,
) -> Result<(), RiskError> {
    let side = GrownSide {
        notional: QuoteAtoms::new(side),
        margin,
    };
    side.check_gap_loss(QuoteAtoms::new(budget), params)
}

fn gap_budget_floor(value: i64, insurance: i64, bad_debt: i64, params: &TradeParams) -> u64 {
    let backing = Backing {
        value: SignedQuoteAtoms::new(value),
        insurance: SignedQuoteAtoms::new(insurance),
        bad_debt: SignedQuoteAtoms::new(bad_debt),
    };
    backing.gap_budget_floor(params).get()
}

fn winners_owe_floor(paid: u64, value: i128, params: &TradeParams) -> u64 {
    let (paid, value) = (QuoteAtoms::new(paid), WideQuoteAtoms::new(value));
    super::winners_owe_floor(paid, value, params).get()
}

fn calm(p: &AssetParams) -> CalmVolatility {
    CalmVolatility {
        omega_e9: p.omega_e9,
        sigma_floor_e9: p.sigma_floor_e9,
        sigma_stress_e9: p.sigma_stress_e9,
    }
}

fn least(p: &AssetParams) -> f64 {
    let coefficients = AssetCoefficients::new(p, 28_800).unwrap();
    calm(p).least_unit_shock(&coefficients).to_bits() as f64 / (1u64 << 60) as f64
}

fn params(gap_e9: u64, gap_share_e9: u64) -> TradeParams {
    TradeParams {
        gap_e9,
        gap_share_e9,
        ..TradeParams::reference()
    }
}

#[test]
fn the_least_shock_is_that_of_volatility_at_its_floor() {
    let p = AssetParams::reference();
    // 2.5·(¾·0.5 % + ¼·3 %)
    assert!((least(&p) - 0.028_125).abs() < 1e-12, "{}", least(&p));
    let high_floor = AssetParams {
        s_floor_e9: 50_000_000,
        ..p
    };
    assert!((least(&high_floor) - 0.05).abs() < 1e-12);
}

#[test]
fn a_side_may_lose_its_budget_and_not_an_atom_more() {
    // 28 % − 8 % of $1,000 is $200.
    let margin = Fraction::from_e9_floor(80_000_000).unwrap();
    let p = params(280_000_000, 100_000_000);
    let check = |side, budget| check_gap_loss(side, margin, budget, &p);
    assert_eq!(check(1_000, 201), Ok(()));
    assert_eq!(check(1_000, 199), Err(RiskError::GapLossExceeded));
    assert_eq!(check(1_010, 201), Err(RiskError::GapLossExceeded));
    // A margin that covers the gap needs no budget.
    let covered = Fraction::from_e9_ceil(280_000_001).unwrap();
    assert_eq!(check_gap_loss(u64::MAX, covered, 0, &p), Ok(()));
    assert_eq!(check(0, 0), Ok(()));
    assert_eq!(check(u64::MAX, u64::MAX), Ok(()), "no overflow");
}

#[test]
fn the_budget_is_the_share_of_what_is_left() {
    let p = params(280_000_000, 100_000_000);
    assert_eq!(gap_budget_floor(1_000, 99, 0, &p), 109);
    assert_eq!(gap_budget_floor(1_000, 0, 100, &p), 90);
    assert_eq!(
        gap_budget_floor(1_000, -500, -7, &p),
        100,
        "no negative parts"
    );
    assert_eq!(gap_budget_floor(-1_000, 500, 0, &p), 0);
    assert_eq!(
        gap_budget_floor(i64::MAX, i64::MAX, 0, &p),
        u64::MAX / 10,
        "at most 2^64 − 2"
    );
}

#[test]
fn winners_owe_what_the_pool_paid_beyond_its_share_of_what_it_was_worth() {
    let p = params(280_000_000, 100_000_000);
    // Worth 1,000 before: it bears 100 (and the atom of rounding).
    assert_eq!(winners_owe_floor(100, 900, &p), 0);
    assert_eq!(winners_owe_floor(101, 899, &p), 0);
    assert_eq!(winners_owe_floor(300, 700, &p), 199);
    // What they give back is worth as much as what is paid less.
    assert_eq!(winners_owe_floor(200, 800, &p), 99);
    // A pool that is funded meanwhile bears more.
    assert_eq!(winners_owe_floor(300, 10_000, &p), 0);
    // A pool worth nothing before bears nothing.
    assert_eq!(winners_owe_floor(300, -900, &p), 299);
    assert_eq!(winners_owe_floor(0, -900, &p), 0);
}

#[test]
fn a_charge_stays_with_the_market_where_more_was_lost() {
    let none = Charge {
        asset_index: 9,
        lost_atoms: 0,
    };
    let charge = |asset_index, lost_atoms| Charge {
        asset_index,
        lost_atoms,
    };
    let sol = none.after(charge(1, 40), 100);
    assert_eq!(sol, charge(1, 40));
    assert_eq!(
        sol.after(charge(1, 80), 100),
        charge(1, 100),
        "what is missing"
    );
    assert_eq!(sol.after(charge(2, 39), 100), sol, "dust elsewhere");
    assert_eq!(sol.after(charge(2, 41), 100), charge(2, 41));
    assert_eq!(sol.after(charge(1, 0), 30), charge(1, 30));
    assert_eq!(
        sol.after(charge(2, 0), 0),
        charge(2, 0),
        "nothing is missing: the last one"
    );
    assert_eq!(
        sol.after(charge(1, u64::MAX), u64::MAX),
        charge(1, u64::MAX)
    );
}

#[test]
fn winners_owe_for_an_hour_and_only_what_a_payment_itself_was_too_much() {
    let p = params(280_000_000, 100_000_000);
    let (now, mut losses) = (1_000_000, MarketLosses::default());
    losses.count(90, 910, now, &p); // worth 1,000 before
    assert_eq!(losses.owed(910, now, &p), 0);
    // Then most LPs leave: of 100 the share is 10, but what was paid before is nobody's any more.
    assert_eq!(losses.owed(10, now, &p), 0);
    losses.count(1, 9, now, &p);
    assert_eq!(losses.owed(9, now, &p), 1, "a small loss asks for itself");
    losses.count(100, -91, now + 60, &p);
    assert_eq!(losses.owed(-91, now + 60, &p), 101);
    assert_eq!(losses.since_ts, now, "the time of the first");
    losses.give_back(41, now + 60);
    assert_eq!(losses.owed(-50, now + 60, &p), 60);
    // A pool that was filled again asks for nothing, one that is not until the hour is over.
    assert_eq!(losses.owed(1_000_000, now + 60, &p), 0);
    assert_eq!(losses.owed(-50, now + 60 + CLAIM_SECS - 1, &p), 60);
    assert_eq!(losses.owed(-50, now + 60 + CLAIM_SECS, &p), 0);
    // Later losses begin anew.
    losses.count(50, -100, now + 2 * CLAIM_SECS, &p);
    assert_eq!(losses.owed(-100, now + 2 * CLAIM_SECS, &p), 50);
    assert_eq!(losses.since_ts, now + 2 * CLAIM_SECS);
}

proptest! {
    #[test]
    fn the_least_shock_is_never_above_the_exact_one(
        omega in 250_000_000u64..=500_000_000,
        floor in 1u64..=100_000_000,
        times in 2u64..=5,
        k in 2_000_000_000u64..=6_000_000_000,
        h_mm_secs in 900u32..=86_400,
    ) {
        let p = AssetParams {
            omega_e9: omega, sigma_floor_e9: floor, sigma_stress_e9: floor * times, k_e9: k, h_mm_secs,
            ..AssetParams::reference()
        };
        let sigma = (1.0 - omega as f64 / 1e9) * floor as f64 / 1e9
            + omega as f64 / 1e9 * (floor * times) as f64 / 1e9;
        let exact = (k as f64 / 1e9 * sigma * (f64::from(h_mm_secs) / 3_600.0).sqrt())
            .max(p.s_floor_e9 as f64 / 1e9);
        if exact < 10.0 {
            prop_assert!((least(&p) - exact).abs() < 1e-9, "{} {exact}", least(&p));
        }
    }

    #[test]
    fn paying_back_ends_the_debt_exactly(paid in 0u64..1 << 60, value in -(1i64 << 60)..1i64 << 60) {
        let p = params(280_000_000, 100_000_000);
        let owed = winners_owe_floor(paid, value.into(), &p);
        prop_assert!(owed <= paid);
        let left = winners_owe_floor(paid - owed, i128::from(value) + i128::from(owed), &p);
        prop_assert!(left <= 1, "{left}");
    }

    #[test]
    fn a_larger_side_gap_or_a_smaller_margin_never_passes_where_less_did_not(
        side in 0u64..1 << 62, more in 0u64..1 << 61, gap in 50_000_000u64..=1_000_000_000,
        margin in 0u64..1 << 60, budget in 0u64..1 << 62,
    ) {
        let check = |side, gap, margin| {
            check_gap_loss(side, Fraction::from_bits(margin), budget, &params(gap, 1))
        };
        if check(side, gap, margin).is_err() {
            prop_assert!(check(side + more, gap, margin).is_err());
            prop_assert!(check(side, (gap + 1).min(1_000_000_000), margin).is_err());
            prop_assert!(check(side, gap, margin / 2).is_err());
        }
    }
}
