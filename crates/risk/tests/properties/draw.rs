//! Accounts and parameters drawn from everything the hard bounds allow.
//!
//! A case is a list of 16-bit rolls that are turned into numbers one after the other: about one in ten
//! is the minimum and one in ten the maximum. Shrinking lowers rolls, so cases shrink to minima.
//! The fuzz targets draw with it too (`tests/harness/fuzz/`), so it knows no test framework.
use freeboard_risk::governance::{AssetTerms, TargetTerms};
use freeboard_risk::number::atoms::QuoteAtoms;
use freeboard_risk::number::quantity::{Fraction, Price, UnitPrice};
use freeboard_risk::params::{
    AssetCoefficients, AssetParams, LiquidationParams, OracleParams, PortfolioCoefficients,
    PortfolioParams, SampleParams, Scenario, ScenarioCoefficients, TradeParams,
};
use freeboard_risk::price::standing::Standing;
use freeboard_risk::price::unit_shock::UnitShock;
use freeboard_risk::requirement::holding::Holding;
use freeboard_risk::requirement::portfolio::Portfolio;

/// Reads rolls as numbers; the last one repeats when they run out.
pub struct Dice<'a> {
    rolls: &'a [u16],
    next: usize,
}

impl<'a> Dice<'a> {
    pub fn new(rolls: &'a [u16]) -> Self {
        Self { rolls, next: 0 }
    }

    fn roll(&mut self) -> u16 {
        let roll = self.rolls.get(self.next).or(self.rolls.last()).copied();
        self.next += 1;
        roll.unwrap_or(0)
    }

    /// From 0 to 1, both often.
    fn share(&mut self) -> f64 {
        ((f64::from(self.roll()) / 65_535.0 - 0.1) / 0.8).clamp(0.0, 1.0)
    }

    /// From `min` to `max`, both often.
    pub fn between(&mut self, min: u64, max: u64) -> u64 {
        assert!(min <= max, "{min} {max}");
        match self.share() {
            0.0 => min,
            1.0 => max,
            // A second roll fills the digits that 16 bits leave empty.
            share => {
                let span = max - min;
                let coarse = (span as f64 * share) as u64;
                let fine = u64::from(self.roll()) % (span / 65_536 + 1);
                min + coarse.saturating_add(fine).min(span)
            }
        }
    }

    /// From `min` (above 0) to `max`, both often, sizes of all magnitudes alike.
    pub fn magnitude(&mut self, min: u64, max: u64) -> u64 {
        match self.share() {
            0.0 => min,
            1.0 => max,
            share => {
                let ratio = max as f64 / min as f64;
                ((min as f64 * ratio.powf(share)) as u64).clamp(min, max)
            }
        }
    }

    pub fn index(&mut self, count: usize) -> usize {
        usize::from(self.roll()) % count
    }

    pub fn chance(&mut self, percent: u16) -> bool {
        self.roll() % 100 < percent
    }
}

const E9: u64 = 1_000_000_000;

