//! What trading, holding and borrowing cost: fee, half-spread, impact, funding and interest, each by the core.
use freeboard_client::risk::RiskError;
use freeboard_client::risk::market::funding::{FundingState, Growth, OpenInterest};
use freeboard_client::risk::market::skew::Skew;
use freeboard_client::risk::market::trade::{Fill, FillTerms, age_spread_ceil, fee_ceil, fill};
use freeboard_client::risk::number::atoms::{BaseAtoms, QuoteAtoms, SignedBaseAtoms};
use freeboard_client::risk::number::quantity::Fraction;
use freeboard_client::risk::params::{PoolParams, TradeParams};
use freeboard_client::risk::pool::borrow::{
    BorrowState, INDEX_ONE_Q64, IndexSpan, interest_ceil, rate,
};
use freeboard_client::risk::price::observation::FillKind;
use serde::Serialize;

use super::account::HeldMarket;
use super::answer::{as_share, as_text};

/// Hours in a day.
const DAY_HOURS: i64 = 24;
/// Seconds in an hour.
const HOUR_SECS: i64 = 3_600;

/// A trade of a whole size and what it costs against the oracle price, quote atoms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TradeCost {
    /// Price of the fill, USD × 10^12; a string in JSON.
    #[serde(serialize_with = "as_text")]
    pub price_e12: u128,
    /// Notional of the fill.
    pub notional_atoms: u64,
    /// Fee, up.
    pub fee_atoms: u64,
    /// Half-spread.
    pub half_spread_atoms: i64,
    /// Impact; negative where the trade is paid for moving the skew towards zero.
    pub impact_atoms: i64,
}

/// The half-spread of a fill at one age of its price.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SpreadAtAge {
    /// Age of the price, seconds.
    pub age_secs: u32,
    /// Half-spread without the part of the confidence interval, share of the price.
    pub share: f64,
}

/// What one position costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PositionCosts {
    /// Opening it in the market without it.
    pub open: TradeCost,
    /// Closing it in the market of now.
    pub close: TradeCost,
    /// Half-spread by the age of the price.
    pub half_spread: Vec<SpreadAtAge>,
    /// Funding of a day at the largest rate, quote atoms, up.
    pub funding_day_atoms: i64,
}

impl TradeCost {
    /// All of it, quote atoms.
    pub const fn total_atoms(&self) -> i64 {
        self.half_spread_atoms
            .saturating_add(self.impact_atoms)
            .saturating_add_unsigned(self.fee_atoms)
    }

    /// Trading this signed size from this skew; `z` is the multiple of the confidence interval.
    ///
    /// Errors: those of [`fill`] and [`fee_ceil`].
    pub fn new(
        market: &HeldMarket,
        size: SignedBaseAtoms,
        skew: Skew,
        kind: FillKind,
        z: Fraction,
    ) -> Result<Self, RiskError> {
        let made = filled(market, size, skew, kind, z, &market.trade)?;
        // The same fill where nothing moves the skew: what is left beside P is the half-spread.
        let endless = TradeParams {
            skew_scale_atoms: u64::MAX,
            ..market.trade
        };
        let still = filled(market, size, Skew::default(), kind, z, &endless)?;
        let fair = market.holding.asset_price().trade_notional(size)?.get();
        let beyond = |notional: u64, fair: u64| {
            let more = i64::try_from(i128::from(notional) - i128::from(fair));
            let more = more.map_err(|_| RiskError::Overflow)?;
            Ok::<_, RiskError>(if size.is_negative() { -more } else { more })
        };
        Ok(Self {
            price_e12: made.price.0,
            notional_atoms: made.notional_quote_atoms,
            fee_atoms: fee_ceil(made.notional_quote_atoms, &market.trade)?.total_atoms,
            half_spread_atoms: beyond(still.notional_quote_atoms, fair)?,
            impact_atoms: beyond(made.notional_quote_atoms, still.notional_quote_atoms)?,
        })
    }
}

