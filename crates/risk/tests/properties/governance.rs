//! P4: no parameter change takes MM above what it prescribes, or anything at once; what is called tighter
//! gives nobody headroom. P5: whatever is changed how often, MM of a lone position rises by at most 5 %
//! in any hour at constant prices and own size. All the while one account gives both levels: IM as
//! prescribed and at least 1.25·MM, MM as in force.
use freeboard_risk::contribution::{Contribution, report_with_contributions};
use freeboard_risk::governance::{
    AssetRamp, AssetTerms, Directed, Effect, PortfolioRamp, Prescribed,
};
use freeboard_risk::holding::{Holding, MAX_HOLDINGS};
use freeboard_risk::margin::{
    InitialReport, InitialVerdict, MarginReport, gross_atoms, holding_report, initial,
    liquidation_valuation, maintenance, report,
};
use freeboard_risk::params::{AssetParams, PortfolioCoefficients, PortfolioParams};
use freeboard_risk::quantity::Fraction;
use proptest::prelude::*;

use crate::config;
use crate::draw::{
    ACCOUNT_ROLLS, Account, Dice, account, asset_params, portfolio_params, rolls, with_any_terms,
};
use crate::exchange::{Exchange, allowed, for_asset_fields, other_params, wait};
use crate::margin::slack;

/// Largest growth of MM per hour, `1.04·e^(2/240)`: u_MM's 4 %, and 1/240 each for a ramped value that u_MM
/// is multiplied with and for a charge that comes from nothing. The promise is 1.05.
const GROWTH_PER_H: f64 = 1.048_704;
/// Changes of a case.
const CHANGES: usize = 12;
/// Rolls that one change may take.
const CHANGE_ROLLS: usize = 200;

fn without_scenarios(coefficients: &PortfolioCoefficients) -> Prescribed<'_> {
    Prescribed {
        coefficients,
        scenarios: &[],
    }
}

/// Any sequence of changes: nothing at once, no more than 5 % in an hour, never above what is
/// prescribed, never out of bounds.
fn never_faster_than_five_percent(rolls: &[u16], collateral: bool) {
    let mut dice = Dice::new(rolls);
    let mut exchange = Exchange::new(&mut dice, collateral);
    let first = exchange.params;
    let (mut last, _) = exchange.margin();
    for _ in 0..CHANGES {
        // Hour by hour after a change, then at any time.
        for secs in [1, 3_600, 3_599, wait(&mut dice), 3_600] {
            let free = if exchange.from_nothing {
                0.005 / 240.0
            } else {
                0.0
            };
            exchange.now += secs;
            let hours = secs as f64 / 3_600.0;
            let (margin, slack) = exchange.margin();
            let notional = {
                let holding = &exchange.holding;
                let size = i128::from(holding.size_atoms.unsigned_abs());
                let decimals = 10f64.powi(i32::from(exchange.params.base_decimals));
                size as f64 * holding.price.0 as f64 / decimals / 1e6
            };
            let limit =
                last as f64 * GROWTH_PER_H.powf(hours.min(1_000.0)) + notional * free * hours;
            assert!(
                margin as f64 <= limit * (1.0 + 1e-9) + slack as f64,
                "{last} {margin} {hours} h"
            );
            let (most, initial) = exchange.prescribed();
            assert!(margin <= most + slack, "{margin} {most}");
            assert!(initial * 4 >= (margin - slack) * 5, "{initial} {margin}");
            check_levels(&exchange.both());
            exchange.check_bounds();
            last = margin;
        }
        for _ in 0..=dice.index(2) {
            exchange.change(&mut dice, &first);
            let (margin, slack) = exchange.margin();
            assert!(margin <= last + slack, "at once: {last} {margin}");
            check_levels(&exchange.both());
            exchange.check_bounds();
            last = margin;
        }
    }
    // In the end what is prescribed holds; a ramp from almost nothing ends with time itself.
    exchange.now = i64::MAX;
    assert_eq!(exchange.effective(), exchange.coefficients);
    assert_eq!(exchange.effective_scenarios(), exchange.scenarios);
    let settled = exchange.both();
    assert_eq!((settled.holdings[0].initial, settled.initial), (None, None));
}

