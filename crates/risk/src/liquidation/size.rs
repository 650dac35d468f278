//! The largest size that may be closed now: what the account needs, within its loan and its window.
use super::search::{Aim, Lots, SizeProbe};
use super::sizing::{Largest, Sizing};
use super::tariff::ClosingEffect;
use super::{Closing, SizeReason, Window};
use crate::RiskError;
use crate::number::arith::{div_floor_u64, mul_div_floor_u64};
use crate::number::atoms::{QuoteAtoms, SignedQuoteAtoms};
use crate::number::quantity::E9;
use crate::params::LiquidationParams;
use crate::requirement::margin::Severity;

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

/// How many lots may be closed at most.
struct MostLots {
    lots: u64,
    /// What keeps it from all.
    limit: Option<SizeReason>,
}

/// The size that an account needs.
struct Sought {
    found: SizeProbe,
    reason: SizeReason,
}

/// A size in base atoms and what closing it does.
struct SizedEffect {
    size_atoms: u64,
    effect: ClosingEffect,
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
        let severity = self.requirement().severity();
        let room = match severity {
            Severity::Severe => None,
            Severity::Ordinary => Some(QuoteAtoms::new(window.room_quote_atoms(params))),
        };
        let MostLots { lots: most, limit } = self.most_lots(all, quote_atoms, room);
        if most == 0 {
            return Ok(Largest {
                size_atoms: 0,
                reason: SizeReason::Window,
                beyond_target: false,
                effect: self.untouched()?,
            });
        }
        let Sought { found, reason } = self.wanted(lots, most, severity, params)?;
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
        let whole = self.without_rest(lots, found, reason)?;
        Ok(Largest {
            size_atoms: whole.size_atoms,
            reason,
            beyond_target,
            effect: whole.effect,
        })
    }

    /// The size that the account needs, of at most `most` lots, and why.
    fn wanted(
        &self,
        lots: Lots,
        most: u64,
        severity: Severity,
        params: &LiquidationParams,
    ) -> Result<Sought, RiskError> {
        let reason = match severity {
            Severity::Severe => SizeReason::Severe,
            Severity::Ordinary => SizeReason::Dust,
        };
        if self.may_worsen() {
            let found = self.probe(lots, most)?;
            return Ok(Sought { found, reason });
        }
        if severity == Severity::Severe || self.is_dust(params) {
            let found = self.search(lots, most, Aim::LeastMargin)?;
            return Ok(Sought { found, reason });
        }
        let found = self.search(lots, most, Aim::Target)?;
        if !found.effect.reaches() {
            let reason = SizeReason::Whole;
            return Ok(Sought { found, reason });
        }
        let small = self.tariff.is_small(&found.effect);
        if !small && self.tariff.pays(&found.effect) {
            let reason = SizeReason::Target;
            return Ok(Sought { found, reason });
        }
        let end = self.search(lots, most, Aim::LeastMargin)?;
        if small || end.lots <= found.lots || !self.tariff.pays(&end.effect) {
            return Ok(Sought { found: end, reason });
        }
        Ok(Sought {
            found: self.least_paid(lots, found, end)?,
            reason: SizeReason::Reward,
        })
    }

    /// The least number of lots that pays its caller: one does not, another does, and between them MM falls.
    fn least_paid(
        &self,
        lots: Lots,
        unpaid: SizeProbe,
        paid: SizeProbe,
    ) -> Result<SizeProbe, RiskError> {
        let (mut below, mut paid) = (unpaid.lots, paid);
        while paid.lots.saturating_sub(below) > 1 {
            let middle = below.midpoint(paid.lots);
            let effect = self.effect_of(lots.atoms(middle))?;
            if self.tariff.pays(&effect) {
                paid = SizeProbe {
                    lots: middle,
                    effect,
                };
            } else {
                below = middle;
            }
        }
        Ok(paid)
    }

    /// How many lots loan and window allow. `room`: what the window leaves, if it binds.
    fn most_lots(&self, all: u64, quote_atoms: i64, room: Option<QuoteAtoms>) -> MostLots {
        let (mut most, mut limit) = (all, None);
        if self.closing == Closing::Collateral {
            let debt = self.debt_lots(quote_atoms);
            if most > debt {
                (most, limit) = (debt, Some(SizeReason::Debt));
            }
        }
        if let Some(room) = room {
            // ⌊room / (P·lot)⌋ = ⌊⌊room / P⌋ / lot⌋
            let room = self.base_atoms_floor(room).get();
            let allowed = div_floor_u64(room, self.lot_atoms.max(1));
            if most > allowed {
                (most, limit) = (allowed, Some(SizeReason::Window));
            }
        }
        MostLots { lots: most, limit }
    }

    /// Lots of collateral that the loan is worth at P, down: no more is sold than repays it. At least one: a loan
    /// below a lot's worth, which is also what a sale rounded down leaves, must remain repayable, or its account
    /// could not be liquidated to the end.
    fn debt_lots(&self, quote_atoms: i64) -> u64 {
        let loan = SignedQuoteAtoms::new(quote_atoms).negative_part();
        // The price is rounded down: a loan worth whole lots asks for all of them.
        let worth_atoms = self.base_atoms_floor(loan).get();
        div_floor_u64(worth_atoms, self.lot_atoms.max(1)).max(1)
    }

    /// All of it where less than a lot would be left, as far as that is allowed.
    fn without_rest(
        &self,
        lots: Lots,
        found: SizeProbe,
        reason: SizeReason,
    ) -> Result<SizedEffect, RiskError> {
        let (what_atoms, size_atoms) = (lots.what_atoms, lots.atoms(found.lots));
        let rest = what_atoms.saturating_sub(size_atoms);
        if reason != SizeReason::Window && rest > 0 && rest < self.lot_atoms {
            let effect = self.effect_of(what_atoms)?;
            if self.is_worthwhile(&effect) || !self.is_worthwhile(&found.effect) {
                return Ok(SizedEffect {
                    size_atoms: what_atoms,
                    effect,
                });
            }
        }
        Ok(SizedEffect {
            size_atoms,
            effect: found.effect,
        })
    }
}
