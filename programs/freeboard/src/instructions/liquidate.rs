//! Closes part of a position of an account below its maintenance margin. Anyone with a margin
//! account may call it; the position goes to the pool or to the caller.
use crate::{
    error::{FreeboardError, OrRaise, OrRefuse, ensure},
    events::{AccountLiquidated, MarginSnapshot, Stamp},
    gates::{self, Operation},
    oracle, snapshot,
    state::{Asset, Exchange, MarginAccount},
    valuation::{AssetAccounts, Holdings, Purpose, SharedRisk},
};
use anchor_lang::prelude::*;
use freeboard_risk::{
    liquidation::{Closing, LiquidationPlan, Window},
    margin::{self, Requirement},
    observation::Observation,
    params as risk,
    penalty::{self, PenaltySplit},
    portfolio::Portfolio,
    position::Filled,
    quantity::UnitPrice,
    trade::{check_account_cap, decay_liquidated},
};

/// Who takes the position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub enum Taker {
    /// The pool: the position is closed and open interest falls.
    Pool,
    /// The liquidator's margin account, which must meet its initial margin with it.
    Liquidator,
}

/// Arguments of liquidate.
#[derive(Clone, Copy, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct LiquidateArgs {
    /// Index of the asset whose position is closed.
    pub asset_index: u16,
    /// The most to close, base atoms; the rules may allow less.
    pub max_size_atoms: u64,
    /// Who takes the position.
    pub taker: Taker,
}

/// Accounts of liquidate. Remaining accounts: the margin account's assets and feeds in slot order,
/// the closed one writable; then, if the liquidator takes over, those of the liquidator's account
/// that are not among them, in its slot order.
#[derive(Accounts)]
pub struct Liquidate<'info> {
    /// Owner or delegate of the liquidator's account.
    pub liquidator: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The account to liquidate.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// Receives the liquidator's part of the penalty, and the position if it takes over.
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
    let exchange = accounts.exchange.load()?;
    gates::require_open(&exchange, Operation::Liquidate, now)?;
    let mut account = accounts.margin_account.load_mut()?;
    let mut liquidator = accounts.liquidator_account.load_mut()?;
    liquidator.require_authority(accounts.liquidator.key)?;

    let mut assets = AssetAccounts::new(ctx.remaining_accounts, accounts.exchange.key());
    let mut holdings = Holdings::load(&account, &mut assets, Purpose::Liquidation, now)?;
    let shared = SharedRisk::load(&exchange);
    let case = Case {
        args,
        now,
        params: exchange.liquidation.into(),
        shared: &shared,
    };
    let judged = case.judge(&account, &holdings)?;

    let closed = {
        let (loader, feed) = assets.find(args.asset_index, true)?;
        let mut asset = loader.load_mut()?;
        let observation = oracle::read_current(&asset, feed, now)?;
        let closed = case.close(&judged, &account, &asset, &observation)?;
        case.book(&judged, &closed, &mut account, &mut liquidator, &mut asset)?;
        asset.record(&observation);
        case.update(&closed, &asset, &mut holdings)?;
        closed
    };
    let after = case.check_after(&judged, &mut account, &holdings)?;
    if args.taker == Taker::Liquidator {
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
        taken_over: args.taker == Taker::Liquidator,
        size_before_atoms: closed.size_before_atoms,
        closed_atoms: judged.size_atoms,
        largest_close_atoms: judged.largest_atoms,
        price_e12: closed.observation.price.0,
        publish_ts: closed.observation.publish_ts,
        flagged_ts: judged.flagged_ts,
        notional_atoms: closed.notional_atoms,
        realized_pnl_atoms: closed.filled.realized_quote_atoms,
        penalty_atoms: judged.penalty.total_atoms,
        penalty_liquidator_atoms: judged.penalty.liquidator_atoms,
        penalty_insurance_atoms: judged.penalty.insurance_atoms,
        penalty_pool_atoms: judged.penalty.pool_atoms,
        before: snapshot(&judged.before)?,
        after,
    });
    Ok(())
}

/// What one call may use.
struct Case<'a> {
    args: LiquidateArgs,
    now: i64,
    params: risk::LiquidationParams,
    shared: &'a SharedRisk,
}

/// The account as found: liquidatable, and how much is closed at what penalty.
struct Judged {
    before: Requirement,
    /// Insolvent or dust: closing only makes it smaller.
    may_worsen: bool,
    size_atoms: u64,
    largest_atoms: u64,
    penalty: PenaltySplit,
    flagged_ts: i64,
    window_start_ts: i64,
    window: Window,
}

/// What the closing does to the position.
struct Closed {
    observation: Observation,
    size_before_atoms: i64,
    /// Signed like a trade: negative when a long is closed.
    fill_atoms: i64,
    /// x·P rounded against the liquidated account.
    notional_atoms: u64,
    /// x·P rounded against whoever takes the position.
    taker_notional_atoms: u64,
    filled: Filled,
}

