//! A fill against the pool, of a trade in one step or of an order: at the oracle price plus spread and a
//! path-independent skew.
//!
//! An increase must leave the initial margin met; a reduce must not worsen the account, or leave it met as well.
use crate::{
    books::Touched,
    error::{FreeboardError, OrRaise, OrRefuse, ensure},
    events::{MarginSnapshot, PositionChanged, Stamp},
    gates::{self, Operation},
    oracle, snapshot,
    state::{Asset, Exchange, Load, MarginAccount, Pool},
    valuation::{AssetAccounts, Holdings, Purpose, SharedRisk},
};
use anchor_lang::prelude::*;
use freeboard_risk::{
    gap, margin,
    observation::{FillKind, Observation},
    params as risk,
    position::{self, Filled},
    quantity::{Price, UnitPrice},
    skew::Skew,
    trade::{self as pricing, Fee, FillTerms, affordable_reduce},
    unit_shock::UnitShock,
};

/// What is to be filled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub asset_index: u16,
    /// Signed size, base atoms: positive buys. Where it may only reduce: at most that much, see [`ALL_ATOMS`].
    pub size_atoms: i64,
    /// Worst acceptable fill price.
    pub limit_price: Price,
    /// Close what is left at most; refuse if there is nothing to reduce.
    pub reduce_only: bool,
    /// The order and when it was requested; none for a trade in one step.
    pub order: Option<Requested>,
}

/// Size of a reduce-only trade or order that closes all of the position or nothing: to buy, and negative to sell.
pub const ALL_ATOMS: i64 = i64::MAX;

/// An order that waited for a price.
#[derive(Clone, Copy, Debug)]
pub(super) struct Requested {
    pub id: u64,
    pub requested_ts: i64,
}

/// What a fill did, or would do.
pub(super) struct Filling {
    pub kind: FillKind,
    pub observation: Observation,
    pub size_before_atoms: i64,
    pub skew_before: Skew,
    pub executed: Executed,
    pub touched: Touched,
    /// The requirement that had to be met, and the equity against it.
    pub requirement: MarginSnapshot,
}

/// Fills it into the margin account. `remaining`: the account's assets and feeds in slot order, the
/// traded one writable. `pool`: only where the market's ledger cannot pay what the account realises.
///
/// Errors: those of [`run`]; `AssetNotWritable`, `PoolAccountMissing`.
pub(super) fn execute<'info>(
    wanted: Wanted,
    exchange: &AccountLoader<'info, Exchange>,
    margin_account: &AccountLoader<'info, MarginAccount>,
    pool: Option<&AccountLoader<'info, Pool>>,
    remaining: &'info [AccountInfo<'info>],
    clock: &Clock,
) -> Result<()> {
    let key = exchange.key();
    let exchange = exchange.read()?;
    let mut account = margin_account.write()?;
    let mut prepared = prepare(wanted, &exchange, key, &mut account, remaining, clock)?;
    let (loader, feed) = prepared.assets.find(wanted.asset_index, true)?;
    let filling = {
        let mut asset = loader.write()?;
        let filling = run(
            &exchange,
            &mut account,
            &mut asset,
            feed,
            &mut prepared,
            clock,
        )?;
        Pool::cover(pool, &mut asset)?;
        filling
    };
    account.free_empty_slots();
    if account.flagged_ts != 0 {
        prepared.review_flag(&mut account, &exchange, clock.unix_timestamp);
    }

    let sequence = account.next_event();
    let executed = &filling.executed;
    emit!(PositionChanged {
        stamp: Stamp::new(margin_account.key(), sequence, clock),
        asset_index: wanted.asset_index,
        order_id: wanted.order.map_or(0, |order| order.id),
        size_before_atoms: filling.size_before_atoms,
        size_after_atoms: executed.filled.position.size_atoms,
        price_e12: filling.observation.price.0,
        ema_e12: filling.observation.ema.0,
        confidence_e12: filling.observation.confidence.0,
        publish_ts: filling.observation.publish_ts,
        skew_before_atoms: crate::atoms(filling.skew_before.now_atoms)?,
        resting_skew_atoms: crate::atoms(filling.skew_before.resting_atoms)?,
        sigma_im_q60: executed.sigma_im_q60,
        fill_notional_atoms: executed.fill.notional_quote_atoms,
        fee_atoms: executed.fee.total_atoms,
        realized_pnl_atoms: executed.filled.realized_quote_atoms,
        interest_atoms: filling.touched.interest_atoms,
        funding_atoms: filling.touched.funding_atoms,
        quote_after_atoms: account.quote_atoms,
        requirement: filling.requirement,
    });
    Ok(())
}