/// Parameters of an asset, anywhere within the bounds.
pub fn asset_params(dice: &mut Dice) -> AssetParams {
    let k_e9 = dice.between(2 * E9, 6 * E9);
    let h_mm_secs = dice.between(900, 86_400);
    // k·σ_cap·√h_mm ≤ ½, with room for the roots of f64.
    let root = (h_mm_secs as f64 / 3_600.0).sqrt();
    let cap_max = (0.5 * 1e18 / k_e9 as f64 / root * 0.999_999) as u64;
    let sigma_cap_e9 = dice.between(cap_max / 50, cap_max);
    let sigma_stress_e9 = dice.between(sigma_cap_e9 / 20 + 2, sigma_cap_e9);
    let sigma_floor_e9 = dice.between(1, sigma_stress_e9 * 2 / 3);
    let s_floor_e9 = dice.between(5_000_000, 500_000_000);
    let s_max_mm_long_e9 = dice.between(s_floor_e9, 650_000_000);
    let up_per_h_e9 = dice.between(10_000_000, 40_000_000);
    let depth_quote_atoms = dice.magnitude(1_000_000, 1_000_000_000_000_000);
    let oi_lo_quote_atoms = dice.between(0, 10 * depth_quote_atoms);
    let max_age_secs = dice.between(1, 60) as u32;
    let age_secs = u64::from(max_age_secs);
    let min_spacing_secs = dice.between((4 * age_secs).max(8), 315 - age_secs) as u32;
    let base_decimals = dice.between(0, 18) as u8;
    let params = AssetParams {
        omega_e9: dice.between(E9 / 4, E9 / 2),
        sigma_stress_e9,
        sigma_floor_e9,
        sigma_cap_e9,
        sigma_initial_e9: dice.between(sigma_floor_e9, sigma_cap_e9),
        short_mult_e9: dice.between(0, 2 * E9),
        warmup_samples: dice.between(1, 8_640) as u32,
        stale_after_secs: dice.between(u64::from(min_spacing_secs), 86_400) as u32,
        stale_per_h_e9: dice.between(10_000_000, E9),
        k_e9,
        h_mm_secs: h_mm_secs as u32,
        h_im_secs: dice.between(2 * h_mm_secs, 2_592_000) as u32,
        s_floor_e9,
        up_per_h_e9,
        down_per_h_e9: dice.between(1, up_per_h_e9 / 2),
        s_max_mm_long_e9,
        s_max_im_long_e9: dice.between(s_max_mm_long_e9, E9),
        s_max_short_e9: dice.between(E9, 8 * E9),
        depth_quote_atoms,
        turnover_reference_quote_atoms: dice.between(0, 10_000_000_000_000_000),
        oi_lo_quote_atoms,
        oi_hi_quote_atoms: dice.between(oi_lo_quote_atoms + 1, 50 * depth_quote_atoms),
        gamma_e9: dice.between(0, E9),
        basis_e9: dice.between(0, E9 / 10),
        max_rate_per_h_e9: dice.between(0, s_floor_e9 / 16),
        collateral_weight_e9: dice.between(0, E9),
        bucket: dice.index(8) as u8,
        base_decimals,
        lot_atoms: 1 + dice.magnitude(1, 10u64.pow(u32::from(base_decimals))) / 100,
        sample: SampleParams {
            half_life_fast_secs: dice.between(21_600, 604_800) as u32,
            half_life_slow_secs: dice.between(2_592_000, 31_536_000) as u32,
            clamp_mult_e9: dice.between(8 * E9, 64 * E9),
            clamp_short_mult_e9: dice.between(4 * E9, 64 * E9),
            clamp_min_e9: dice.between(1_000_000, 50_000_000),
            clamp_max_ratio_e9: dice.between(1_050_000_000, 2 * E9),
            min_spacing_secs,
            max_age_secs,
            max_conf_e9: dice.between(1, 50_000_000),
            max_future_secs: dice.between(0, 10) as u32,
        },
        deposit_cap_atoms: dice.between(0, u64::MAX >> 1),
        outflow_per_h_e9: dice.between(E9 / 5, E9),
    };
    let bounds = params.check_bounds(&OracleParams::reference(), &TradeParams::reference());
    assert_eq!(bounds, Ok(()), "{params:?}");
    params
}

/// Parameters of the portfolio, anywhere within the bounds.
pub fn portfolio_params(dice: &mut Dice) -> PortfolioParams {
    let params = PortfolioParams {
        theta_e9: dice.between(0, 800_000_000),
        phi_e9: dice.between(100_000_000, E9),
        rho_lo_e9: dice.between(0, 600_000_000),
        rho_hi_e9: dice.between(850_000_000, E9),
        upnl_weight_e9: dice.between(0, E9 / 2),
        z_e9: dice.between(E9, 3 * E9),
        ..PortfolioParams::reference()
    };
    assert_eq!(params.check_bounds(), Ok(()));
    params
}

/// Parameters of a liquidation, anywhere within the bounds.
pub fn liquidation_params(dice: &mut Dice) -> LiquidationParams {
    let params = LiquidationParams {
        penalty_abs_e9: dice.between(0, E9 / 10),
        liquidator_share_e9: dice.between(0, E9),
        insurance_share_e9: dice.between(0, E9),
        window_cap_quote_atoms: dice.magnitude(1, 1_000_000_000_000_000),
        window_share_e9: dice.between(0, E9),
        dust_quote_atoms: dice.between(0, 1_000_000_000),
        keeper_cost_quote_atoms: dice.between(0, 10_000_000),
        beta_e9: dice.between(20_000_000, E9 / 2),
        ..LiquidationParams::reference()
    };
    assert_eq!(params.check_bounds(), Ok(()));
    params
}

