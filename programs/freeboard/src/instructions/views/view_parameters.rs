//! Answers with the parameters of an exchange or of one of its assets, as targets and as MM reads them now.
//! Changes nothing. For `simulateTransaction` and for other programs by CPI.
use crate::arrange::SharedRisk;
use crate::error::FreeboardError;
use crate::governance;
use crate::state::{Asset, AssetStatus, Change, Exchange, GROUPS, Load};
use anchor_lang::prelude::*;
use freeboard_risk::governance::PortfolioRamp;
use freeboard_risk::params::ScenarioCoefficients;
use freeboard_risk::price::unit_shock::unit_shock;

/// The answer of view_parameters.
#[derive(Clone, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct Parameters {
    /// Delay of a change, seconds.
    pub timelock_secs: u32,
    /// How often each field group was changed, by `Change::group`: what tighten asks for.
    pub versions: [u32; GROUPS],
    /// Every value in the words of a proposal: what IM reads, and MM from `Effective::ramp_end_ts` on. Payouts, which no
    /// margin reads, the exchange's account tells.
    pub target: Vec<Change>,
    /// What MM reads now.
    pub effective: Effective,
}

/// What MM reads while a tightening takes effect. Fractions have 60 binary digits.
#[derive(Clone, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub enum Effective {
    /// Of the exchange.
    Portfolio {
        /// End of the portfolio's ramp, unix seconds; 0 or past if none runs.
        ramp_end_ts: i64,
        /// θ: reduction for diversification, × 2^60.
        theta_q60: u64,
        /// φ: least requirement, as part of the gross shock, × 2^60.
        phi_q60: u64,
        /// ρ_lo: lower of the two correlations, × 2^60.
        rho_lo_q60: u64,
        /// ρ_hi: upper of the two correlations, × 2^60.
        rho_hi_q60: u64,
        /// Loss of a long (negative) or gain (positive) of each bucket in each scenario, weight included, units
        /// of 10^-4, to nearest.
        losses_bps: Vec<[i16; 8]>,
    },
    /// Of an asset.
    Asset {
        /// End of the asset's ramp, unix seconds; 0 or past if none runs.
        ramp_end_ts: i64,
        /// Unit shock of MM, as part of the price, × 2^60.
        u_mm_q60: u64,
        /// Largest shock of a long in MM, as part of the price, × 2^60.
        s_max_mm_long_q60: u64,
        /// Largest shock of a short, as part of the price, × 2^60.
        s_max_short_q60: u64,
        /// Charge on collateral that hedges a short of the same asset, × 2^60.
        basis_q60: u64,
        /// Charge for eight hours of the largest funding rate, as part of the notional, × 2^60.
        funding_provision_q60: u64,
        /// Collateral weight: part of the collateral's value that counts, × 2^60.
        collateral_weight_q60: u64,
        /// L: notional that the market absorbs per hour, what counts of it, quote atoms, down.
        depth_quote_atoms: u64,
        /// Part of L that does not count because too little is traded, × 10^9.
        depth_cut_e9: u64,
        /// What is traded and liquidated per hour, over about ten days, quote atoms, down; 0 where it is not measured.
        turnover_per_h_quote_atoms: u64,
        /// Stage of the market's life.
        status: AssetStatus,
        /// From when positions can be settled, unix seconds; 0 while the market is not being wound down.
        settle_from_ts: i64,
        /// Live validation: windows of an hour that a sample ended in time.
        exceedance_windows: u32,
        /// Of them, those in which the price fell by more than the unit shock of MM at their start.
        exceedance_falls: u32,
        /// Of them, those in which it rose by more.
        exceedance_rises: u32,
        /// Hours that no window tells of.
        exceedances_missed: u32,
    },
}

/// Accounts of view_parameters.
#[derive(Accounts)]
pub struct ViewParameters<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The asset that is asked about; without it the exchange is.
    #[account(has_one = exchange @ FreeboardError::WrongExchange)]
    pub asset: Option<AccountLoader<'info, Asset>>,
}

/// See [`crate::freeboard::view_parameters`].
pub fn handler(ctx: Context<ViewParameters>) -> Result<Parameters> {
    let now = Clock::get()?.unix_timestamp;
    let exchange = ctx.accounts.exchange.read()?;
    match &ctx.accounts.asset {
        Some(asset) => of_asset(&exchange, &*asset.read()?, now),
        None => Ok(of_exchange(&exchange, now)),
    }
}

/// The parameters of an exchange at `now`.
pub fn of_exchange(exchange: &Exchange, now: i64) -> Parameters {
    let shared = SharedRisk::load(exchange, now);
    let ramp = PortfolioRamp::from_words(&exchange.portfolio_ramp_words);
    let mut target = governance::of_exchange(exchange);
    target.retain(|change| !matches!(change, Change::Payouts { .. }));
    Parameters {
        timelock_secs: exchange.timelock_secs,
        versions: exchange.versions,
        target,
        effective: Effective::Portfolio {
            ramp_end_ts: ramp.window().end_ts,
            theta_q60: shared.portfolio.theta.to_bits(),
            phi_q60: shared.portfolio.phi.to_bits(),
            rho_lo_q60: shared.portfolio.rho_lo.to_bits(),
            rho_hi_q60: shared.portfolio.rho_hi.to_bits(),
            losses_bps: shared.scenarios.iter().map(losses_bps).collect(),
        },
    }
}

/// The parameters of an asset at `now`.
///
/// Errors: `Overflow`.
pub fn of_asset(exchange: &Exchange, asset: &Asset, now: i64) -> Result<Parameters> {
    let effective = asset.coefficients_by_level(now).maintenance;
    let shock = unit_shock(&asset.volatility()?, &effective, now);
    Ok(Parameters {
        timelock_secs: exchange.timelock_secs,
        versions: asset.versions,
        target: governance::of_asset(asset),
        effective: Effective::Asset {
            ramp_end_ts: asset.ramp_end_ts(),
            u_mm_q60: shock.u_mm.to_bits(),
            s_max_mm_long_q60: effective.s_max_mm_long.to_bits(),
            s_max_short_q60: effective.s_max_short.to_bits(),
            basis_q60: effective.basis.to_bits(),
            funding_provision_q60: effective.funding_provision.to_bits(),
            collateral_weight_q60: effective.collateral_weight.to_bits(),
            depth_quote_atoms: effective.inverse_depth.divisor_floor(),
            depth_cut_e9: asset.depth_cut_e9,
            turnover_per_h_quote_atoms: asset.turnover().per_h_floor(now).get(),
            status: asset.status(),
            settle_from_ts: asset.settle_from_ts,
            exceedance_windows: asset.exceedance_windows,
            exceedance_falls: asset.exceedance_falls,
            exceedance_rises: asset.exceedance_rises,
            exceedances_missed: asset.exceedances_missed,
        },
    })
}

/// weight·shock of each bucket, to nearest.
fn losses_bps(scenario: &ScenarioCoefficients) -> [i16; 8] {
    scenario.shock.map(|product| {
        let bps = i128::from(product)
            .saturating_mul(10_000)
            .saturating_add(1 << 59)
            >> 60;
        i16::try_from(bps).unwrap_or(i16::MAX) // |weight · shock| ≤ 3 within the bounds
    })
}
