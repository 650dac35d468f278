//! While there is a deficit, or a market's bad debt cost the pool more than the market's share of it: closes a
//! winning position at the oracle price, without fee. Its gain pays that first, the winner gets the rest. Anyone may call it; the most profitable and most leveraged
//! positions can be closed first.
use crate::arrange::pool_assets::PoolAssets;
use crate::arrange::pool_value::renew_value;
use crate::arrange::{Holdings, SharedRisk, Standards};
use crate::books::Accruals;
use crate::error::{FreeboardError, OrRaise, OrRefuse, ensure};
use crate::events::{PositionDeleveraged, Stamp, snapshot};
use crate::governance::pauses::{self, Operation};
use crate::state::{Asset, Exchange, Load, MarginAccount, Pool};
use anchor_lang::prelude::*;
use freeboard_risk::market::position::{self, Filled};
use freeboard_risk::number::quantity::UnitPrice;
use freeboard_risk::pool::deleverage::{self, Candidate, GainSplit};
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::standard::PriceStandard;
use freeboard_risk::requirement::margin::{self, Requirement};

/// Arguments of deleverage.
#[derive(Clone, Copy, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct DeleverageArgs {
    /// Index of the asset whose position is closed.
    pub asset_index: u16,
    /// The most to close, base atoms, counted in whole lots; what pays the deficit may be less.
    pub max_size_atoms: u64,
}

/// Accounts of deleverage. Remaining accounts: every asset, writable, and its feed, by index.
#[derive(Accounts)]
pub struct Deleverage<'info> {
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its pool.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub pool: AccountLoader<'info, Pool>,
    /// The winner.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
}

/// See [`crate::freeboard::deleverage`].
pub fn handler<'info>(ctx: Context<'info, Deleverage<'info>>, args: DeleverageArgs) -> Result<()> {
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let key = ctx.accounts.exchange.key();
    let mut exchange = ctx.accounts.exchange.write()?;
    pauses::require_open(&exchange, Operation::Liquidate, now)?;
    let mut pool = ctx.accounts.pool.write()?;
    let mut account = ctx.accounts.margin_account.write()?;
    let mut assets = PoolAssets::load(ctx.remaining_accounts, key, &exchange)?;
    let by_liquidation = PriceStandard::Liquidation;
    let standards = Standards::from(by_liquidation).acting_on(args.asset_index, by_liquidation);
    let mut holdings = Holdings::load(&account, &mut assets, standards, now)?;
    let shared = SharedRisk::load(&exchange, now);
    let Start {
        accruals,
        observation,
    } = start(&exchange, &assets, &mut account, &mut holdings, args, now)?;
    assets.collect(&mut pool)?;
    // What has been paid meanwhile, or the price has brought back, is nobody's loss any more.
    let value = renew_value(&assets, &mut pool, &exchange, now)?;
    let reason = Reason::of(&assets, &pool, value.atoms, args.asset_index, now)?;
    let deficit_atoms = reason.atoms;
    let portfolio = shared.portfolio(account.quote_atoms, &holdings.list);
    let before = margin::maintenance(&portfolio).or_refuse()?;
    let held = account
        .find_position(args.asset_index)
        .map(|slot| slot.as_core());
    let position = held.unwrap_or_default();
    let (closing, split) = {
        let (mut asset, _) = assets.find(args.asset_index)?;
        let most = args.max_size_atoms;
        let closing = Closing::new(&asset, position, &observation, &before, deficit_atoms, most)?;
        let elapsed = now.saturating_sub(reason.since_ts).max(0);
        deleverage::check_score(
            &closing.candidate,
            elapsed.unsigned_abs(),
            &exchange.pool.into(),
        )
        .or_refuse()?;
        ensure(closing.size_atoms > 0, FreeboardError::SizeZero)?;
        let split = closing.book(&mut account, &mut asset)?;
        holdings.renew(&account, &asset)?;
        let mut losses = asset.losses();
        losses.give_back(split.to_deficit_atoms.min(reason.winners_owe_atoms), now);
        asset.set_losses(&losses);
        (closing, split)
    };

    let portfolio = shared.portfolio(account.quote_atoms, &holdings.list);
    let after = margin::maintenance(&portfolio).or_refuse()?;
    // Another's loss takes a winner's gain, it does not make him the next to be liquidated.
    ensure(
        before.is_liquidatable() || !after.is_liquidatable(),
        FreeboardError::DeleverageWorsensAccount,
    )?;
    account.free_empty_slots();
    assets.collect(&mut pool)?;
    let paid = i128::from(split.to_deficit_atoms);
    let value = i128::from(pool.value_atoms).saturating_add(paid);
    pool.set_value(value, now);
    assets.allocate(&mut pool, &mut exchange, now)?;
    let sequence = account.next_event();
    emit!(PositionDeleveraged {
        stamp: Stamp::new(ctx.accounts.margin_account.key(), sequence, &clock),
        asset_index: args.asset_index,
        price_e12: observation.price.0,
        publish_ts: observation.publish_ts,
        deficit_since_ts: reason.since_ts,
        winners_owe_atoms: reason.winners_owe_atoms,
        size_before_atoms: position.size_atoms,
        closed_atoms: closing.size_atoms,
        gain_atoms: closing.filled.realized_quote_atoms,
        to_deficit_atoms: split.to_deficit_atoms,
        deficit_after_atoms: pool.deficit_atoms,
        interest_atoms: accruals.interest_atoms,
        funding_atoms: accruals.funding_atoms,
        before: snapshot(&before)?,
        after: snapshot(&after)?,
    });
    Ok(())
}

