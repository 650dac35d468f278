use super::*;
use crate::fixture::{
    ETH, SOL, USD, assert_down, assert_up, asset, asset_params, coefficients, eth, portfolio, sol,
    sol_collateral,
};
use crate::params::{AssetParams, PortfolioCoefficients};
use crate::price::standing::Standing;
use crate::requirement::holding::Holding;

const NO_WINDOW: Window = Window {
    gross_quote_atoms: 0,
    closed_quote_atoms: 0,
};

fn params() -> LiquidationParams {
    LiquidationParams {
        window_cap_quote_atoms: u64::MAX,
        ..LiquidationParams::reference()
    }
}

fn verdict<'a>(
    account: &Portfolio<'a>,
    closing: Closing,
    params: &LiquidationParams,
) -> LiquidationVerdict<'a> {
    LiquidationPlan::new(
        account,
        0,
        closing,
        params,
        0,
        NO_WINDOW,
        &ClosingTerms::default(),
    )
    .unwrap()
}

fn plan<'a>(account: &Portfolio<'a>, closing: Closing) -> LiquidationPlan<'a> {
    *verdict(account, closing, &params()).plan().unwrap()
}

fn c() -> PortfolioCoefficients {
    coefficients()
}

#[test]
fn a_partial_liquidation_ends_at_the_target_level() {
    // 1,000 SOL, MM 3,830, equity 0.9·MM: 266.67 SOL by hand, rounded up to a lot of 0.1.
    let (c, holdings) = (c(), [sol(1_000 * SOL)]);
    let plan = plan(&portfolio(&c, 3_447 * USD, &holdings), Closing::Position);
    assert_eq!(
        (plan.reason, plan.size_atoms),
        (SizeReason::Target, 266_700_000_000)
    );
    assert!(plan.allowed);
    assert!(plan.depth_e18.abs_diff(100_000_000_000_000_000) < 1_000_000_000);
    assert!(
        plan.penalty_share
            .to_e18_ceil()
            .abs_diff(350_000_000_000_000_000)
            < 1_000_000_000
    );
    assert_down(plan.outcome.relief_atoms, 1_021_461_000, 2);
    assert_up(plan.outcome.penalty_atoms, 357_511_350, 2);
    assert_down(plan.outcome.equity_after_atoms, 3_089_488_650, 3);
    assert_up(plan.outcome.margin_after_atoms, 2_808_539_000, 2);
    // A lot less does not reach it.
    let less = plan.outcome_of(plan.size_atoms - 100_000_000).unwrap();
    assert!(less.equity_after_atoms * 10 < less.margin_after_atoms * 11);
}

/// P7: with any size taken, equity − MM rises and so does equity/MM.
#[test]
fn p7_every_size_improves_the_account() {
    let (c, holdings) = (c(), [sol(1_000 * SOL), eth(-10 * ETH)]);
    let account = portfolio(&c, 2_500 * USD, &holdings);
    let plan = plan(&account, Closing::Position);
    let (equity, margin) = (plan.requirement.equity_atoms, plan.requirement.margin_atoms);
    for share in 1..=20 {
        let size = plan.size_atoms / 20 * share;
        let after = plan.take(size).unwrap();
        assert!(after.equity_after_atoms - after.margin_after_atoms > equity - margin);
        assert!(after.equity_after_atoms * margin > equity * after.margin_after_atoms);
    }
}

#[test]
fn a_severe_account_is_closed_whole_and_never_bankrupted_by_the_penalty() {
    let (c, holdings) = (c(), [sol(1_000 * SOL)]);
    let plan = plan(&portfolio(&c, 1_000 * USD, &holdings), Closing::Position);
    assert_eq!(
        (plan.reason, plan.size_atoms),
        (SizeReason::Severe, 1_000_000_000_000)
    );
    assert_up(plan.outcome.penalty_atoms, 950_000_000, 2);
    assert_down(plan.outcome.equity_after_atoms, 50_000_000, 2);
    assert_eq!(plan.outcome.margin_after_atoms, 0);
}