/// An account with everything the margin reads, owned.
#[derive(Clone, Debug)]
pub struct Account {
    pub params: PortfolioParams,
    pub coefficients: PortfolioCoefficients,
    pub scenarios: Vec<ScenarioCoefficients>,
    /// What IM reads in place of both, while a ramp runs.
    pub initial: Option<(PortfolioCoefficients, Vec<ScenarioCoefficients>)>,
    pub quote_atoms: i64,
    pub holdings: Vec<Holding>,
}

impl Account {
    pub fn portfolio(&self) -> Portfolio<'_> {
        Portfolio {
            coefficients: &self.coefficients,
            scenarios: &self.scenarios,
            initial: self
                .initial
                .as_ref()
                .map(|(coefficients, scenarios)| TargetTerms {
                    coefficients,
                    scenarios,
                }),
            quote_atoms: self.quote_atoms,
            holdings: &self.holdings,
        }
    }

    /// The same account with other holdings.
    pub fn with_holdings(&self, holdings: Vec<Holding>) -> Self {
        Self {
            holdings,
            ..self.clone()
        }
    }
}

/// Rolls that [`account`] takes: 24 assets of at most 90, and the portfolio.
pub const ACCOUNT_ROLLS: usize = 2_400;

/// An account of up to 16 positions and 8 collaterals with equity around its margin.
pub fn account(dice: &mut Dice) -> Account {
    account_with_parameters(dice).0
}

/// The same with the decimal parameters of its assets and its scenarios.
pub fn account_with_parameters(dice: &mut Dice) -> (Account, Vec<AssetParams>, Vec<Scenario>) {
    let positions = dice.index(17);
    let collaterals = dice.index(9);
    let shared = dice.index(9).min(positions).min(collaterals);
    let count = positions + collaterals - shared;
    let params = portfolio_params(dice);
    let scenarios = if dice.chance(50) { 0 } else { dice.index(17) };
    let scenarios: Vec<Scenario> = (0..scenarios).map(|_| scenario(dice)).collect();
    let mut assets = Vec::with_capacity(count);
    let mut holdings = Vec::with_capacity(count);
    for index in 0..count {
        let asset = asset_params(dice);
        let has_position = index < positions;
        let has_collateral = index >= count - collaterals;
        holdings.push(holding(dice, &asset, has_position, has_collateral));
        assets.push(asset);
    }
    let mut account = Account {
        params,
        coefficients: PortfolioCoefficients::new(&params).unwrap(),
        scenarios: scenarios
            .iter()
            .map(|scenario| ScenarioCoefficients::new(scenario).unwrap())
            .collect(),
        initial: None,
        quote_atoms: 0,
        holdings,
    };
    account.quote_atoms = around_the_margin(&account, dice);
    (account, assets, scenarios)
}

/// The same account whose IM reads terms of other assets at some of the holdings, and perhaps other
/// parameters and scenarios: more than any ramp sets apart.
pub fn with_any_terms(dice: &mut Dice, account: &Account) -> Account {
    let mut account = account.clone();
    for holding in &mut account.holdings {
        if dice.chance(50) {
            let other = asset_params(dice);
            let other = AssetCoefficients::new(&other, 28_800).unwrap();
            // The size term begins at the target L.
            holding.coefficients.depth_quote_atoms = other.depth_quote_atoms;
            holding.initial = Some(AssetTerms::from_coefficients(&other));
        }
    }
    if dice.chance(50) {
        let params = portfolio_params(dice);
        let scenarios = (0..dice.index(17)).map(|_| scenario(dice));
        let scenarios = scenarios
            .map(|one| ScenarioCoefficients::new(&one).unwrap())
            .collect();
        account.initial = Some((PortfolioCoefficients::new(&params).unwrap(), scenarios));
    }
    account
}

