use super::*;
use crate::fixture::{
    ETH, SOL, USD, asset, asset_params, coefficients, eth, portfolio, sol, sol_collateral,
};
use crate::requirement::margin::liquidation_valuation;

const DOLLAR: u128 = 1_000_000_000_000;

/// The liquidation prices of the first holding.
fn prices_of(quote_atoms: i64, holdings: &[Holding]) -> LiquidationPrices {
    let c = coefficients();
    liquidation_prices(&portfolio(&c, quote_atoms, holdings), 0).unwrap()
}

/// The nearer one.
fn price_of(quote_atoms: i64, holdings: &[Holding]) -> Option<Price> {
    prices_of(quote_atoms, holdings).nearer
}

/// Whether the account is liquidatable with the first holding at this price.
fn is_liquidatable(quote_atoms: i64, holdings: &[Holding], price: Price) -> bool {
    let c = coefficients();
    let mut moved = holdings.to_vec();
    moved[0].price = price;
    let account = portfolio(&c, quote_atoms, &moved);
    let valuation = liquidation_valuation(&account).unwrap();
    valuation.requirement.is_liquidatable()
}

/// Liquidatable at the price found and not a millionth nearer to P.
#[track_caller]
fn assert_crossing(quote_atoms: i64, holdings: &[Holding]) -> Price {
    let found = price_of(quote_atoms, holdings).expect("a price");
    assert_crosses(quote_atoms, holdings, found);
    found
}

#[track_caller]
fn assert_crosses(quote_atoms: i64, holdings: &[Holding], found: Price) {
    assert!(is_liquidatable(quote_atoms, holdings, found), "{found:?}");
    let Price(now) = holdings[0].price;
    let millionth = now / 1_000_000;
    let nearer = if found.0 < now {
        found.0 + millionth
    } else {
        found.0 - millionth
    };
    assert!(!is_liquidatable(quote_atoms, holdings, Price(nearer)));
}

#[test]
fn a_long_by_hand() {
    // 1,000 SOL at $100, $10,000: 10,000 + 1000·(p − 100) = 1000·p·(3.75 % + 0.08 %)
    // p = 90,000 / (1000·0.9617) = 93.58…
    let found = assert_crossing(10_000 * USD, &[sol(1_000 * SOL)]);
    let dollars = found.0 * 10_000 / DOLLAR;
    assert_eq!(dollars, 935_842);
}

#[test]
fn a_short_by_hand() {
    // 10,000 − 1000·(p − 100) = 1000·p·0.0383: p = 110,000/1038.3 = 105.94…
    let found = assert_crossing(10_000 * USD, &[sol(-1_000 * SOL)]);
    assert_eq!(found.0 * 100 / DOLLAR, 10_594);
}

#[test]
fn beside_other_assets_and_as_collateral() {
    assert_crossing(10_000 * USD, &[sol(1_000 * SOL), eth(-20 * ETH)]);
    assert_crossing(-60_000 * USD, &[sol_collateral(1_000 * SOL as u64)]);
    let hedged = Holding {
        collateral_atoms: 400 * SOL as u64,
        ..sol(-1_000 * SOL)
    };
    assert_crossing(10_000 * USD, &[hedged]);
}

#[test]
fn a_far_short_scales_with_its_price() {
    let far = assert_crossing(1_000_000 * USD, &[sol(-1_000 * SOL)]);
    assert!(far.0 > 900 * DOLLAR);
}

#[test]
fn none_where_no_price_does_it_and_the_price_itself_where_it_is_done() {
    assert_eq!(price_of(200_000 * USD, &[sol(1_000 * SOL)]), None);
    assert_eq!(price_of(2_000_000 * USD, &[sol(-1_000 * SOL)]), None);
    assert_eq!(price_of(1_000 * USD, &[sol(0)]), None);
    let now = sol(0).price;
    assert_eq!(price_of(1_000 * USD, &[sol(1_000 * SOL)]), Some(now));
}

#[test]
fn an_index_beyond_the_holdings_is_nothing() {
    let c = coefficients();
    let empty = portfolio(&c, USD, &[]);
    assert_eq!(
        liquidation_prices(&empty, 0),
        Err(RiskError::NothingToLiquidate)
    );
}

