//! One attack: opened, shown price updates until it is over, closed.
use anyhow::Result;
use freeboard_risk::liquidation::penalty::{LeastReward, gross_notional_ceil, split};
use freeboard_risk::liquidation::{Closing, ClosingTerms, LiquidationPlan, SkewImpact};
use freeboard_risk::market::gap::winners_owe_floor;
use freeboard_risk::market::notional::AssetPrice;
use freeboard_risk::market::skew::Skew;
use freeboard_risk::market::trade::{self, FillTerms};
use freeboard_risk::number::atoms::{BaseAtoms, QuoteAtoms, SignedBaseAtoms, WideQuoteAtoms};
use freeboard_risk::number::quantity::Price;
use freeboard_risk::pool::bankruptcy::{LossPayers, Waterfall};
use freeboard_risk::price::observation::{FillKind, Observation};

use super::account::Group;
use super::{Market, refused};
use crate::replay::Point;

/// Liquidations are sent in rounds of this long, seconds.
const ROUND_SECS: i64 = 10;
/// In each, at one transaction per slot of 0.4 s.
const PER_ROUND: u64 = 25;
/// Groups of a side: the open-interest add-on of an account depends on how much was open when it opened.
const TRANCHES: u64 = 10;
/// An EMA follows in this time, seconds.
const EMA_SECS: f64 = 3_600.0;

/// How the owner plays.
#[derive(Clone, Copy, Debug)]
pub struct Tactics {
    /// K: accounts per side; more where the cap of an account asks for it.
    pub accounts: u64,
    /// He closes both sides at the first price update that leaves an account less than 1.25 times its margin.
    pub leaves: bool,
}

/// What an attack came to, quote atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PairOutcome {
    /// Notional per side.
    pub notional_atoms: u64,
    /// What he brought.
    pub deposit_atoms: i64,
    /// What he takes home beyond it.
    pub gain_atoms: i64,
    /// What his losers lacked.
    pub bad_debt_atoms: u64,
    /// What of it his winners paid.
    pub by_winners_atoms: u64,
}

/// An attack that runs.
#[derive(Clone, Debug)]
pub struct Game<'a> {
    market: Market<'a>,
    leaves: bool,
    /// Longs and shorts.
    sides: [Vec<Group>; 2],
    open_atoms: [u64; 2],
    /// Longs and shorts at the start.
    opened_atoms: u64,
    ema: f64,
    ema_ts: i64,
    /// What he has now outside of the accounts, quote atoms.
    cash_atoms: i64,
    insurance_atoms: u64,
    /// Bad debt that was lost beyond the EMA band.
    charged_atoms: u64,
    outcome: PairOutcome,
}

impl<'a> Game<'a> {
    /// Opens all pairs at a point, whose EMA is this.
    ///
    /// Errors: what the core refuses.
    pub fn open(market: Market<'a>, tactics: Tactics, point: &Point, ema: f64) -> Result<Self> {
        let side = market.side_atoms(point)?;
        let most = market.trade.account_cap_atoms;
        let accounts = tactics.accounts.max(side.div_ceil(most));
        let lot = market.asset.params.lot_atoms;
        let size = (side / accounts / lot).max(1) * lot;
        let mut game = Self {
            market,
            leaves: tactics.leaves,
            sides: [Vec::new(), Vec::new()],
            open_atoms: [0; 2],
            opened_atoms: size * accounts,
            ema,
            ema_ts: point.ts,
            cash_atoms: 0,
            insurance_atoms: u64::try_from(market.insurance_atoms)?,
            charged_atoms: 0,
            outcome: PairOutcome::default(),
        };
        let tranches = accounts.min(TRANCHES);
        for tranche in 0..tranches {
            let count = accounts * (tranche + 1) / tranches - accounts * tranche / tranches;
            for side in 0..2 {
                game.open_group(side, count, size, point)?;
            }
        }
        game.outcome.deposit_atoms = -game.cash_atoms;
        let opened = BaseAtoms::new(game.opened_atoms);
        let notional = game.price(point).notional_ceil(opened);
        game.outcome.notional_atoms = notional.map_err(refused)?.get();
        Ok(game)
    }

