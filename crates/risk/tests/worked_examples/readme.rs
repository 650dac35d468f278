//! The example of the README: one position from the price to the liquidation.
use freeboard_risk::liquidation::penalty::split;
use freeboard_risk::liquidation::{
    Closing, ClosingTerms, LiquidationPlan, LiquidationVerdict, SkewImpact, Window,
    liquidation_prices,
};
use freeboard_risk::market::skew::Skew;
use freeboard_risk::market::trade::{Fee, Fill, fee_ceil, fill};
use freeboard_risk::number::quantity::Price;
use freeboard_risk::params::LiquidationParams;
use freeboard_risk::requirement::holding::Holding;
use freeboard_risk::requirement::margin::report;

use crate::paper::{Example, decimal, percent, price, usd, whole_usd};
use crate::shipped::{
    COIN, USD, btc_at, coefficients, dollars, observed, portfolio, trade_params, two_bitcoin_bought,
};

/// Buying 2 BTC at $100,000 from a market that is 100 BTC long.
fn bought() -> (Fill, Fee) {
    let update = observed(dollars(100_000), dollars(50));
    let terms = two_bitcoin_bought(&update);
    let fill = fill(&terms, &trade_params()).unwrap();
    let fee = fee_ceil(fill.notional_quote_atoms, &trade_params()).unwrap();
    (fill, fee)
}

/// That position at another price, and the quote balance beside it.
fn held_at(at: Price) -> (Holding, i64) {
    let (fill, fee) = bought();
    let holding = Holding {
        entry_quote_atoms: fill.notional_quote_atoms.cast_signed(),
        ..btc_at(2 * COIN, at)
    };
    (holding, 20_000 * USD - fee.total_atoms.cast_signed())
}

#[test]
fn position_in_numbers() {
    let example = Example::of_readme();
    let c = coefficients();
    let (fill, fee) = bought();
    example.says(price(fill.price));
    example.says(usd(fee.total_atoms));

    let (holding, quote_atoms) = held_at(dollars(100_000));
    example.says(percent(holding.unit_shock.u_mm, 4));
    let held = [holding];
    let account = portfolio(&c, quote_atoms, &held);
    let open = report(&account).unwrap();
    example.says(usd(open.maintenance.equity_atoms));
    example.says(usd(open.maintenance.margin_atoms));
    example.says(usd(open.initial.requirement.margin_atoms));
    example.says(usd(open.initial.free_collateral_atoms));
    let at = liquidation_prices(&account, 0).unwrap().nearer.unwrap();
    example.says(price(at));

    let (fallen, quote_atoms) = held_at(dollars(92_800));
    let held = [fallen];
    let account = portfolio(&c, quote_atoms, &held);
    let params = LiquidationParams::reference();
    let market = SkewImpact {
        skew: Skew::resting(i128::from(100 * COIN)),
        skew_scale_atoms: trade_params().skew_scale_atoms,
    };
    let verdict = LiquidationPlan::new(
        &account,
        0,
        Closing::Position,
        &params,
        10,
        Window::default(),
        &ClosingTerms::against(Some(market)),
    )
    .unwrap();
    let LiquidationVerdict::Plan(plan) = &verdict else {
        panic!("{verdict:?}");
    };
    example.says(whole_usd(92_800 * USD));
    example.says(usd(plan.requirement.equity_atoms));
    example.says(usd(plan.requirement.margin_atoms));
    example.says(format!(
        "{} BTC",
        decimal(u128::from(plan.size_atoms), 8, 4)
    ));
    let penalty = u64::try_from(plan.outcome.penalty_atoms).unwrap();
    let parts = split(penalty, &params).unwrap();
    example.says(usd(penalty));
    example.says(usd(parts.liquidator_atoms));
    example.says(usd(parts.insurance_atoms));
    example.says(usd(parts.pool_atoms));
    example.says(usd(plan.outcome.equity_after_atoms));
    example.says(usd(plan.outcome.margin_after_atoms));
}