fn filled(
    market: &HeldMarket,
    size: SignedBaseAtoms,
    skew: Skew,
    kind: FillKind,
    z: Fraction,
    trade: &TradeParams,
) -> Result<Fill, RiskError> {
    let holding = &market.holding;
    let terms = FillTerms {
        observation: &holding.observation(0),
        age_secs: market.price_age_secs,
        sigma_im: holding.unit_shock.sigma_im,
        z,
        ema_trade_e9: market.oracle.ema_trade_e9,
        size_atoms: size.get(),
        skew,
        kind,
        base_decimals: holding.coefficients.base_decimals,
    };
    fill(&terms, trade)
}

impl PositionCosts {
    /// Of the position that is held; none where there is none.
    ///
    /// Errors: those of the core.
    pub fn new(market: &HeldMarket, z: Fraction) -> Result<Option<Self>, RiskError> {
        let size = SignedBaseAtoms::new(market.holding.size_atoms);
        if size.is_zero() {
            return Ok(None);
        }
        let back = SignedBaseAtoms::ZERO.saturating_sub(size);
        let now_atoms = market.skew.now_atoms;
        let without = Skew::resting(now_atoms.saturating_sub(size.get().into()));
        let ages = [
            market.price_age_secs,
            market.oracle.age_fill_secs,
            market.oracle.age_liquidation_secs,
        ];
        Ok(Some(Self {
            open: TradeCost::new(market, size, without, FillKind::Increase, z)?,
            close: TradeCost::new(market, back, market.skew, FillKind::Reduce, z)?,
            half_spread: spreads(market.holding.unit_shock.sigma_im, &market.trade, &ages)?,
            funding_day_atoms: funding_day_atoms(market, size)?,
        }))
    }
}

/// Half-spreads at these ages, the same age once.
///
/// Errors: [`RiskError::Overflow`].
pub fn spreads(
    sigma_im: Fraction,
    trade: &TradeParams,
    ages_secs: &[u32],
) -> Result<Vec<SpreadAtAge>, RiskError> {
    let mut ages: Vec<u32> = ages_secs.to_vec();
    ages.sort_unstable();
    ages.dedup();
    let at_age = |age_secs: u32| {
        let share = age_spread_ceil(age_secs, sigma_im, trade.kappa_e9)?;
        Ok(SpreadAtAge {
            age_secs,
            share: as_share(share),
        })
    };
    ages.into_iter().map(at_age).collect()
}

/// What a position of this size would pay in a day if the market stood at its largest rate against it, quote atoms, up.
///
/// Errors: [`RiskError::Overflow`].
pub fn funding_day_atoms(market: &HeldMarket, size: SignedBaseAtoms) -> Result<i64, RiskError> {
    let scale_atoms = market.trade.funding_scale_atoms;
    let (long_atoms, short_atoms) = if size.is_negative() {
        (0, scale_atoms)
    } else {
        (scale_atoms, 0)
    };
    let mut funding = FundingState::new(0);
    funding.set_rate(
        OpenInterest {
            long_atoms,
            short_atoms,
        },
        market.params.max_rate_per_h_e9,
        BaseAtoms::new(scale_atoms),
    )?;
    let decimals = market.holding.coefficients.base_decimals;
    let to_q64 = funding.index_at(size, market.holding.price, decimals, HOUR_SECS)?;
    let hour = Growth {
        from_q64: 0,
        to_q64,
    };
    let received = hour.accrued_atoms(size.get())?;
    Ok(received.saturating_mul(-DAY_HOURS))
}

/// What a loan of this many quote atoms costs in a day while everything is lent, quote atoms, up.
pub fn interest_day_atoms(loan: QuoteAtoms, pool: &PoolParams) -> u64 {
    let state = BorrowState::new(0, rate(pool, 1, 1));
    let index = IndexSpan {
        last_q64: INDEX_ONE_Q64,
        now_q64: state.index_at(DAY_HOURS * HOUR_SECS),
    };
    interest_ceil(loan, index).get()
}