    /// Opens accounts one beside the other: each long is followed by its short, so both meet no net size.
    fn open_group(&mut self, side: usize, count: u64, size: u64, point: &Point) -> Result<()> {
        let mut group = Group::new(count);
        let signed = signed(side, size)?;
        let skew = if side == 0 { 0 } else { i128::from(size) };
        let fill = self.fill(point, signed, skew, FillKind::Increase)?;
        let notional = QuoteAtoms::new(fill.notional_quote_atoms);
        let filled = group.position.fill(SignedBaseAtoms::new(signed), notional);
        group.position = filled.map_err(refused)?.position;
        let fee = trade::fee_ceil(fill.notional_quote_atoms, &self.market.trade);
        let fee = i64::try_from(fee.map_err(refused)?.total_atoms)?;
        self.open_atoms[side] += size * count;
        group.quote_atoms = -fee;
        let missing = group.missing(&self.market, point, self.open_atoms[side])?;
        group.quote_atoms += missing.max(0);
        self.cash_atoms -= (missing.max(0)) * i64::try_from(count)?;
        self.sides[side].push(group);
        Ok(())
    }

    /// Shows a price update that stands for so many seconds. Whether the attack goes on.
    ///
    /// Errors: what the core refuses.
    pub fn show(&mut self, point: &Point, secs: i64) -> Result<bool> {
        self.ema = follow_ema(self.ema, point.close, point.ts - self.ema_ts);
        self.ema_ts = point.ts;
        if self.leaves && self.is_close_to_margin(point)? {
            return Ok(false);
        }
        for round in 0..(secs / ROUND_SECS).max(1) {
            if !self.liquidate(point, point.ts + round * ROUND_SECS)? {
                break;
            }
        }
        Ok(self.sides.iter().all(|side| !side.is_empty()))
    }

