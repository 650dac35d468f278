//! The same part of several accounts, one after the other: many small ones cost a liquidator little more than a large
//! one, and what is wrong with one of them stops none of the others.
use crate::arrange::{AssetAccounts, AssetSource, Holdings, SharedRisk};
use crate::error::{FreeboardError, ensure};
use crate::instructions::liquidation::liquidate::{Keeper, LiquidateArgs, judge::Liquidatee};
use crate::instructions::liquidation::several::{self, Several, SeveralAccounts};
use crate::state::{Asset, Exchange, Load, MarginAccount, Pool};
use anchor_lang::prelude::*;

/// Accounts of liquidate_several. Remaining accounts: the margin accounts to liquidate, writable; then assets and
/// feeds by ascending asset index, the closed one writable: those that any of them holds, those of the liquidator's
/// account if it takes something over, and any others.
#[derive(Accounts)]
pub struct LiquidateSeveral<'info> {
    /// Owner or delegate of the liquidator's account.
    pub liquidator: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its pool, as for liquidate.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub pool: Option<AccountLoader<'info, Pool>>,
    /// Receives the liquidator's part of the penalties, and what it takes over.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub liquidator_account: AccountLoader<'info, MarginAccount>,
}

/// See [`crate::freeboard::liquidate_several`].
pub fn handler<'info>(
    ctx: Context<'info, LiquidateSeveral<'info>>,
    args: LiquidateArgs,
    accounts: u8,
) -> Result<u64> {
    let clock = Clock::get()?;
    let own = &ctx.accounts;
    let exchange = own.exchange.read()?;
    let key = own.exchange.key();
    let mut liquidator = own.liquidator_account.write()?;
    liquidator.require_authority(own.liquidator.key)?;
    let SeveralAccounts {
        margin_accounts,
        pairs,
    } = several::split(ctx.remaining_accounts, accounts)?;
    let shared = SharedRisk::load(&exchange, clock.unix_timestamp);
    let assets = AssetAccounts::by_index(pairs, key)?;
    let mut keeper = Keeper {
        liquidatee: Liquidatee::new(args, &exchange, &shared, clock.unix_timestamp)?,
        exchange: &exchange,
        pool: own.pool.as_ref(),
        liquidator_key: own.liquidator_account.key(),
        holdings: Holdings::of_these(&assets),
        assets,
        clock: &clock,
    };
    let mut kept = KeptTerms::of(&mut keeper, &liquidator)?;
    let mut done = Several::default();
    for info in margin_accounts {
        // Written already, the liquidator's own account could be neither read nor restored.
        let is_other = *info.key != keeper.liquidator_key;
        let closed = ensure(is_other, FreeboardError::SelfLiquidation)
            .and_then(|()| several::margin_account(info, key))
            .and_then(|account| keeper.close_or_restore(&account, &mut liquidator, &mut kept));
        done.count(closed);
    }
    keeper.finish(&mut liquidator)?;
    done.finish()
}

/// What an attempt may write, as it was before it.
struct KeptTerms {
    account: Box<MarginAccount>,
    liquidator: Box<MarginAccount>,
    asset: Box<Asset>,
    pool: Option<Box<Pool>>,
}

impl KeptTerms {
    /// Room for it; the account is whatever comes first.
    #[inline(never)]
    fn of(keeper: &mut Keeper, liquidator: &MarginAccount) -> Result<Self> {
        let index = keeper.liquidatee.args.asset_index;
        Ok(Self {
            account: Box::new(*liquidator),
            liquidator: Box::new(*liquidator),
            asset: keeper.assets.take(index, |asset, _| Ok(Box::new(*asset)))?,
            pool: match keeper.pool {
                Some(pool) => Some(Box::new(*pool.read()?)),
                None => None,
            },
        })
    }
}

impl<'info> Keeper<'_, 'info> {
    /// Closes what the rules allow of one account, or leaves everything as it was.
    ///
    /// Errors: those of [`Self::close`].
    fn close_or_restore(
        &mut self,
        margin_account: &AccountLoader<'info, MarginAccount>,
        liquidator: &mut MarginAccount,
        kept: &mut KeptTerms,
    ) -> Result<()> {
        let (asset, _) = self.assets.find(self.liquidatee.args.asset_index, true)?;
        *kept.account = *margin_account.read()?;
        *kept.liquidator = *liquidator;
        *kept.asset = *asset.read()?;
        if let (Some(kept), Some(pool)) = (&mut kept.pool, self.pool) {
            **kept = *pool.read()?;
        }
        let closed = self.close(margin_account, liquidator);
        if closed.is_err() {
            *margin_account.write()? = *kept.account;
            *liquidator = *kept.liquidator;
            *asset.write()? = *kept.asset;
            if let (Some(kept), Some(pool)) = (&kept.pool, self.pool) {
                *pool.write()? = **kept;
            }
        }
        closed
    }
}
