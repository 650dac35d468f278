//! Pays the caller of a fill or a sample, who named a margin account for it. It may be anybody's of this exchange: a
//! credit of quote harms no account, as a deposit of quote does not, and its owner need not sign.
use crate::event_log::tell;
use crate::events::{CallerRewarded, Stamp};
use crate::state::{Asset, Exchange, Load, MarginAccount};
use anchor_lang::prelude::*;
use freeboard_risk::number::atoms::QuoteAtoms;

/// What a caller is offered, and for what.
pub(super) struct RewardOffer {
    pub reward: QuoteAtoms,
    /// The order that was filled; 0 for a sample.
    pub order_id: u64,
}

impl RewardOffer {
    /// Pays what the fees of the market can, and tells it; nothing happens where that is nothing.
    ///
    /// Errors: `Overflow`.
    #[inline(never)] // a stack frame of its own
    pub fn pay(
        self,
        reward_account: &AccountLoader<MarginAccount>,
        asset: &mut Asset,
        exchange: &Exchange,
        clock: &Clock,
    ) -> Result<()> {
        let mut account = reward_account.write()?;
        let index_q64 = exchange.borrow.index_at(clock.unix_timestamp);
        let Some(booked) = asset.pay_reward(&mut account, self.reward, index_q64)? else {
            return Ok(());
        };
        let sequence = account.next_event();
        tell(&CallerRewarded {
            stamp: Stamp::new(reward_account.key(), sequence, clock),
            asset_index: asset.index,
            order_id: self.order_id,
            offered_atoms: self.reward.get(),
            paid_atoms: booked.paid_atoms,
            interest_atoms: booked.interest_atoms,
            quote_after_atoms: account.quote_atoms,
        })
    }
}
