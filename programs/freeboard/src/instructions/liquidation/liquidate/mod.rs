//! Closes part of an account below its maintenance margin. Anyone with a margin account may call it:
//! a position goes to the pool or to the caller, collateral is sold to the caller.
//!
//! judge.rs: may it be liquidated, how much, at what penalty · sale.rs: what it is worth · close.rs: the
//! books · after.rs: what the rules promise, checked on what came out · slice.rs, slice_books.rs: the same share of
//! everything at once.
pub(in crate::instructions) mod after;
pub(in crate::instructions) mod close;
pub(in crate::instructions) mod judge;
pub(in crate::instructions) mod sale;
pub(in crate::instructions) mod slice;
pub(in crate::instructions) mod slice_books;

pub use crate::arrange::closing::Closing;
use crate::arrange::{AssetAccounts, Holdings, SharedRisk};
use crate::books::{Accruals, PricesSeen};
use crate::error::{FreeboardError, ensure};
use crate::event_log::tell;
use crate::events::{AccountLiquidated, MarginSnapshot, Stamp, snapshot_of_valuation};
use crate::state::{Exchange, Load, MarginAccount, Pool};
use anchor_lang::prelude::*;
use close::Closed;
use freeboard_risk::price::standard::PriceStandard;
use judge::{Judged, Liquidatee};
use slice::{Sides, Slicing};

/// Arguments of liquidate.
#[derive(Clone, Copy, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct LiquidateArgs {
    /// Index of the asset whose position or collateral is closed; not read for a slice.
    pub asset_index: u16,
    /// The most to close, base atoms; of a slice thousandths of the account. The rules may allow less.
    pub max_size_atoms: u64,
    /// What is closed, and who takes it.
    pub closing: Closing,
}

/// Accounts of liquidate. Remaining accounts: assets and feeds by ascending asset index, the closed one writable, for a slice
/// all that it closes a part of: those that the margin account holds, those of the liquidator's account if it takes something over, and any
/// others.
#[derive(Accounts)]
pub struct Liquidate<'info> {
    /// Owner or delegate of the liquidator's account.
    pub liquidator: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its pool: to top up a reward that the insurance in the asset's ledger cannot, to pay a profit that the
    /// ledger cannot, and to know of an account below zero. Not locked where none of these is needed.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub pool: Option<AccountLoader<'info, Pool>>,
    /// The account to liquidate.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// Receives the liquidator's part of the penalty, and what it takes over.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub liquidator_account: AccountLoader<'info, MarginAccount>,
}

/// See [`crate::freeboard::liquidate`].
pub fn handler<'info>(ctx: Context<'info, Liquidate<'info>>, args: LiquidateArgs) -> Result<()> {
    let clock = Clock::get()?;
    let accounts = &ctx.accounts;
    ensure(
        accounts.margin_account.key() != accounts.liquidator_account.key(),
        FreeboardError::SelfLiquidation,
    )?;
    if args.closing == Closing::Slice {
        return slice_all(accounts, ctx.remaining_accounts, args, &clock);
    }
    let exchange = accounts.exchange.read()?;
    let mut liquidator = accounts.liquidator_account.write()?;
    liquidator.require_authority(accounts.liquidator.key)?;
    let shared = SharedRisk::load(&exchange, clock.unix_timestamp);
    let assets = AssetAccounts::by_index(ctx.remaining_accounts, accounts.exchange.key())?;
    let mut keeper = Keeper {
        liquidatee: Liquidatee::new(args, &exchange, &shared, clock.unix_timestamp)?,
        exchange: &exchange,
        pool: accounts.pool.as_ref(),
        liquidator_key: accounts.liquidator_account.key(),
        holdings: Holdings::of_these(&assets),
        assets,
        clock: &clock,
    };
    keeper.close(&accounts.margin_account, &mut liquidator)?;
    keeper.finish(&mut liquidator)
}

/// What a liquidator works with.
pub(in crate::instructions) struct Keeper<'a, 'info> {
    pub liquidatee: Liquidatee<'a>,
    pub exchange: &'a Exchange,
    pub pool: Option<&'a AccountLoader<'info, Pool>>,
    pub liquidator_key: Pubkey,
    pub assets: AssetAccounts<'info>,
    pub holdings: Holdings,
    pub clock: &'a Clock,
}