/// The account's holdings, with a slot for the asset that is traded.
pub(super) struct Prepared<'info> {
    pub assets: AssetAccounts<'info>,
    pub holdings: Holdings,
    wanted: Wanted,
    /// All of it, or nothing.
    whole: bool,
    slot: usize,
    kind: FillKind,
}

impl Prepared<'_> {
    /// What the fill left may renew or end a flag.
    #[inline(never)] // rare, and a stack frame of its own
    fn review_flag(&mut self, account: &mut MarginAccount, exchange: &Exchange, now: i64) {
        let shared = SharedRisk::load(exchange, now);
        self.holdings
            .review_flag(account, &mut self.assets, (exchange, &shared), now);
    }
}

/// Loads what the account holds, for the kind of fill that it is.
///
/// Errors: `SizeZero`, `TooManyPositions`, `ReduceOnly`, `OperationPaused`; those of a wrong account.
pub(super) fn prepare<'info>(
    wanted: Wanted,
    exchange: &Exchange,
    exchange_key: Pubkey,
    account: &mut MarginAccount,
    remaining: &'info [AccountInfo<'info>],
    clock: &Clock,
) -> Result<Prepared<'info>> {
    let now = clock.unix_timestamp;
    ensure(wanted.size_atoms != 0, FreeboardError::SizeZero)?;
    let slot = account.position_slot(wanted.asset_index)?;
    let before = account.position_at(slot)?.as_core();
    let whole = wanted.reduce_only && wanted.size_atoms.unsigned_abs() >= ALL_ATOMS.unsigned_abs();
    let wanted = wanted.cut(before)?;
    let kind = kind_of(exchange, before, &wanted, now)?;
    // The owner may reduce at the last known prices of other assets; whoever fills his order may not choose
    // to hide the newest ones.
    let purpose = match kind {
        FillKind::Reduce if wanted.order.is_none() => Purpose::Reduce,
        _ => Purpose::Initial,
    };
    let mut assets = AssetAccounts::new(remaining, exchange_key);
    let holdings = Holdings::load(account, &mut assets, purpose, now)?;
    assets.finish(now)?;
    Ok(Prepared {
        assets,
        holdings,
        wanted,
        whole,
        slot,
        kind,
    })
}

/// The fill itself, on the account and the asset given, which a preview gives as copies.
///
/// Errors: those of the rows of the oracle table, of the caps, of the margin.
pub(super) fn run(
    exchange: &Exchange,
    account: &mut MarginAccount,
    asset: &mut Asset,
    feed: &AccountInfo,
    prepared: &mut Prepared,
    clock: &Clock,
) -> Result<Filling> {
    let now = clock.unix_timestamp;
    let (wanted, slot, kind) = (prepared.wanted, prepared.slot, prepared.kind);
    let holdings = &mut prepared.holdings;
    let shared = SharedRisk::load(exchange, now);
    let observation = oracle::read_newest(asset, feed, now)?;
    observation
        .check_fill(&asset.limits(), now, kind)
        .or_refuse()?;
    // One that stands still may be reduced at, like a wide one.
    ensure(
        kind == FillKind::Reduce || asset.moves(&observation),
        FreeboardError::PriceStandsStill,
    )?;
    asset.require_market(kind)?;
    wanted.check_published(&observation, exchange.pool.fill_delay_secs, now)?;
    asset.record(&observation, now)?;
    let touched = asset.touch(account, exchange.borrow.index_at(now))?;
    let traded = holdings.get_mut(wanted.asset_index)?;
    traded.funding_quote_atoms = 0;
    (traded.price, traded.confidence) = (observation.price, observation.confidence);
    traded.ema = observation.ema;
    if wanted.order.is_some() && kind == FillKind::Reduce {
        // The traded one was judged by its own row above.
        let traded = holdings.position(wanted.asset_index)?;
        let mut others = holdings.list.iter().enumerate();
        let known = others.all(|(at, held)| at == traded || held.usable_initial);
        ensure(known, FreeboardError::PositionPriceUnusable)?;
    }

    let fill = Fill {
        wanted,
        whole: prepared.whole,
        kind,
        observation,
        slot,
        before: account.position_at(slot)?.as_core(),
        now,
    };
    let worst_before = fill.margin_before(account, holdings, &shared)?;
    let executed = fill.price(asset, holdings, &shared, worst_before.as_ref())?;
    let (skew_before, side_before_atoms) = (asset.skew(now), asset.open_interest_atoms());
    fill.book(&executed, account, asset)?;
    fill.update(&executed, asset, holdings)?;
    let requirement = match worst_before {
        None => fill.check_initial(account, holdings, &shared)?,
        Some(before) => {
            let impact_atoms = executed.impact_atoms;
            let reduce = (before, impact_atoms, exchange.liquidation.beta_e9);
            let traded_is_usable = asset.check_trade(&observation, now).is_ok();
            let judge = |holdings: &mut Holdings| {
                holdings.judge_initial(&prepared.assets, wanted.asset_index, traded_is_usable, now)
            };
            fill.check_reduce(account, holdings, &shared, reduce, judge)?
        }
    };
    fill.hand_out(executed.fee, requirement.equity_atoms, asset)?;
    fill.check_minimum(&executed, asset)?;
    if kind == FillKind::Increase {
        fill.check_caps(&executed, side_before_atoms, asset, holdings)?;
    }
    Ok(Filling {
        kind,
        observation,
        size_before_atoms: fill.before.size_atoms,
        skew_before,
        executed,
        touched,
        requirement,
    })
}

