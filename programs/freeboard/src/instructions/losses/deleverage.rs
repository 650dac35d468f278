//! While there is a deficit, or a market's bad debt cost the pool more than the market's share of it: closes a
//! winning position at the oracle price, without fee. Its gain pays that first, the winner gets the rest. Anyone may call it; the most profitable and most leveraged
//! positions can be closed first.
use crate::arrange::pool_assets::PoolAssets;
use crate::arrange::pool_value::renew_value;
use crate::arrange::{Holdings, SharedRisk, Standards};
use crate::books::Accruals;
use crate::error::{FreeboardError, OrRaise, OrRefuse, ensure};
use crate::event_log;
use crate::events::{PositionDeleveraged, Stamp, snapshot};
use crate::governance::pauses::{self, Operation};
use crate::instructions::losses::accounts::AccountAndPool;
use crate::state::invariant::OrUndo;
use crate::state::{Exchange, Load, MarginAccount, Pool};
use anchor_lang::prelude::*;
use freeboard_risk::market::notional::AssetPrice;
use freeboard_risk::market::position::{Filled, Position};
use freeboard_risk::number::atoms::{BaseAtoms, QuoteAtoms, SignedQuoteAtoms};
use freeboard_risk::pool::deleverage::{self, Candidate, GainSplit, Winner};
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

/// See [`crate::freeboard::deleverage`].
pub fn handler<'info>(
    ctx: Context<'info, AccountAndPool<'info>>,
    args: DeleverageArgs,
) -> Result<()> {
    // Read.
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let accounts = &ctx.accounts;
    let mut exchange = accounts.exchange.write()?;
    pauses::require_open(&exchange, Operation::Liquidate, now)?;
    let mut pool = accounts.pool.write()?;
    let mut account = accounts.margin_account.write()?;
    let mut assets = PoolAssets::load(ctx.remaining_accounts, accounts.exchange.key(), &exchange)?;
    let by_liquidation = PriceStandard::Liquidation;
    let standards = Standards::from(by_liquidation).acting_on(args.asset_index, by_liquidation);
    let mut winner = ValuedWinner {
        holdings: Holdings::load(&account, &mut assets, standards, now)?,
        shared: SharedRisk::load(&exchange, now),
        args,
    };
    let start = winner.start(&exchange, &assets, &mut account, now)?;
    assets.collect(&mut pool)?;
    // What has been paid meanwhile, or the price has brought back, is nobody's loss any more.
    let value = renew_value(&assets, &mut pool, &exchange, now)?;
    // Judge.
    let reason = Reason::of(&assets, &pool, value.atoms, args.asset_index, now)?;
    let before = winner.requirement(&account)?;
    let closing = winner.judge(
        &assets,
        &account,
        &start,
        (&reason, &before),
        &exchange,
        now,
    )?;
    // Move money.
    let split = closing.book(&assets, &mut account, (args.asset_index, &reason), now)?;
    // Check after.
    let after = winner.check_after(&account, &assets, &before)?;
    account.free_empty_slots();
    assets.collect(&mut pool)?;
    pool.add_value(crate::atoms(split.to_deficit_atoms)?, now);
    assets.allocate(&mut pool, &mut exchange, now)?;
    pool.invariant().or_undo()?;
    // Tell.
    let stamp = Stamp::new(accounts.margin_account.key(), account.next_event(), &clock);
    let told = (&start, &reason, &closing, &split);
    tell(stamp, args.asset_index, told, &pool, [&before, &after])
}

/// The account that is closed in part, as the core values it.
struct ValuedWinner {
    holdings: Holdings,
    shared: SharedRisk,
    args: DeleverageArgs,
}

impl ValuedWinner {
    /// Judges the price that counts, and settles interest and funding.
    ///
    /// Errors: `AssetAccountMissing` where the account does not hold the asset; those of the price standard of a
    /// liquidation; `Overflow`.
    fn start(
        &mut self,
        exchange: &Exchange,
        assets: &PoolAssets,
        account: &mut MarginAccount,
        now: i64,
    ) -> Result<Start> {
        let (mut asset, _) = assets.find(self.args.asset_index)?;
        let observation = self.holdings.observation(self.args.asset_index)?;
        asset.check_price(PriceStandard::Liquidation, &observation, now)?;
        asset.record(&observation, now)?;
        let (holdings, index_q64) = (&mut self.holdings, exchange.borrow.index_at(now));
        let accruals = holdings.settle_accruals(account, &mut asset, index_q64)?;
        Ok(Start {
            accruals,
            observation,
        })
    }

    fn requirement(&self, account: &MarginAccount) -> Result<Requirement> {
        let portfolio = self
            .shared
            .portfolio(account.quote_atoms, &self.holdings.list);
        margin::maintenance(&portfolio).or_refuse()
    }