/// Why winners of a market go without.
struct Reason {
    /// What they pay at most, quote atoms.
    atoms: u64,
    /// Since when the threshold of the score falls.
    since_ts: i64,
    /// What this market's winners owe, quote atoms.
    winners_owe_atoms: u64,
}

impl Reason {
    /// The larger of the pool's deficit and of what this market cost it beyond its share, with its own time.
    ///
    /// Errors: `NoDeficit`.
    fn of(
        assets: &PoolAssets,
        pool: &Pool,
        value_atoms: i128,
        asset_index: u16,
        now: i64,
    ) -> Result<Self> {
        let (asset, _) = assets.find(asset_index)?;
        let missing = u64::try_from(value_atoms.min(0).unsigned_abs()).unwrap_or(u64::MAX);
        let deficit = missing.min(pool.deficit_atoms);
        let losses = asset.losses();
        let winners_owe_atoms = losses.owed(value_atoms, now, &asset.trade.into());
        let (atoms, since_ts) = if winners_owe_atoms > deficit {
            (winners_owe_atoms, losses.since_ts)
        } else {
            (deficit, pool.deficit_since_ts)
        };
        ensure(atoms > 0, FreeboardError::NoDeficit)?;
        Ok(Self {
            atoms,
            since_ts,
            winners_owe_atoms,
        })
    }
}

/// Interest and funding settled, and the price that counts.
struct Start {
    accruals: Accruals,
    observation: Observation,
}

/// Errors: `AssetAccountMissing` where the account does not hold it; those of the price standard of a liquidation.
fn start(
    exchange: &Exchange,
    assets: &PoolAssets,
    account: &mut MarginAccount,
    holdings: &mut Holdings,
    args: DeleverageArgs,
    now: i64,
) -> Result<Start> {
    let (mut asset, _) = assets.find(args.asset_index)?;
    let observation = holdings.observation(args.asset_index)?;
    asset.check_price(PriceStandard::Liquidation, &observation, now)?;
    asset.record(&observation, now)?;
    let index_q64 = exchange.borrow.index_at(now);
    let accruals = holdings.settle_accruals(account, &mut asset, index_q64)?;
    Ok(Start {
        accruals,
        observation,
    })
}

/// The part of a winning position that pays the deficit.
struct Closing {
    candidate: Candidate,
    size_atoms: u64,
    filled: Filled,
    deficit_atoms: u64,
}

impl Closing {
    /// The least lots that pay the deficit, or all; at most what the caller wants.
    fn new(
        asset: &Asset,
        position: position::Position,
        observation: &Observation,
        before: &Requirement,
        deficit_atoms: u64,
        most_atoms: u64,
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
        let rest = most_atoms
            .checked_rem(lot)
            .or_raise(FreeboardError::Overflow)?;
        let size_atoms = deleverage::size_to_cover(gain, size, lot, deficit_atoms);
        let size_atoms = size_atoms.min(most_atoms.saturating_sub(rest));
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