impl Case<'_> {
    /// Whether the account may be liquidated now, how much of it, and at what penalty.
    #[inline(never)]
    fn judge(&self, account: &MarginAccount, holdings: &Holdings) -> Result<Judged> {
        let portfolio = self.shared.portfolio(account.quote_atoms, &holdings.list);
        let (window_start_ts, window) = self.window(account, &portfolio)?;
        let flag = account.flag().at(self.now, &self.params);
        let flagged_ts = flag.flagged_ts.unwrap_or(self.now);
        let age_secs = self.now.saturating_sub(flagged_ts).max(0).unsigned_abs();
        let index = holdings.position(self.args.asset_index)?;
        let verdict = LiquidationPlan::new(
            &portfolio,
            index,
            Closing::Position,
            &self.params,
            age_secs,
            window,
        );
        let plan = verdict
            .as_ref()
            .map_err(|error| *error)
            .and_then(|verdict| verdict.plan());
        let plan = plan.or_refuse()?;
        let before = plan.requirement;
        // Only prices that count in the valuation have to be newer than the flag.
        flag.check_grace(
            self.now,
            holdings.oldest_usable_ts(),
            before.is_deep(),
            &self.params,
        )
        .or_refuse()?;
        let size_atoms = self.size(plan.size_atoms, holdings)?;
        let outcome = plan.take(size_atoms, &self.params).or_refuse()?;
        let total = u64::try_from(outcome.penalty_atoms).or_raise(FreeboardError::Overflow)?;
        Ok(Judged {
            before,
            may_worsen: plan.may_worsen(&self.params),
            size_atoms,
            largest_atoms: plan.size_atoms,
            penalty: penalty::split(total, &self.params).or_refuse()?,
            flagged_ts,
            window_start_ts,
            window,
        })
    }

    /// The running window, or a new one from now.
    fn window(&self, account: &MarginAccount, portfolio: &Portfolio) -> Result<(i64, Window)> {
        let length = i64::from(self.params.window_secs);
        let running = self.now.saturating_sub(account.window_start_ts) < length;
        if running {
            let window = Window {
                gross_quote_atoms: account.window_gross_atoms,
                closed_quote_atoms: account.window_closed_atoms,
            };
            return Ok((account.window_start_ts, window));
        }
        let gross_quote_atoms = penalty::gross_notional_ceil(portfolio).or_refuse()?;
        Ok((
            self.now,
            Window {
                gross_quote_atoms,
                closed_quote_atoms: 0,
            },
        ))
    }

    /// The size to close: the largest, or the whole lots of what the caller wants at most.
    fn size(&self, largest_atoms: u64, holdings: &Holdings) -> Result<u64> {
        if self.args.max_size_atoms >= largest_atoms {
            return Ok(largest_atoms);
        }
        let lot = holdings.get(self.args.asset_index)?.coefficients.lot_atoms;
        let rest = self
            .args
            .max_size_atoms
            .checked_rem(lot)
            .or_raise(FreeboardError::Overflow)?;
        let size = self.args.max_size_atoms.saturating_sub(rest);
        ensure(size > 0, FreeboardError::LiquidationSizeZero)?;
        Ok(size)
    }

    /// The position after the closing, at the oracle price.
    fn close(
        &self,
        judged: &Judged,
        account: &MarginAccount,
        asset: &Asset,
        observation: &Observation,
    ) -> Result<Closed> {
        let held = account
            .positions
            .iter()
            .find(|slot| slot.asset_index == asset.index);
        let position = held.or_raise(FreeboardError::NothingToLiquidate)?.as_core();
        let decimals = asset.params.base_decimals;
        let down = UnitPrice::from_price_floor(observation.price, decimals).or_refuse()?;
        let up = UnitPrice::from_price_ceil(observation.price, decimals).or_refuse()?;
        let down = down.notional_floor(judged.size_atoms).or_refuse()?;
        let up = up.notional_ceil(judged.size_atoms).or_refuse()?;
        let size = crate::atoms(judged.size_atoms)?;
        let is_long = position.size_atoms > 0;
        let (fill_atoms, notional_atoms, taker_notional_atoms) = if is_long {
            (size.saturating_neg(), down, up)
        } else {
            (size, up, down)
        };
        Ok(Closed {
            observation: *observation,
            size_before_atoms: position.size_atoms,
            fill_atoms,
            notional_atoms,
            taker_notional_atoms,
            filled: position.fill(fill_atoms, notional_atoms).or_refuse()?,
        })
    }

    /// Moves position, cash, penalty, loans and open interest, and counts the liquidation.
    fn book(
        &self,
        judged: &Judged,
        closed: &Closed,
        account: &mut MarginAccount,
        liquidator: &mut MarginAccount,
        asset: &mut Asset,
    ) -> Result<()> {
        let penalty = &judged.penalty;
        account
            .position_mut(asset.index)?
            .set(closed.filled.position);
        let total = crate::atoms(penalty.total_atoms)?;
        let realized = closed.filled.realized_quote_atoms;
        let received = realized
            .checked_sub(total)
            .or_raise(FreeboardError::Overflow)?;
        let loan_change = account.add_quote(received)?;
        asset.ledger.add_loans(loan_change)?;
        asset
            .ledger
            .add_insurance(crate::atoms(penalty.insurance_atoms)?)?;
        let to_pool = crate::atoms(penalty.pool_atoms)?.checked_sub(realized);
        asset
            .ledger
            .add_pool(to_pool.or_raise(FreeboardError::Overflow)?)?;
        asset.move_open_interest(closed.size_before_atoms, closed.filled.position.size_atoms)?;
        match self.args.taker {
            Taker::Pool => {
                let earned = crate::atoms(penalty.liquidator_atoms)?;
                asset.ledger.add_loans(liquidator.add_quote(earned)?)?;
            }
            Taker::Liquidator => take_over(penalty, closed, liquidator, asset)?,
        }
        let elapsed = self
            .now
            .saturating_sub(asset.liquidated_ts)
            .max(0)
            .unsigned_abs();
        asset.liquidated_quote_atoms = decay_liquidated(asset.liquidated_quote_atoms, elapsed)
            .saturating_add(closed.notional_atoms);
        asset.liquidated_ts = self.now;
        account.flagged_ts = judged.flagged_ts;
        account.window_start_ts = judged.window_start_ts;
        account.window_gross_atoms = judged.window.gross_quote_atoms;
        account.window_closed_atoms = judged
            .window
            .closed_quote_atoms
            .saturating_add(closed.notional_atoms);
        Ok(())
    }

    /// Carries the new position into the liquidated account's holdings.
    fn update(&self, closed: &Closed, asset: &Asset, holdings: &mut Holdings) -> Result<()> {
        let holding = holdings.get_mut(asset.index)?;
        holding.size_atoms = closed.filled.position.size_atoms;
        holding.entry_quote_atoms = closed.filled.position.entry_quote_atoms;
        Ok(())
    }

    /// The account must be better off for its margin, and loses its flag once it is healthy.
    #[inline(never)]
    fn check_after(
        &self,
        judged: &Judged,
        account: &mut MarginAccount,
        holdings: &Holdings,
    ) -> Result<MarginSnapshot> {
        let portfolio = self.shared.portfolio(account.quote_atoms, &holdings.list);
        let valuation = margin::liquidation_valuation(&portfolio).or_refuse()?;
        let after = valuation.requirement;
        let improved = after.headroom_atoms() > judged.before.headroom_atoms();
        ensure(
            improved || judged.may_worsen,
            FreeboardError::RiskNotReduced,
        )?;
        account.set_flag(account.flag().after(&valuation, self.now, &self.params));
        snapshot(&after)
    }

    /// The liquidator's account must meet its initial margin with what it took over.
    #[inline(never)]
    fn check_liquidator(
        &self,
        liquidator: &MarginAccount,
        assets: &mut AssetAccounts,
    ) -> Result<()> {
        let holdings = Holdings::load(liquidator, assets, Purpose::Initial, self.now)?;
        let portfolio = self
            .shared
            .portfolio(liquidator.quote_atoms, &holdings.list);
        margin::initial(&portfolio).or_refuse()?.check().or_refuse()
    }
}

