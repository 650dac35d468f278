use super::*;

fn check_utilization(
    side: u64,
    c_im: Fraction,
    free: u64,
    params: &TradeParams,
) -> Result<(), RiskError> {
    super::check_utilization(QuoteAtoms::new(side), c_im, QuoteAtoms::new(free), params)
}

fn decay_liquidated(liquidated: u64, elapsed_secs: u64) -> u64 {
    super::decay_liquidated(QuoteAtoms::new(liquidated), elapsed_secs).get()
}

const SOL: i64 = 1_000_000_000;

/// Price 100, confidence 0.05, EMA 100.
const OBSERVATION: Observation = Observation {
    price: Price(100_000_000_000_000),
    confidence: Price(50_000_000_000),
    ema: Price(100_000_000_000_000),
    publish_ts: 0,
};

fn e9(x: u64) -> Fraction {
    Fraction::from_e9_ceil(x).unwrap()
}

fn terms(observation: &Observation, size_sol: i64, skew_sol: i64, kind: FillKind) -> FillTerms<'_> {
    FillTerms {
        observation,
        age_secs: 0,
        sigma_im: e9(15_000_000),
        z: e9(2_120_000_000),
        ema_trade_e9: 50_000_000,
        size_atoms: size_sol * SOL,
        skew: Skew::resting(i128::from(skew_sol * SOL)),
        kind,
        base_decimals: 9,
    }
}

/// A scale of 20 M SOL, so that the skew is seen.
fn params() -> TradeParams {
    TradeParams {
        skew_scale_atoms: 20_000_000_000_000_000,
        ..TradeParams::reference()
    }
}

#[test]
fn fill_prices_match_exact_values_on_the_safe_side() {
    // (age, size, skew, price × 10^12, notional) by mpmath
    for (age_secs, size, skew, price, notional) in [
        (0, 1_000, 100_000, 100_661_533_008_589, 100_661_533_009),
        (2, 1_000, -100_000, 99_661_533_008_589, 99_661_533_009),
        (2, -1_000, 100_000, 100_338_466_991_411, 100_338_466_991),
        (2, -1_000, -100_000, 99_338_466_991_411, 99_338_466_991),
        (
            5,
            1_000,
            100_000,
            100_692_352_549_157_u128,
            100_692_352_550_u64,
        ),
        (5, -1_000, -100_000, 99_307_647_450_843, 99_307_647_450),
    ] {
        let terms = FillTerms {
            age_secs,
            ..terms(&OBSERVATION, size, skew, FillKind::Increase)
        };
        let fill = fill(&terms, &params()).unwrap();
        let (price_off, notional_off) = if size > 0 {
            (
                fill.price.0.checked_sub(price),
                fill.notional_quote_atoms.checked_sub(notional),
            )
        } else {
            (
                price.checked_sub(fill.price.0),
                notional.checked_sub(fill.notional_quote_atoms),
            )
        };
        assert!(
            price_off.is_some_and(|off| off <= 3),
            "{age_secs} {size} {skew}: {fill:?}"
        );
        assert!(
            notional_off.is_some_and(|off| off <= 1),
            "{age_secs} {size} {skew}: {fill:?}"
        );
    }
}

#[test]
fn opening_and_closing_the_same_size_costs_only_the_spread() {
    // No uncertainty: what is left is the linear impact, and it nets to zero but for rounding.
    let calm = Observation {
        confidence: Price(0),
        ..OBSERVATION
    };
    let still = TradeParams {
        kappa_e9: 0,
        ..params()
    };
    for (size, skew) in [(1_000, 100_000), (777, -5_000), (1, 0)] {
        let open = fill(&terms(&calm, size, skew, FillKind::Increase), &still).unwrap();
        let close = fill(&terms(&calm, -size, skew + size, FillKind::Reduce), &still).unwrap();
        assert!(open.price >= close.price);
        assert!(open.price.0 - close.price.0 <= 2);
        assert!(open.notional_quote_atoms - close.notional_quote_atoms <= 2);
    }
}

#[test]
fn splitting_a_trade_never_gains() {
    let whole = fill(
        &terms(&OBSERVATION, 1_000, 0, FillKind::Increase),
        &params(),
    )
    .unwrap();
    let first = fill(&terms(&OBSERVATION, 400, 0, FillKind::Increase), &params()).unwrap();
    let second = fill(
        &terms(&OBSERVATION, 600, 400, FillKind::Increase),
        &params(),
    )
    .unwrap();
    assert!(first.notional_quote_atoms + second.notional_quote_atoms >= whole.notional_quote_atoms);
}

