//! P4: no parameter change takes MM above what it prescribes, or anything at once; what is called tighter
//! gives nobody headroom. P5: whatever is changed how often, MM of a lone position rises by at most 5 %
//! in any hour at constant prices and own size.
use freeboard_risk::governance::{
    AssetRamp, Directed, Effect, PortfolioRamp, Prescribed, check_bucket_change,
};
use freeboard_risk::holding::Holding;
use freeboard_risk::margin::{initial, maintenance};
use freeboard_risk::params::{
    AssetCoefficients, AssetParams, OracleParams, PortfolioCoefficients, PortfolioParams, Scenario,
    ScenarioCoefficients, TradeParams,
};
use freeboard_risk::quantity::{Fraction, Price, Variance};
use freeboard_risk::unit_shock::unit_shock;
use freeboard_risk::volatility::VolatilityState;
use proptest::prelude::*;

use crate::config;
use crate::draw::{
    ACCOUNT_ROLLS, Account, Dice, account, asset_params, holding, portfolio_params, rolls, scenario,
};
use crate::margin::slack;

/// Largest growth of MM per hour, `1.04·e^(2/240)`: u_MM's 4 %, and 1/240 each for a ramped value that u_MM
/// is multiplied with and for a charge that comes from nothing. The promise is 1.05.
const GROWTH_PER_H: f64 = 1.048_704;
/// Scenarios of a case.
const SCENARIOS: usize = 3;
/// Changes of a case.
const CHANGES: usize = 12;
/// Rolls that one change may take.
const CHANGE_ROLLS: usize = 200;

fn coefficients(params: &AssetParams) -> AssetCoefficients {
    AssetCoefficients::new(params, 28_800).unwrap()
}

fn allowed(params: &AssetParams) -> bool {
    let bounds = params.check_bounds(&OracleParams::reference(), &TradeParams::reference());
    bounds.is_ok()
}

/// Runs a macro over every field of an asset's parameters that may change, but credit and bucket.
macro_rules! for_asset_fields {
    ($run:ident) => {
        $run!(
            omega_e9 sigma_stress_e9 sigma_floor_e9 sigma_cap_e9 sigma_initial_e9 warmup_samples
            stale_after_secs stale_per_h_e9 k_e9 h_mm_secs h_im_secs s_floor_e9 up_per_h_e9
            down_per_h_e9 s_max_mm_long_e9 s_max_im_long_e9 s_max_short_e9 depth_quote_atoms
            oi_lo_quote_atoms oi_hi_quote_atoms gamma_e9 basis_e9 max_rate_per_h_e9 sample
        )
    };
}

/// `old` with about `percent` of its fields from `new`, if the bounds allow that.
fn mixed(dice: &mut Dice, old: &AssetParams, new: &AssetParams, percent: u16) -> AssetParams {
    let mut params = *old;
    macro_rules! take {
        ($($field:ident)*) => {$(
            if dice.chance(percent) {
                params.$field = new.$field;
                // Another field may have to go first.
                if !allowed(&params) {
                    params.$field = old.$field;
                }
            }
        )*};
    }
    for_asset_fields!(take);
    params
}

/// Parameters of the same asset: one field of another asset's, some, or all.
fn other_params(dice: &mut Dice, old: &AssetParams) -> AssetParams {
    let new = AssetParams {
        credit_e9: old.credit_e9,
        bucket: old.bucket,
        base_decimals: old.base_decimals,
        lot_atoms: old.lot_atoms,
        ..asset_params(dice)
    };
    match dice.index(3) {
        0 => new,
        1 => mixed(dice, old, &new, 50),
        _ => mixed(dice, old, &new, 5),
    }
}

/// An exchange with one asset, one account that holds it, and governance.
struct Exchange {
    now: i64,
    params: AssetParams,
    coefficients: AssetCoefficients,
    volatility: VolatilityState,
    ramp: AssetRamp,
    portfolio: PortfolioParams,
    portfolio_coefficients: PortfolioCoefficients,
    scenarios: [ScenarioCoefficients; SCENARIOS],
    portfolio_ramp: PortfolioRamp,
    starts: [ScenarioCoefficients; SCENARIOS],
    holding: Holding,
    /// A ramp of the charges began at 0: a fully hedged position then had no margin to grow from.
    from_nothing: bool,
}