/// The liquidator gets the position at the oracle price, better by its part of the penalty; the
/// pool, which now owes that difference, gets the cash for it.
fn take_over(
    penalty: &PenaltySplit,
    closed: &Closed,
    liquidator: &mut MarginAccount,
    asset: &mut Asset,
) -> Result<()> {
    let slot = liquidator.position_mut(asset.index)?;
    let before = slot.as_core();
    let fill_atoms = closed.fill_atoms.saturating_neg();
    let (notional, discount) = (closed.taker_notional_atoms, penalty.liquidator_atoms);
    let notional = if fill_atoms > 0 {
        notional.checked_sub(discount)
    } else {
        notional.checked_add(discount)
    };
    let filled = before
        .fill(fill_atoms, notional.or_raise(FreeboardError::Overflow)?)
        .or_refuse()?;
    check_account_cap(filled.position.size_atoms, &asset.trade.into()).or_refuse()?;
    slot.set(filled.position);
    let realized = filled.realized_quote_atoms;
    asset.ledger.add_loans(liquidator.add_quote(realized)?)?;
    let to_pool = crate::atoms(discount)?.checked_sub(realized);
    asset
        .ledger
        .add_pool(to_pool.or_raise(FreeboardError::Overflow)?)?;
    asset.move_open_interest(before.size_atoms, filled.position.size_atoms)
}
