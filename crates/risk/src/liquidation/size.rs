//! The largest size that may be closed now: what the account needs, within its loan and its window.
use super::search::{Aim, Lots, Probe};
use super::sizing::{Largest, Sizing};
use super::tariff::Effect;
use super::{Closing, SizeReason, Window};
use crate::RiskError;
use crate::number::arith::{div_floor_u64, mul_div_floor_u64};
use crate::number::quantity::E9;
use crate::params::LiquidationParams;

impl Window {
    /// Notional that may still be closed, quote atoms, down.
    pub fn room_quote_atoms(&self, params: &LiquidationParams) -> u64 {
        let by_share = mul_div_floor_u64(params.window_share_e9, self.gross_quote_atoms, E9);
        let limit = by_share
            .unwrap_or(u64::MAX)
            .max(params.window_cap_quote_atoms);
        limit.saturating_sub(self.closed_quote_atoms)
    }
}

impl Sizing<'_> {
    /// The largest size that may be closed now.
    #[inline(never)] // a stack frame of its own
    pub fn largest(
        &self,
        what_atoms: u64,
        quote_atoms: i64,
        params: &LiquidationParams,
        window: Window,
    ) -> Result<Largest, RiskError> {
        if self.lot_atoms == 0 {
            return Err(RiskError::LotOutOfBounds);
        }
        let lots = Lots {
            lot_atoms: self.lot_atoms,
            what_atoms,
        };
        let all = lots.count();
        let severe = self.requirement().is_severe();
        let (most, limit) = self.most_lots(all, severe, quote_atoms, params, window);
        if most == 0 {
            return Ok(Largest {
                size_atoms: 0,
                reason: SizeReason::Window,
                beyond_target: false,
                effect: self.untouched()?,
            });
        }
        let (found, reason) = self.wanted(lots, most, severe, params)?;
        // A limit ends such a size; it does not bring it back to the liquidation target.
        let beyond_target = matches!(
            reason,
            SizeReason::Severe | SizeReason::Dust | SizeReason::Reward
        );
        let reason = match limit {
            Some(limit)
                if found.lots == most
                    && !matches!(reason, SizeReason::Target | SizeReason::Reward) =>
            {
                limit
            }
            _ => reason,
        };
        let (size_atoms, effect) = self.without_rest(lots, found, reason)?;
        Ok(Largest {
            size_atoms,
            reason,
            beyond_target,
            effect,
        })
    }

    /// The size that the account needs, of at most `most` lots, and why.
    fn wanted(
        &self,
        lots: Lots,
        most: u64,
        severe: bool,
        params: &LiquidationParams,
    ) -> Result<(Probe, SizeReason), RiskError> {
        let end = if severe {
            SizeReason::Severe
        } else {
            SizeReason::Dust
        };
        if self.may_worsen() {
            let effect = self.at(lots.atoms(most))?;
            return Ok((Probe { lots: most, effect }, end));
        }
        if severe || self.is_dust(params) {
            return Ok((self.search(lots, most, Aim::LeastMargin)?, end));
        }
        let found = self.search(lots, most, Aim::Target)?;
        if !found.effect.reaches() {
            return Ok((found, SizeReason::Whole));
        }
        let small = self.tariff.is_small(&found.effect)?;
        if !small && self.tariff.pays(&found.effect)? {
            return Ok((found, SizeReason::Target));
        }
        let end = self.search(lots, most, Aim::LeastMargin)?;
        if small || end.lots <= found.lots || !self.tariff.pays(&end.effect)? {
            return Ok((end, SizeReason::Dust));
        }
        Ok((self.least_paid(lots, found, end)?, SizeReason::Reward))
    }

    /// The least number of lots that pays its caller: one does not, another does, and between them MM falls.
    fn least_paid(&self, lots: Lots, unpaid: Probe, paid: Probe) -> Result<Probe, RiskError> {
        let (mut below, mut paid) = (unpaid.lots, paid);
        while paid.lots.saturating_sub(below) > 1 {
            let middle = below.midpoint(paid.lots);
            let effect = self.at(lots.atoms(middle))?;
            if self.tariff.pays(&effect)? {
                paid = Probe {
                    lots: middle,
                    effect,
                };
            } else {
                below = middle;
            }
        }
        Ok(paid)
    }

    /// How many lots loan and window allow, and which of them if that is not all.
    fn most_lots(
        &self,
        all: u64,
        severe: bool,
        quote_atoms: i64,
        params: &LiquidationParams,
        window: Window,
    ) -> (u64, Option<SizeReason>) {
        let (mut most, mut limit) = (all, None);
        if self.closing == Closing::Collateral {
            let debt = self.debt_lots(quote_atoms);
            if most > debt {
                (most, limit) = (debt, Some(SizeReason::Debt));
            }
        }
        if !severe {
            // ⌊room / (P·lot)⌋ = ⌊⌊room / P⌋ / lot⌋
            let room = self.base_atoms_floor(window.room_quote_atoms(params));
            let allowed = div_floor_u64(room, self.lot_atoms.max(1));
            if most > allowed {
                (most, limit) = (allowed, Some(SizeReason::Window));
            }
        }
        (most, limit)
    }

    /// Lots of collateral that the loan is worth at P, down: no more is sold than repays it. At least one: a loan
    /// below a lot's worth, which is also what a sale rounded down leaves, must remain repayable, or its account
    /// could not be liquidated to the end.
    fn debt_lots(&self, quote_atoms: i64) -> u64 {
        let loan_atoms = quote_atoms.min(0).unsigned_abs();
        // The price is rounded down: a loan worth whole lots asks for all of them.
        let worth_atoms = self.base_atoms_floor(loan_atoms);
        div_floor_u64(worth_atoms, self.lot_atoms.max(1)).max(1)
    }

    /// All of it where less than a lot would be left, as far as that is allowed.
    fn without_rest(
        &self,
        lots: Lots,
        found: Probe,
        reason: SizeReason,
    ) -> Result<(u64, Effect), RiskError> {
        let (what_atoms, size_atoms) = (lots.what_atoms, lots.atoms(found.lots));
        let rest = what_atoms.saturating_sub(size_atoms);
        if reason != SizeReason::Window && rest > 0 && rest < self.lot_atoms {
            let effect = self.at(what_atoms)?;
            if self.is_worthwhile(&effect) || !self.is_worthwhile(&found.effect) {
                return Ok((what_atoms, effect));
            }
        }
        Ok((size_atoms, found.effect))
    }
}