#[test]
fn an_insolvent_account_pays_no_penalty() {
    let (c, holdings) = (c(), [sol(1_000 * SOL)]);
    let plan = plan(&portfolio(&c, -100_000 * USD, &holdings), Closing::Position);
    assert_eq!(
        (plan.penalty_share, plan.outcome.penalty_atoms),
        (Fraction::ZERO, 0)
    );
    assert_eq!(plan.outcome.equity_after_atoms, -100_000_000_001); // down by an atom
    assert!(plan.depth_e18 > 27_000_000_000_000_000_000);
    assert!(plan.allowed);
}

#[test]
fn the_penalty_grows_with_time_to_three_quarters() {
    let (c, holdings) = (c(), [sol(1_000 * SOL)]);
    let account = portfolio(&c, 3_829 * USD, &holdings);
    let share = |secs| {
        let verdict = LiquidationPlan::new(
            &account,
            0,
            Closing::Position,
            &params(),
            secs,
            NO_WINDOW,
            &ClosingTerms::default(),
        );
        let share = verdict.unwrap().plan().unwrap().penalty_share;
        share.to_e18_ceil() / 1_000_000_000_000_000
    };
    assert_eq!(
        [share(0), share(150), share(300), share(u64::MAX)],
        [250, 500, 750, 750]
    );
}

#[test]
fn a_small_account_is_closed_whole() {
    let (c, holdings) = (c(), [sol(SOL / 2)]); // $50
    let plan = plan(&portfolio(&c, 1_500_000, &holdings), Closing::Position);
    assert_eq!(
        (plan.reason, plan.size_atoms),
        (SizeReason::Dust, 500_000_000)
    );
}

#[test]
fn all_is_closed_where_all_does_not_reach_the_target() {
    // SOL is a fifth of the risk; ETH keeps the account below.
    let (c, holdings) = (c(), [sol(10 * SOL), eth(50 * ETH)]);
    let plan = plan(&portfolio(&c, 3_500 * USD, &holdings), Closing::Position);
    assert_eq!(
        (plan.reason, plan.size_atoms),
        (SizeReason::Whole, 10_000_000_000)
    );
}

#[test]
fn a_sale_of_collateral_stops_where_the_loan_is_repaid() {
    let (c, holdings) = (c(), [sol_collateral(1_000_000_000_000), eth(-100 * ETH)]);
    // A loan of $1,000.55: 10.0055 SOL, so 100 lots of 0.1. The short has lost $93,000 and keeps
    // the account, which is worth $6,000 of the $12,000 it needs, deep.
    let mut losing = holdings;
    losing[1].entry_quote_atoms += 93_000 * USD;
    let account = portfolio(&c, -1_000_550_000, &losing);
    let plan = plan(&account, Closing::Collateral);
    assert_eq!(
        (plan.reason, plan.size_atoms),
        (SizeReason::Debt, 10_000_000_000)
    );
    // Without a loan nothing is sold.
    let mut worse = losing;
    worse[1].entry_quote_atoms += 1_000 * USD;
    let account = portfolio(&c, 0, &worse);
    let verdict = verdict(&account, Closing::Collateral, &params());
    assert!(matches!(verdict, LiquidationVerdict::Nothing));
}

#[test]
fn selling_collateral_frees_what_had_no_weight() {
    let asset_params = AssetParams {
        collateral_weight_e9: 500_000_000,
        ..asset_params()
    };
    let holdings = [Holding {
        collateral_atoms: 1_000_000_000_000,
        ..asset(&asset_params, 100)
    }];
    let c = c();
    // Weighted $50,000, MM 1,875; equity 1,500.
    let plan = plan(
        &portfolio(&c, -48_500 * USD, &holdings),
        Closing::Collateral,
    );
    assert_eq!(plan.reason, SizeReason::Target);
    let sold = i128::from(plan.size_atoms) / 10; // at P
    let gain = plan.outcome.equity_after_atoms - plan.requirement.equity_atoms;
    let penalty = plan.outcome.penalty_atoms;
    assert!((gain + penalty - sold / 2).abs() <= 3);
}

