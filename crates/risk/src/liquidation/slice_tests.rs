use super::*;
use crate::fixture::{
    ETH, SOL, USD, asset, asset_params, coefficients, eth, portfolio, sol, sol_collateral,
};
use crate::params::{AssetParams, ScenarioCoefficients};
use crate::price::standing::Standing;
use crate::requirement::margin::liquidation_valuation;

fn params() -> LiquidationParams {
    LiquidationParams {
        window_cap_quote_atoms: u64::MAX,
        ..LiquidationParams::reference()
    }
}

fn plan<'a>(account: &Portfolio<'a>) -> SlicePlan<'a> {
    SlicePlan::new(account, &[], &params(), 0, Window::default()).unwrap()
}

/// The quote balance with which equity is so many thousandths of MM.
fn quote_at(permille: i128, holdings: &[Holding]) -> i64 {
    let c = coefficients();
    let valued = liquidation_valuation(&portfolio(&c, 0, holdings)).unwrap();
    let wanted = valued.requirement.margin_atoms * permille / 1_000;
    i64::try_from(wanted - valued.requirement.equity_atoms).unwrap()
}

#[test]
fn a_lone_position_is_sliced_like_a_closing() {
    // MM 3,830, equity 0.9·MM: 266.67 of 1,000 SOL.
    let (c, held) = (coefficients(), [sol(1_000 * SOL)]);
    let plan = plan(&portfolio(&c, 3_447 * USD, &held));
    assert_eq!(
        (plan.reason, plan.share_permille),
        (SizeReason::Target, 267)
    );
    assert!(plan.allowed);
    let less = plan.outcome_of(266).unwrap();
    assert!(less.equity_after_atoms * 10 < less.margin_after_atoms * 11);
}

/// A long of $1 M in BTC's bucket against 500 ETH, each of which hedges the other, and scenarios on either side that keep
/// any single leg from helping.
fn balanced() -> ([Holding; 2], [ScenarioCoefficients; 2]) {
    let btc = AssetParams {
        bucket: 0,
        ..asset_params()
    };
    let mut long = asset(&btc, 100);
    (long.size_atoms, long.entry_quote_atoms) = (10_000 * SOL, 1_000_000 * USD);
    let scenario = |own: i64, other: i64| {
        let mut shock_e9 = [0; 8];
        (shock_e9[0], shock_e9[2]) = (own, other);
        let scenario = crate::params::Scenario {
            weight_e9: 1_000_000_000,
            shock_e9,
        };
        ScenarioCoefficients::new(&scenario).unwrap()
    };
    let scenarios = [
        scenario(-400_000_000, -300_000_000),
        scenario(300_000_000, 400_000_000),
    ];
    ([long, eth(-500 * ETH)], scenarios)
}

/// The same account with equity at so many thousandths of MM.
fn at_depth<'a>(account: &Portfolio<'a>, permille: i128) -> Portfolio<'a> {
    let valued = liquidation_valuation(account).unwrap().requirement;
    let wanted = valued.margin_atoms * permille / 1_000 - valued.equity_atoms;
    Portfolio {
        quote_atoms: account.quote_atoms + i64::try_from(wanted).unwrap(),
        ..*account
    }
}

#[test]
fn a_balanced_hedge_that_no_holding_frees_is_sliced() {
    let (held, scenarios) = balanced();
    let c = coefficients();
    let account = Portfolio {
        scenarios: &scenarios,
        ..portfolio(&c, 0, &held)
    };
    let account = at_depth(&account, 700);
    for index in 0..2 {
        let closing = super::super::Closing::Position;
        let verdict = super::super::LiquidationPlan::new(
            &account,
            index,
            closing,
            &params(),
            0,
            Window::default(),
            &ClosingTerms::default(),
        );
        assert!(!verdict.unwrap().plan().unwrap().allowed, "leg {index}");
    }
    let plan = plan(&account);
    assert!(plan.allowed && plan.outcome.relief_atoms > 0);
    assert_eq!(plan.reason, SizeReason::Target);
}