/// One account's closing, judged and booked.
struct Booked {
    settled: Accruals,
    judged: Judged,
    closed: Closed,
}

impl<'info> Keeper<'_, 'info> {
    /// Closes what the rules allow of one account.
    ///
    /// Errors: those of a wrong remaining account, of the judgement, of the books and of what is promised after it.
    #[inline(never)]
    pub fn close(
        &mut self,
        margin_account: &AccountLoader<'info, MarginAccount>,
        liquidator: &mut MarginAccount,
    ) -> Result<()> {
        // Read.
        let mut account = margin_account.write()?;
        let (assets, standard) = (&mut self.assets, PriceStandard::Liquidation);
        self.holdings
            .reload(&account, assets, standard, self.liquidatee.now)?;
        // Judge, move money.
        let booked = self.judge_and_book(&mut account, liquidator)?;
        // Check after.
        let holdings = &mut self.holdings;
        let after =
            self.liquidatee
                .check_after(&booked.judged, &booked.closed, &mut account, holdings)?;
        if !after.is_saturated {
            recognise_loss(&mut account, &after.maintenance, holdings, self.pool)?;
        }
        account.free_empty_slots();
        // Tell.
        let stamp = Stamp::new(margin_account.key(), account.next_event(), self.clock);
        self.tell(stamp, &booked, after.maintenance)
    }

    /// Judges the account at the price that counts of the closed asset, and books what may be closed of it.
    #[inline(always)] // moves no results
    fn judge_and_book(
        &mut self,
        account: &mut MarginAccount,
        liquidator: &mut MarginAccount,
    ) -> Result<Booked> {
        let (liquidatee, args) = (&self.liquidatee, self.liquidatee.args);
        let holdings = &mut self.holdings;
        let (loader, _) = self.assets.find(args.asset_index, true)?;
        let mut asset = loader.write()?;
        // Judge.
        args.closing.check_market(&asset)?;
        let observation = holdings.observation(args.asset_index)?;
        asset.record(&observation, liquidatee.now)?;
        let index_q64 = self.exchange.borrow.index_at(liquidatee.now);
        let settled = holdings.settle_accruals(account, &mut asset, index_q64)?;
        asset.settle_accruals(liquidator, index_q64)?;
        let judged = liquidatee.judge(account, holdings, &asset)?;
        args.closing
            .check_taken_over(&asset, &observation, liquidatee.now)?;
        // Move money.
        let mut closed = liquidatee.close(&judged, account, &asset, &observation)?;
        {
            let mut pool = self.pool.map(AccountLoader::load_mut).transpose()?;
            closed.topup_atoms =
                liquidatee.topup(&judged, &closed, &mut asset, pool.as_deref_mut())?;
        }
        liquidatee.book(&judged, &closed, account, liquidator, &mut asset)?;
        Pool::cover_shortfall(self.pool, &mut asset)?;
        holdings.renew(account, &asset)?;
        Ok(Booked {
            settled,
            judged,
            closed,
        })
    }

    /// Tells what was closed.
    fn tell(&mut self, stamp: Stamp, booked: &Booked, after: MarginSnapshot) -> Result<()> {
        let (settled, judged, closed) = (&booked.settled, &booked.judged, &booked.closed);
        let (observation, penalty) = (&closed.observation, &judged.penalty);
        tell(&AccountLiquidated {
            stamp,
            liquidator_account: self.liquidator_key,
            asset_index: self.liquidatee.args.asset_index,
            closing: self.liquidatee.args.closing,
            size_before_atoms: closed.size_before_atoms,
            collateral_before_atoms: closed.collateral_before_atoms,
            closed_atoms: judged.size_atoms,
            largest_close_atoms: judged.largest_atoms,
            price_e12: observation.price.0,
            confidence_e12: observation.confidence.0,
            ema_e12: observation.ema.0,
            publish_ts: observation.publish_ts,
            flagged_ts: judged.flag.since_ts.unwrap_or(self.liquidatee.now),
            window_start_ts: judged.window_start_ts,
            window_gross_atoms: judged.window.gross_quote_atoms,
            window_closed_before_atoms: judged.window.closed_quote_atoms,
            interest_atoms: settled.interest_atoms,
            funding_atoms: settled.funding_atoms,
            skew_before_atoms: closed.skews_before_atoms[0],
            resting_skew_atoms: closed.skews_before_atoms[1],
            notional_atoms: closed.sale.notional_atoms,
            realized_pnl_atoms: closed.sale.realized_atoms(),
            spread_atoms: closed.sale.spread_atoms,
            impact_atoms: judged.impact_atoms,
            penalty_atoms: penalty.total_atoms,
            penalty_liquidator_atoms: penalty.liquidator_atoms,
            penalty_insurance_atoms: penalty.insurance_atoms,
            penalty_pool_atoms: penalty.pool_atoms,
            topup_atoms: closed.topup_atoms,
            before: snapshot_of_valuation(&judged.before),
            after,
        })
    }

    /// Requires that what was taken over is within the liquidator's margin, and the remaining accounts in order.
    ///
    /// Errors: `InitialMarginNotMet`, `PositionPriceUnusable`; those of a wrong remaining account.
    pub fn finish(&mut self, liquidator: &mut MarginAccount) -> Result<()> {
        if self.liquidatee.args.closing.is_taken_over() {
            // In place: a second list of holdings would not fit the heap beside what several accounts leave on it.
            let (holdings, assets) = (&mut self.holdings, &mut self.assets);
            holdings.reload(
                liquidator,
                assets,
                PriceStandard::Trade,
                self.liquidatee.now,
            )?;
            after::require_initial(liquidator, holdings, self.liquidatee.shared)?;
        }
        self.assets.finish(self.liquidatee.now)?;
        liquidator.free_empty_slots();
        Ok(())
    }
}