#[test]
fn reduce_is_capped_by_the_ema_on_the_side_that_gains() {
    let still = TradeParams {
        kappa_e9: 0,
        skew_scale_atoms: u64::MAX,
        ..params()
    };
    let at = |price: u128, size, kind| {
        let o = Observation {
            price: Price(price),
            confidence: Price(0),
            ..OBSERVATION
        };
        fill(&terms(&o, size, 0, kind), &still).unwrap().price.0
    };
    let (pumped, dumped) = (130_000_000_000_000, 70_000_000_000_000);
    // The tiny impact of 1 SOL in u64::MAX is below 10^7 units.
    assert!(at(pumped, -1, FillKind::Reduce).abs_diff(105_000_000_000_000) < 10_000_000);
    assert!(at(pumped, -1, FillKind::Reduce) <= 105_000_000_000_000);
    assert!(at(dumped, 1, FillKind::Reduce).abs_diff(95_000_000_000_000) < 10_000_000);
    assert!(at(dumped, 1, FillKind::Reduce) >= 95_000_000_000_000);
    // The other side, and increases, trade at P.
    assert!(at(dumped, -1, FillKind::Reduce).abs_diff(dumped) < 10_000_000);
    assert!(at(pumped, 1, FillKind::Reduce).abs_diff(pumped) < 10_000_000);
    assert!(at(pumped, -1, FillKind::Increase).abs_diff(pumped) < 10_000_000);
}

#[test]
fn price_of_nothing_or_less_is_refused() {
    let uncertain = Observation {
        confidence: Price(100_000_000_000_000),
        ..OBSERVATION
    };
    let sell = fill(&terms(&uncertain, -1, 0, FillKind::Increase), &params());
    assert_eq!(sell, Err(RiskError::FillPriceNotPositive));
    let skewed = TradeParams {
        skew_scale_atoms: 1_000_000_000,
        ..params()
    };
    let buy = fill(&terms(&OBSERVATION, 1, -10, FillKind::Increase), &skewed);
    assert_eq!(buy, Err(RiskError::FillPriceNotPositive));
}

#[test]
fn fill_refuses_what_does_not_fit() {
    let overflow = Err(RiskError::Overflow);
    let no_scale = TradeParams {
        skew_scale_atoms: 0,
        ..params()
    };
    assert_eq!(
        fill(&terms(&OBSERVATION, 1, 0, FillKind::Increase), &no_scale),
        overflow
    );
    let far = TradeParams {
        skew_scale_atoms: 1,
        ..params()
    };
    assert_eq!(
        fill(&terms(&OBSERVATION, 1, 0, FillKind::Increase), &far),
        overflow
    );
    let huge = Observation {
        price: Price(u128::MAX),
        ..OBSERVATION
    };
    assert_eq!(
        fill(&terms(&huge, 1, 0, FillKind::Increase), &params()),
        overflow
    );
    for skew_atoms in [i128::MAX, i128::MIN, 1 << 80] {
        let base = terms(&OBSERVATION, 1, 0, FillKind::Increase);
        let skew = Skew::resting(skew_atoms);
        assert_eq!(fill(&FillTerms { skew, ..base }, &params()), overflow);
    }
    let large = Observation::from_pyth(i64::MAX, 0, i64::MAX, 0, 0).unwrap();
    assert_eq!(
        fill(&terms(&large, 100, 0, FillKind::Increase), &params()),
        overflow
    );
    let base = terms(&OBSERVATION, 1, 0, FillKind::Increase);
    assert!(
        fill(
            &FillTerms {
                size_atoms: i64::MIN,
                ..base
            },
            &params()
        )
        .is_err()
    );
}

#[test]
fn impact_is_what_moves_the_skew_away_from_zero() {
    let paid = |size_sol, skew_sol| {
        let terms = terms(&OBSERVATION, size_sol, skew_sol, FillKind::Reduce);
        impact_floor(&terms, &params()).unwrap()
    };
    // $1,000 · (1,000 + 5) of the scale
    let expected = 1_000_000_000 * 1_005 / (params().skew_scale_atoms / 1_000_000_000);
    assert!(expected > 0 && paid(10, 1_000).abs_diff(expected) <= 1);
    assert_eq!(paid(-10, -1_000), paid(10, 1_000), "the other side alike");
    assert_eq!(
        (paid(-10, 1_000), paid(10, -1_000)),
        (0, 0),
        "paid for that"
    );
}

#[test]
fn a_rest_is_nothing_or_the_minimum_and_never_more_than_a_hundred_dollars() {
    let below = Err(RiskError::NotionalBelowMinimum);
    let p = params(); // $10
    assert_eq!(check_rest(1, 10_000_000, &p), Ok(()));
    assert_eq!(check_rest(-1, 9_999_999, &p), below);
    assert_eq!(check_rest(0, 0, &p), Ok(()));
    let tight = TradeParams {
        min_notional_quote_atoms: u64::MAX,
        ..p
    };
    assert_eq!(check_rest(1, REST_MOST_QUOTE_ATOMS, &tight), Ok(()));
    assert_eq!(check_rest(1, REST_MOST_QUOTE_ATOMS - 1, &tight), below);
}

#[test]
fn limit_price_binds_each_side() {
    let fill = Fill {
        price: Price(100),
        notional_quote_atoms: 0,
    };
    let exceeded = Err(RiskError::LimitPriceExceeded);
    assert_eq!(check_limit(&fill, 1, Price(100)), Ok(()));
    assert_eq!(check_limit(&fill, 1, Price(99)), exceeded);
    assert_eq!(check_limit(&fill, -1, Price(100)), Ok(()));
    assert_eq!(check_limit(&fill, -1, Price(101)), exceeded);
}