impl Wanted {
    /// What it wants of this position: all that is left where it may only reduce and is larger.
    ///
    /// Errors: `ReduceOnly` where there is nothing to reduce.
    fn cut(self, before: position::Position) -> Result<Self> {
        if !self.reduce_only {
            return Ok(self);
        }
        let left = before.size_atoms.saturating_neg();
        ensure(
            left.signum() == self.size_atoms.signum(),
            FreeboardError::ReduceOnly,
        )?;
        Ok(Self {
            size_atoms: if left > 0 {
                self.size_atoms.min(left)
            } else {
                self.size_atoms.max(left)
            },
            ..self
        })
    }

    /// An order is filled at a price published after it, by the price's clock and by the cluster's.
    fn check_published(
        &self,
        observation: &Observation,
        fill_delay_secs: u32,
        now: i64,
    ) -> Result<()> {
        let Some(order) = self.order else {
            return Ok(());
        };
        let earliest = order.requested_ts.saturating_add(fill_delay_secs.into());
        ensure(
            observation.publish_ts.min(now) >= earliest, // a feed's clock may run ahead
            FreeboardError::PriceNotAfterOrder,
        )
    }
}

/// Whether the order only reduces, and whether that kind of order is open now.
fn kind_of(
    exchange: &Exchange,
    before: position::Position,
    wanted: &Wanted,
    now: i64,
) -> Result<FillKind> {
    if before.is_reduced_by(wanted.size_atoms) {
        gates::require_open(exchange, Operation::Reduce, now)?;
        return Ok(FillKind::Reduce);
    }
    ensure(!wanted.reduce_only, FreeboardError::ReduceOnly)?;
    gates::require_open(exchange, Operation::Increase, now)?;
    Ok(FillKind::Increase)
}

/// A fill whose price may be used.
struct Fill {
    wanted: Wanted,
    whole: bool,
    kind: FillKind,
    observation: Observation,
    slot: usize,
    before: position::Position,
    now: i64,
}

/// What a fill does to the books.
pub(super) struct Executed {
    pub fill: pricing::Fill,
    pub fee: Fee,
    pub filled: Filled,
    /// What a reduce pays for moving the skew away from zero.
    impact_atoms: u64,
    sigma_im_q60: u64,
}