    /// What is closed of it: its score is high enough now, and it gains something.
    ///
    /// Errors: `DeleverageScoreTooLow`, `SizeZero`, `Overflow`.
    #[inline(never)] // a stack frame of its own
    fn judge(
        &self,
        assets: &PoolAssets,
        account: &MarginAccount,
        start: &Start,
        (reason, before): (&Reason, &Requirement),
        exchange: &Exchange,
        now: i64,
    ) -> Result<WinnerClosing> {
        let (asset, _) = assets.find(self.args.asset_index)?;
        let held = account.find_position(self.args.asset_index);
        let position = held.map(|slot| slot.as_core()).unwrap_or_default();
        let equity_atoms = before.equity_atoms.saturating_add(1);
        let price = asset.priced(start.observation.price);
        let most_atoms = self.args.max_size_atoms;
        let lot_atoms = asset.params.lot_atoms;
        let closing = WinnerClosing::new(
            position,
            price,
            equity_atoms,
            reason,
            (most_atoms, lot_atoms),
        )?;
        let elapsed = now.saturating_sub(reason.since_ts).max(0).unsigned_abs();
        deleverage::check_score(&closing.candidate, elapsed, &exchange.pool.into()).or_refuse()?;
        ensure(closing.size_atoms > 0, FreeboardError::SizeZero)?;
        Ok(closing)
    }

    /// Another's loss takes a winner's gain, it does not make the account the next to be liquidated.
    ///
    /// Errors: `DeleverageWorsensAccount`.
    fn check_after(
        &mut self,
        account: &MarginAccount,
        assets: &PoolAssets,
        before: &Requirement,
    ) -> Result<Requirement> {
        let (asset, _) = assets.find(self.args.asset_index)?;
        self.holdings.renew(account, &asset)?;
        let after = self.requirement(account)?;
        ensure(
            before.is_liquidatable() || !after.is_liquidatable(),
            FreeboardError::DeleverageWorsensAccount,
        )?;
        Ok(after)
    }
}

#[inline(never)] // a stack frame of its own
fn tell(
    stamp: Stamp,
    asset_index: u16,
    (start, reason, closing, split): (&Start, &Reason, &WinnerClosing, &GainSplit),
    pool: &Pool,
    [before, after]: [&Requirement; 2],
) -> Result<()> {
    event_log::tell(&PositionDeleveraged {
        stamp,
        asset_index,
        price_e12: start.observation.price.0,
        publish_ts: start.observation.publish_ts,
        deficit_since_ts: reason.since_ts,
        winners_owe_atoms: reason.winners_owe_atoms,
        size_before_atoms: closing.before.size_atoms,
        closed_atoms: closing.size_atoms,
        gain_atoms: closing.filled.realized_quote_atoms,
        to_deficit_atoms: split.to_deficit_atoms,
        deficit_after_atoms: pool.deficit_atoms,
        interest_atoms: start.accruals.interest_atoms,
        funding_atoms: start.accruals.funding_atoms,
        before: snapshot(before)?,
        after: snapshot(after)?,
    })
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

/// The part of a winning position that pays the deficit.
struct WinnerClosing {
    candidate: Candidate,
    before: Position,
    size_atoms: u64,
    filled: Filled,
    deficit_atoms: u64,
}

impl WinnerClosing {
    /// The least lots that pay the deficit, or all; at most what the caller wants, in whole lots.
    ///
    /// Errors: `Overflow`.
    fn new(
        before: Position,
        price: AssetPrice,
        equity_atoms: i128,
        reason: &Reason,
        (most_atoms, lot_atoms): (u64, u64),
    ) -> Result<Self> {
        let held = BaseAtoms::new(before.size_atoms.unsigned_abs());
        let whole = before.close_at(price, held).or_refuse()?.filled;
        let pnl_atoms = whole.realized_quote_atoms;
        let winner = Winner {
            pnl: SignedQuoteAtoms::new(pnl_atoms).positive_part(),
            size: held,
            lot: BaseAtoms::new(lot_atoms),
        };
        let rest = most_atoms.checked_rem(lot_atoms);
        let rest = rest.or_raise(FreeboardError::Overflow)?;
        let most = BaseAtoms::new(most_atoms.saturating_sub(rest));
        let size = winner
            .size_to_cover(QuoteAtoms::new(reason.atoms))
            .min(most);
        let filled = if size == held {
            whole
        } else {
            before.close_at(price, size).or_refuse()?.filled
        };
        let size_atoms = size.get();
        Ok(Self {
            candidate: Candidate {
                pnl_atoms,
                entry_quote_atoms: before.entry_quote_atoms,
                notional_atoms: price.notional_floor(held).or_refuse()?.get(),
                equity_atoms,
            },
            before,
            size_atoms,
            filled,
            deficit_atoms: reason.atoms,
        })
    }

    /// Moves position and cash: the pool keeps what pays the deficit, and the market's winners owe that less.
    ///
    /// Errors: `AssetAccountMissing`, `Overflow`.
    fn book(
        &self,
        assets: &PoolAssets,
        account: &mut MarginAccount,
        (asset_index, reason): (u16, &Reason),
        now: i64,
    ) -> Result<GainSplit> {
        let (mut asset, _) = assets.find(asset_index)?;
        let gain = SignedQuoteAtoms::new(self.filled.realized_quote_atoms).positive_part();
        let split = GainSplit::new(gain, QuoteAtoms::new(self.deficit_atoms));
        let slot = account.position_slot(asset.index)?;
        asset.replace_position(account.position_at(slot)?, self.filled.position)?;
        let kept = crate::atoms(split.to_winner_atoms)?;
        asset.ledger.pay(account, kept)?;
        let mut losses = asset.losses();
        losses.give_back(split.to_deficit_atoms.min(reason.winners_owe_atoms), now);
        asset.set_losses(&losses);
        Ok(split)
    }
}
