//! What each event means for the pool, the insurance fund and the protocol.
use anchor_lang::prelude::Pubkey;
use anyhow::{Context, Result, anyhow, bail, ensure};
use freeboard_sandbox::World;
use freeboard_sandbox::client::events::Event;
use freeboard_sandbox::client::freeboard::events::{
    AccountLiquidated, BankruptcyResolved, LiquidityExecuted, PositionChanged,
};
use freeboard_sandbox::client::freeboard::instructions::Closing;
use freeboard_sandbox::client::freeboard::state::{Asset, MarginAccount};
use freeboard_sandbox::client::risk::market::trade::fee_ceil;
use freeboard_sandbox::client::risk::number::atoms::{QuoteAtoms, SignedBaseAtoms};
use freeboard_sandbox::client::risk::number::quantity::Price;

use super::Treasury;
use super::carried::Edge;

impl Treasury {
    /// Books an event of the transaction that was just executed.
    pub(super) fn event(&mut self, world: &World, event: &Event) -> Result<()> {
        match event {
            Event::PositionChanged(event) => self.traded(world, event),
            Event::AccountLiquidated(event) => self.liquidated(world, event),
            Event::BankruptcyResolved(event) => self.bankrupt(event),
            Event::LiquidityExecuted(event) => self.liquidity(event),
            Event::PoolFunded(event) => add(&mut self.cash.governance_atoms, event.amount_atoms),
            Event::Deposited(event) => self.interest(event.interest_atoms),
            Event::Withdrawn(event) => self.interest(event.interest_atoms),
            Event::Borrowed(event) => self.interest(event.interest_atoms),
            // These move no money between the ledgers and the accounts.
            Event::AccountFlagged(_)
            | Event::MarginCalled(_)
            | Event::LiquidityRequested(_)
            | Event::PoolRebalanced(_)
            | Event::PoolSwept(_) => Ok(()),
            other => bail!("the demo does not account for {other:?}"),
        }
    }

    /// A fill: fee, interest, funding, and what it realised.
    fn traded(&mut self, world: &World, event: &PositionChanged) -> Result<()> {
        let asset = world.asset(event.asset_index);
        let fee = fee_ceil(event.fill_notional_atoms, &asset.trade.into()).map_err(core)?;
        ensure!(
            fee.total_atoms == event.fee_atoms,
            "a fee differs from the core's"
        );
        let equity_after_atoms = event.requirement.equity_atoms;
        let fee = fee.paid_with(equity_after_atoms, &asset.trade.into());
        let fee = fee.map_err(core)?;
        add(&mut self.cash.fees_atoms, fee.pool_atoms)?;
        add(&mut self.fund.fees_atoms, fee.insurance_atoms)?;
        add(&mut self.fees_atoms, fee.protocol_atoms)?;
        self.cash.interest_atoms += event.interest_atoms;
        self.cash.funding_atoms -= event.funding_atoms;

        let size = event.size_after_atoms - event.size_before_atoms;
        let at_oracle = signed_notional(&asset, event.price_e12, size)?;
        let paid = signed(event.fill_notional_atoms, size)?;
        let edge = Edge {
            spread_atoms: paid - at_oracle,
            ..Edge::default()
        };
        let slot = (event.stamp.key, event.asset_index);
        let released = self.carried.fill(slot, event.size_before_atoms, size, edge);
        self.cash.traded_atoms += self.without_edge(released, event.realized_pnl_atoms);
        Ok(())
    }

    /// Books what a close releases; returns what is left of the pool's side of a realised profit: the
    /// move of the oracle price.
    fn without_edge(&mut self, released: Edge, realized_atoms: i64) -> i64 {
        self.cash.spread_atoms += released.spread_atoms;
        self.cash.takeovers_atoms += released.takeover_atoms;
        -realized_atoms - released.total_atoms()
    }

    /// A liquidation of a position: both accounts settle, the penalty is shared, a liquidator who takes
    /// the position over gets it cheaper by his share.
    fn liquidated(&mut self, world: &World, event: &AccountLiquidated) -> Result<()> {
        let asset = world.asset(event.asset_index);
        let (account, liquidator) = (event.stamp.key, event.liquidator_account);
        self.interest(event.interest_atoms)?;
        self.cash.funding_atoms -= event.funding_atoms;
        // The event tells it for the liquidated account alone.
        self.unreported_interest(world, &liquidator)?;
        if event.closing != Closing::Collateral {
            self.unreported_funding(world, &asset, &liquidator)?;
        }
        add(&mut self.cash.spread_atoms, event.impact_atoms)?;
        add(&mut self.cash.penalties_atoms, event.penalty_pool_atoms)?;
        add(
            &mut self.fund.penalties_atoms,
            event.penalty_insurance_atoms,
        )?;
        self.fund.topups_atoms -= i64::try_from(event.topup_atoms)?;
        if event.closing == Closing::Collateral {
            return self.collateral_sold(world, event);
        }

        let closed = i64::try_from(event.closed_atoms)?;
        let size = if event.size_before_atoms > 0 {
            -closed
        } else {
            closed
        };
        let slot = (account, event.asset_index);
        let released = self
            .carried
            .fill(slot, event.size_before_atoms, size, Edge::default());
        self.cash.liquidated_atoms += self.without_edge(released, event.realized_pnl_atoms);
        match event.closing {
            Closing::PositionByPool | Closing::Slice => Ok(()), // a slice has an event of its own
            Closing::PositionByLiquidator => self.taken_over(&asset, event, -size),
            Closing::Collateral | Closing::Pair => {
                bail!("the demo does not account for a pair closed by a liquidation")
            }
        }
    }

