//! An exchange with one asset and one account, whose parameters change at any time.
use freeboard_risk::governance::{
    AssetRamp, BucketMove, DepthCut, PortfolioRamp, TargetTerms, check_bucket_change,
};
use freeboard_risk::number::quantity::{Fraction, Price, Variance};
use freeboard_risk::params::{
    AssetCoefficients, AssetParams, OracleParams, PortfolioCoefficients, PortfolioParams, Scenario,
    ScenarioCoefficients, TradeParams,
};
use freeboard_risk::price::unit_shock::unit_shock;
use freeboard_risk::price::volatility::VolatilityState;
use freeboard_risk::requirement::holding::Holding;
use freeboard_risk::requirement::margin::{InitialReport, initial, maintenance};

use crate::draw::{Account, Dice, asset_params, holding, portfolio_params, scenario};
use crate::margin::slack;

/// Scenarios of a case.
const SCENARIOS: usize = 3;

fn coefficients(params: &AssetParams) -> AssetCoefficients {
    AssetCoefficients::new(params, 28_800).unwrap()
}

pub fn allowed(params: &AssetParams) -> bool {
    let bounds = params.check_bounds(&OracleParams::reference(), &TradeParams::reference());
    bounds.is_ok()
}

/// Runs a macro over every field of an asset's parameters that may change, but collateral weight and bucket.
macro_rules! for_asset_fields {
    ($run:ident) => {
        $run!(
            omega_e9 sigma_stress_e9 sigma_floor_e9 sigma_cap_e9 sigma_initial_e9 short_mult_e9 warmup_samples
            stale_after_secs stale_per_h_e9 k_e9 h_mm_secs h_im_secs s_floor_e9 up_per_h_e9
            down_per_h_e9 s_max_mm_long_e9 s_max_im_long_e9 s_max_short_e9 depth_quote_atoms
            turnover_reference_quote_atoms
            oi_lo_quote_atoms oi_hi_quote_atoms gamma_e9 basis_e9 max_rate_per_h_e9 sample
        )
    };
}
pub(crate) use for_asset_fields;

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
pub fn other_params(dice: &mut Dice, old: &AssetParams) -> AssetParams {
    let new = AssetParams {
        collateral_weight_e9: old.collateral_weight_e9,
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
#[derive(Clone, Copy)]
pub struct Exchange {
    pub now: i64,
    pub params: AssetParams,
    pub coefficients: AssetCoefficients,
    pub volatility: VolatilityState,
    pub ramp: AssetRamp,
    pub cut: DepthCut,
    pub portfolio: PortfolioParams,
    pub portfolio_coefficients: PortfolioCoefficients,
    pub scenarios: [ScenarioCoefficients; SCENARIOS],
    pub portfolio_ramp: PortfolioRamp,
    pub starts: [ScenarioCoefficients; SCENARIOS],
    pub holding: Holding,
    /// A ramp of the charges began at 0: a fully hedged position then had no margin to grow from.
    pub from_nothing: bool,
}

impl Exchange {
    pub fn new(dice: &mut Dice, collateral: bool) -> Self {
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
        volatility.v_short = variance(dice);
        volatility.samples = dice.between(0, 10_000) as u32;
        volatility.refresh(&params, &coefficients).unwrap();
        let portfolio = portfolio_params(dice);
        let scenarios = core::array::from_fn(|_| any_scenario(dice));
        let mut holding = holding(dice, &params, true, collateral);
        if collateral && dice.chance(50) {
            // A hedged short, nearly or wholly.
            holding.size_atoms = -holding.size_atoms.abs();
            if params.collateral_weight_e9 == 1_000_000_000 {
                holding.collateral_atoms = holding.size_atoms.unsigned_abs();
            }
        }
        Self {
            now,
            params,
            coefficients,
            volatility,
            ramp: AssetRamp::default(),
            cut: DepthCut::default(),
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
    pub fn effective(&self) -> AssetCoefficients {
        let whole = self.ramp.coefficients(&self.coefficients, self.now);
        self.cut.coefficients(&whole)
    }

    /// What the parameters lead to, with what counts of L now.
    pub fn led_to(&self) -> AssetCoefficients {
        self.cut.coefficients(&self.coefficients)
    }

    /// Time in which samples find anything traded, or nothing: half of them at the least spacing that is the default,
    /// the others after a silence.
    pub fn pass_with_samples(&mut self, dice: &mut Dice, secs: i64) {
        let end = self.now + secs;
        while self.now < end {
            let silence = dice.chance(50);
            let step = match (silence, secs > 3_600) {
                (false, false) => 300,
                (true, false) => dice.between(300, 3_600).cast_signed(),
                (_, true) => (secs / 3).max(300),
            };
            self.now = end.min(self.now + step);
            let target_e9 = [500_000_000, 0, dice.between(0, 500_000_000)][dice.index(3)];
            let ramp_end_ts = self.ramp.window().end_ts;
            self.cut.follow(target_e9, ramp_end_ts, self.now);
        }
    }

    /// What MM reads of the scenarios.
    pub fn effective_scenarios(&self) -> Vec<ScenarioCoefficients> {
        let pairs = self.starts.iter().zip(&self.scenarios);
        pairs
            .map(|(start, to)| self.portfolio_ramp.scenario(start, to, self.now))
            .collect()
    }

    pub fn account(&self, asset: AssetCoefficients, ramped: bool) -> Account {
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
            initial: None,
            quote_atoms: 0,
            holdings: vec![Holding {
                unit_shock: shock,
                coefficients: asset,
                ..self.holding
            }],
        }
    }

    /// The account with what each level reads, as an exchange presents it.
    pub fn both(&self) -> Account {
        let split = self.ramp.split(&self.coefficients, self.now);
        let split = self.cut.levels(&split);
        let mut account = self.account(split.maintenance, true);
        account.holdings[0].initial = split.initial;
        let target = (self.portfolio_coefficients, self.scenarios.to_vec());
        if (account.coefficients, &account.scenarios) != (target.0, &target.1) {
            account.initial = Some(target);
        }
        account
    }

    /// Both levels from the one account, and what rounding may cost a requirement.
    pub fn report(&self) -> (InitialReport, i128) {
        let account = self.both();
        let report = initial(&account.portfolio()).unwrap();
        (report, slack(&account, report.requirement.margin_atoms))
    }

    /// MM in force, and what rounding may cost it.
    pub fn margin(&self) -> (i128, i128) {
        let account = self.account(self.effective(), true);
        let margin = maintenance(&account.portfolio()).unwrap().margin_atoms;
        (margin, slack(&account, margin))
    }

    /// MM and IM that the new parameters prescribe at the unit shock of now.
    pub fn target(&self) -> (i128, i128) {
        let account = self.account(self.led_to(), false);
        let report = initial(&account.portfolio()).unwrap();
        (
            report.maintenance.margin_atoms,
            report.requirement.margin_atoms,
        )
    }

    pub fn set_asset(&mut self, params: AssetParams) {
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

    pub fn set_portfolio(
        &mut self,
        portfolio: PortfolioParams,
        scenarios: [ScenarioCoefficients; SCENARIOS],
    ) {
        let next = PortfolioCoefficients::new(&portfolio).unwrap();
        let old = TargetTerms {
            coefficients: &self.portfolio_coefficients,
            scenarios: &self.scenarios,
        };
        let new = TargetTerms {
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
    pub fn change(&mut self, dice: &mut Dice, before: &AssetParams) {
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
                let bucket = dice.index(8) as u8;
                let moved = BucketMove {
                    from: self.params.bucket,
                    to: bucket,
                };
                let now = check_bucket_change(&self.effective_scenarios(), moved);
                let later = check_bucket_change(&self.scenarios, moved);
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
    pub fn check_bounds(&self) {
        let (c, to) = (self.effective(), &self.coefficients);
        let most = |value: Fraction, e9: u64| value <= Fraction::from_e9_ceil(e9).unwrap();
        let least = |value: Fraction, e9: u64| value >= Fraction::from_e9_floor(e9).unwrap();
        assert!(most(c.basis, 100_000_000));
        assert!(2 * c.funding_provision.to_bits() <= to.s_floor.to_bits() + 2);
        assert!(least(c.s_max_mm_long, 5_000_000) && most(c.s_max_mm_long, 650_000_000));
        assert!(c.s_max_mm_long <= to.s_max_im_long);
        assert!(least(c.s_max_short, 1_000_000_000) && most(c.s_max_short, 8_000_000_000));
        assert!(c.s_max_short <= to.s_max_short && c.collateral_weight <= Fraction::ONE);
        // σ and h of both levels are the target ones: u_MM alone moves.
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
            for shock in scenario.shock {
                // 0.9 of a fall, 3 of a rise, to nearest.
                let range = -(1_i64 << 60) / 10 * 9 - 9..=3 << 60;
                assert!(range.contains(&shock), "{shock}");
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

/// A few seconds, an hour, days, years.
pub fn wait(dice: &mut Dice) -> i64 {
    let secs = match dice.index(4) {
        0 => dice.between(0, 60),
        1 => 3_600,
        2 => dice.between(1, 400_000),
        _ => dice.magnitude(1, 2_000_000_000),
    };
    secs.cast_signed()
}
