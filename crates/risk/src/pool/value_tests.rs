use super::*;
use crate::pool::MarketLife;

/// 5,000 USD, of which 1,000 are lent at an index of 1.1: 100 of interest; 30 insured, 20 lost.
const CASH: PoolCash = PoolCash {
    cash_atoms: 5_000_000_000,
    insurance_atoms: 30_000_000,
    bad_debt_atoms: 20_000_000,
};
const LOANS: Loans = Loans {
    loans_atoms: 1_000_000_000,
    starts_atoms: 1_000_000_000,
    count: 1,
};
/// 1.125 in units of 2^-64.
const INDEX_Q64: u128 = (1 << 64) + (1 << 61);

/// 10 net SOL; entry 900; a skew premium of 50 at 100 USD.
const MARKET: PooledMarket = PooledMarket {
    net_size_atoms: 10_000_000_000,
    entry_quote_atoms: 900_000_000,
    funding_receivable_q64: 0,
    base_decimals: 9,
    skew_scale_atoms: 100_000_000_000,
    life: MarketLife::Open,
};
const PRICE: Price = Price(100_000_000_000_000);

fn observed() -> Observation {
    Observation {
        price: PRICE,
        confidence: Price(1_000_000_000_000),
        ema: PRICE,
        publish_ts: 0,
    }
}

/// z = 2; a κ of 0, so that no price moves with age.
fn doubt() -> PriceDoubt {
    PriceDoubt {
        z: Fraction::from_bits(2 << 60),
        sigma_im: Fraction::ONE,
        kappa_e9: 0,
        now: 0,
    }
}

fn terms() -> ExposureTerms {
    ExposureTerms {
        c_im: Fraction::from_bits(1 << 57), // 1/8
        util_max_e9: 500_000_000,
    }
}

fn with(markets: &[PooledMarket]) -> LpValue {
    let mut value = LpValue::new(&CASH, &LOANS, INDEX_Q64);
    for market in markets {
        value.add(market, &observed(), &doubt(), &terms()).unwrap();
    }
    value
}

#[test]
fn an_lp_deals_at_the_worst_price_and_the_deficit_is_judged_at_the_price() {
    let value = with(&[MARKET]);
    // interest 124.999999 … 125.000002; PnL 80 … 120; premium 49.999999 … 50
    assert_eq!(
        value.nav.nav_for_redeem(),
        Ok(5_000_000_000 + 124_999_999 - 120_000_000 - 50_000_000 - 20_000_000)
    );
    assert_eq!(
        value.nav.nav_for_deposit(),
        Ok(5_000_000_000 + 125_000_002 - 80_000_000 - 49_999_999)
    );
    assert_eq!(
        value.at_price_atoms,
        5_000_000_000 + 124_999_999 - 100_000_000 - 50_000_000
    );
    // 1,000 · 1/8 / 0.5
    assert_eq!(value.exposure.needed_atoms, 250_000_000);
}

#[test]
fn an_ended_market_needs_no_cash_and_pays_no_skew() {
    let ended = PooledMarket {
        life: MarketLife::Settled,
        ..MARKET
    };
    let value = with(&[ended]);
    assert_eq!(
        value.at_price_atoms,
        5_000_000_000 + 124_999_999 - 100_000_000
    );
    assert_eq!(value.exposure.needed_atoms, 0);
    let winding = with(&[PooledMarket {
        life: MarketLife::WindingDown,
        ..MARKET
    }]);
    let open = with(&[MARKET]);
    let deposit = |value: &LpValue| value.nav.nav_for_deposit().unwrap();
    assert_eq!(
        deposit(&winding) - deposit(&open),
        49_999_999,
        "a deposit buys no premium"
    );
    assert_eq!(winding.nav.nav_for_redeem(), open.nav.nav_for_redeem());
}

#[test]
fn markets_add_up_in_both_values() {
    let (none, one, two) = (with(&[]), with(&[MARKET]), with(&[MARKET, MARKET]));
    let redeem = |value: &LpValue| value.nav.nav_for_redeem().unwrap();
    assert_eq!(
        redeem(&none) - redeem(&two),
        2 * (redeem(&none) - redeem(&one))
    );
    assert_eq!(none.at_price_atoms - two.at_price_atoms, 2 * 150_000_000);
    let mut same = ValueAtPrice::new(&CASH, &LOANS, INDEX_Q64);
    same.add(&MARKET, ValuePrice::Usable(PRICE)).unwrap();
    assert_eq!((same.atoms, same.is_certain), (one.at_price_atoms, true));
}

#[test]
fn a_withheld_price_counts_for_the_pool_and_makes_no_deficit() {
    let mut value = ValueAtPrice::new(&CASH, &LOANS, INDEX_Q64);
    value.add(&MARKET, ValuePrice::Withheld(PRICE)).unwrap();
    // at 50 USD: 500 − 900, and a premium of 25
    assert_eq!(
        value.atoms,
        5_000_000_000 + 124_999_999 + 400_000_000 - 25_000_000
    );
    assert!(!value.is_certain);
    let stored = StoredValue {
        value_atoms: 100,
        ..StoredValue::default()
    };
    assert_eq!(stored.renewed(&value, 7), stored, "it may be too high");
    let rich = StoredValue {
        value_atoms: i64::MAX,
        ..stored
    };
    assert_eq!(
        rich.renewed(&value, 7).value_atoms,
        5_499_999_999,
        "certainly too high"
    );
}

#[test]
fn a_deficit_keeps_its_time_until_it_is_gone() {
    let some = StoredValue::default().replaced(-70, 1_000);
    assert_eq!(
        some,
        StoredValue {
            value_atoms: -70,
            deficit_atoms: 70,
            deficit_since_ts: 1_000
        }
    );
    let more = some.replaced(-80, 2_000);
    assert_eq!((more.deficit_atoms, more.deficit_since_ts), (80, 1_000));
    assert_eq!(more.replaced(0, 3_000), StoredValue::default());
    let least = more.replaced(i128::MIN, 4_000);
    assert_eq!(
        (least.value_atoms, least.deficit_atoms),
        (i64::MIN, u64::MAX)
    );
    assert_eq!(more.replaced(i128::MAX, 4_000).value_atoms, i64::MAX);
}

#[test]
fn a_loss_makes_no_deficit_of_a_value_that_may_be_too_low() {
    let left = |stored, now: i128, is_certain, loss| {
        let stored = StoredValue {
            value_atoms: stored,
            ..StoredValue::default()
        };
        ValueAtPrice {
            atoms: now,
            is_certain,
        }
        .after_loss(&stored, loss)
    };
    assert_eq!(left(50, 50, true, 80), -30);
    assert_eq!(left(50, 900, false, 80), 0, "the stored one may be too low");
    assert_eq!(left(-20, 900, false, 80), -20, "its own deficit stays");
    assert_eq!(left(50, 60, false, 80), -20, "the one of now is too high");
    assert_eq!(left(50, 900, false, 30), 20);
}