impl Exchange {
    fn new(dice: &mut Dice, collateral: bool) -> Self {
        let params = asset_params(dice);
        let coefficients = coefficients(&params);
        let now = 1_700_000_000;
        let mut volatility =
            VolatilityState::new(Price(1_000_000), now, now, &params, &coefficients).unwrap();
        // σ from 0 to twice σ_cap, and the speed limit anywhere on its way.
        let cap = u128::from(coefficients.sigma_cap.to_bits());
        let variance = |dice: &mut Dice| {
            Variance::from_bits((cap * 2 * u128::from(dice.between(0, 1_000)) / 1_000).pow(2))
        };
        (volatility.v_fast, volatility.v_slow) = (variance(dice), variance(dice));
        volatility.samples = dice.between(0, 10_000) as u32;
        volatility.refresh(&params, &coefficients).unwrap();
        let portfolio = portfolio_params(dice);
        let scenarios = core::array::from_fn(|_| any_scenario(dice));
        let mut holding = holding(dice, &params, true, collateral);
        if collateral && dice.chance(50) {
            // A hedged short, nearly or wholly.
            holding.size_atoms = -holding.size_atoms.abs();
            if params.credit_e9 == 1_000_000_000 {
                holding.collateral_atoms = holding.size_atoms.unsigned_abs();
            }
        }
        Self {
            now,
            params,
            coefficients,
            volatility,
            ramp: AssetRamp::default(),
            portfolio,
            portfolio_coefficients: PortfolioCoefficients::new(&portfolio).unwrap(),
            scenarios,
            portfolio_ramp: PortfolioRamp::default(),
            starts: [ScenarioCoefficients::default(); SCENARIOS],
            holding,
            from_nothing: false,
        }
    }

    /// What MM reads of the asset.
    fn effective(&self) -> AssetCoefficients {
        self.ramp.coefficients(&self.coefficients, self.now)
    }

    /// What MM reads of the scenarios.
    fn effective_scenarios(&self) -> Vec<ScenarioCoefficients> {
        let pairs = self.starts.iter().zip(&self.scenarios);
        pairs
            .map(|(start, to)| self.portfolio_ramp.scenario(start, to, self.now))
            .collect()
    }

    fn account(&self, asset: AssetCoefficients, ramped: bool) -> Account {
        let (coefficients, scenarios) = if ramped {
            let to = &self.portfolio_coefficients;
            (
                self.portfolio_ramp.coefficients(to, self.now),
                self.effective_scenarios(),
            )
        } else {
            (self.portfolio_coefficients, self.scenarios.to_vec())
        };
        let shock = unit_shock(&self.volatility, &self.coefficients, self.now);
        Account {
            params: self.portfolio,
            coefficients,
            scenarios,
            quote_atoms: 0,
            holdings: vec![Holding {
                unit_shock: shock,
                coefficients: asset,
                ..self.holding
            }],
        }
    }

    /// MM in force, and what rounding may cost it.
    fn margin(&self) -> (i128, i128) {
        let account = self.account(self.effective(), true);
        let margin = maintenance(&account.portfolio()).unwrap().margin_atoms;
        (margin, slack(&account, margin))
    }

    /// MM and IM that the new parameters prescribe at the unit shock of now.
    fn prescribed(&self) -> (i128, i128) {
        let account = self.account(self.coefficients, false);
        let report = initial(&account.portfolio()).unwrap();
        (
            report.maintenance.margin_atoms,
            report.requirement.margin_atoms,
        )
    }

    fn set_asset(&mut self, params: AssetParams) {
        let next = coefficients(&params);
        self.ramp = self.ramp.next(&self.coefficients, &next, self.now);
        self.volatility
            .retarget(self.now, &self.coefficients, &params, &next)
            .unwrap();
        (self.params, self.coefficients) = (params, next);
        let from = self.effective();
        let free = from.basis == Fraction::ZERO && from.funding_provision == Fraction::ZERO;
        let running = self.now < self.ramp.window().end_ts;
        self.from_nothing = running && (self.from_nothing || free);
    }

    fn set_portfolio(
        &mut self,
        portfolio: PortfolioParams,
        scenarios: [ScenarioCoefficients; SCENARIOS],
    ) {
        let next = PortfolioCoefficients::new(&portfolio).unwrap();
        let old = Prescribed {
            coefficients: &self.portfolio_coefficients,
            scenarios: &self.scenarios,
        };
        let new = Prescribed {
            coefficients: &next,
            scenarios: &scenarios,
        };
        self.portfolio_ramp = self
            .portfolio_ramp
            .next(&mut self.starts, &old, &new, self.now);
        self.portfolio = portfolio;
        (self.portfolio_coefficients, self.scenarios) = (next, scenarios);
    }