/// A quote balance with which equity is between −1 and 3 times the maintenance margin.
fn around_the_margin(account: &Account, dice: &mut Dice) -> i64 {
    let requirement =
        freeboard_risk::requirement::margin::maintenance(&account.portfolio()).unwrap();
    let parts = i128::from(dice.between(0, 4_000));
    let wanted = requirement.margin_atoms * (parts - 1_000) / 1_000;
    let balance = wanted - requirement.equity_atoms;
    balance.clamp(-(1 << 60), 1 << 60) as i64
}

/// A joint scenario, anywhere within the bounds.
pub fn scenario(dice: &mut Dice) -> Scenario {
    let weight_e9 = dice.between(0, E9);
    // weight · fall is at most 0.9.
    let fall_e9 = (900_000_000 * E9)
        .checked_div(weight_e9)
        .map_or(E9, |fall| fall.min(E9));
    let shock = |_| dice.between(0, fall_e9 + 3 * E9).cast_signed() - fall_e9.cast_signed();
    let shock_e9 = core::array::from_fn(shock);
    let scenario = Scenario {
        weight_e9,
        shock_e9,
    };
    assert_eq!(scenario.check_bounds(), Ok(()));
    scenario
}

/// Nine of ten prices are usable.
fn standing(dice: &mut Dice) -> Standing {
    if dice.chance(90) {
        return Standing::Usable;
    }
    let share = Fraction::from_e9_ceil(dice.between(0, 2 * E9)).unwrap();
    [
        Standing::Wide,
        Standing::Far,
        Standing::Absent { share },
        Standing::Unknown,
    ][dice.index(4)]
}

/// A holding whose position and collateral are worth up to $10 B each.
pub fn holding(
    dice: &mut Dice,
    asset: &AssetParams,
    has_position: bool,
    has_collateral: bool,
) -> Holding {
    // 10^-6 … 10^6 USD, twelve more digits below.
    let price = u128::from(dice.magnitude(1, 1_000_000_000_000)) * 1_000_000
        + u128::from(dice.between(0, 999_999));
    let near = |dice: &mut Dice| price * u128::from(dice.between(900_000, 1_100_000)) / 1_000_000;
    let mut holding = Holding {
        price: Price(price),
        confidence: Price(price * u128::from(dice.between(0, 50_000)) / 1_000_000),
        ema: Price(near(dice).max(1)),
        usable_initial: dice.chance(90),
        standing: standing(dice),
        unit_shock: unit_shock(dice, asset),
        coefficients: AssetCoefficients::new(asset, 28_800).unwrap(),
        ..Holding::default()
    };
    let unit = UnitPrice::from_price_floor(holding.price, asset.base_decimals).unwrap();
    let worth = |dice: &mut Dice| dice.magnitude(1, 10_000_000_000_000_000);
    let atoms = |usd: u64| {
        unit.base_atoms_ceil(QuoteAtoms::new(usd))
            .get()
            .clamp(1, i64::MAX.unsigned_abs() / 4)
    };
    if has_position {
        let notional = worth(dice);
        let size = atoms(notional).cast_signed();
        holding.size_atoms = if dice.chance(50) { size } else { -size };
        let cost = notional.cast_signed() / 1_000 * dice.between(500, 1_500).cast_signed();
        holding.entry_quote_atoms = if holding.size_atoms > 0 { cost } else { -cost };
        let funding = dice.between(0, 2_000_000).cast_signed() - 1_000_000;
        holding.funding_quote_atoms = funding;
    }
    if has_collateral {
        let notional = worth(dice);
        holding.collateral_atoms = atoms(notional);
    }
    let interest = worth(dice);
    holding.open_interest_atoms = atoms(interest) - 1;
    holding.liquidated_quote_atoms = if dice.chance(50) { 0 } else { worth(dice) };
    holding
}

/// Unit shocks as the estimator can give them: from s_floor to ½ for MM, higher for IM.
fn unit_shock(dice: &mut Dice, asset: &AssetParams) -> UnitShock {
    let u_mm_e9 = dice.between(asset.s_floor_e9, E9 / 2);
    let c_im_e9 = dice.between(asset.s_floor_e9, 15 * E9);
    let fraction = |e9| Fraction::from_bits(Fraction::from_e9_ceil(e9).unwrap().to_bits() + 12_345);
    UnitShock {
        u_mm: fraction(u_mm_e9),
        c_im: fraction(c_im_e9),
        sigma_im: fraction(asset.sigma_cap_e9),
    }
}