impl Fill {
    /// Fill price, limit, fee and the position after it. A reduce is cut to what the account can pay for the
    /// skew that it leaves.
    ///
    /// Errors: `ImpactExceedsEquity`, those of the price and its limit.
    fn price(
        &self,
        asset: &Asset,
        holdings: &Holdings,
        shared: &SharedRisk,
        before: Option<&margin::Requirement>,
    ) -> Result<Executed> {
        let lot = i64::try_from(asset.params.lot_atoms).or_raise(FreeboardError::Overflow)?;
        let rest = self
            .wanted
            .size_atoms
            .checked_rem(lot)
            .or_raise(FreeboardError::Overflow)?;
        ensure(rest == 0, FreeboardError::SizeNotWholeLots)?;
        let allowed = self.kind == FillKind::Reduce
            || self.wanted.order.is_some()
            || asset.trade.one_step_fills != 0;
        ensure(allowed, FreeboardError::OneStepFillsDisabled)?;
        let params: risk::TradeParams = asset.trade.into();
        let sigma_im = holdings.get(self.wanted.asset_index)?.unit_shock.sigma_im;
        // Whoever fills an order picks among the prints that `age_fill` allows, as in one step: the spread
        // prices that choice alike.
        let age_secs = self.observation.age_secs(self.now);
        let mut terms = FillTerms {
            observation: &self.observation,
            age_secs: u32::try_from(age_secs).or_raise(FreeboardError::PriceStale)?,
            sigma_im,
            z: shared.portfolio.z,
            ema_trade_e9: asset.oracle.ema_trade_e9,
            size_atoms: self.wanted.size_atoms,
            skew: asset.skew(self.now),
            kind: self.kind,
            base_decimals: asset.params.base_decimals,
        };
        let mut fill = pricing::fill(&terms, &params).or_refuse()?;
        if let Some(before) = before {
            let lot = asset.params.lot_atoms;
            let size = affordable_reduce(&terms, &params, &fill, before.equity_atoms, lot);
            let size = crate::atoms(size.or_refuse()?)?;
            if size.unsigned_abs() != terms.size_atoms.unsigned_abs() {
                ensure(!self.whole, FreeboardError::ImpactExceedsEquity)?;
                terms.size_atoms = size.saturating_mul(terms.size_atoms.signum());
                fill = pricing::fill(&terms, &params).or_refuse()?;
            }
        }
        pricing::check_limit(&fill, terms.size_atoms, self.wanted.limit_price).or_refuse()?;
        let fee = pricing::fee_ceil(fill.notional_quote_atoms, &params).or_refuse()?;
        let filled = self
            .before
            .fill(terms.size_atoms, fill.notional_quote_atoms)
            .or_refuse()?;
        let impact_atoms = match self.kind {
            FillKind::Reduce => pricing::impact_floor(&terms, &params).or_refuse()?,
            FillKind::Increase => 0,
        };
        Ok(Executed {
            fill,
            fee,
            filled,
            impact_atoms,
            sigma_im_q60: sigma_im.to_bits(),
        })
    }

    /// Maintenance margin and equity before the order; only a reduce is compared with it.
    fn margin_before(
        &self,
        account: &MarginAccount,
        holdings: &Holdings,
        shared: &SharedRisk,
    ) -> Result<Option<margin::Requirement>> {
        if self.kind == FillKind::Increase {
            return Ok(None);
        }
        let portfolio = shared.portfolio(account.quote_atoms, &holdings.list);
        Ok(Some(margin::maintenance(&portfolio).or_refuse()?))
    }

    /// Moves position, cash, loans and open interest; the whole fee is the pool's so far.
    fn book(
        &self,
        executed: &Executed,
        account: &mut MarginAccount,
        asset: &mut Asset,
    ) -> Result<()> {
        let Executed { fee, filled, .. } = executed;
        asset.replace_position(account.position_at(self.slot)?, filled.position)?;
        let realized = filled.realized_quote_atoms;
        let received = realized.checked_sub(crate::atoms(fee.total_atoms)?);
        let received = received.or_raise(FreeboardError::Overflow)?;
        asset.ledger.pay(account, received)
    }

    /// Gives insurance and protocol their shares of the fee, as far as the account could pay it.
    fn hand_out(&self, fee: Fee, equity_after_atoms: i64, asset: &mut Asset) -> Result<()> {
        let params: risk::TradeParams = asset.trade.into();
        let paid = fee.paid_with(equity_after_atoms, &params).or_refuse()?;
        let ledger = &mut asset.ledger;
        ledger.move_to_insurance(crate::atoms(paid.insurance_atoms)?)?;
        ledger.move_to_fees(crate::atoms(paid.protocol_atoms)?)
    }

    /// Carries the new position and open interest into the holdings.
    fn update(&self, executed: &Executed, asset: &Asset, holdings: &mut Holdings) -> Result<()> {
        let holding = holdings.get_mut(self.wanted.asset_index)?;
        holding.size_atoms = executed.filled.position.size_atoms;
        holding.entry_quote_atoms = executed.filled.position.entry_quote_atoms;
        holding.open_interest_atoms = asset.open_interest_atoms();
        Ok(())
    }