#[test]
fn without_its_collateral_a_slice_would_raise_the_margin() {
    // SOL collateral of $1.0 M, a short of $0.9 M.
    let hedged = Holding {
        collateral_atoms: 10_000 * SOL as u64,
        ..sol(-9_000 * SOL)
    };
    let held = [hedged];
    let c = coefficients();
    let plan = plan(&portfolio(&c, quote_at(900, &held), &held));
    assert!(plan.allowed);
    let before = plan.requirement.margin_atoms;
    for share in [1, 100, 500, 999, 1_000] {
        let after = plan.outcome_of(share).unwrap().margin_after_atoms;
        // Lots apart: at most the share that is left.
        assert!(
            after <= before * i128::from(1_000 - share) / 1_000 + 10 * i128::from(USD),
            "{share}"
        );
    }
    assert_eq!(plan.outcome_of(1_000).unwrap().margin_after_atoms, 0);
}

#[test]
fn collateral_is_sold_without_a_loan_but_not_where_it_counts_nothing() {
    let weightless = AssetParams {
        collateral_weight_e9: 0,
        ..asset_params()
    };
    let idle = Holding {
        collateral_atoms: 77 * SOL as u64,
        ..asset(&weightless, 100)
    };
    let short = eth(-100 * ETH);
    let held = [sol_collateral(1_000 * SOL as u64), short, idle];
    assert_eq!(Sliced::new(&held[2], 500).unwrap(), Sliced::default());
    assert_eq!(
        Sliced::new(&held[0], 500).unwrap().collateral_atoms,
        500 * SOL as u64
    );
    let mut losing = held;
    losing[1].entry_quote_atoms += 1_000 * USD - quote_at(900, &held);
    let c = coefficients();
    let account = portfolio(&c, 1_000 * USD, &losing);
    let valued = liquidation_valuation(&account).unwrap();
    assert!(valued.requirement.is_liquidatable());
    assert!(plan(&account).allowed, "with cash in hand");
}

#[test]
fn sizes_are_whole_lots_rounded_up_and_leave_no_part_of_one() {
    // Lots of 0.1 SOL.
    let size = |atoms: i64, share| Sliced::new(&sol(atoms), share).unwrap().position_atoms;
    assert_eq!(size(10 * SOL, 1), 100_000_000);
    assert_eq!(size(10 * SOL, 11), 200_000_000);
    assert_eq!(size(-10 * SOL, 1_000), 10_000_000_000);
    assert_eq!(size(-150_000_000, 1), 150_000_000, "0.05 would be left");
    assert_eq!(size(10 * SOL, 0), 0);
    let beyond = Sliced::new(&sol(SOL), 1_001);
    assert_eq!(beyond, Err(RiskError::LiquidationTooLarge));
}

#[test]
fn the_window_limits_the_sum_of_what_is_closed() {
    let held = [sol(1_000 * SOL), eth(-50 * ETH)];
    let c = coefficients();
    let account = portfolio(&c, quote_at(800, &held), &held);
    let limited = LiquidationParams {
        window_cap_quote_atoms: 10_000_000_010, // and what rounds up
        window_share_e9: 0,
        ..params()
    };
    let sliced = |closed_quote_atoms| {
        let window = Window {
            gross_quote_atoms: 0,
            closed_quote_atoms,
        };
        SlicePlan::new(&account, &[], &limited, 0, window).unwrap()
    };
    // $10,000 of $200,000.
    let plan = sliced(0);
    assert_eq!((plan.reason, plan.share_permille), (SizeReason::Window, 50));
    assert!(plan.notional_quote_atoms <= 10_000_000_010 && plan.allowed);
    let used = sliced(10_000_000_010);
    assert_eq!((used.share_permille, used.allowed), (0, false));
    assert_eq!(used.take(1), Err(RiskError::LiquidationWindowExhausted));
}

#[test]
fn a_severe_a_small_and_an_insolvent_account_are_ended() {
    let (c, held) = (coefficients(), [sol(1_000 * SOL), eth(-50 * ETH)]);
    for permille in [-500, 0, 300, 650] {
        let plan = plan(&portfolio(&c, quote_at(permille, &held), &held));
        assert_eq!(
            (plan.reason, plan.share_permille),
            (SizeReason::Severe, 1_000)
        );
        assert!(plan.allowed);
    }
    // $300 gross: the next step would pay about $0.1.
    let small = [sol(2 * SOL), eth(-ETH / 20)];
    let plan = plan(&portfolio(&c, quote_at(900, &small), &small));
    assert_eq!(
        (plan.reason, plan.share_permille),
        (SizeReason::Dust, 1_000)
    );
}

