//! Where the money of the pool, of the insurance fund and of the protocol comes from.
//!
//! Every transaction that may move it is explained by its events, and where they leave something out by
//! the accounts before it and the core. The explanation has to meet the program's ledgers to the atom
//! each time, or the run ends.
mod carried;
mod explain;

use std::collections::BTreeMap;

use anchor_lang::prelude::Pubkey;
use anyhow::{Context, Result, anyhow, ensure};
use freeboard_sandbox::client::freeboard::state::{Exchange, MarginAccount};
use freeboard_sandbox::client::risk::RiskError;
use freeboard_sandbox::{Meta, World};

use crate::report::{FundFlows, PoolFlows, PoolMoment};
use carried::Carried;

/// What has moved since the start.
pub struct Treasury {
    cash: PoolFlows,
    fund: FundFlows,
    /// The protocol's share of taker fees.
    fees_atoms: i64,
    carried: Carried,
    before: SeenBooks,
}

/// The state before the next transaction, as far as an explanation needs it.
struct SeenBooks {
    exchange: Exchange,
    accounts: BTreeMap<Pubkey, MarginAccount>,
}

impl SeenBooks {
    fn now(world: &World) -> Self {
        let accounts = world.margin_accounts.iter();
        Self {
            exchange: world.exchange(),
            accounts: accounts
                .map(|address| (*address, world.margin_account(address)))
                .collect(),
        }
    }
}

impl Treasury {
    /// Of an exchange whose pool has no money yet.
    pub fn open(world: &World) -> Self {
        Self {
            cash: PoolFlows::default(),
            fund: FundFlows::default(),
            fees_atoms: 0,
            carried: Carried::default(),
            before: SeenBooks::now(world),
        }
    }

    /// Takes a transaction down, right after it.
    ///
    /// Errors: an event that it knows no explanation for; books that differ from the explanation.
    pub fn explain(&mut self, world: &World, meta: &Meta) -> Result<()> {
        for event in meta.events() {
            self.event(world, &event)?;
        }
        self.check(world)?;
        self.before = SeenBooks::now(world);
        Ok(())
    }

    /// The explanation against the ledgers, and the vault against all who own it.
    fn check(&self, world: &World) -> Result<()> {
        let books = world.books();
        for (whose, explained, booked) in [
            ("pool", self.cash.total_atoms(), books.pool_atoms),
            (
                "insurance fund",
                self.fund.total_atoms(),
                books.insurance_atoms,
            ),
            ("protocol", self.fees_atoms, books.fees_atoms),
        ] {
            ensure!(
                i128::from(explained) == booked,
                "the {whose} has {booked} quote atoms, but what moved sums to {explained}"
            );
        }
        ensure!(
            books.difference_atoms == 0,
            "the vault differs from its books by {} quote atoms",
            books.difference_atoms
        );
        Ok(())
    }

    /// How the pool and the insurance fund stand now.
    ///
    /// Errors: those of [`Self::explain`], where something moved money and was not taken down.
    pub fn moment(&self, world: &World) -> Result<PoolMoment> {
        self.check(world)?;
        let found = world.collected_pool()?;
        let value = found.lp_value(&world.exchange())?;
        let (nav, ledger) = (&value.nav, &found.pool.ledger);
        let atoms = |amount: i128| i64::try_from(amount).context("an amount exceeds 64 bits");
        // What the accounts would take by closing at the oracle prices and along the skew, funding in it.
        let interest = i128::from(nav.interest.least_atoms);
        let owed_atoms = atoms(nav.cash_atoms + interest - value.at_price_atoms)?;
        let funding_atoms = atoms(found.funding_receivable_atoms())?;
        let bad_debt_atoms = found.pool.bad_debt_atoms;
        let edge = self.carried.total();
        Ok(PoolMoment {
            cash_atoms: ledger.pool_atoms,
            owed_atoms,
            nav_atoms: atoms(value.at_price_atoms - i128::from(bad_debt_atoms))?,
            nav_for_redeem_atoms: atoms(nav.nav_for_redeem().map_err(valueless)?)?,
            nav_for_deposit_atoms: atoms(nav.nav_for_deposit().map_err(valueless)?)?,
            shares: world.token_supply(&world.share_mint()),
            loans_atoms: ledger.loans_atoms,
            insurance_atoms: ledger.insurance_atoms,
            fees_atoms: ledger.fees_atoms,
            bad_debt_atoms,
            deficit_atoms: i64::try_from(found.pool.deficit_atoms)?,
            cash: self.cash,
            unsettled: PoolFlows {
                spread_atoms: edge.spread_atoms,
                takeovers_atoms: edge.takeover_atoms,
                funding_atoms,
                open_atoms: -owed_atoms - funding_atoms - edge.total_atoms(),
                bankruptcies_atoms: -bad_debt_atoms,
                ..PoolFlows::default()
            },
            fund: self.fund,
        })
    }
}

/// The core refuses to value the pool.
pub fn valueless(error: RiskError) -> anyhow::Error {
    anyhow!("the pool has no value: {error:?}")
}

#[cfg(test)]
mod tests;
