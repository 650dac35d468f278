//! Closes part of an account below its maintenance margin. Anyone with a margin account may call it:
//! a position goes to the pool or to the caller, collateral is sold to the caller.
//!
//! judge.rs: may it be liquidated, how much, at what penalty · sale.rs: what it is worth · close.rs: the
//! books · after.rs: what the rules promise, checked on what came out · slice.rs, slice_books.rs: the same share of
//! everything at once.
mod after;
mod close;
pub(super) mod judge;
pub(super) mod sale;
mod slice;
mod slice_books;

use crate::{
    error::{FreeboardError, ensure},
    events::{AccountLiquidated, Stamp},
    gates::{self, Operation},
    snapshot_of_valuation,
    state::{Asset, Exchange, Load, MarginAccount, Pool},
    valuation::{AssetAccounts, Holdings, Purpose, SharedRisk},
};
use anchor_lang::prelude::*;
use freeboard_risk::liquidation as core_liquidation;
use judge::Case;
use slice::{Booked, Sides, Slicing};

/// What is closed, and who takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub enum Closing {
    /// A position, against the pool: open interest falls.
    PositionByPool,
    /// A position, into the liquidator's account, which must meet its initial margin with it.
    PositionByLiquidator,
    /// Collateral, bought by the liquidator; the proceeds repay the loan.
    Collateral,
    /// A short, closed against the pool, and the collateral that hedges it, bought by the liquidator.
    Pair,
    /// The same share of every position, against the pool, and of every weighted collateral, bought by the liquidator.
    /// Every asset of the account is written.
    Slice,
}

impl Closing {
    /// As the core sees it.
    ///
    /// Errors: `NothingToLiquidate` for a slice, which is of no single asset.
    pub(super) fn of_one_asset(self) -> Result<core_liquidation::Closing> {
        match self {
            Self::PositionByPool | Self::PositionByLiquidator => {
                Ok(core_liquidation::Closing::Position)
            }
            Self::Collateral => Ok(core_liquidation::Closing::Collateral),
            Self::Pair => Ok(core_liquidation::Closing::Pair),
            Self::Slice => Err(FreeboardError::NothingToLiquidate.raise()),
        }
    }

    /// Refuses what closes a position of a market that has ended: that is settled instead.
    ///
    /// Errors: `AssetSettled`.
    pub(super) fn check_market(self, asset: &Asset) -> Result<()> {
        let sells = self == Self::Collateral;
        ensure(sells || !asset.is_settled(), FreeboardError::AssetSettled)
    }

    /// Whether the liquidator's account takes something over besides cash.
    fn is_taken_over(self) -> bool {
        self != Self::PositionByPool
    }
}

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

