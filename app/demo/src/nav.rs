//! What the pool is worth, from the accounts as a client fetches them, by the core that the program
//! values it with.
use anyhow::{Context, Result, anyhow};
use freeboard_sandbox::World;
use freeboard_sandbox::client::freeboard::state::Ledger;
use freeboard_sandbox::client::risk::RiskError;
use freeboard_sandbox::client::risk::number::quantity::Price;
use freeboard_sandbox::client::risk::pool::borrow::unsettled_interest;
use freeboard_sandbox::client::risk::pool::{MarketBook, Nav};

/// The pool's value and what it is made of, quote atoms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolValue {
    /// Cash and interest owed minus open profit and known bad debt at the oracle prices, down.
    pub at_prices_atoms: i64,
    /// What a share is redeemed at: every price at its worst for who redeems, without what closing the skew pays
    /// back.
    pub for_redeem_atoms: i64,
    /// What a share is bought at: every price at its worst for who deposits, without the same.
    pub for_deposit_atoms: i64,
    /// Open profit of all accounts at the oracle prices, unsettled funding in it, up; negative where
    /// they have a loss.
    pub owed_atoms: i64,
    /// Funding in it that the accounts owe the pool and have not settled, down.
    pub funding_atoms: i64,
}

/// The value at the prices that the feeds show now.
pub fn value(world: &World) -> Result<PoolValue> {
    let exchange = world.exchange();
    let books = world.books();
    let debt = u64::try_from(world.pool().bad_debt_atoms.max(0))?;
    let interest = unsettled_interest(
        u64::try_from(ledger_sum(world, |ledger| ledger.loan_starts_atoms))?,
        u64::try_from(ledger_sum(world, |ledger| ledger.loan_count))?,
        u64::try_from(ledger_sum(world, |ledger| ledger.loans_atoms))?,
        exchange.borrow.index_at(world.now()),
    );
    let mut range = Nav {
        cash_atoms: books.pool_atoms,
        interest_atoms: interest,
        known_bad_debt_atoms: debt,
        insurance_atoms: u64::try_from(books.insurance_atoms.max(0))?,
        ..Nav::default()
    };
    let (mut owed, mut funding) = (0_i128, 0_i128);
    for handle in &world.assets {
        let asset = world.asset(handle.index);
        if asset.open_interest_atoms() == 0 {
            continue;
        }
        let market = world.market_book(handle);
        let (book, premium) = market.map_err(|error| anyhow!("no value of a market: {error}"))?;
        range = range.with_market(&book, premium).map_err(refused)?;
        let certain = MarketBook {
            confidence: Price(0),
            drift: Price(0),
            ema: book.price,
            ..book
        };
        owed += certain.accounts_pnl_ceil().map_err(refused)?;
        funding += book.funding_receivable_q64 >> 64;
    }
    let atoms = |amount: i128| i64::try_from(amount).context("an amount exceeds 64 bits");
    Ok(PoolValue {
        at_prices_atoms: atoms(
            books.pool_atoms + i128::from(interest.0) - owed - i128::from(debt),
        )?,
        for_redeem_atoms: atoms(range.nav_for_redeem().map_err(refused)?)?,
        for_deposit_atoms: atoms(range.nav_for_deposit().map_err(refused)?)?,
        owed_atoms: atoms(owed)?,
        funding_atoms: atoms(funding)?,
    })
}

/// The sum of one field of all ledgers: the pool's own and those of the assets.
pub fn ledger_sum(world: &World, field: fn(&Ledger) -> i64) -> i64 {
    let assets = world.assets.iter();
    let in_assets: i64 = assets
        .map(|handle| field(&world.asset(handle.index).ledger))
        .sum();
    in_assets + field(&world.pool().ledger)
}

fn refused(error: RiskError) -> anyhow::Error {
    anyhow!("the pool has no value: {error:?}")
}