#[test]
fn a_pair_is_closed_together() {
    let holding = Holding {
        size_atoms: -1_000 * SOL,
        entry_quote_atoms: -100_000 * USD,
        ..sol_collateral(1_000_000_000_000)
    };
    let (c, holdings) = (c(), [holding]);
    // MM: basis 500 and provision 80.
    let account = portfolio(&c, -99_500 * USD, &holdings);
    let pair = plan(&account, Closing::Pair);
    assert!(pair.allowed && pair.outcome.relief_atoms > 0);
    assert_eq!(pair.reason, SizeReason::Target);
    // Either leg alone raises MM and is refused.
    let alone = plan(&account, Closing::Position);
    assert!(!alone.allowed && alone.outcome.relief_atoms < 0);
    assert_eq!(alone.take(alone.size_atoms), Err(RiskError::NoRelief));
    assert_eq!(alone.outcome.penalty_atoms, 0);
    // A long has no pair.
    let mut long = holdings;
    long[0].size_atoms = SOL;
    long[0].entry_quote_atoms = 200_000 * USD;
    let account = Portfolio {
        holdings: &long,
        ..account
    };
    assert!(matches!(
        verdict(&account, Closing::Pair, &params()),
        LiquidationVerdict::Nothing
    ));
}

#[test]
fn a_loan_below_a_lots_worth_takes_one_lot() {
    let (c, mut holdings) = (c(), [sol_collateral(1_000_000_000_000), eth(-100 * ETH)]);
    holdings[1].entry_quote_atoms += 94_000 * USD;
    for (loan, size) in [(9, 100_000_000), (10, 100_000_000), (29, 200_000_000)] {
        let account = portfolio(&c, -loan * USD, &holdings);
        let plan = plan(&account, Closing::Collateral);
        assert_eq!((plan.reason, plan.size_atoms), (SizeReason::Debt, size));
    }
}

#[test]
fn a_pair_is_whole_lots_or_all_of_the_short() {
    // Below zero: all that can be closed is. Lots of 0.1 SOL.
    let closed = |short: i64, collateral: u64| {
        let holding = Holding {
            size_atoms: -short,
            entry_quote_atoms: -short / 10,
            ..sol_collateral(collateral)
        };
        let (c, holdings) = (c(), [holding]);
        let account = portfolio(&c, -200_000 * USD, &holdings);
        let LiquidationVerdict::Plan(plan) = verdict(&account, Closing::Pair, &params()) else {
            return 0;
        };
        assert_eq!(Closing::Pair.closable_atoms(&holding), plan.size_atoms);
        plan.size_atoms
    };
    assert_eq!(closed(200 * SOL, 150_005_000_001), 150_000_000_000);
    assert_eq!(closed(150 * SOL, 150_005_000_001), 150_000_000_000);
    assert_eq!(closed(200 * SOL, 99_999_999), 0);
    // A short that has a part of a lot already goes whole where the collateral suffices.
    assert_eq!(closed(150_005_000_000, 150_005_000_001), 150_005_000_000);
    assert_eq!(closed(150_005_000_000, 150_004_999_999), 150_000_000_000);
}

#[test]
fn the_window_limits_what_is_closed() {
    let (c, holdings) = (c(), [sol(1_000 * SOL)]);
    let account = portfolio(&c, 3_447 * USD, &holdings);
    let limited = LiquidationParams {
        window_cap_quote_atoms: 1_000_000_000,
        ..params()
    };
    let sized = |gross: u64, closed: u64| {
        let window = Window {
            gross_quote_atoms: gross,
            closed_quote_atoms: closed,
        };
        let plan = LiquidationPlan::new(
            &account,
            0,
            Closing::Position,
            &limited,
            0,
            window,
            &ClosingTerms::default(),
        );
        *plan.unwrap().plan().unwrap()
    };
    // 20 % of 100,000, of which 5,000 are gone: 150 SOL.
    let plan = sized(100_000_000_000, 5_000_000_000);
    assert_eq!(
        (plan.reason, plan.size_atoms),
        (SizeReason::Window, 150_000_000_000)
    );
    // The fixed cap of $1,000 where that is more.
    assert_eq!(sized(0, 0).size_atoms, 10_000_000_000);
    let exhausted = sized(0, 1_000_000_001);
    assert_eq!((exhausted.size_atoms, exhausted.allowed), (0, false));
    assert_eq!(
        exhausted.take(1),
        Err(RiskError::LiquidationWindowExhausted)
    );
    // A severely undercollateralised account has no window.
    let severe = portfolio(&c, 1_000 * USD, &holdings);
    let plan = LiquidationPlan::new(
        &severe,
        0,
        Closing::Position,
        &limited,
        0,
        NO_WINDOW,
        &ClosingTerms::default(),
    );
    assert_eq!(plan.unwrap().plan().unwrap().size_atoms, 1_000_000_000_000);
}

