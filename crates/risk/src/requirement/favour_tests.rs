use super::*;
use crate::fixture::{ETH, SOL, USD, assert_down, coefficients, e9, eth, portfolio, sol};
use crate::number::quantity::Price;
use crate::price::standing::move_since;
use crate::requirement::margin::{liquidation_valuation, maintenance};

/// Long or short 10 SOL at $100 with 3.75 % of maintenance shock, and a confidence of so many cents.
fn favour(size: i64, cents: u128, standing: Standing) -> i128 {
    let holding = Holding {
        standing,
        confidence: Price(cents * 10_000_000_000),
        ..sol(size)
    };
    let (c, holdings) = (coefficients(), [holding]);
    let account = portfolio(&c, 0, &holdings);
    let valued = liquidation_valuation(&account).unwrap();
    let whole = maintenance(&account).unwrap();
    assert_eq!(valued.requirement.margin_atoms, whole.margin_atoms);
    assert_eq!(valued.all_usable, standing == Standing::Usable);
    valued.requirement.equity_atoms - whole.equity_atoms
}

#[test]
fn each_standing_moves_the_price_in_favour_and_no_further_than_its_own_shock() {
    let absent = |share| Standing::Absent { share };
    for size in [10 * SOL, -10 * SOL] {
        assert_eq!(favour(size, 100, Standing::Usable), 0);
        // 2.12 · 1 % of $1,000.
        assert_down(favour(size, 100, Standing::Wide), 21_200_000, 2);
        assert_down(favour(size, 300, Standing::Wide), 37_500_000, 2);
        assert_down(favour(size, 0, Standing::Far), 37_500_000, 2);
        assert_down(favour(size, 0, absent(e9(20_000_000))), 20_000_000, 2);
        assert_down(favour(size, 0, absent(e9(40_000_000))), 37_500_000, 2);
        assert_down(favour(size, 0, Standing::Unknown), 500_000_000, 2);
    }
}

/// Long 10 SOL and short half an ETH, $1,000 each, both of this standing.
fn hedge(standing: Standing) -> [Holding; 2] {
    [sol(10 * SOL), eth(-ETH / 2)].map(|held| Holding { standing, ..held })
}

#[test]
fn doubtful_prices_together_give_no_more_than_the_margin_asked_of_the_account() {
    let c = coefficients();
    let absent = Standing::Absent {
        share: e9(37_500_000),
    };
    for standing in [Standing::Far, absent] {
        let holdings = hedge(standing);
        let valued = |usd: i64| liquidation_valuation(&portfolio(&c, usd, &holdings)).unwrap();
        // 3.75 % of $1,000 twice are more than what is asked of two legs that hedge one another.
        let margin = valued(0).requirement.margin_atoms;
        assert!((45_000_000..75_000_000).contains(&margin), "{margin}");
        assert_down(valued(0).favour_atoms, margin, 4);
        // So nobody below zero at the prices that count is above his margin.
        let below = valued(-3).requirement;
        assert!(below.is_liquidatable(), "{below:?}");
        assert!(!valued(3).requirement.is_liquidatable());
        // One alone gives less than that.
        let one = [holdings[0], eth(-ETH / 2)];
        let valued = liquidation_valuation(&portfolio(&c, 0, &one)).unwrap();
        assert_down(valued.favour_atoms, 37_500_000, 2);
        assert_eq!(valued.requirement.margin_atoms, margin);
    }
}

#[test]
fn a_price_that_nobody_knows_more_of_gives_half_beside_what_is_doubtful() {
    let c = coefficients();
    let unknown = Holding {
        standing: Standing::Unknown,
        ..sol(SOL)
    };
    let [long, short] = hedge(Standing::Far);
    let account = [long, short, unknown];
    let valued = liquidation_valuation(&portfolio(&c, 0, &account)).unwrap();
    let margin = valued.requirement.margin_atoms;
    assert_down(valued.favour_atoms, margin + 50_000_000, 6);
}

#[test]
fn what_may_be_a_wrong_price_is_doubtful_and_what_nobody_knows_is_not() {
    let absent = Standing::Absent {
        share: Fraction::ZERO,
    };
    for (standing, usable, shown, doubtful) in [
        (Standing::Usable, true, true, false),
        (Standing::Wide, false, true, true),
        (Standing::Far, false, true, true),
        (absent, false, false, true),
        (Standing::Unknown, false, false, false),
    ] {
        assert_eq!(standing.is_usable(), usable, "{standing:?}");
        assert_eq!(standing.is_shown(), shown, "{standing:?}");
        assert_eq!(standing.is_doubtful(), doubtful, "{standing:?}");
    }
}

#[test]
fn a_price_may_have_moved_by_k_sigma_and_the_root_of_its_age() {
    let moved = |secs| move_since(3_000_000_000, e9(10_000_000), secs).to_e9_ceil();
    assert_eq!((moved(0), moved(900)), (0, 15_000_001));
    assert_eq!(moved(4 * 3_600), 60_000_001);
    assert_eq!(
        move_since(6_000_000_000, Fraction::MAX, u64::MAX),
        Fraction::MAX
    );
}

#[test]
fn amounts_beyond_the_range_end_and_the_valuation_does_not_fail() {
    let (c, dollar) = (coefficients(), 1_000_000_000_000);
    let huge = |size: i64, dollars: u128| Holding {
        price: Price(dollars * dollar),
        ..sol(size)
    };
    let valued = |holdings: &[Holding], usd: i64| {
        let account = portfolio(&c, usd * USD, holdings);
        liquidation_valuation(&account).unwrap()
    };
    // A short of $9e13: far below zero, also beside a long that is worth more than can be counted.
    let (short, long) = (-1_000 * SOL, 1_000 * SOL);
    let both = [huge(short, 90_000_000_000), huge(long, 90_000_000_000)];
    for holdings in [&both[..1], &both[..]] {
        let valued = valued(holdings, 1_000_000);
        assert!(valued.is_saturated && valued.requirement.is_severe());
        assert!(maintenance(&portfolio(&c, 0, holdings)).is_err());
    }
    // A long of as much is worth what can be counted, and no more.
    let valued_long = valued(&both[1..], 0);
    let end = i128::from(u64::MAX);
    assert!(valued_long.is_saturated && !valued_long.requirement.is_liquidatable());
    assert!(
        (end - i128::from(USD) * 1_000_000..=end).contains(&valued_long.requirement.equity_atoms)
    );
    // So is collateral with a weight.
    let mut weighted = Holding {
        collateral_atoms: u64::MAX / 2,
        ..huge(0, 1_000_000)
    };
    weighted.coefficients.collateral_weight = e9(900_000_000);
    assert!(!valued(&[weighted], -1).requirement.is_liquidatable());
    assert!(valued(&[weighted, both[0]], 0).requirement.is_severe());
}

#[test]
fn an_unusable_asset_moves_in_favour_by_its_net_size() {
    let c = coefficients();
    for size in [10 * SOL, -10 * SOL] {
        let holding = Holding {
            standing: Standing::Unknown,
            ..sol(size)
        };
        let valued = ValuedHolding::from_holding(&holding).unwrap();
        let mut favour = Favour::default();
        favour.add(&holding, &valued, &Shock::default(), &c);
        assert_down(favour.unknown_q32 >> AMOUNT_BITS, 500_000_000, 1);
        assert_eq!(favour.doubtful_q32, 0);
    }
}