#[test]
fn a_hedged_account_has_a_price_in_either_direction() {
    // 100 SOL and a short of 100: E = 10,000 − 9,940 = 60, charges 0.58 % of P: E < MM above $103.45.
    let flat = Holding {
        collateral_atoms: 100 * SOL as u64,
        ..sol(-100 * SOL)
    };
    let prices = prices_of(-9_940 * USD, &[flat]);
    let nearer = prices.nearer.expect("above");
    assert_eq!(nearer.0 * 100 / DOLLAR, 10_344);
    assert_crosses(-9_940 * USD, &[flat], nearer);
    assert_eq!(prices.farther, None, "below, charges only fall");
}

#[test]
fn a_hedge_of_another_asset_falls_short_either_way() {
    // Net long by 5.8 SOL, which earn what charges of 0.58 % on 1,000 take, against a short of ETH of the same
    // size; two scenarios move both by 40 %: M grows whichever way the sizes part. $5 above its margin.
    let hedged = Holding {
        collateral_atoms: 1_005_800 * SOL as u64 / 1_000,
        ..sol(-1_000 * SOL)
    };
    let held = [hedged, eth(-ETH * 29 / 100)];
    let scenarios = [-400_000_000, 400_000_000].map(|shock| {
        crate::params::ScenarioCoefficients::new(&crate::params::Scenario {
            weight_e9: 1_000_000_000,
            shock_e9: [shock; 8],
        })
        .unwrap()
    });
    let c = coefficients();
    fn valued_at<'a>(
        c: &'a crate::params::PortfolioCoefficients,
        scenarios: &'a [crate::params::ScenarioCoefficients],
        quote_atoms: i64,
        holdings: &'a [Holding],
    ) -> Portfolio<'a> {
        Portfolio {
            scenarios,
            ..portfolio(c, quote_atoms, holdings)
        }
    }
    let valued = liquidation_valuation(&valued_at(&c, &scenarios, 0, &held)).unwrap();
    let quote = 5 * USD - valued.requirement.free_collateral_atoms() as i64;
    let prices = liquidation_prices(&valued_at(&c, &scenarios, quote, &held), 0).unwrap();
    let [nearer, farther] = [prices.nearer, prices.farther].map(|price| price.expect("both"));
    let now = held[0].price.0;
    assert!(nearer.0.abs_diff(now) <= farther.0.abs_diff(now));
    assert!((nearer.0 < now) != (farther.0 < now));
    for Price(price) in [nearer, farther] {
        let inwards = if price < now {
            price + 100_000_000
        } else {
            price - 100_000_000
        };
        for (price, expected) in [(price, true), (inwards, false)] {
            let mut moved = held;
            moved[0].price = Price(price);
            let valued = liquidation_valuation(&valued_at(&c, &scenarios, quote, &moved)).unwrap();
            assert_eq!(valued.requirement.is_liquidatable(), expected, "{price}");
        }
    }
}

/// Every price on a grid between them and the prices found is healthy, with s_max binding on the way or not.
#[test]
fn no_price_between_them_is_below_the_margin() {
    let mut found = 0;
    for depth in [1_000_000, 300_000, 30_000, 3_000] {
        for size in [-1_000, -400, 400, 1_000] {
            for quote in [3_000, 10_000, 40_000, 70_000, 120_000] {
                let mut held = [sol(size * SOL), eth(-size / 40 * ETH)];
                let params = crate::params::AssetParams {
                    depth_quote_atoms: depth * 1_000_000,
                    s_max_mm_long_e9: 100_000_000,
                    ..asset_params()
                };
                held[0].coefficients = asset(&params, 100).coefficients;
                let prices = prices_of(quote * USD, &held);
                let now = held[0].price.0;
                let below = [prices.nearer, prices.farther].into_iter().flatten();
                let (mut low, mut high) = (0, 16 * now);
                for Price(price) in below {
                    found += 1;
                    if price < now {
                        low = price + 1_000;
                    } else if price > now {
                        high = price - 1_000;
                    } else {
                        (low, high) = (now, now);
                    }
                }
                for step in 1..400 {
                    let price = low + (high - low) / 400 * step;
                    assert!(
                        low == high || !is_liquidatable(quote * USD, &held, Price(price)),
                        "{price} of {prices:?}"
                    );
                }
            }
        }
    }
    assert!(found > 40, "{found}");
}