    /// Any change of anything.
    fn change(&mut self, dice: &mut Dice, before: &AssetParams) {
        match dice.index(6) {
            0..=2 => {
                let params = other_params(dice, &self.params);
                self.set_asset(params);
            }
            // Back to what it was at first: a cancellation.
            3 => self.set_asset(AssetParams {
                bucket: self.params.bucket,
                ..*before
            }),
            4 => {
                let mut scenarios = self.scenarios;
                for scenario in &mut scenarios {
                    if dice.chance(50) {
                        *scenario = any_scenario(dice);
                    }
                }
                let portfolio = if dice.chance(50) {
                    self.portfolio
                } else {
                    portfolio_params(dice)
                };
                self.set_portfolio(portfolio, scenarios);
            }
            _ => {
                let (old, bucket) = (self.params.bucket, dice.index(8) as u8);
                let now = check_bucket_change(&self.effective_scenarios(), old, bucket);
                let later = check_bucket_change(&self.scenarios, old, bucket);
                if now.is_ok() && later.is_ok() {
                    let params = AssetParams {
                        bucket,
                        ..self.params
                    };
                    self.set_asset(params);
                }
            }
        }
    }

    /// Every hard bound that MM's own values could leave.
    fn check_bounds(&self) {
        let (c, to) = (self.effective(), &self.coefficients);
        let most = |value: Fraction, e9: u64| value <= Fraction::from_e9_ceil(e9).unwrap();
        let least = |value: Fraction, e9: u64| value >= Fraction::from_e9_floor(e9).unwrap();
        assert!(most(c.basis, 100_000_000));
        assert!(2 * c.funding_provision.to_bits() <= to.s_floor.to_bits() + 2);
        assert!(least(c.s_max_mm_long, 5_000_000) && most(c.s_max_mm_long, 650_000_000));
        assert!(c.s_max_mm_long <= to.s_max_im_long);
        assert!(least(c.s_max_short, 1_000_000_000) && most(c.s_max_short, 8_000_000_000));
        assert!(c.s_max_short <= to.s_max_short && c.credit <= Fraction::ONE);
        // σ and h of both levels are the prescribed ones: u_MM alone moves.
        assert_eq!(
            (c.k_sqrt_h_mm, c.k_sqrt_h_im),
            (to.k_sqrt_h_mm, to.k_sqrt_h_im)
        );
        let u_mm = unit_shock(&self.volatility, to, self.now).u_mm;
        assert!(least(u_mm, 5_000_000) && most(u_mm, 500_000_001));
        let p = self
            .portfolio_ramp
            .coefficients(&self.portfolio_coefficients, self.now);
        assert!(most(p.theta, 800_000_000));
        assert!(p.theta.to_bits() + p.one_minus_theta.to_bits() + 1 >= Fraction::ONE.to_bits());
        assert!(least(p.phi, 100_000_000) && most(p.phi, 1_000_000_000));
        assert!(most(p.rho_lo, 600_000_000));
        assert!(least(p.rho_hi, 850_000_000) && most(p.rho_hi, 1_000_000_000));
        for scenario in self.effective_scenarios() {
            assert!(scenario.weight <= Fraction::ONE);
            for shock in scenario.shock {
                let loss = (i128::from(shock) * i128::from(scenario.weight.to_bits())) >> 60;
                // 0.9 of a fall, 3 of a rise.
                let range = -(1i128 << 60) * 9 / 10 - 8..=3 * (1 << 60) + 8;
                assert!(range.contains(&loss), "{loss}");
            }
        }
    }
}

fn any_scenario(dice: &mut Dice) -> ScenarioCoefficients {
    let drawn = match dice.index(3) {
        0 => Scenario::default(),
        1 => scenario(dice),
        // Shocks small enough that the unit shock binds at first.
        _ => {
            let mut small = scenario(dice);
            for shock in &mut small.shock_e9 {
                *shock /= 1 << dice.index(12);
            }
            small
        }
    };
    ScenarioCoefficients::new(&drawn).unwrap()
}

fn without_scenarios(coefficients: &PortfolioCoefficients) -> Prescribed<'_> {
    Prescribed {
        coefficients,
        scenarios: &[],
    }
}

/// A few seconds, an hour, days, years.
fn wait(dice: &mut Dice) -> i64 {
    let secs = match dice.index(4) {
        0 => dice.between(0, 60),
        1 => 3_600,
        2 => dice.between(1, 400_000),
        _ => dice.magnitude(1, 2_000_000_000),
    };
    secs.cast_signed()
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
            exchange.check_bounds();
            last = margin;
        }
        for _ in 0..=dice.index(2) {
            exchange.change(&mut dice, &first);
            let (margin, slack) = exchange.margin();
            assert!(margin <= last + slack, "at once: {last} {margin}");
            exchange.check_bounds();
            last = margin;
        }
    }
    // In the end what is prescribed holds.
    exchange.now = i64::MAX / 2;
    assert_eq!(exchange.effective(), exchange.coefficients);
    assert_eq!(exchange.effective_scenarios(), exchange.scenarios);
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
            let mut exchange = Exchange { ramp: AssetRamp::default(), ..old };
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