#[test]
fn no_rest_below_a_lot_is_left() {
    let (c, mut holdings) = (c(), [sol(266_750_000_000)]);
    holdings[0].coefficients.lot_atoms = 266_700_000_000; // one lot, and 0.05 SOL more
    let mm = 38_300_000 * 26_675 / 1_000; // scaled by hand
    let params = LiquidationParams {
        keeper_cost_quote_atoms: 0,
        ..params()
    };
    let account = portfolio(&c, mm * 95 / 100, &holdings);
    let verdict = verdict(&account, Closing::Position, &params);
    let plan = verdict.plan().unwrap();
    assert_eq!(
        (plan.reason, plan.size_atoms),
        (SizeReason::Target, 266_750_000_000)
    );
}

#[test]
fn each_refusal_has_its_reason() {
    let (c, holdings) = (c(), [sol(1_000 * SOL)]);
    let healthy = portfolio(&c, 3_831 * USD, &holdings);
    let refused = verdict(&healthy, Closing::Position, &params());
    assert_eq!(refused.plan().unwrap_err(), RiskError::AccountHealthy);
    let account = portfolio(&c, 3_000 * USD, &holdings);
    let refused = verdict(&account, Closing::Collateral, &params());
    assert_eq!(refused.plan().unwrap_err(), RiskError::NothingToLiquidate);
    let stale = [Holding {
        standing: Standing::Unknown,
        ..holdings[0]
    }];
    let unusable = Portfolio {
        holdings: &stale,
        ..account
    };
    let refused = verdict(&unusable, Closing::Position, &params());
    assert_eq!(
        refused.plan().unwrap_err(),
        RiskError::LiquidationPriceUnusable
    );
    let beyond = LiquidationPlan::new(
        &account,
        1,
        Closing::Position,
        &params(),
        0,
        NO_WINDOW,
        &ClosingTerms::default(),
    );
    assert_eq!(beyond.unwrap_err(), RiskError::NothingToLiquidate);
    let mut no_lot = holdings;
    no_lot[0].coefficients.lot_atoms = 0;
    let account = Portfolio {
        holdings: &no_lot,
        ..account
    };
    let refused = LiquidationPlan::new(
        &account,
        0,
        Closing::Position,
        &params(),
        0,
        NO_WINDOW,
        &ClosingTerms::default(),
    );
    assert_eq!(refused.unwrap_err(), RiskError::LotOutOfBounds);
}

#[test]
fn a_caller_takes_between_one_atom_and_the_largest_size() {
    let (c, holdings) = (c(), [sol(1_000 * SOL)]);
    let plan = plan(&portfolio(&c, 3_447 * USD, &holdings), Closing::Position);
    assert_eq!(plan.take(0), Err(RiskError::NothingToLiquidate));
    assert_eq!(
        plan.take(plan.size_atoms + 1),
        Err(RiskError::LiquidationTooLarge)
    );
    assert_eq!(plan.take(plan.size_atoms), Ok(plan.outcome));
    assert!(plan.take(100_000_000).unwrap().relief_atoms > 0);
}

#[test]
fn another_asset_without_price_neither_helps_nor_hurts() {
    let c = c();
    let dead = Holding {
        standing: Standing::Unknown,
        ..eth(-ETH)
    };
    let holdings = [sol(1_000 * SOL), dead];
    // The dead short adds $1,000 to equity; MM counts it.
    let account = portfolio(&c, 2_447 * USD, &holdings);
    let plan = plan(&account, Closing::Position);
    let valued = crate::requirement::margin::liquidation_valuation(&account)
        .unwrap()
        .requirement;
    assert!((plan.requirement.margin_atoms - valued.margin_atoms).abs() <= 1);
    assert_eq!(plan.requirement.equity_atoms, valued.equity_atoms);
    assert_eq!(plan.requirement.binding, valued.binding);
    let alone = crate::requirement::margin::maintenance(&portfolio(&c, 0, &[dead])).unwrap();
    let after = plan
        .outcome_of(1_000_000_000_000)
        .unwrap()
        .margin_after_atoms;
    assert!((after - alone.margin_atoms).abs() <= 1);
}

