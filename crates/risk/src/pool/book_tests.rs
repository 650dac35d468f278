use super::*;

/// 3 base atoms net at 0.5 USD (decimals 6: half a quote atom each), C = 0.1, E = 0.5, z = 2.
const BOOK: MarketBook = MarketBook {
    net_size_atoms: 3,
    entry_quote_atoms: 0,
    funding_receivable_q64: 0,
    price: Price(500_000_000_000),
    confidence: Price(0),
    drift: Price(0),
    ema: Price(500_000_000_000),
    base_decimals: 6,
    z: Fraction::from_bits(2 << 60),
};

fn bounds(edit: impl Fn(&mut MarketBook)) -> (i128, i128) {
    let mut book = BOOK;
    edit(&mut book);
    (
        book.accounts_pnl_floor().unwrap(),
        book.accounts_pnl_ceil().unwrap(),
    )
}

#[test]
fn each_bound_is_rounded_its_own_way() {
    assert_eq!(bounds(|_| ()), (1, 2));
    assert_eq!(bounds(|book| book.net_size_atoms = -3), (-2, -1));
    assert_eq!(bounds(|book| book.net_size_atoms = 4), (2, 2));
    assert_eq!(bounds(|book| book.net_size_atoms = 0), (0, 0));
    assert_eq!(bounds(|book| book.entry_quote_atoms = 10), (-9, -8));
    assert_eq!(bounds(|book| book.entry_quote_atoms = -10), (11, 12));
}

#[test]
fn funding_owed_to_the_pool_lowers_the_pnl() {
    let flat = |q64| {
        bounds(move |book| {
            book.net_size_atoms = 0;
            book.funding_receivable_q64 = q64;
        })
    };
    assert_eq!(flat(5 << 64), (-5, -5));
    assert_eq!(flat((5 << 64) + 1), (-6, -5));
    assert_eq!(flat(-(5 << 64)), (5, 5));
    assert_eq!(flat(-(5 << 64) - 1), (5, 6));
    assert_eq!(flat(1), (-1, 0));
    assert_eq!(flat(i128::MIN), (1 << 63, 1 << 63));
}

#[test]
fn the_extremes_of_price_confidence_and_ema_count() {
    let wide = |net: i128, confidence: u128, ema: u128| {
        bounds(move |book| {
            book.net_size_atoms = net * 1_000_000;
            book.confidence = Price(confidence * 1_000_000_000);
            book.ema = Price(ema * 1_000_000_000);
        })
    };
    // 0.5 ± 2·0.1
    assert_eq!(wide(1, 100, 500), (300_000, 700_000));
    assert_eq!(wide(-1, 100, 500), (-700_000, -300_000));
    assert_eq!(wide(1, 100, 900), (300_000, 900_000), "EMA above");
    assert_eq!(wide(-1, 100, 900), (-900_000, -300_000));
    assert_eq!(wide(1, 100, 200), (200_000, 700_000), "EMA below");
    assert_eq!(wide(1, 400, 500), (0, 1_300_000), "no price below 0");
}

#[test]
fn the_drift_of_an_old_price_widens_it_as_confidence_does() {
    let wide = |net: i128, confidence: u128, drift: u128| {
        bounds(move |book| {
            book.net_size_atoms = net * 1_000_000;
            book.confidence = Price(confidence * 1_000_000_000);
            book.drift = Price(drift * 1_000_000_000);
        })
    };
    // 0.5 ± (2·0.1 + 0.05)
    assert_eq!(wide(1, 100, 50), (250_000, 750_000));
    assert_eq!(wide(-1, 100, 50), (-750_000, -250_000));
    assert_eq!(wide(1, 0, 200), wide(1, 100, 0));
    assert_eq!(wide(1, 0, 600), (0, 1_100_000), "no price below 0");
}

#[test]
fn the_net_notional_is_at_the_price_and_up() {
    let notional = |net| {
        MarketBook {
            net_size_atoms: net,
            confidence: Price(100_000_000_000),
            ..BOOK
        }
        .net_notional_ceil()
    };
    assert_eq!(notional(3), Ok(2));
    assert_eq!(notional(-3), Ok(2));
    assert_eq!(notional(0), Ok(0));
    assert_eq!(notional(1 << 64), Err(RiskError::Overflow));
}

#[test]
fn what_does_not_fit_is_refused() {
    let pnl = |edit: fn(&mut MarketBook)| {
        let mut book = BOOK;
        edit(&mut book);
        (book.accounts_pnl_floor(), book.accounts_pnl_ceil())
    };
    let refused = (Err(RiskError::Overflow), Err(RiskError::Overflow));
    assert_eq!(pnl(|book| book.base_decimals = 19), refused);
    assert_eq!(pnl(|book| book.net_size_atoms = 1 << 64), refused);
    assert_eq!(pnl(|book| book.net_size_atoms = i128::MIN), refused);
    assert_eq!(pnl(|book| book.price = Price(1 << 108)), refused);
    assert_eq!(pnl(|book| book.confidence = Price(u128::MAX)), refused);
    assert_eq!(pnl(|book| book.entry_quote_atoms = i128::MIN), refused);
    // The largest that the oracle and the markets can hold does fit.
    let largest = pnl(|book| {
        book.net_size_atoms = -i128::from(u64::MAX);
        book.price = Price(u128::from(u64::MAX >> 1) * 1_000_000_000_000);
        book.confidence = Price(u128::from(u64::MAX >> 4) * 1_000_000_000_000);
        book.base_decimals = 7;
    });
    assert!(largest.0.is_ok() && largest.1.is_ok());
}
