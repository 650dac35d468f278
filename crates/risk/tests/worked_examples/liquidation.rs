//! An account below its margin: whitepaper §7.1 to §7.11.
use freeboard_risk::liquidation::flag::{Grace, MarginFlag, PauseSpan, Sight};
use freeboard_risk::liquidation::penalty::{LeastReward, split};
use freeboard_risk::liquidation::{
    Closing, ClosingTerms, LiquidationPlan, LiquidationVerdict, SizeReason, SkewImpact, Window,
    liquidation_prices,
};
use freeboard_risk::market::skew::Skew;
use freeboard_risk::market::trade::age_spread_ceil;
use freeboard_risk::number::atoms::QuoteAtoms;
use freeboard_risk::params::LiquidationParams;
use freeboard_risk::requirement::margin::{liquidation_valuation, maintenance};

use crate::paper::{Example, decimal, percent, percent_e18, price, usd};
use crate::shipped::{
    COIN, NOW, USD, btc, btc_at, coefficients, dollars, e9, portfolio, trade_params,
};

/// Closing 2 BTC of an account of $20,000 at this price, flagged 10 s ago, against a pool at this skew.
fn with_plan(at: u128, skew: i64, then: impl FnOnce(&LiquidationPlan)) {
    let c = coefficients();
    let held = [btc_at(2 * COIN, dollars(at))];
    let account = portfolio(&c, 20_000 * USD, &held);
    let market = SkewImpact {
        skew: Skew::resting(i128::from(skew * COIN)),
        skew_scale_atoms: trade_params().skew_scale_atoms,
    };
    let verdict = LiquidationPlan::new(
        &account,
        0,
        Closing::Position,
        &LiquidationParams::reference(),
        10,
        Window::default(),
        &ClosingTerms::against(Some(market)),
    )
    .unwrap();
    let LiquidationVerdict::Plan(plan) = &verdict else {
        panic!("{verdict:?}");
    };
    then(plan);
}

#[test]
fn liquidation_price() {
    let example = Example::named("liquidation_price");
    let c = coefficients();
    let held = [btc(2 * COIN)];
    let account = portfolio(&c, 20_000 * USD, &held);
    let margin = maintenance(&account).unwrap();
    example.says(usd(margin.margin_atoms));
    let prices = liquidation_prices(&account, 0).unwrap();
    example.says(price(prices.nearer.unwrap()));
    assert_eq!(prices.farther, None);
}

#[test]
fn flag_of_a_minute() {
    let example = Example::named("flag_of_a_minute");
    let c = coefficients();
    let params = LiquidationParams::reference();
    let held = [btc_at(2 * COIN, dollars(92_500))];
    let below = liquidation_valuation(&portfolio(&c, 20_000 * USD, &held)).unwrap();
    let sight = |secs: i64| Sight {
        now: NOW + secs,
        oldest_publish_ts: NOW + secs,
        newest_publish_ts: NOW + secs,
        paused: PauseSpan::default(),
    };
    let flag = MarginFlag::default().after(&below, &sight(0), &params);
    let may = |secs: i64| {
        let run = flag.run_at(NOW + secs, PauseSpan::default(), &params);
        run.check_grace(NOW + secs, Grace::Required, &params)
            .is_ok()
    };
    let first = (0..100).find(|secs| may(*secs)).unwrap();
    let last = (first..100).take_while(|secs| may(*secs)).last().unwrap();
    example.says(format!("{first} s"));
    example.says(format!("{} s", last + 1));
    let renewed = flag.after(&below, &sight(50), &params);
    let run = renewed.run_at(NOW + 105, PauseSpan::default(), &params);
    assert!(run.check_grace(NOW + 105, Grace::Required, &params).is_ok());
    example.says(format!("{} s", run.age_secs()));
}

#[test]
fn penalty() {
    let example = Example::named("penalty");
    with_plan(92_500, 100, |plan| {
        example.says(usd(plan.requirement.equity_atoms));
        example.says(usd(plan.requirement.margin_atoms));
        example.says(percent_e18(plan.depth_e18, 3));
        example.says(percent(plan.penalty_share, 3));
        example.says(usd(plan.outcome.relief_atoms));
        example.says(usd(plan.outcome.penalty_atoms));
    });
}

#[test]
fn penalty_parts() {
    let example = Example::named("penalty_parts");
    with_plan(92_500, 100, |plan| {
        let params = LiquidationParams::reference();
        let paid = u64::try_from(plan.outcome.penalty_atoms).unwrap();
        let parts = split(paid, &params).unwrap();
        example.says(usd(parts.liquidator_atoms));
        example.says(usd(parts.insurance_atoms));
        example.says(usd(parts.pool_atoms));
        let small = split(5 * 1_000_000, &params).unwrap();
        let least = LeastReward {
            closed_notional: QuoteAtoms::new(10_000_000_000),
            reward_min_e9: 1_000_000,
            taker_fee_e9: 500_000,
        };
        example.says(usd(least.topup(&small, QuoteAtoms::MAX).get()));
    });
}

#[test]
fn impact_of_a_closing() {
    let example = Example::named("impact_of_a_closing");
    with_plan(92_500, -1_000, |plan| {
        let whole = plan.outcome_of(u64::try_from(2 * COIN).unwrap()).unwrap();
        example.says(usd(whole.impact_atoms));
    });
    with_plan(92_500, 100, |plan| assert_eq!(plan.outcome.impact_atoms, 0));
}

#[test]
fn liquidation_size() {
    let example = Example::named("liquidation_size");
    with_plan(92_500, 100, |plan| {
        assert_eq!(plan.reason, SizeReason::Target);
        let size = plan.size_atoms;
        example.says(format!("{} BTC", decimal(u128::from(size), 8, 4)));
        let after = plan.outcome;
        example.says(usd(after.equity_after_atoms));
        example.says(usd(after.margin_after_atoms));
        let less = plan.outcome_of(size - 10_000).unwrap();
        assert!(less.equity_after_atoms * 10 < less.margin_after_atoms * 11);
        assert!(after.equity_after_atoms * 10 >= after.margin_after_atoms * 11);
    });
}

#[test]
fn severely_undercollateralised() {
    let example = Example::named("severely_undercollateralised");
    with_plan(91_500, 100, |plan| {
        assert!(plan.requirement.is_severe());
        assert_eq!(plan.reason, SizeReason::Severe);
        example.says(usd(plan.requirement.equity_atoms));
        example.says(usd(plan.requirement.margin_atoms));
        example.says(format!(
            "{} BTC",
            decimal(u128::from(plan.size_atoms), 8, 0)
        ));
        example.says(usd(plan.outcome.penalty_atoms));
    });
}

#[test]
fn age_of_a_takeover() {
    let example = Example::named("age_of_a_takeover");
    for age_secs in [2, 15] {
        let share = age_spread_ceil(age_secs, e9(9_025_000), 1_500_000_000).unwrap();
        example.says(percent(share, 4));
        let terms = ClosingTerms {
            market: None,
            age_spread: share,
        };
        example.says(usd(terms.paid_ceil(28_000 * 1_000_000)));
    }
}