#[test]
fn each_refusal_has_its_reason() {
    let (c, held) = (coefficients(), [sol(1_000 * SOL)]);
    let refused = |account: &Portfolio| {
        SlicePlan::new(account, &[], &params(), 0, Window::default()).unwrap_err()
    };
    let healthy = portfolio(&c, 3_831 * USD, &held);
    assert_eq!(refused(&healthy), RiskError::AccountHealthy);
    let stale = [Holding {
        standing: Standing::Unknown,
        ..held[0]
    }];
    let account = portfolio(&c, 0, &stale);
    assert_eq!(refused(&account), RiskError::LiquidationPriceUnusable);
    let empty = portfolio(&c, -USD, &[]);
    assert_eq!(refused(&empty), RiskError::NothingToLiquidate);
    let plan = plan(&portfolio(&c, 3_447 * USD, &held));
    assert_eq!(plan.take(0), Err(RiskError::NothingToLiquidate));
    let more = plan.share_permille + 1;
    assert_eq!(plan.take(more), Err(RiskError::LiquidationTooLarge));
    assert!(plan.take(1).unwrap().relief_atoms > 0);
}

/// Every way in which a price may not be used that nobody can be hiding.
fn shown_standings() -> [Standing; 3] {
    let share = crate::fixture::e9(20_000_000);
    [Standing::Wide, Standing::Far, Standing::Absent { share }]
}

#[test]
fn ten_dollars_of_a_collateral_that_rests_do_not_stop_a_slice() {
    let (held, scenarios) = balanced();
    let c = coefficients();
    let share_with = |standing| {
        let resting = Holding {
            standing,
            ..sol_collateral(SOL as u64 / 10)
        };
        let held = [held[0], held[1], resting];
        let account = Portfolio {
            scenarios: &scenarios,
            ..portfolio(&c, 0, &held)
        };
        let account = at_depth(&account, 860);
        let plan = SlicePlan::new(&account, &[], &params(), 0, Window::default());
        plan.map(|plan| {
            assert!(
                plan.allowed && plan.reason == SizeReason::Target,
                "{plan:?}"
            );
            plan.share_permille
        })
    };
    let usable = share_with(Standing::Usable).unwrap();
    for standing in shown_standings() {
        assert!(
            share_with(standing).unwrap().abs_diff(usable) <= 1,
            "{standing:?}"
        );
    }
    // Nothing is known of it: he who liquidates may be hiding it.
    let hidden = share_with(Standing::Unknown);
    assert_eq!(hidden, Err(RiskError::LiquidationPriceUnusable));
}

#[test]
fn what_rests_stays_and_every_share_of_the_rest_frees_margin() {
    let c = coefficients();
    for standing in shown_standings() {
        let resting = Holding {
            standing,
            ..eth(100 * ETH)
        };
        let held = [sol(3_000 * SOL), resting];
        let account = at_depth(&portfolio(&c, 0, &held), 900);
        let plan = plan(&account);
        assert!(plan.allowed);
        assert_eq!(Sliced::new(&resting, 1_000), Ok(Sliced::default()));
        let (before, stays) = (
            plan.requirement,
            liquidation_valuation(&portfolio(&c, 0, &[resting])),
        );
        let stays = stays.unwrap().requirement.margin_atoms;
        for share in [1, 100, 500, 1_000] {
            let after = plan.outcome_of(share).unwrap();
            let least = i128::from(share) * (before.margin_atoms - stays) / 1_000;
            assert!(after.relief_atoms >= least - 2, "{share}: {after:?}");
            // E − MM and E/MM rise.
            let free_collateral = after.equity_after_atoms - after.margin_after_atoms;
            assert!(free_collateral > before.free_collateral_atoms());
            let (now, then) = (
                after.equity_after_atoms * before.margin_atoms,
                before.equity_atoms * after.margin_after_atoms,
            );
            assert!(now > then, "{share}: {after:?}");
        }
        assert!(
            plan.outcome_of(1_000)
                .unwrap()
                .margin_after_atoms
                .abs_diff(stays)
                <= 2
        );
    }
}