    /// Collateral goes from account to account, and so does what is paid for it: up by the liquidator, down to the
    /// account. The pool keeps the atoms in between.
    fn collateral_sold(&mut self, world: &World, event: &AccountLiquidated) -> Result<()> {
        let change = |address: &Pubkey| -> Result<i64> {
            let before = self.before(address).context("an account opened since")?;
            let settled = before.quote_after_interest(&self.before.exchange, world.now())?;
            Ok(world.margin_account(address).quote_atoms - settled)
        };
        let reward = event.penalty_liquidator_atoms + event.topup_atoms;
        let paid = i64::try_from(reward)? - change(&event.liquidator_account)?;
        let got = change(&event.stamp.key)? + i64::try_from(event.penalty_atoms)?;
        self.cash.spread_atoms += paid - got;
        Ok(())
    }

    /// The liquidator's side of a takeover: the pool keeps his share of the penalty, less what he pays for the age of
    /// his price update, and owes it with the position. Where he held the other side, part of his position closes.
    fn taken_over(&mut self, asset: &Asset, event: &AccountLiquidated, size: i64) -> Result<()> {
        let spread = i64::try_from(event.spread_atoms)?;
        let discount = i64::try_from(event.penalty_liquidator_atoms)? - spread;
        // The account has the spread with what it realised.
        self.cash.liquidated_atoms += spread;
        self.cash.takeovers_atoms += discount;
        let at_oracle = signed_notional(asset, event.price_e12, size)?;
        let cost = u64::try_from((at_oracle - discount).saturating_mul(size.signum()))?;
        let held = self.before(&event.liquidator_account);
        let held = held.and_then(|account| account.find_position(event.asset_index));
        let before = held.map(|slot| slot.as_core()).unwrap_or_default();
        let filled = before.fill(SignedBaseAtoms::new(size), QuoteAtoms::new(cost));
        let filled = filled.map_err(core)?;
        let edge = Edge {
            takeover_atoms: -discount,
            ..Edge::default()
        };
        let slot = (event.liquidator_account, event.asset_index);
        let released = self.carried.fill(slot, before.size_atoms, size, edge);
        self.cash.traded_atoms += self.without_edge(released, filled.realized_quote_atoms);
        Ok(())
    }

    /// What insurance did not pay of a loss is the pool's, or nobody's yet.
    fn bankrupt(&mut self, event: &BankruptcyResolved) -> Result<()> {
        self.interest(event.interest_atoms)?;
        let insured = i64::try_from(event.by_insurance_atoms)?;
        self.fund.bankruptcies_atoms -= insured;
        self.cash.bankruptcies_atoms -= i64::try_from(event.loss_atoms)? - insured;
        Ok(())
    }

    fn liquidity(&mut self, event: &LiquidityExecuted) -> Result<()> {
        if event.is_redemption {
            self.cash.lp_redemptions_atoms -= i64::try_from(event.out_atoms)?;
            return Ok(());
        }
        add(&mut self.cash.lp_deposits_atoms, event.amount_atoms)
    }

    /// Interest on the loan that an account had before the transaction, settled by it.
    fn unreported_interest(&mut self, world: &World, address: &Pubkey) -> Result<()> {
        let Some(account) = self.before(address) else {
            return Ok(()); // opened since: it owes nothing
        };
        let after = account.quote_after_interest(&self.before.exchange, world.now())?;
        self.cash.interest_atoms += account.quote_atoms - after;
        Ok(())
    }

    /// Funding of the position that an account had in this asset before the transaction, settled by it:
    /// the asset's indices stand where it was settled.
    fn unreported_funding(&mut self, world: &World, asset: &Asset, address: &Pubkey) -> Result<()> {
        let account = self.before(address);
        let position = account.and_then(|account| account.find_position(asset.index));
        if let Some(position) = position {
            let price = asset.recorded.price();
            self.cash.funding_atoms -= asset.accrued_funding(position, price, world.now())?;
        }
        Ok(())
    }

    /// Interest that an account paid.
    fn interest(&mut self, atoms: i64) -> Result<()> {
        self.cash.interest_atoms += atoms;
        Ok(())
    }

    fn before(&self, address: &Pubkey) -> Option<&MarginAccount> {
        self.before.accounts.get(address)
    }
}

/// What a size costs at the oracle price, quote atoms, rounded against the account that fills it: up for a buyer,
/// down for a seller, and signed like the size.
fn signed_notional(asset: &Asset, price_e12: u128, size: i64) -> Result<i64> {
    let cost = asset
        .priced(Price(price_e12))
        .cost_ceil(SignedBaseAtoms::new(size));
    Ok(cost.map_err(core)?.get())
}

/// An amount with the sign of a size.
fn signed(atoms: u64, size: i64) -> Result<i64> {
    Ok(i64::try_from(atoms)? * size.signum())
}

fn add(sum: &mut i64, atoms: u64) -> Result<()> {
    *sum = sum
        .checked_add_unsigned(atoms)
        .context("an amount exceeds 64 bits")?;
    Ok(())
}

fn core(error: freeboard_sandbox::client::risk::RiskError) -> anyhow::Error {
    anyhow!("the core refuses what the program did: {error:?}")
}