/// What MM reads of an account at both levels.
fn in_force(account: &Account) -> Account {
    let holdings = account.holdings.iter().map(|one| Holding {
        initial: None,
        ..*one
    });
    Account {
        initial: None,
        ..account.with_holdings(holdings.collect())
    }
}

/// What IM reads of it at both levels.
fn prescribed(account: &Account) -> Account {
    let holdings = account.holdings.iter().map(|one| Holding {
        coefficients: one
            .initial
            .map_or(one.coefficients, |terms| terms.within(&one.coefficients)),
        initial: None,
        ..*one
    });
    let mut own = account.with_holdings(holdings.collect());
    if let Some((coefficients, scenarios)) = own.initial.take() {
        (own.coefficients, own.scenarios) = (coefficients, scenarios);
    }
    own
}

/// One account read at both levels is two accounts, each read at one; to the atom.
fn check_levels(account: &Account) {
    let portfolio = account.portfolio();
    let both = report(&portfolio).unwrap();
    assert_eq!(initial(&portfolio), Ok(both.initial));
    // MM, and all that is judged by it.
    let old = in_force(account);
    assert_eq!(maintenance(&portfolio), maintenance(&old.portfolio()));
    assert_eq!(maintenance(&portfolio), Ok(both.maintenance));
    assert_eq!(
        both.liquidation,
        liquidation_valuation(&old.portfolio()).unwrap()
    );
    // IM without what it is at least.
    let mut new = prescribed(account);
    new.coefficients.im_over_mm = Fraction::ZERO;
    let own = initial(&new.portfolio()).unwrap().requirement;
    let found = both.initial.requirement;
    assert_eq!(found.equity_atoms, own.equity_atoms);
    let (margin, mm) = (found.margin_atoms, both.maintenance.margin_atoms);
    // MM is rounded up by less than an atom; 1.25 is exact in binary.
    let least = |mm: i128| (mm * 5 + 3).div_euclid(4);
    let expected = own.margin_atoms.max(least(mm - 1))..=own.margin_atoms.max(least(mm));
    assert!(expected.contains(&margin), "{margin} {expected:?}");
    check_unusable(account, &both.initial);
    check_shares(account, &both);
}

/// Assets without a usable price lower the headroom at most.
fn check_unusable(account: &Account, found: &InitialReport) {
    let unusable = |one: &&Holding| !one.usable_initial && !one.is_empty();
    let mut held = account.holdings.iter().filter(unusable);
    if held.any(Holding::has_position) {
        assert_eq!(found.verdict, InitialVerdict::PositionPriceUnusable);
        return;
    }
    let usable = account
        .holdings
        .iter()
        .filter(|one| one.usable_initial)
        .copied();
    let usable = account.with_holdings(usable.collect());
    let without = initial(&usable.portfolio())
        .unwrap()
        .requirement
        .headroom_atoms();
    assert_eq!(
        found.headroom_atoms,
        found.requirement.headroom_atoms().min(without)
    );
    assert_eq!(found.meets_initial_margin(), found.headroom_atoms >= 0);
}

/// The shares of both levels sum to them.
fn check_shares(account: &Account, both: &MarginReport) {
    let portfolio = account.portfolio();
    let mut shares = [Contribution::default(); MAX_HOLDINGS];
    assert_eq!(
        report_with_contributions(&portfolio, &mut shares),
        Ok(*both)
    );
    let (old, new) = (in_force(account), prescribed(account));
    let (mm, im) = (
        both.maintenance.margin_atoms,
        both.initial.requirement.margin_atoms,
    );
    check_sum(&old, mm, 0, shares.iter().map(|one| one.maintenance_atoms));
    // Within 2^-32 the own term of IM is named, and shared, although 1.25·MM is the larger.
    check_sum(
        &new,
        im,
        im >> 32,
        shares.iter().map(|one| one.initial_atoms),
    );
}