#[test]
fn only_insolvent_accounts_may_worsen() {
    let (c, holdings) = (c(), [sol(1_000 * SOL)]);
    let solvent = plan(&portfolio(&c, 3_447 * USD, &holdings), Closing::Position);
    assert!(!solvent.may_worsen());
    let insolvent = plan(&portfolio(&c, -USD, &holdings), Closing::Position);
    assert!(insolvent.may_worsen());
}

#[test]
fn a_window_that_leaves_no_lot_allows_nothing_even_to_dust() {
    let (c, holdings) = (c(), [sol(SOL / 2)]); // $50
    let account = portfolio(&c, 1_723_500, &holdings); // 0.9·MM
    let closed = LiquidationParams {
        window_cap_quote_atoms: 1,
        window_share_e9: 0,
        ..LiquidationParams::reference()
    };
    let verdict = LiquidationPlan::new(
        &account,
        0,
        Closing::Position,
        &closed,
        0,
        NO_WINDOW,
        &ClosingTerms::default(),
    )
    .unwrap();
    let plan = verdict.plan().unwrap();
    assert!(!plan.requirement.is_severe());
    assert_eq!((plan.size_atoms, plan.reason), (0, SizeReason::Window));
    assert!(!plan.allowed);
}

#[test]
fn a_limit_that_is_just_enough_is_not_the_reason() {
    let c = c();
    // All of the collateral repays the loan exactly, and the account is severely undercollateralised.
    let collateral = [sol_collateral(10 * SOL as u64)];
    let account = portfolio(&c, -1_000 * USD, &collateral);
    assert_eq!(
        plan(&account, Closing::Collateral).reason,
        SizeReason::Severe
    );
    // A window of exactly the lots that reach the liquidation target.
    let holdings = [sol(1_000 * SOL)];
    let account = portfolio(&c, 3_447 * USD, &holdings);
    let exact = LiquidationParams {
        window_cap_quote_atoms: 26_670_000_000,
        window_share_e9: 0,
        ..LiquidationParams::reference()
    };
    let at_limit = *verdict(&account, Closing::Position, &exact).plan().unwrap();
    assert_eq!(at_limit.size_atoms, 266_700_000_000);
    assert_eq!(at_limit.reason, SizeReason::Target);
}

#[test]
fn a_limit_ends_a_size_beyond_the_target_but_does_not_bring_it_back() {
    // 1 SOL, MM 3.83, equity 0.95·MM: what would be left pays nobody, so all of it, of which the window allows half.
    let (c, holdings) = (c(), [sol(SOL)]);
    let account = portfolio(&c, 3_638_500, &holdings);
    let half = LiquidationParams {
        window_cap_quote_atoms: 50 * USD as u64,
        window_share_e9: 0,
        ..params()
    };
    let plan = *verdict(&account, Closing::Position, &half).plan().unwrap();
    assert_eq!(
        (plan.reason, plan.size_atoms),
        (SizeReason::Window, 500_000_000)
    );
    let less = plan.outcome_of(400_000_000).unwrap();
    assert!(plan.beyond_target && less.equity_after_atoms * 10 > less.margin_after_atoms * 11);
    // Of an account that does not reach it within its window, nothing is beyond it.
    let holdings = [sol(1_000 * SOL)];
    let large = portfolio(&c, 3_638_500_000, &holdings);
    let plan = *verdict(&large, Closing::Position, &half).plan().unwrap();
    assert_eq!(plan.reason, SizeReason::Window);
    assert!(!plan.beyond_target);
}

#[test]
fn without_a_loan_no_collateral_is_sold() {
    let (c, holdings) = (c(), [sol_collateral(10 * SOL as u64), eth(-100 * ETH)]);
    let account = portfolio(&c, 0, &holdings);
    assert!(matches!(
        verdict(&account, Closing::Collateral, &params()),
        LiquidationVerdict::Nothing
    ));
}