#[test]
fn fee_is_rounded_up_and_split_without_a_rest() {
    // 0.05 % of 1,000,001 = 500.0005
    let fee = fee_ceil(1_000_001, &params()).unwrap();
    assert_eq!(
        fee,
        Fee {
            total_atoms: 501,
            insurance_atoms: 100,
            protocol_atoms: 50,
            pool_atoms: 351
        }
    );
    assert_eq!(fee_ceil(1, &params()).unwrap().total_atoms, 1);
    assert_eq!(fee_ceil(0, &params()).unwrap().total_atoms, 0);
    let greedy = TradeParams {
        fee_insurance_share_e9: 950_000_000,
        ..params()
    };
    assert_eq!(fee_ceil(1_000_000_000, &greedy), Err(RiskError::Overflow));
    let expensive = TradeParams {
        taker_fee_e9: 2 * E9,
        ..params()
    };
    assert_eq!(fee_ceil(u64::MAX, &expensive), Err(RiskError::Overflow));
}

#[test]
fn caps_pass_at_their_limit_and_fail_one_above() {
    let p = params();
    let cap = p.open_interest_cap_atoms;
    assert_eq!(check_open_interest(cap, &p), Ok(()));
    assert_eq!(
        check_open_interest(cap + 1, &p),
        Err(RiskError::OpenInterestCapExceeded)
    );
    let cap = i64::try_from(p.account_cap_atoms).unwrap();
    assert_eq!(
        (check_account_cap(cap, &p), check_account_cap(-cap, &p)),
        (Ok(()), Ok(()))
    );
    for beyond in [cap + 1, -cap - 1, i64::MIN] {
        assert_eq!(
            check_account_cap(beyond, &p),
            Err(RiskError::AccountCapExceeded)
        );
    }
    assert_eq!(check_minimum_notional(1, 10_000_000, &p), Ok(()));
    assert_eq!(
        check_minimum_notional(-1, 9_999_999, &p),
        Err(RiskError::NotionalBelowMinimum)
    );
    assert_eq!(check_minimum_notional(0, 0, &p), Ok(()));
}

#[test]
fn utilization_is_compared_exactly() {
    // 0.8 · 250,000 = 200,000 = ½ · 400,000
    let p = params();
    let half = Fraction::from_bits(1 << 59);
    assert_eq!(check_utilization(400_000, half, 250_000, &p), Ok(()));
    assert_eq!(
        check_utilization(400_001, half, 250_000, &p),
        Err(RiskError::PoolUtilizationExceeded)
    );
    assert_eq!(
        check_utilization(400_000, half, 249_999, &p),
        Err(RiskError::PoolUtilizationExceeded)
    );
    assert_eq!(check_utilization(0, Fraction::MAX, 0, &p), Ok(()));
    assert_eq!(
        check_utilization(u64::MAX, Fraction::MAX, u64::MAX, &p),
        Err(RiskError::PoolUtilizationExceeded)
    );
}

#[test]
fn liquidated_notional_halves_every_hour() {
    // ⌈R · 2^(−t/1 h)⌉ by mpmath
    for (r, secs, expected) in [
        (1_000_000, 0, 1_000_000),
        (1_000_000, 1_800, 707_107),
        (1_000_000, 3_600, 500_000),
        (123_456_789, 10_000, 18_001_992),
        (1_000_000, 72_001, 1),
        (u64::MAX, 64 * 3_600 - 1, 2),
        (u64::MAX, 64 * 3_600, 0),
        (0, 0, 0),
        (5, u64::MAX, 0),
    ] {
        assert_eq!(decay_liquidated(r, secs), expected, "{r} {secs}");
    }
}

#[test]
fn a_fee_that_was_not_paid_is_not_handed_out() {
    let params = TradeParams {
        taker_fee_e9: 1_000_000, // 0.1 %
        fee_insurance_share_e9: 200_000_000,
        fee_protocol_share_e9: 100_000_000,
        ..params()
    };
    let fee = fee_ceil(1_000_000, &params).unwrap();
    let shares = |equity| {
        let paid = fee.paid_with(equity, &params).unwrap();
        assert_eq!(paid.total_atoms, 1_000);
        let parts = paid.insurance_atoms + paid.protocol_atoms + paid.pool_atoms;
        assert_eq!(parts, 1_000);
        (paid.insurance_atoms, paid.protocol_atoms)
    };
    assert_eq!(fee.paid_with(i64::MAX, &params), Ok(fee));
    assert_eq!(fee.paid_with(0, &params), Ok(fee));
    assert_eq!(shares(-1), (199, 99));
    assert_eq!(shares(-400), (120, 60));
    assert_eq!(shares(-999), (0, 0));
    assert_eq!(shares(-1_000), (0, 0));
    assert_eq!(shares(i64::MIN), (0, 0));
}
