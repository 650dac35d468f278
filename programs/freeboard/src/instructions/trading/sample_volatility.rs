//! Takes a volatility sample of an asset. Anyone may, at most once per spacing: weights depend on
//! elapsed time alone.
use crate::error::{FreeboardError, OrRefuse, ensure};
use crate::events::{Stamp, VolatilitySampled};
use crate::governance::pauses::{self, Operation};
use crate::oracle;
use crate::state::{Asset, Exchange, Load};
use anchor_lang::prelude::*;
use freeboard_risk::params::AssetCoefficients;

/// Accounts of sample_volatility.
#[derive(Accounts)]
pub struct SampleVolatility<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The asset.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub asset: AccountLoader<'info, Asset>,
    /// CHECK: owner, binding and content are checked by `oracle::read`.
    pub feed: UncheckedAccount<'info>,
}

/// See [`crate::freeboard::sample_volatility`].
pub fn handler(ctx: Context<SampleVolatility>) -> Result<()> {
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    pauses::require_open(&*ctx.accounts.exchange.read()?, Operation::Sample, now)?;
    let mut asset = ctx.accounts.asset.write()?;
    ensure(!asset.is_settled(), FreeboardError::AssetSettled)?;
    let observation = oracle::read_current(&asset, &ctx.accounts.feed, now)?;
    let known = asset.known();
    known.check_moves(&observation).or_refuse()?;
    let still_samples = known.still_samples_with(&observation);
    let coefficients = AssetCoefficients::from_words(&asset.coefficient_words);
    let mut volatility = asset.volatility()?;
    let outcome = volatility
        .sample(
            &observation,
            now,
            asset.tradable.publish_ts,
            &asset.params.into(),
            &coefficients,
        )
        .or_refuse()?;
    asset.volatility_words = volatility.to_words();
    asset.record(&observation, now)?;
    asset.still_samples = still_samples;
    let sequence = asset.next_event();
    emit!(VolatilitySampled {
        stamp: Stamp::new(ctx.accounts.asset.key(), sequence, &clock),
        asset_index: asset.index,
        price_e12: observation.price.0,
        publish_ts: observation.publish_ts,
        clamped: outcome.clamped,
        v_fast_q120: volatility.v_fast.to_bits(),
        v_slow_q120: volatility.v_slow.to_bits(),
        u_mm_q60: volatility.u_prev.to_bits(),
        samples: volatility.samples,
    });
    Ok(())
}