    /// The level that an increase needs.
    ///
    /// Errors: `InitialMarginNotMet`, `PositionPriceUnusable`.
    #[inline(never)]
    fn check_initial(
        &self,
        account: &MarginAccount,
        holdings: &Holdings,
        shared: &SharedRisk,
    ) -> Result<MarginSnapshot> {
        let portfolio = shared.portfolio(account.quote_atoms, &holdings.list);
        let report = margin::initial(&portfolio).or_refuse()?;
        report.check().or_refuse()?;
        snapshot(&report.requirement)
    }

    /// The level that a reduce needs; the Initial level, at usable prices, is enough as well: else nobody could close
    /// a hedge, whose closing raises MM.
    ///
    /// Errors: `ReduceWorsensAccount`.
    #[inline(never)]
    fn check_reduce(
        &self,
        account: &MarginAccount,
        holdings: &mut Holdings,
        shared: &SharedRisk,
        (before, impact_atoms, beta_e9): (margin::Requirement, u64, u64),
        judge_initial: impl FnOnce(&mut Holdings) -> Result<()>,
    ) -> Result<MarginSnapshot> {
        let portfolio = shared.portfolio(account.quote_atoms, &holdings.list);
        let reduce = margin::Reduce {
            before,
            after: margin::maintenance(&portfolio).or_refuse()?,
            impact_atoms,
        };
        let Err(refusal) = reduce.check(beta_e9) else {
            return snapshot(&reduce.after);
        };
        // Only here, because it costs as much as all that a reduce looks at otherwise.
        judge_initial(holdings)?;
        if self.check_initial(account, holdings, shared).is_ok() {
            return snapshot(&reduce.after);
        }
        Err(refusal).or_refuse()
    }

    /// Nothing is left of the position, or what is worth the minimum; or what the account cannot pay for.
    ///
    /// Errors: `NotionalBelowMinimum`.
    fn check_minimum(&self, executed: &Executed, asset: &Asset) -> Result<()> {
        let size = executed.filled.position.size_atoms;
        let wanted = self.before.size_atoms.checked_add(self.wanted.size_atoms);
        if wanted != Some(size) {
            return Ok(()); // cut
        }
        let decimals = asset.params.base_decimals;
        let unit = UnitPrice::from_price_ceil(self.observation.price, decimals).or_refuse()?;
        let notional = unit.notional_ceil(size.unsigned_abs()).or_refuse()?;
        let params: risk::TradeParams = asset.trade.into();
        match self.kind {
            FillKind::Increase => pricing::check_minimum_notional(size, notional, &params),
            FillKind::Reduce => pricing::check_rest(size, notional, &params),
        }
        .or_refuse()
    }

    /// Open interest, size, what a gap would cost; and, where the larger side grows, what the pool
    /// would be exposed to without the smaller one against the asset's part of its free cash. A hedge that leaves
    /// again makes no room.
    fn check_caps(
        &self,
        executed: &Executed,
        side_before_atoms: u64,
        asset: &Asset,
        holdings: &Holdings,
    ) -> Result<()> {
        let params: risk::TradeParams = asset.trade.into();
        let size = executed.filled.position.size_atoms;
        let side = if size > 0 {
            asset.long_open_interest_atoms
        } else {
            asset.short_open_interest_atoms
        };
        pricing::check_open_interest(side, &params).or_refuse()?;
        pricing::check_account_cap(size, &params).or_refuse()?;
        let held = holdings.get(self.wanted.asset_index)?;
        let decimals = asset.params.base_decimals;
        let unit = UnitPrice::from_price_ceil(self.observation.price, decimals).or_refuse()?;
        let UnitShock { u_mm, c_im, .. } = held.unit_shock;
        let side_notional = unit.notional_ceil(side).or_refuse()?;
        if asset.open_interest_atoms() > side_before_atoms {
            let free = asset.ledger.free_atoms()?.max(0).unsigned_abs();
            pricing::check_utilization(side_notional, c_im, free, &params).or_refuse()?;
        }
        // Opposite accounts have no net size: the side that grew is what a gap costs.
        let least = asset.least_shock(u_mm, &held.coefficients);
        gap::check_gap_loss(side_notional, least, asset.gap_budget_atoms, &params).or_refuse()
    }
}
