use super::*;

/// 10 net SOL at 100 USD; entry 900, funding 1.5 atoms owed to the pool; the skew moves a fill by 100 % at 100 SOL.
const MARKET: PooledMarket = PooledMarket {
    net_size_atoms: 10_000_000_000,
    entry_quote_atoms: 900_000_000,
    funding_receivable_q64: 3 << 63,
    base_decimals: 9,
    skew_scale_atoms: 100_000_000_000,
    life: MarketLife::Open,
};
const PRICE: Price = Price(100_000_000_000_000);
const SHORT: PooledMarket = PooledMarket {
    net_size_atoms: -10_000_000_000,
    entry_quote_atoms: -900_000_000,
    ..MARKET
};

fn in_life(life: MarketLife) -> PooledMarket {
    PooledMarket { life, ..MARKET }
}

#[test]
fn the_accounts_take_their_profit_and_what_closing_the_skew_pays() {
    // 1,000 − 900 − 1.5e-6, and 1,000 · 10/(2 · 100)
    assert_eq!(MARKET.liability_ceil(PRICE), Ok(99_999_999 + 50_000_000));
    // −1,000 + 900: shorts are paid for buying back as longs are for selling
    assert_eq!(SHORT.liability_ceil(PRICE), Ok(-100_000_001 + 50_000_000));
    let ended = in_life(MarketLife::Settled);
    assert_eq!(
        ended.liability_ceil(PRICE),
        Ok(99_999_999),
        "no skew at a settlement"
    );
    let winding = in_life(MarketLife::WindingDown);
    assert_eq!(winding.liability_ceil(PRICE), MARKET.liability_ceil(PRICE));
}

#[test]
fn a_market_that_is_wound_down_may_keep_the_premium() {
    let range = |life| {
        let range = in_life(life).premium_range(50);
        (range.least_atoms, range.most_atoms)
    };
    assert_eq!(range(MarketLife::Open), (49, 50));
    assert_eq!(range(MarketLife::WindingDown), (0, 50));
    assert_eq!(in_life(MarketLife::Settled).premium_ceil(1_000), Ok(0));
    let none = in_life(MarketLife::Settled).premium_range(0);
    assert_eq!(none, AtomRange::default());
}

#[test]
fn an_old_price_may_have_moved_and_that_of_an_ended_market_not() {
    let at = Observation {
        price: PRICE,
        confidence: Price(1_000_000_000_000),
        ema: Price(101_000_000_000_000),
        publish_ts: 1_000,
    };
    // κ·σ·√h = 1 · 1/8 per √hour · √(900 s) = 1/16 of 100 USD
    let doubt = PriceDoubt {
        z: Fraction::from_bits(2 << 60),
        sigma_im: Fraction::from_bits(1 << 57),
        kappa_e9: 1_000_000_000,
        now: 1_900,
    };
    let book = MARKET.doubtful_book(&at, &doubt).unwrap();
    let exact = 6_250_000_000_000;
    assert!(
        (exact..exact + 1_000).contains(&book.drift.0),
        "{:?}",
        book.drift
    );
    assert_eq!(
        (book.confidence, book.ema, book.z),
        (at.confidence, at.ema, doubt.z)
    );
    let ended = in_life(MarketLife::Settled)
        .doubtful_book(&at, &doubt)
        .unwrap();
    assert_eq!(ended.drift, Price(0));
    let late = PriceDoubt {
        now: 1_000 + (1 << 32),
        ..doubt
    };
    assert_eq!(MARKET.doubtful_book(&at, &late), Err(RiskError::PriceStale));
    assert!(
        in_life(MarketLife::Settled)
            .doubtful_book(&at, &late)
            .is_ok()
    );
}

#[test]
fn a_withheld_price_counts_where_the_accounts_take_less() {
    assert_eq!(MARKET.in_favour_of_pool(Price(101)), Price(51));
    assert_eq!(SHORT.in_favour_of_pool(Price(101)), Price(151));
    let flat = PooledMarket {
        net_size_atoms: 0,
        ..MARKET
    };
    assert_eq!(flat.in_favour_of_pool(Price(101)), Price(151));
}

#[test]
fn what_does_not_fit_is_refused() {
    let none = PooledMarket {
        skew_scale_atoms: 0,
        ..MARKET
    };
    assert_eq!(none.liability_ceil(PRICE), Err(RiskError::Overflow));
    let ended = PooledMarket {
        life: MarketLife::Settled,
        ..none
    };
    assert!(ended.liability_ceil(PRICE).is_ok());
    assert_eq!(
        MARKET.liability_ceil(Price(1 << 108)),
        Err(RiskError::Overflow)
    );
}