/// Each share is rounded to nearest, half an atom, and lacks the requirement's own error bound: 2^-41 of
/// ΣX and of itself, where a short's shock may be 8.
fn check_sum(account: &Account, total: i128, tie: i128, shares: impl Iterator<Item = i128>) {
    let (sum, gross): (i128, _) = (shares.sum(), gross_atoms(&account.portfolio()).unwrap());
    let allowed = account.holdings.len() as i128 + 1 + (8 * gross + total) / (1 << 40) + tie;
    assert!(
        (sum - total).abs() <= allowed,
        "{sum} for {total}, {allowed} allowed"
    );
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn p5_mm_of_a_lone_position_rises_by_at_most_five_percent_an_hour(
        rolls in rolls(400 + CHANGES * CHANGE_ROLLS),
    ) {
        never_faster_than_five_percent(&rolls, false);
    }

    #[test]
    fn p5_so_does_mm_of_a_position_with_collateral(rolls in rolls(400 + CHANGES * CHANGE_ROLLS)) {
        never_faster_than_five_percent(&rolls, true);
    }

    #[test]
    fn p5_the_ramp_of_the_portfolio_moves_no_account_faster(rolls in rolls(ACCOUNT_ROLLS + 400)) {
        let mut dice = Dice::new(&rolls);
        let mut account = account(&mut dice);
        account.scenarios.clear();
        let margin_with = |coefficients| {
            let account = Account { coefficients, ..account.clone() };
            let margin = maintenance(&account.portfolio()).unwrap().margin_atoms;
            (margin, slack(&account, margin))
        };
        let (mut to, mut ramp, mut now) = (account.coefficients, PortfolioRamp::default(), 0);
        let mut last = margin_with(to).0;
        for _ in 0..4 {
            let next = PortfolioCoefficients::new(&portfolio_params(&mut dice)).unwrap();
            let (old, new) = (without_scenarios(&to), without_scenarios(&next));
            ramp = ramp.next(&mut [], &old, &new, now);
            to = next;
            for secs in [0, 3_600, dice.between(0, 1_000_000).cast_signed(), 3_600] {
                now += secs;
                let (margin, slack) = margin_with(ramp.coefficients(&to, now));
                let limit = last as f64 * (secs as f64 / 3_600.0 / 240.0).exp();
                prop_assert!(margin as f64 <= limit * (1.0 + 1e-9) + slack as f64, "{} {}", last, margin);
                prop_assert!(margin <= margin_with(to).0 + slack);
                last = margin;
            }
        }
    }

    #[test]
    fn p5_credit_falls_by_a_point_an_hour_and_its_rise_helps(rolls in rolls(1_000)) {
        let mut dice = Dice::new(&rolls);
        let mut exchange = Exchange::new(&mut dice, true);
        let credit = |exchange: &Exchange| exchange.effective().credit.to_bits() as f64 / 2f64.powi(60);
        let headroom = |exchange: &Exchange| {
            let account = exchange.account(exchange.effective(), true);
            let requirement = maintenance(&account.portfolio()).unwrap();
            (requirement.headroom_atoms(), slack(&account, requirement.margin_atoms))
        };
        for _ in 0..6 {
            let last = credit(&exchange);
            let (before, _) = headroom(&exchange);
            let credit_e9 = dice.between(0, 1_000_000_000);
            exchange.set_asset(AssetParams { credit_e9, ..exchange.params });
            prop_assert!(credit(&exchange) >= last - 1e-9);
            let (after, slack) = headroom(&exchange);
            prop_assert!(after >= before - slack, "at once: {} {}", before, after);
            let last = credit(&exchange);
            let secs = dice.between(0, 400_000).cast_signed();
            exchange.now += secs;
            let now = credit(&exchange);
            prop_assert!(now >= last - secs as f64 / 360_000.0 - 2e-9);
            prop_assert!(now >= credit_e9 as f64 / 1e9 - 1e-9);
            if secs >= 360_000 {
                prop_assert_eq!(exchange.effective().credit, exchange.coefficients.credit);
            }
        }
    }

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
            let initial = (kept.prescribed().1, loosened.prescribed().1);
            prop_assert!(initial.1 <= initial.0 + slack, "{:?}", initial);
            kept.now += step;
            loosened.now += step;
        }
    }

    #[test]
    fn p4_one_account_read_at_both_levels_is_two_accounts(rolls in rolls(2 * ACCOUNT_ROLLS)) {
        let mut dice = Dice::new(&rolls);
        let account = account(&mut dice);
        check_levels(&with_any_terms(&mut dice, &account));
        // The same terms named twice change nothing.
        let mut named = account.clone();
        for holding in &mut named.holdings {
            holding.initial = Some(AssetTerms::of(&holding.coefficients));
        }
        named.initial = Some((account.coefficients, account.scenarios.clone()));
        let mut shares = [[Contribution::default(); MAX_HOLDINGS]; 2];
        prop_assert_eq!(
            report_with_contributions(&account.portfolio(), &mut shares[0]),
            report_with_contributions(&named.portfolio(), &mut shares[1])
        );
        prop_assert_eq!(shares[0], shares[1]);
        for (one, other) in account.holdings.iter().zip(&named.holdings) {
            prop_assert_eq!(holding_report(one), holding_report(other));
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
            if name == "credit_e9" && tightened.holding.size_atoms < 0 {
                return;
            }
            if name != "credit_e9" {
                assert!(im.margin_atoms >= was.margin_atoms - slack, "{name} {im:?} {was:?}");
                assert!(im.headroom_atoms() <= was.headroom_atoms() + slack, "{name} {im:?} {was:?}");
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
        check!(credit_e9);
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
    fn p4_what_is_called_tighter_gives_nobody_headroom(rolls in rolls(1_000)) {
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
        // What is prescribed, with the unit shock at its target.
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
                    let helps = name == "credit_e9";
                    prop_assert!(
                        helps || after.headroom_atoms <= before.headroom_atoms + slack, "{}", name
                    );
                    let (now, then) = (after.maintenance.headroom_atoms(), before.maintenance.headroom_atoms());
                    prop_assert!(now <= then + slack, "{} {} {}", name, now, then);
                    let effect = changes.tighter.of(AssetParams::FIELDS).next().map(|field| field.effect);
                    if effect == Some(Effect::Initial) {
                        prop_assert_eq!(after.maintenance, before.maintenance, "{}", name);
                    }
                }
            )*};
        }
        for_asset_fields!(check);
        check!(credit_e9);
    }

    /// A higher k takes σ_cap along: what is prescribed never falls, but for the last digit of σ_cap, in any state
    /// of the estimator, at the cap too.
    #[test]
    fn p4_a_higher_k_carries_its_cap_and_gives_nobody_headroom(
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
            (old.volatility.v_fast, old.volatility.v_slow) = (v, v);
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
    fn p4_a_tighter_portfolio_gives_nobody_headroom(rolls in rolls(ACCOUNT_ROLLS + 100)) {
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
                    prop_assert!(after.headroom_atoms <= before.headroom_atoms + slack, "{}", name);
                    let (mm, was) = (after.maintenance.margin_atoms, before.maintenance.margin_atoms);
                    prop_assert!(mm >= was - slack, "{}", name);
                }
            )*};
        }
        check!(theta_e9 phi_e9 rho_lo_e9 rho_hi_e9 upnl_weight_e9 z_e9);
    }
}