#[test]
fn what_hedges_the_rest_is_closed_as_far_as_that_frees_margin() {
    let c = coefficients();
    let resting = Holding {
        standing: Standing::Far,
        ..eth(100 * ETH)
    };
    // $200,000 of ETH that rest, against shorts of SOL: more than helps, and less.
    for (short, allowed) in [(-3_000, true), (-300, false)] {
        let held = [sol(short * SOL), resting];
        for permille in [900, 500] {
            let account = at_depth(&portfolio(&c, 0, &held), permille);
            let plan = plan(&account);
            assert_eq!(plan.allowed, allowed, "{short} at {permille}: {plan:?}");
            let margin = |share| plan.outcome_of(share).unwrap().margin_after_atoms;
            let least = (1..=1_000).map(margin).min().unwrap();
            if allowed {
                assert!(plan.outcome.margin_after_atoms < plan.requirement.margin_atoms);
                assert!(plan.share_permille < 1_000, "all of it is too much");
                // Deep, it is closed as far as that frees margin; else to its liquidation target.
                let is_least = plan.outcome.margin_after_atoms - least <= 1_000;
                assert_eq!(
                    is_least,
                    plan.reason == SizeReason::Severe,
                    "{least} {plan:?}"
                );
                let expected =
                    [SizeReason::Target, SizeReason::Severe][usize::from(permille == 500)];
                assert_eq!(plan.reason, expected);
            } else {
                assert_eq!(plan.take(plan.share_permille), Err(RiskError::NoRelief));
                assert!(least >= plan.requirement.margin_atoms);
            }
        }
    }
}

#[test]
fn a_slice_of_nothing_with_a_usable_price_is_refused() {
    let c = coefficients();
    let refused = |held: &[Holding]| {
        let account = at_depth(&portfolio(&c, 0, held), 500);
        SlicePlan::new(&account, &[], &params(), 0, Window::default()).unwrap_err()
    };
    let resting = Holding {
        standing: Standing::Wide,
        ..sol(1_000 * SOL)
    };
    let weightless = AssetParams {
        collateral_weight_e9: 0,
        ..asset_params()
    };
    let idle = Holding {
        collateral_atoms: SOL as u64,
        ..asset(&weightless, 100)
    };
    assert_eq!(refused(&[resting]), RiskError::LiquidationPriceUnusable);
    assert_eq!(
        refused(&[resting, idle]),
        RiskError::LiquidationPriceUnusable
    );
    // Collateral without a weight needs no price, whoever hides it.
    let hidden = Holding {
        standing: Standing::Unknown,
        ..idle
    };
    let held = [sol(1_000 * SOL), hidden];
    let account = at_depth(&portfolio(&c, 0, &held), 900);
    assert!(plan(&account).allowed);
    assert_eq!(Sliced::new(&hidden, 1_000), Ok(Sliced::default()));
}

#[test]
fn collateral_of_a_slice_is_sold_above_p_for_the_age_of_its_update() {
    // $100,000 of SOL as collateral against a loan; 1 % for the age of the price update.
    let held = [sol_collateral(1_000 * SOL as u64)];
    let c = coefficients();
    let account = at_depth(&portfolio(&c, 0, &held), 900);
    let aged = ClosingTerms {
        market: None,
        age_spread: crate::fixture::e9(10_000_000),
    };
    let terms = [aged];
    let with = SlicePlan::new(&account, &terms, &params(), 0, Window::default()).unwrap();
    let without = plan(&account);
    let gained = with.outcome_of(100).unwrap().equity_after_atoms
        - without.outcome_of(100).unwrap().equity_after_atoms;
    assert!(
        gained.abs_diff(100 * i128::from(USD)) <= 1,
        "1 % of $10,000: {gained}"
    );
    assert!(with.share_permille < without.share_permille);
}
