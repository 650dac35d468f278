use super::*;
use crate::number::quantity::{Fraction, Price};

/// 10 net SOL at 100 ± 2 USD (z = 2, C = 1), EMA 101; entry 900, funding 1.5 atoms owed to the pool.
const BOOK: MarketBook = MarketBook {
    net_size_atoms: 10_000_000_000,
    entry_quote_atoms: 900_000_000,
    funding_receivable_q64: 3 << 63,
    price: Price(100_000_000_000_000),
    confidence: Price(1_000_000_000_000),
    drift: Price(0),
    ema: Price(101_000_000_000_000),
    base_decimals: 9,
    z: Fraction::from_bits(2 << 60),
};

fn nav(known_bad_debt_atoms: u64, insurance_atoms: u64) -> Nav {
    let nav = Nav {
        cash_atoms: 5_000_000_000,
        known_bad_debt_atoms,
        insurance_atoms,
        ..Nav::default()
    };
    nav.with_market(&BOOK, AtomRange::default()).unwrap()
}

#[test]
fn each_side_gets_the_worst_price_for_it() {
    // PnL 1020 − 900 − 1.5e-6 up, 980 − 900 − 1.5e-6 down
    assert_eq!(nav(0, 0).nav_for_redeem(), Ok(5_000_000_000 - 119_999_999));
    assert_eq!(nav(0, 0).nav_for_deposit(), Ok(5_000_000_000 - 79_999_998));
}

#[test]
fn markets_add_up() {
    let two = nav(0, 0).with_market(&BOOK, AtomRange::default()).unwrap();
    assert_eq!(two.nav_for_redeem(), Ok(5_000_000_000 - 2 * 119_999_999));
    assert_eq!(two.nav_for_deposit(), Ok(5_000_000_000 - 2 * 79_999_998));
}

#[test]
fn bad_debt_counts_whole_for_a_redeemer_and_uninsured_for_a_depositor() {
    let (low, high) = (5_000_000_000 - 119_999_999, 5_000_000_000 - 79_999_998);
    assert_eq!(nav(50, 30).nav_for_redeem(), Ok(low - 50));
    assert_eq!(nav(50, 30).nav_for_deposit(), Ok(high - 20));
    assert_eq!(nav(50, 80).nav_for_redeem(), Ok(low - 50));
    assert_eq!(nav(50, 80).nav_for_deposit(), Ok(high));
    assert!(nav(50, 50).bad_debt_is_insured());
    assert!(!nav(51, 50).bad_debt_is_insured());
}

#[test]
fn extremes_overflow_by_name() {
    let poor = Nav {
        cash_atoms: i128::MIN,
        known_bad_debt_atoms: 1,
        ..Nav::default()
    };
    assert_eq!(poor.nav_for_redeem(), Err(RiskError::Overflow));
    assert_eq!(poor.nav_for_deposit(), Err(RiskError::Overflow));
    let full = Nav {
        pnl_ceil_atoms: i128::MAX,
        ..Nav::default()
    };
    assert_eq!(
        full.with_market(&BOOK, AtomRange::default()),
        Err(RiskError::Overflow)
    );
}

#[test]
fn neither_value_holds_what_the_skew_pays_back() {
    let book = MarketBook {
        confidence: Price(0),
        ema: BOOK.price,
        ..BOOK
    };
    let plain = Nav::default()
        .with_market(&book, AtomRange::default())
        .unwrap();
    let premium = AtomRange {
        least_atoms: 70,
        most_atoms: 71,
    };
    let pushed = Nav::default().with_market(&book, premium).unwrap();
    let lower = |value: fn(&Nav) -> Result<i128, RiskError>| {
        value(&plain).unwrap() - value(&pushed).unwrap()
    };
    assert_eq!(lower(Nav::nav_for_redeem), 71);
    assert_eq!(lower(Nav::nav_for_deposit), 70);
}

#[test]
fn others_execute_while_the_values_are_within_a_hundredth() {
    let apart = |gap: u64, lower: i128| Nav {
        cash_atoms: lower,
        interest: AtomRange {
            least_atoms: 0,
            most_atoms: gap,
        },
        ..Nav::default()
    };
    assert_eq!(apart(10, 1_000).check_gap(), Ok(()));
    assert_eq!(
        apart(11, 1_000).check_gap(),
        Err(RiskError::PoolValuesApart)
    );
    assert_eq!(apart(11, 1_000).gap(), Ok(11));
    for worthless in [0, -1_000_000] {
        let apart = apart(1, worthless).check_gap();
        assert_eq!(apart, Err(RiskError::PoolValuesApart));
    }
    assert_eq!(apart(0, 0).check_gap(), Ok(()), "the first deposit");
    // Bad debt that insurance pays counts for who redeems alone.
    assert!(nav(0, 50_000_000).check_gap().is_ok());
    assert!(nav(50_000_000, 50_000_000).check_gap().is_err());
}
