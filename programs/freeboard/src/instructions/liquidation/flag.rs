//! Stores since when an account has been below its maintenance margin, or that it is not any more; and that it is
//! called, or not any more. Anyone may call it. One chosen or wrong price update liquidates nobody: the flag must have
//! stood for the grace period, and the liquidation's prices must be newer than it. What an account is below zero becomes
//! known bad debt, so that nobody redeems shares of the pool at a price that does not know it.
use crate::arrange::{AssetAccounts, Holdings, SharedRisk};
use crate::books::PricesSeen;
use crate::error::{FreeboardError, OrRefuse, ensure};
use crate::event_log::tell;
use crate::events::{AccountFlagged, MarginSnapshot, Stamp, snapshot_of_valuation};
use crate::governance::pauses::{self, Operation};
use crate::instructions::account::margin_call;
use crate::state::{Exchange, Load, MarginAccount, Pool};
use anchor_lang::prelude::*;
use freeboard_risk::liquidation::flag as core_flag;
use freeboard_risk::price::standard::PriceStandard;
use freeboard_risk::requirement::margin::{self, LiquidationValuation};

/// Accounts of flag. Remaining accounts: assets and feeds by ascending asset index, those that the margin account
/// holds and any others.
#[derive(Accounts)]
pub struct Flag<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its pool, which counts what accounts are below zero.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub pool: AccountLoader<'info, Pool>,
    /// The margin account to judge.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
}

/// See [`crate::freeboard::flag`].
pub fn handler<'info>(ctx: Context<'info, Flag<'info>>) -> Result<()> {
    let clock = Clock::get()?;
    let exchange = ctx.accounts.exchange.read()?;
    let key = ctx.accounts.exchange.key();
    let mut judge = Judge::new(&exchange, key, ctx.remaining_accounts, &clock)?;
    judge.flag(&ctx.accounts.margin_account, &ctx.accounts.pool)?;
    judge.assets.finish(clock.unix_timestamp)
}

/// What judges accounts, one after the other.
pub(in crate::instructions) struct Judge<'a, 'info> {
    exchange: &'a Exchange,
    shared: SharedRisk,
    pub assets: AssetAccounts<'info>,
    holdings: Holdings,
    clock: &'a Clock,
}