/// Accounts of liquidate. Remaining accounts: the margin account's assets and feeds in slot order,
/// the closed one writable, for a slice all of them; then, if the liquidator takes something over, those of the liquidator's
/// account that are not among them, in its slot order.
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
    let now = clock.unix_timestamp;
    let accounts = &ctx.accounts;
    ensure(
        accounts.margin_account.key() != accounts.liquidator_account.key(),
        FreeboardError::SelfLiquidation,
    )?;
    ensure(args.max_size_atoms > 0, FreeboardError::LiquidationSizeZero)?;
    let exchange = accounts.exchange.read()?;
    gates::require_open(&exchange, Operation::Liquidate, now)?;
    if args.closing == Closing::Slice {
        return slice_all(accounts, ctx.remaining_accounts, args, &clock);
    }
    let mut account = accounts.margin_account.write()?;
    let mut liquidator = accounts.liquidator_account.write()?;
    liquidator.require_authority(accounts.liquidator.key)?;

    let mut assets = AssetAccounts::new(ctx.remaining_accounts, accounts.exchange.key());
    let mut holdings = Holdings::load(&account, &mut assets, Purpose::Liquidation, now)?;
    let shared = SharedRisk::load(&exchange, now);
    let case = Case {
        args,
        now,
        params: exchange.liquidation.into(),
        pool: exchange.pool.into(),
        shared: &shared,
    };
    let (settled, judged, closed) = {
        let (loader, _) = assets.find(args.asset_index, true)?;
        let mut asset = loader.write()?;
        args.closing.check_market(&asset)?;
        // As it counts in the account, so that what is judged is what is closed.
        let observation = holdings.observation(args.asset_index)?;
        asset.record(&observation, now)?;
        let index_q64 = exchange.borrow.index_at(now);
        let settled = asset.touch(&mut account, index_q64)?;
        asset.touch(&mut liquidator, index_q64)?;
        let holding = holdings.get_mut(args.asset_index)?;
        holding.funding_quote_atoms = 0;
        let judged = case.judge(&account, &holdings, &asset)?;
        let mut closed = case.close(&judged, &account, &asset, &observation)?;
        let pool = accounts.pool.as_ref();
        {
            let mut pool = pool.map(AccountLoader::load_mut).transpose()?;
            closed.topup_atoms = case.topup(&judged, &closed, &mut asset, pool.as_deref_mut())?;
        }
        case.book(&judged, &closed, &mut account, &mut liquidator, &mut asset)?;
        Pool::cover(pool, &mut asset)?;
        case.update(&account, &asset, &mut holdings)?;
        (settled, judged, closed)
    };
    let (after, is_saturated) = case.check_after(&judged, &closed, &mut account, &mut holdings)?;
    if !is_saturated && (account.bad_debt_atoms != 0 || after.equity_atoms < 0) {
        let mut pool = Pool::given(accounts.pool.as_ref())?;
        account.know_bad_debt(after.equity_atoms.into(), holdings.all_usable(), &mut pool)?;
    }
    if args.closing.is_taken_over() {
        case.check_liquidator(&liquidator, &mut assets)?;
    }
    assets.finish()?;
    account.free_empty_slots();
    liquidator.free_empty_slots();

    let sequence = account.next_event();
    let stamp = Stamp::new(accounts.margin_account.key(), sequence, &clock);
    let liquidator_account = accounts.liquidator_account.key();
    emit!(AccountLiquidated {
        stamp,
        liquidator_account,
        asset_index: args.asset_index,
        closing: args.closing,
        size_before_atoms: closed.size_before_atoms,
        collateral_before_atoms: closed.collateral_before_atoms,
        closed_atoms: judged.size_atoms,
        largest_close_atoms: judged.largest_atoms,
        price_e12: closed.observation.price.0,
        confidence_e12: closed.observation.confidence.0,
        ema_e12: closed.observation.ema.0,
        publish_ts: closed.observation.publish_ts,
        flagged_ts: judged.flagged_ts,
        window_start_ts: judged.window_start_ts,
        window_gross_atoms: judged.window.gross_quote_atoms,
        window_closed_before_atoms: judged.window.closed_quote_atoms,
        interest_atoms: settled.interest_atoms,
        funding_atoms: settled.funding_atoms,
        skew_before_atoms: closed.skews_before_atoms[0],
        resting_skew_atoms: closed.skews_before_atoms[1],
        notional_atoms: closed.sale.notional_atoms,
        realized_pnl_atoms: closed.sale.realized_atoms(),
        impact_atoms: judged.impact_atoms,
        penalty_atoms: judged.penalty.total_atoms,
        penalty_liquidator_atoms: judged.penalty.liquidator_atoms,
        penalty_insurance_atoms: judged.penalty.insurance_atoms,
        penalty_pool_atoms: judged.penalty.pool_atoms,
        topup_atoms: closed.topup_atoms,
        before: snapshot_of_valuation(&judged.before),
        after,
    });
    Ok(())
}

/// The same share of everything.
#[inline(never)] // a stack frame of its own
fn slice_all<'info>(
    accounts: &Liquidate<'info>,
    remaining: &'info [AccountInfo<'info>],
    args: LiquidateArgs,
    clock: &Clock,
) -> Result<()> {
    let now = clock.unix_timestamp;
    let exchange = accounts.exchange.read()?;
    let mut account = accounts.margin_account.write()?;
    let mut liquidator = accounts.liquidator_account.write()?;
    liquidator.require_authority(accounts.liquidator.key)?;
    let mut assets = AssetAccounts::new(remaining, accounts.exchange.key());
    let mut holdings = Holdings::load(&account, &mut assets, Purpose::Liquidation, now)?;
    let shared = SharedRisk::load(&exchange, now);
    let slicing = Slicing {
        args,
        now,
        params: exchange.liquidation.into(),
        shared: &shared,
    };
    let pool = accounts.pool.as_ref();
    let mut booked = Booked::default();
    let mut sides = Sides {
        account: &mut account,
        liquidator: &mut liquidator,
    };
    let index_q64 = exchange.borrow.index_at(now);
    let markets = slicing.settle(&mut sides, &mut holdings, &assets, index_q64, &mut booked)?;
    let judged = slicing.judge(sides.account, &holdings, &markets)?;
    slicing.book(
        (&judged, &markets),
        &mut sides,
        &mut holdings,
        (&assets, pool),
        &mut booked,
    )?;
    let after = slicing.check_after(&judged, &booked, &mut account, &mut holdings)?;
    if account.bad_debt_atoms != 0 || after.equity_atoms < 0 {
        let mut pool = Pool::given(pool)?;
        account.know_bad_debt(after.equity_atoms.into(), true, &mut pool)?; // every price is usable
    }
    holdings.reload(&liquidator, &mut assets, Purpose::Initial, now)?;
    after::require_initial(&liquidator, &holdings, &shared)?;
    assets.finish()?;
    account.free_empty_slots();
    liquidator.free_empty_slots();
    let stamp = Stamp::new(accounts.margin_account.key(), account.next_event(), clock);
    slice::tell(
        stamp,
        accounts.liquidator_account.key(),
        &judged,
        booked,
        after,
    )
}
