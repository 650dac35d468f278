//! Takes a volatility sample of an asset. Anyone may, at most once per spacing: weights depend on
//! elapsed time alone. So a sample is also paid for at most once per spacing.
use crate::error::{FreeboardError, OrRefuse, ensure};
use crate::event_log::tell;
use crate::events::{Stamp, VolatilitySampled};
use crate::governance::pauses::{self, Operation};
use crate::instructions::trading::reward::RewardOffer;
use crate::oracle;
use crate::state::{Asset, Exchange, Load, MarginAccount};
use anchor_lang::prelude::*;
use freeboard_risk::market::reward::sample_reward;
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
    /// The margin account that is paid for the sample; none leaves the reward with the protocol.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub reward_account: Option<AccountLoader<'info, MarginAccount>>,
}

/// See [`crate::freeboard::sample_volatility`].
pub fn handler(ctx: Context<SampleVolatility>) -> Result<()> {
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let exchange = ctx.accounts.exchange.read()?;
    pauses::require_open(&exchange, Operation::Sample, now)?;
    let mut asset = ctx.accounts.asset.write()?;
    ensure(!asset.is_settled(), FreeboardError::AssetSettled)?;
    let observation = oracle::read_current(&asset, &ctx.accounts.feed, now)?;
    let known = asset.known();
    known.check_moves(&observation).or_refuse()?;
    let still_samples = known.still_samples_with(&observation);
    let coefficients = AssetCoefficients::from_words(&asset.coefficient_words);
    let mut volatility = asset.volatility_at(now)?;
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
    asset.follow_turnover(now);
    let window_start_ts = asset.exceedance_window.start_ts;
    let window = asset.watch(&observation, volatility.u_prev);
    let sequence = asset.next_event();
    tell(&VolatilitySampled {
        stamp: Stamp::new(ctx.accounts.asset.key(), sequence, &clock),
        asset_index: asset.index,
        price_e12: observation.price.0,
        publish_ts: observation.publish_ts,
        clamped: outcome.clamped,
        v_fast_q120: volatility.v_fast.to_bits(),
        v_slow_q120: volatility.v_slow.to_bits(),
        v_short_q120: volatility.v_short.to_bits(),
        u_mm_q60: volatility.u_prev.to_bits(),
        samples: volatility.samples,
        window: window.into(),
        window_start_ts,
    })?;
    let Some(reward_account) = &ctx.accounts.reward_account else {
        return Ok(());
    };
    let offer = RewardOffer {
        reward: sample_reward(&asset.trade.into()),
        order_id: 0,
    };
    offer.pay(reward_account, &mut asset, &exchange, &clock)
}
