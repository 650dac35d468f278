//! What the prices of an account's holdings allow, and what they mean for its flag.
use super::{AssetSource, Holdings, SharedRisk};
use crate::error::OrRefuse;
use crate::governance::pauses;
use crate::state::{Asset, Exchange, MarginAccount};
use anchor_lang::prelude::*;
use freeboard_risk::RiskError;
use freeboard_risk::liquidation::flag::{FlagRun, Grace, PauseSpan, Sight};
use freeboard_risk::params::LiquidationParams;
use freeboard_risk::price::standard::PriceStandard;
use freeboard_risk::requirement::margin::{Requirement, liquidation_valuation};

impl Holdings {
    /// Renews or ends a flag that stands, by what the account holds now: at the prices that a liquidation counts, with
    /// the holdings loaded for it. Leaves it where none stands or where they cannot be valued so.
    pub fn review_flag(
        &mut self,
        account: &mut MarginAccount,
        accounts: &mut impl AssetSource,
        (exchange, shared): (&Exchange, &SharedRisk),
        now: i64,
    ) {
        if account.flagged_ts == 0 {
            return;
        }
        let valued = self
            .reload(account, accounts, PriceStandard::Liquidation, now)
            .and_then(|()| account.quote_after_interest(exchange, now))
            .and_then(|quote_atoms| {
                liquidation_valuation(&shared.portfolio(quote_atoms, &self.list)).or_refuse()
            });
        if let Ok(valuation) = valued {
            let sight = self.sight(pauses::liquidations_paused(exchange), now);
            let flag = account.flag();
            account.set_flag(flag.after(&valuation, &sight, &exchange.liquidation.into()));
        }
    }

    /// When the account is valued at these prices, as a flag counts it.
    pub fn sight(&self, paused: PauseSpan, now: i64) -> Sight {
        let newest = self.shown_times().max();
        Sight {
            now,
            oldest_publish_ts: self.oldest_usable_ts(),
            newest_publish_ts: newest.unwrap_or(i64::MIN),
            paused,
        }
    }

    /// Publish time of the oldest price update that a liquidation counts, as it is or moved; the latest time if none does.
    pub fn oldest_usable_ts(&self) -> i64 {
        self.shown_times().min().unwrap_or(i64::MAX)
    }

    fn shown_times(&self) -> impl Iterator<Item = i64> {
        let held = self.list.iter().zip(&self.sources);
        held.filter(|(held, _)| held.standing.is_shown())
            .map(|(_, source)| source.publish_ts)
    }

    /// Whether a liquidation counts every price as it is.
    pub fn all_usable(&self) -> bool {
        self.list.iter().all(|held| held.standing.is_usable())
    }

    /// Whether a liquidation counts some price update that is wide or far from its EMA, and so perhaps wrong.
    fn any_doubtful(&self) -> bool {
        self.list.iter().any(|held| held.standing.is_doubtful())
    }

    /// Checks that a liquidation has waited for its grace. Only prices that count in the valuation have to be newer than
    /// the flag.
    ///
    /// Errors: [`RiskError::LiquidationGracePeriod`].
    pub fn check_grace(
        &self,
        flag: &FlagRun,
        before: &Requirement,
        params: &LiquidationParams,
    ) -> core::result::Result<(), RiskError> {
        flag.check_grace(self.oldest_usable_ts(), self.grace(before), params)
    }

    /// Whether a liquidation of an account that needs this waits for its flag. One price update that may be wrong
    /// liquidates nobody, however far it puts the account below its margin.
    pub fn grace(&self, before: &Requirement) -> Grace {
        if before.is_severe() && !self.any_doubtful() {
            Grace::Waived
        } else {
            Grace::Required
        }
    }

    /// Whether some price passes one standard of a view and not the other, or each judges another: then each has a
    /// price of its own, the feed's or a recorded one.
    pub fn standards_differ(&self) -> bool {
        let mut held = self.list.iter();
        !self.to_trade.is_empty()
            || held.any(|held| held.usable_initial != held.standing.is_shown())
    }

    /// Judges by `Trade` the prices that were loaded for a reduce, and puts those of a trade in their place. `acted` is
    /// the traded asset, which this instruction writes.
    ///
    /// Errors: `AssetAccountMissing`.
    #[cold]
    #[inline(never)]
    pub fn judge_to_trade(
        &mut self,
        assets: &mut impl AssetSource,
        acted: &Asset,
        now: i64,
    ) -> Result<()> {
        for at in 0..self.list.len() {
            let newest = self.observation_at(at)?;
            let Some((held, source)) = self.list.get_mut(at).zip(self.sources.get_mut(at)) else {
                break;
            };
            let own = self
                .to_trade
                .iter()
                .find(|(index, _)| *index == source.asset_index);
            let price = own.map_or(newest, |(_, price)| *price);
            let by_trade = |asset: &Asset| asset.check_price(PriceStandard::Trade, &price, now);
            let checked = if source.asset_index == acted.index {
                by_trade(acted)
            } else {
                assets.take(source.asset_index, |asset, _| Ok(by_trade(asset)))?
            };
            held.usable_initial = checked.is_ok();
            if held.usable_initial {
                (held.price, held.confidence, held.ema) =
                    (price.price, price.confidence, price.ema);
                source.publish_ts = price.publish_ts;
            }
        }
        Ok(())
    }
}