/// Stores what an account is below zero after a closing, or that it is not any more.
///
/// Errors: `PoolAccountMissing`, `Overflow`.
fn recognise_loss(
    account: &mut MarginAccount,
    after: &MarginSnapshot,
    holdings: &Holdings,
    pool: Option<&AccountLoader<Pool>>,
) -> Result<()> {
    if account.bad_debt_atoms == 0 && after.equity_atoms >= 0 {
        return Ok(());
    }
    let mut pool = Pool::given(pool)?;
    let equity = after.equity_atoms.into();
    let prices = PricesSeen::all_if(holdings.all_usable());
    account.recognise_bad_debt(equity, prices, &mut pool)
}

/// Closes the same share of everything.
#[inline(never)] // a stack frame of its own
fn slice_all<'info>(
    accounts: &Liquidate<'info>,
    remaining: &'info [AccountInfo<'info>],
    args: LiquidateArgs,
    clock: &Clock,
) -> Result<()> {
    let now = clock.unix_timestamp;
    // Read.
    let exchange = accounts.exchange.read()?;
    let shared = SharedRisk::load(&exchange, now);
    let slicing = Slicing::new(args, &exchange, &shared, now)?;
    let mut account = accounts.margin_account.write()?;
    let mut liquidator = accounts.liquidator_account.write()?;
    liquidator.require_authority(accounts.liquidator.key)?;
    let mut assets = AssetAccounts::by_index(remaining, accounts.exchange.key())?;
    let mut holdings = Holdings::load(&account, &mut assets, PriceStandard::Liquidation, now)?;
    // Judge, move money.
    let mut sides = Sides {
        account: &mut account,
        liquidator: &mut liquidator,
    };
    let index_q64 = exchange.borrow.index_at(now);
    let (mut booked, terms) = slicing.settle(&mut sides, &mut holdings, &assets, index_q64)?;
    let judged = slicing.judge(sides.account, &holdings, &terms)?;
    let (how, pool) = ((&judged, terms.as_slice()), accounts.pool.as_ref());
    slicing.book(how, &mut sides, &mut holdings, (&assets, pool), &mut booked)?;
    // Check after.
    let after = slicing.check_after(how, &booked, &mut account, &mut holdings)?;
    recognise_loss(&mut account, &after, &holdings, pool)?;
    holdings.reload(&liquidator, &mut assets, PriceStandard::Trade, now)?;
    after::require_initial(&liquidator, &holdings, &shared)?;
    assets.finish(now)?;
    account.free_empty_slots();
    liquidator.free_empty_slots();
    // Tell.
    let stamp = Stamp::new(accounts.margin_account.key(), account.next_event(), clock);
    let liquidator_key = accounts.liquidator_account.key();
    slice::tell(stamp, liquidator_key, &judged, booked, after)
}
