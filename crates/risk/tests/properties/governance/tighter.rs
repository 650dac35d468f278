//! What one change does to whom: looser raises nothing, tighter gives nobody free collateral.
use freeboard_risk::governance::{AssetRamp, Directed, Effect};
use freeboard_risk::number::quantity::Fraction;
use freeboard_risk::params::{AssetParams, PortfolioCoefficients, PortfolioParams};
use freeboard_risk::requirement::margin::initial;
use proptest::prelude::*;

use crate::config;
use crate::draw::{ACCOUNT_ROLLS, Account, Dice, account, asset_params, portfolio_params};
use crate::exchange::{Exchange, allowed, for_asset_fields, other_params, wait};
use crate::margin::slack;
use crate::rolls;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn p4_loosening_never_raises_mm(rolls in rolls(1_500), step in 0i64..=2_000_000) {
        let mut dice = Dice::new(&rolls);
        let collateral = dice.chance(50);
        let mut kept = Exchange::new(&mut dice, collateral);
        // After an earlier change.
        if dice.chance(50) {
            kept.now += wait(&mut dice);
            let params = other_params(&mut dice, &kept.params);
            kept.set_asset(params);
            // At its end. Before it the rest of the way would be ramped anew, perhaps in less time.
            kept.now = kept.now.max(kept.ramp.window().end_ts);
        }
        let new = other_params(&mut dice, &kept.params);
        let mut looser = kept.params;
        macro_rules! loosen {
            ($($field:ident)*) => {$(
                let one = AssetParams { $field: new.$field, ..looser };
                let changes = AssetParams::compare(&looser, &one);
                if changes.tighter.is_empty() && changes.sideless.is_empty() && allowed(&one) {
                    looser = one;
                }
            )*};
        }
        for_asset_fields!(loosen);
        let mut loosened = Exchange { ..kept };
        loosened.set_asset(looser);
        for _ in 0..4 {
            let ((before, slack), (after, _)) = (kept.margin(), loosened.margin());
            prop_assert!(after <= before + slack, "{} {}", before, after);
            let initial = (kept.target().1, loosened.target().1);
            prop_assert!(initial.1 <= initial.0 + slack, "{:?}", initial);
            kept.now += step;
            loosened.now += step;
        }
    }

    #[test]
    fn p4_tightening_raises_im_at_once_and_mm_later(rolls in rolls(2_000)) {
        let mut dice = Dice::new(&rolls);
        let collateral = dice.chance(50);
        let mut exchange = Exchange::new(&mut dice, collateral);
        let first = exchange.params;
        // With or without a ramp that runs.
        for _ in 0..dice.index(3) {
            exchange.change(&mut dice, &first);
            exchange.now += wait(&mut dice);
        }
        let new = AssetParams {
            base_decimals: exchange.params.base_decimals,
            lot_atoms: exchange.params.lot_atoms,
            ..asset_params(&mut dice)
        };
        let portfolio = portfolio_params(&mut dice);
        let (before, _) = exchange.report();
        let check = |tightened: &Exchange, name: &str| {
            let (after, slack) = tightened.report();
            let (im, was) = (after.requirement, before.requirement);
            let (mm, had) = (after.maintenance, before.maintenance);
            assert!((mm.margin_atoms - had.margin_atoms).abs() <= slack, "{name} {mm:?} {had:?}");
            assert!((mm.equity_atoms - had.equity_atoms).abs() <= slack, "{name} {mm:?} {had:?}");
            // Collateral that counts for less needs less, and what it hedged may turn into a net short, by
            // which what is left of it is worth more: equity falls beside a long or alone.
            if name == "collateral_weight_e9" && tightened.holding.size_atoms < 0 {
                return;
            }
            if name != "collateral_weight_e9" {
                assert!(im.margin_atoms >= was.margin_atoms - slack, "{name} {im:?} {was:?}");
                assert!(im.free_collateral_atoms() <= was.free_collateral_atoms() + slack, "{name} {im:?} {was:?}");
            }
            assert!(im.equity_atoms <= was.equity_atoms + slack, "{name} {im:?} {was:?}");
        };
        macro_rules! check {
            ($($field:ident)*) => {$(
                let one = AssetParams { $field: new.$field, ..exchange.params };
                let changes = AssetParams::compare(&exchange.params, &one);
                if changes.only_tighter() && !changes.is_empty() && allowed(&one) {
                    let mut tightened = exchange;
                    tightened.set_asset(one);
                    check(&tightened, stringify!($field));
                }
            )*};
        }
        for_asset_fields!(check);
        check!(collateral_weight_e9);
        macro_rules! check_portfolio {
            ($($field:ident)*) => {$(
                let one = PortfolioParams { $field: portfolio.$field, ..exchange.portfolio };
                if PortfolioParams::compare(&exchange.portfolio, &one).only_tighter() {
                    let mut tightened = exchange;
                    tightened.set_portfolio(one, exchange.scenarios);
                    check(&tightened, stringify!($field));
                }
            )*};
        }
        check_portfolio!(theta_e9 phi_e9 rho_lo_e9 rho_hi_e9 upnl_weight_e9 z_e9);
    }

    #[test]
    fn p4_what_is_called_tighter_gives_nobody_free_collateral(rolls in rolls(1_000)) {
        let mut dice = Dice::new(&rolls);
        let collateral = dice.chance(50);
        let mut old = Exchange::new(&mut dice, collateral);
        old.volatility.u_prev = old.volatility.u_target;
        old.now += dice.between(0, 1_000_000).cast_signed();
        let new = AssetParams {
            base_decimals: old.params.base_decimals,
            lot_atoms: old.params.lot_atoms,
            ..asset_params(&mut dice)
        };
        // The target, with the unit shock at its target.
        let settled = |params: AssetParams| {
            let mut exchange = old;
            exchange.ramp = AssetRamp::default();
            exchange.set_asset(params);
            exchange.volatility.u_prev = exchange.volatility.u_target;
            let account = exchange.account(exchange.coefficients, false);
            let report = initial(&account.portfolio()).unwrap();
            (report, slack(&account, report.requirement.margin_atoms))
        };
        let (before, _) = settled(old.params);
        macro_rules! check {
            ($($field:ident)*) => {$(
                let one = AssetParams { $field: new.$field, ..old.params };
                let changes = AssetParams::compare(&old.params, &one);
                if changes.only_tighter() && !changes.is_empty() && allowed(&one) {
                    let (after, slack) = settled(one);
                    let name = stringify!($field);
                    // IM of collateral worth many times L may exceed what it is worth: less of it helps.
                    let helps = name == "collateral_weight_e9";
                    prop_assert!(
                        helps || after.free_collateral_atoms <= before.free_collateral_atoms + slack, "{}", name
                    );
                    let (now, then) = (after.maintenance.free_collateral_atoms(), before.maintenance.free_collateral_atoms());
                    prop_assert!(now <= then + slack, "{} {} {}", name, now, then);
                    let effect = changes.tighter.within(AssetParams::FIELDS).next().map(|field| field.effect);
                    if effect == Some(Effect::Initial) {
                        prop_assert_eq!(after.maintenance, before.maintenance, "{}", name);
                    }
                }
            )*};
        }
        for_asset_fields!(check);
        check!(collateral_weight_e9);
    }

    /// A higher k takes σ_cap along: the target never falls, but for the last digit of σ_cap, in any state
    /// of the estimator, at the cap too.
    #[test]
    fn p4_a_higher_k_carries_its_cap_and_gives_nobody_free_collateral(
        rolls in rolls(1_000), to_e9 in 2_000_000_000u64..=6_000_000_000, stormy in any::<bool>(),
    ) {
        let mut dice = Dice::new(&rolls);
        let collateral = dice.chance(50);
        let mut old = Exchange::new(&mut dice, collateral);
        let k_e9 = to_e9.max(old.params.k_e9 + 1).min(6_000_000_000);
        let raised = AssetParams { k_e9, ..old.params };
        let new = raised.with_cap_carried_from(&old.params);
        prop_assume!(k_e9 > old.params.k_e9 && allowed(&new)); // a cap below σ_stress is refused
        let changes = AssetParams::compare(&old.params, &new);
        prop_assert!(changes.only_tighter() && !changes.is_empty());
        if stormy {
            let v = Fraction::from_e9_ceil(old.params.sigma_cap_e9 * 2).unwrap().squared();
            (old.volatility.v_fast, old.volatility.v_slow, old.volatility.v_short) = (v, v, v);
        }
        old.set_asset(old.params); // its targets
        old.volatility.u_prev = old.volatility.u_target;
        let settled = |params: AssetParams| {
            let mut exchange = old;
            exchange.ramp = AssetRamp::default();
            exchange.set_asset(params);
            exchange.volatility.u_prev = exchange.volatility.u_target;
            let account = exchange.account(exchange.coefficients, false);
            let report = initial(&account.portfolio()).unwrap();
            let slack = slack(&account, report.requirement.margin_atoms);
            // One unit of σ_cap, times k·√h and the size term, of a shock of at least s_floor.
            let unit = k_e9 as f64 / 1e18 * (f64::from(params.h_im_secs) / 3_600.0).sqrt();
            let share = unit / (params.s_floor_e9 as f64 / 1e9);
            (report, slack + (report.requirement.margin_atoms as f64 * share) as i128 + 1)
        };
        let ((before, _), (after, slack)) = (settled(old.params), settled(new));
        let (im, was) = (after.requirement.margin_atoms, before.requirement.margin_atoms);
        let (mm, had) = (after.maintenance.margin_atoms, before.maintenance.margin_atoms);
        prop_assert!(im >= was - slack, "{} {}", im, was);
        prop_assert!(mm >= had - slack, "{} {}", mm, had);
        prop_assert_eq!(after.requirement.equity_atoms, before.requirement.equity_atoms);
    }

    #[test]
    fn p4_a_tighter_portfolio_gives_nobody_free_collateral(rolls in rolls(ACCOUNT_ROLLS + 100)) {
        let mut dice = Dice::new(&rolls);
        let account = account(&mut dice);
        let new = portfolio_params(&mut dice);
        let before = initial(&account.portfolio()).unwrap();
        macro_rules! check {
            ($($field:ident)*) => {$(
                let one = PortfolioParams { $field: new.$field, ..account.params };
                let changes = PortfolioParams::compare(&account.params, &one);
                if changes.only_tighter() {
                    let coefficients = PortfolioCoefficients::new(&one).unwrap();
                    let after = Account { coefficients, ..account.clone() };
                    let after = initial(&after.portfolio()).unwrap();
                    let slack = slack(&account, before.requirement.margin_atoms);
                    let name = stringify!($field);
                    prop_assert!(after.free_collateral_atoms <= before.free_collateral_atoms + slack, "{}", name);
                    let (mm, was) = (after.maintenance.margin_atoms, before.maintenance.margin_atoms);
                    prop_assert!(mm >= was - slack, "{}", name);
                }
            )*};
        }
        check!(theta_e9 phi_e9 rho_lo_e9 rho_hi_e9 upnl_weight_e9 z_e9);
    }
}
