//! While there is a deficit: closes a winning position at the oracle price, without fee. Its gain pays the
//! deficit first, the winner gets the rest. Anyone may call it; the most profitable and most leveraged
//! positions can be closed first.
use crate::{
    error::{FreeboardError, OrRefuse, ensure},
    events::{PositionDeleveraged, Stamp},
    gates::{self, Operation},
    oracle,
    state::{Asset, Exchange, MarginAccount, Pool},
    valuation::{AssetAccounts, Holdings, Purpose, SharedRisk},
};
use anchor_lang::prelude::*;
use freeboard_risk::{
    deleverage::{self, Candidate, GainSplit},
    margin::{self, Requirement},
    observation::Observation,
    position::{self, Filled},
    quantity::UnitPrice,
};

/// Accounts of deleverage. Remaining accounts: the winner's assets and feeds in slot order, the closed one
/// writable.
#[derive(Accounts)]
pub struct Deleverage<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its pool.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub pool: AccountLoader<'info, Pool>,
    /// The winner.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
}

/// See [`crate::freeboard::deleverage`].
pub fn handler<'info>(ctx: Context<'info, Deleverage<'info>>, asset_index: u16) -> Result<()> {
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let exchange = ctx.accounts.exchange.load()?;
    gates::require_open(&exchange, Operation::Liquidate, now)?;
    let mut pool = ctx.accounts.pool.load_mut()?;
    ensure(pool.deficit_atoms > 0, FreeboardError::NoDeficit)?;
    let mut account = ctx.accounts.margin_account.load_mut()?;
    let mut assets = AssetAccounts::new(ctx.remaining_accounts, ctx.accounts.exchange.key());
    let mut holdings = Holdings::load(&account, &mut assets, Purpose::Liquidation, now)?;
    assets.finish()?;
    let (loader, feed) = assets.find(asset_index, true)?;
    let mut asset = loader.load_mut()?;
    let observation = oracle::read_current(&asset, feed, now)?;
    let beyond_since = asset.recorded.ema_beyond_since_ts;
    observation
        .check_liquidation(&asset.oracle.into(), now, beyond_since)
        .or_refuse()?;
    asset.record(&observation, now)?;
    asset.touch(&mut account, exchange.borrow.index_at(now))?;
    holdings.get_mut(asset_index)?.funding_quote_atoms = 0;

    let shared = SharedRisk::load(&exchange);
    let portfolio = shared.portfolio(account.quote_atoms, &holdings.list);
    let before = margin::maintenance(&portfolio).or_refuse()?;
    let held = account
        .find_position(asset_index)
        .map(|slot| slot.as_core());
    let position = held.unwrap_or_default();
    let elapsed = now
        .saturating_sub(pool.deficit_since_ts)
        .max(0)
        .unsigned_abs();
    let closing = Closing::new(&asset, position, &observation, &before, pool.deficit_atoms)?;
    deleverage::check_score(&closing.candidate, elapsed, &exchange.pool.into()).or_refuse()?;
    let split = closing.book(&mut account, &mut asset)?;
    let left = pool.deficit_atoms.saturating_sub(split.to_deficit_atoms);
    let since_ts = pool.deficit_since_ts;
    pool.set_deficit(left, since_ts);

    let holding = holdings.get_mut(asset_index)?;
    holding.size_atoms = closing.filled.position.size_atoms;
    holding.entry_quote_atoms = closing.filled.position.entry_quote_atoms;
    let portfolio = shared.portfolio(account.quote_atoms, &holdings.list);
    let after = margin::maintenance(&portfolio).or_refuse()?;
    // Another's loss takes a winner's gain, it does not make him the next to be liquidated.
    ensure(
        before.is_liquidatable() || !after.is_liquidatable(),
        FreeboardError::DeleverageWorsensAccount,
    )?;
    account.free_empty_slots();
    let sequence = account.next_event();
    emit!(PositionDeleveraged {
        stamp: Stamp::new(ctx.accounts.margin_account.key(), sequence, &clock),
        asset_index,
        price_e12: observation.price.0,
        publish_ts: observation.publish_ts,
        deficit_since_ts: since_ts,
        size_before_atoms: position.size_atoms,
        closed_atoms: closing.size_atoms,
        gain_atoms: closing.filled.realized_quote_atoms,
        to_deficit_atoms: split.to_deficit_atoms,
        deficit_after_atoms: left,
        equity_before_atoms: crate::atoms(before.equity_atoms)?,
    });
    Ok(())
}

/// The part of a winning position that pays the deficit.
struct Closing {
    candidate: Candidate,
    size_atoms: u64,
    filled: Filled,
    deficit_atoms: u64,
}

impl Closing {
    /// The least lots that pay the deficit, or all.
    fn new(
        asset: &Asset,
        position: position::Position,
        observation: &Observation,
        before: &Requirement,
        deficit_atoms: u64,
    ) -> Result<Self> {
        let decimals = asset.params.base_decimals;
        let size = position.size_atoms.unsigned_abs();
        let down = UnitPrice::from_price_floor(observation.price, decimals).or_refuse()?;
        let up = UnitPrice::from_price_ceil(observation.price, decimals).or_refuse()?;
        let close = |size_atoms: u64| -> Result<Filled> {
            let signed = crate::atoms(size_atoms)?;
            let filled = if position.size_atoms > 0 {
                position.fill(
                    signed.saturating_neg(),
                    down.notional_floor(size_atoms).or_refuse()?,
                )
            } else {
                position.fill(signed, up.notional_ceil(size_atoms).or_refuse()?)
            };
            filled.or_refuse()
        };
        let pnl_atoms = close(size)?.realized_quote_atoms;
        let gain = pnl_atoms.max(0).unsigned_abs();
        let lot = asset.params.lot_atoms;
        let size_atoms = deleverage::size_to_cover(gain, size, lot, deficit_atoms);
        Ok(Self {
            candidate: Candidate {
                pnl_atoms,
                entry_quote_atoms: position.entry_quote_atoms,
                notional_atoms: down.notional_floor(size).or_refuse()?,
                equity_atoms: before.equity_atoms.saturating_add(1),
            },
            size_atoms,
            filled: close(size_atoms)?,
            deficit_atoms,
        })
    }

    /// Moves position and cash: the pool keeps what pays the deficit.
    fn book(&self, account: &mut MarginAccount, asset: &mut Asset) -> Result<GainSplit> {
        let gain = self.filled.realized_quote_atoms.max(0).unsigned_abs();
        let split = deleverage::split_gain(gain, self.deficit_atoms);
        let slot = account.position_slot(asset.index)?;
        asset.replace_position(account.position_at(slot)?, self.filled.position)?;
        asset
            .ledger
            .pay(account, crate::atoms(split.to_winner_atoms)?)?;
        Ok(split)
    }
}