impl<'a, 'info> Judge<'a, 'info> {
    /// Errors: `OperationPaused`; those of a wrong remaining account.
    pub fn new(
        exchange: &'a Exchange,
        key: Pubkey,
        pairs: &'info [AccountInfo<'info>],
        clock: &'a Clock,
    ) -> Result<Self> {
        let now = clock.unix_timestamp;
        pauses::require_open(exchange, Operation::Liquidate, now)?;
        let assets = AssetAccounts::by_index(pairs, key)?;
        Ok(Self {
            exchange,
            shared: SharedRisk::load(exchange, now),
            holdings: Holdings::of_these(&assets),
            assets,
            clock,
        })
    }

    /// Sets, renews or ends the flag of an account, and stores what it is below zero, and its margin call.
    ///
    /// Errors: `AccountHealthy` where there is nothing to store; those of a wrong remaining account.
    pub fn flag(
        &mut self,
        margin_account: &AccountLoader<'info, MarginAccount>,
        pool: &AccountLoader<'info, Pool>,
    ) -> Result<()> {
        // Read and judge.
        let mut account = margin_account.write()?;
        let valuation = self.value(&account)?;
        let requirement = valuation.requirement;
        let before = account.flag();
        let after = self.flag_after(&account, &valuation);
        let (was_called, is_called) =
            (account.is_called(), self.called_after(&account, &valuation));
        // Store.
        let bad_debt_before = account.bad_debt_atoms;
        if !valuation.is_saturated {
            let prices = PricesSeen::all_if(valuation.all_usable || account.is_idle());
            account.recognise_bad_debt(requirement.equity_atoms, prices, &mut *pool.write()?)?;
        }
        let is_flag_told = requirement.is_liquidatable()
            || after != before
            || account.bad_debt_atoms != bad_debt_before
            || was_called && !is_called;
        ensure(
            is_flag_told || is_called != was_called,
            FreeboardError::AccountHealthy,
        )?;
        account.set_flag(after);
        // Tell.
        let (key, maintenance) = (margin_account.key(), snapshot_of_valuation(&requirement));
        if is_flag_told {
            self.tell_flag(&mut account, key, before, maintenance)?;
        }
        if is_called {
            let when = (self.exchange, self.clock);
            margin_call::note(&mut account, key, maintenance, when)?;
        } else {
            account.end_call();
        }
        Ok(())
    }

    /// Tells the flag that is stored now, and the one before it.
    fn tell_flag(
        &self,
        account: &mut MarginAccount,
        key: Pubkey,
        before: core_flag::MarginFlag,
        maintenance: MarginSnapshot,
    ) -> Result<()> {
        let sequence = account.next_event();
        tell(&AccountFlagged {
            stamp: Stamp::new(key, sequence, self.clock),
            flagged_before_ts: before.flagged_ts.unwrap_or(0),
            flagged_ts: account.flagged_ts,
            bad_debt_atoms: account.bad_debt_atoms,
            maintenance,
        })
    }

    /// Whether a margin call stands after this valuation. One begins below the call level, and ends where the initial
    /// margin is met, at the prices of a trade; what lies between leaves it as it is. None stands of an account that is
    /// idle: no price changes what it owes.
    fn called_after(&mut self, account: &MarginAccount, valuation: &LiquidationValuation) -> bool {
        if account.is_idle() {
            return false;
        }
        let (requirement, was_called) = (&valuation.requirement, account.is_called());
        if requirement.is_liquidatable() || valuation.is_saturated {
            return was_called;
        }
        let level_e9 = self.exchange.liquidation.call_level_e9;
        requirement.is_in_call(level_e9) || was_called && !self.meets_initial(account)
    }

    /// Whether the account meets its initial margin. Loads the holdings anew.
    #[cold]
    #[inline(never)]
    fn meets_initial(&mut self, account: &MarginAccount) -> bool {
        let now = self.clock.unix_timestamp;
        let (assets, standard) = (&mut self.assets, PriceStandard::Trade);
        let loaded = self.holdings.reload(account, assets, standard, now);
        let report = loaded
            .and_then(|()| account.quote_after_interest(self.exchange, now))
            .and_then(|quote_atoms| {
                let portfolio = self.shared.portfolio(quote_atoms, &self.holdings.list);
                margin::initial(&portfolio).or_refuse()
            });
        report.is_ok_and(|report| report.meets_initial_margin())
    }

    /// The account at the prices that a liquidation counts.
    ///
    /// Errors: those of a wrong remaining account; `Overflow`.
    fn value(&mut self, account: &MarginAccount) -> Result<LiquidationValuation> {
        let now = self.clock.unix_timestamp;
        let (assets, standard) = (&mut self.assets, PriceStandard::Liquidation);
        self.holdings.reload(account, assets, standard, now)?;
        let quote_atoms = account.quote_after_interest(self.exchange, now)?;
        let portfolio = self.shared.portfolio(quote_atoms, &self.holdings.list);
        margin::liquidation_valuation(&portfolio).or_refuse()
    }

    /// The flag after this valuation; none for an account that is idle.
    fn flag_after(
        &self,
        account: &MarginAccount,
        valuation: &LiquidationValuation,
    ) -> core_flag::MarginFlag {
        if account.is_idle() {
            return core_flag::MarginFlag::default();
        }
        let paused = pauses::liquidations_paused(self.exchange);
        let sight = self.holdings.sight(paused, self.clock.unix_timestamp);
        let params = self.exchange.liquidation.into();
        account.flag().after(valuation, &sight, &params)
    }
}