    /// Whether an account may be liquidated at a point.
    ///
    /// Errors: what the core refuses.
    pub fn is_anybody_liquidatable(&self, point: &Point) -> Result<bool> {
        for group in self.sides.iter().flatten() {
            if group.maintenance(&self.market, point)?.is_liquidatable() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// An account has less than 1.25 times its margin, and none is below it yet.
    fn is_close_to_margin(&self, point: &Point) -> Result<bool> {
        let mut close = false;
        for group in self.sides.iter().flatten() {
            let margin = group.maintenance(&self.market, point)?;
            if margin.is_liquidatable() {
                return Ok(false);
            }
            close |= margin.equity_atoms * 4 < margin.margin_atoms * 5;
        }
        Ok(close)
    }

    /// A round of liquidations, the deepest first; whether there was anything to do.
    fn liquidate(&mut self, point: &Point, now: i64) -> Result<bool> {
        let mut due = Vec::new();
        for (side, groups) in self.sides.iter_mut().enumerate() {
            for (at, group) in groups.iter_mut().enumerate() {
                let margin = group.maintenance(&self.market, point)?;
                if margin.is_liquidatable() {
                    group.flagged_ts.get_or_insert(now);
                    let depth = margin.equity_atoms * 1_000_000 / margin.margin_atoms.max(1);
                    due.push((depth, side, at));
                } else {
                    group.flagged_ts = None;
                }
            }
        }
        due.sort_unstable();
        let mut left = PER_ROUND;
        for (_, side, at) in &due {
            left -= self.liquidate_group(*side, *at, left, point, now)?;
        }
        for side in &mut self.sides {
            side.retain(|group| group.count > 0);
        }
        Ok(!due.is_empty())
    }

    /// Closes what may be closed of up to so many accounts of a group; returns how many were sent.
    fn liquidate_group(
        &mut self,
        side: usize,
        at: usize,
        most: u64,
        point: &Point,
        now: i64,
    ) -> Result<u64> {
        let market = self.market;
        let group = self.sides[side][at];
        let count = group.count.min(most);
        if count == 0 {
            return Ok(0);
        }
        let mut taken = Group { count, ..group };
        let holdings = [taken.holding(&market, point, 0)];
        let portfolio = taken.portfolio(&market, &holdings);
        let window_secs = i64::from(market.liquidation.window_secs);
        if taken
            .window_ts
            .is_none_or(|since| now - since >= window_secs)
        {
            taken.window_ts = Some(now);
            taken.window.closed_quote_atoms = 0;
            taken.window.gross_quote_atoms = gross_notional_ceil(&portfolio).map_err(refused)?;
        }
        let since = now - taken.flagged_ts.unwrap_or(now);
        let verdict = LiquidationPlan::new(
            &portfolio,
            0,
            Closing::Position,
            &market.liquidation,
            since.unsigned_abs(),
            taken.window,
            &ClosingTerms::against(Some(self.impact(side, count))),
        );
        let verdict = verdict.map_err(refused)?;
        let Ok(plan) = verdict.plan() else {
            return Ok(0);
        };
        if !plan.requirement.is_severe() && since < i64::from(market.liquidation.grace_secs) {
            return Ok(0);
        }
        let Ok(outcome) = plan.take(plan.size_atoms) else {
            return Ok(0); // its window is used up
        };
        let size = plan.size_atoms;
        self.book_liquidation(
            &mut taken,
            side,
            size,
            outcome.penalty_atoms,
            outcome.impact_atoms,
            point,
        )?;
        self.sides[side][at].count -= count;
        if taken.position.size_atoms != 0 {
            self.sides[side].push(taken);
        }
        Ok(count)
    }

    /// The market as the middle one of so many accounts of this side meets it.
    fn impact(&self, side: usize, count: u64) -> SkewImpact {
        let size = self.sides[side]
            .first()
            .map_or(0, |group| group.position.size_atoms);
        let closed = i128::from(size) * i128::from(count / 2);
        SkewImpact {
            skew: Skew::resting(self.skew_atoms() - closed),
            skew_scale_atoms: self.market.trade.skew_scale_atoms,
        }
    }

    fn book_liquidation(
        &mut self,
        taken: &mut Group,
        side: usize,
        size: u64,
        penalty_atoms: i128,
        impact_atoms: i128,
        point: &Point,
    ) -> Result<()> {
        let market = self.market;
        let count = taken.count;
        let before = taken.position;
        let closed = before.close_at(self.price(point), BaseAtoms::new(size));
        let closed = closed.map_err(refused)?;
        let (filled, notional) = (closed.filled, closed.notional_atoms);
        taken.position = filled.position;
        let paid = i64::try_from(penalty_atoms + impact_atoms)?;
        taken.quote_atoms += filled.realized_quote_atoms - paid;
        taken.window.closed_quote_atoms += notional;
        self.open_atoms[side] -= size * count;
        // He liquidates himself.
        let penalty = split(u64::try_from(penalty_atoms)?, &market.liquidation).map_err(refused)?;
        let left = taken.position.entry_quote_atoms.unsigned_abs();
        let opened = before.entry_quote_atoms.unsigned_abs() - left;
        let least = LeastReward {
            closed_notional: QuoteAtoms::new(opened.min(notional)),
            reward_min_e9: market.pool.reward_min_e9,
            taker_fee_e9: market.trade.taker_fee_e9,
        };
        let insurance = QuoteAtoms::new(self.insurance_atoms / count);
        let topup = least.topup(&penalty, insurance).get();
        self.insurance_atoms -= topup * count;
        self.cash_atoms += i64::try_from((penalty.liquidator_atoms + topup) * count)?;
        if taken.position.size_atoms != 0 {
            return Ok(());
        }
        if taken.quote_atoms >= 0 {
            self.cash_atoms += taken.quote_atoms * i64::try_from(count)?;
            return Ok(());
        }
        let loss = taken.quote_atoms.unsigned_abs() * count;
        self.outcome.bad_debt_atoms += loss;
        let band = self.market.oracle.ema_trade_e9 as f64 / 1e9;
        if (point.close - self.ema).abs() > band * self.ema {
            self.charged_atoms += loss;
        }
        Ok(())
    }

    /// Closes what is left at a point, lets the winners pay what they owe, and counts.
    ///
    /// Errors: what the core refuses.
    pub fn close(mut self, point: &Point) -> Result<PairOutcome> {
        let mut won = 0;
        let groups = self.sides[0].len().max(self.sides[1].len());
        for at in 0..groups {
            for side in 0..2 {
                let Some(group) = self.sides[side].get(at).copied() else {
                    continue;
                };
                let total = group.total()?;
                let fill = self.fill(
                    point,
                    -total.size_atoms,
                    self.skew_atoms(),
                    FillKind::Reduce,
                )?;
                let fee = trade::fee_ceil(fill.notional_quote_atoms, &self.market.trade);
                let fee = i64::try_from(fee.map_err(refused)?.total_atoms)?;
                let notional = QuoteAtoms::new(fill.notional_quote_atoms);
                let filled = total.fill(SignedBaseAtoms::new(-total.size_atoms), notional);
                let realized = filled.map_err(refused)?.realized_quote_atoms;
                won += realized.max(0);
                let left = group.quote_atoms * i64::try_from(group.count)? + realized - fee;
                if left >= 0 {
                    self.cash_atoms += left;
                } else {
                    self.outcome.bad_debt_atoms += left.unsigned_abs();
                }
                self.open_atoms[side] -= total.size_atoms.unsigned_abs();
            }
        }
        if self.market.is_bounded {
            self.outcome.by_winners_atoms = self.owed()?.min(won.unsigned_abs());
        }
        self.cash_atoms -= i64::try_from(self.outcome.by_winners_atoms)?;
        self.outcome.gain_atoms = self.cash_atoms;
        Ok(self.outcome)
    }

    /// What the winners owe of the bad debt.
    fn owed(&self) -> Result<u64> {
        let bad_debt = self.outcome.bad_debt_atoms;
        let cap = self.market.pool.insurance_cap_quote_atoms;
        let worth = self.market.value_atoms.unsigned_abs();
        let payers = LossPayers {
            insurance: QuoteAtoms::new(self.insurance_atoms),
            insurance_cap_left: QuoteAtoms::new(cap),
            pool: QuoteAtoms::new(worth),
        };
        let paid = Waterfall::new(QuoteAtoms::new(bad_debt), &payers);
        let borne = bad_debt - paid.by_insurance_atoms;
        let charged = borne.min(self.charged_atoms);
        let value = i128::from(self.market.value_atoms) - i128::from(borne);
        let (charged, value) = (QuoteAtoms::new(charged), WideQuoteAtoms::new(value));
        let owed = winners_owe_floor(charged, value, &self.market.trade);
        Ok(owed.min(charged).get())
    }

    fn skew_atoms(&self) -> i128 {
        i128::from(self.open_atoms[0]) - i128::from(self.open_atoms[1])
    }

    fn fill(&self, point: &Point, size: i64, skew: i128, kind: FillKind) -> Result<trade::Fill> {
        let market = &self.market;
        let observation = Observation {
            price: point.price,
            confidence: Price(0),
            ema: point.price,
            publish_ts: point.ts,
        };
        let terms = FillTerms {
            observation: &observation,
            age_secs: 0,
            sigma_im: point.unit_shock.sigma_im,
            z: market.portfolio.z,
            ema_trade_e9: market.oracle.ema_trade_e9,
            size_atoms: size,
            skew: Skew::resting(skew),
            kind,
            base_decimals: market.asset.params.base_decimals,
        };
        trade::fill(&terms, &market.trade).map_err(refused)
    }

    /// The price that positions are closed at.
    fn price(&self, point: &Point) -> AssetPrice {
        AssetPrice {
            price: point.price,
            base_decimals: self.market.asset.params.base_decimals,
        }
    }
}

/// An EMA this long after it was computed.
pub(super) fn follow_ema(ema: f64, close: f64, secs: i64) -> f64 {
    ema + (close - ema) * (1.0 - (-(secs.max(0) as f64) / EMA_SECS).exp())
}

/// A size of a long or of a short.
fn signed(side: usize, size: u64) -> Result<i64> {
    let size = i64::try_from(size)?;
    Ok(if side == 0 { size } else { -size })
}
