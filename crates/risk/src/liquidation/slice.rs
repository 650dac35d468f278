//! The same share of every position and of every weighted collateral at once: where every price is usable the closing
//! that always frees margin.
//!
//! A share of a hedged book needs at most that share of its margin (P2), whatever hedges what; no leg alone need
//! do so. Collateral that counts goes along, to the liquidator at its price, loan or not: it hedges the short that is
//! closed. In lots rounded up, so all of it is share 1, after which nothing is left that needs margin.
//!
//! An asset without a usable price can be neither closed nor sold and stays as it is, where it is certain that nobody hides
//! that price. With R the requirement of what stays, the requirement is at most this after a share t:
//!
//! ```text
//! MM(t) ≤ (1 − t)·MM + t·R
//! ```
//! X, N and the charges of what is closed are linear in t, K falls at least as fast, and the correlations and scenarios
//! are convex. So margin is freed at every share where R < MM. Where what is closed hedges what stays, MM(t) falls
//! and rises again, or only rises: then the share ends at its least, or nothing is allowed.
use super::bracket::Bracket;
use super::impact::ClosingImpact;
use super::sizing::{nearer_zero, unweighted};
use super::tariff::{ClosingAmounts, ClosingEffect, Shortfall, Tariff};
use super::terms::ClosingTerms;
use super::{ClosingOutcome, SizeReason, Window};
use crate::RiskError;
use crate::number::arith::{add_i128, add_u128, mul_div_ceil_u64, mul_u128_u64_shr_floor};
use crate::number::atoms::{BaseAtoms, QuoteAtoms};
use crate::number::quantity::{AMOUNT_BITS, FRACTION_BITS, Fraction, UnitPrice};
use crate::params::LiquidationParams;
use crate::price::standing::Standing;
use crate::requirement::equity::{ceil_atoms, floor_atoms, q32};
use crate::requirement::holding::{Holding, Sizes};
use crate::requirement::margin::Requirement;
use crate::requirement::portfolio::Portfolio;
use crate::requirement::sums::{MaintenanceSums, Set, collect, terms_left};

/// A whole account, in the unit of shares.
pub const WHOLE_PERMILLE: u64 = 1_000;
/// Chords before halving takes over.
const CHORDS: u32 = 5;
/// Thousandths over which it is measured whether MM still falls: over fewer, sizes in whole lots would show.
const GRAIN_PERMILLE: u64 = 16;
/// Neighbours among the Fibonacci numbers whose sum is beyond every share.
const SECTIONS: [u64; 2] = [610, 987];

/// Sizes that a slice closes of one holding, base atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sliced {
    /// Of the position.
    pub position_atoms: u64,
    /// Of the collateral, sold to the liquidator; 0 where it has no weight.
    pub collateral_atoms: u64,
}

impl Sliced {
    /// Whether a slice closes anything of a holding: it needs margin, and its price is usable.
    pub fn takes(holding: &Holding) -> bool {
        holding.needs_margin() && holding.standing.is_usable()
    }

    /// So many thousandths of a holding, in lots rounded up; nothing of one that a slice leaves as it is.
    ///
    /// Errors: [`RiskError::LotOutOfBounds`] for a lot of 0; [`RiskError::LiquidationTooLarge`] above 1,000.
    pub fn new(holding: &Holding, share_permille: u64) -> Result<Self, RiskError> {
        if share_permille > WHOLE_PERMILLE {
            return Err(RiskError::LiquidationTooLarge);
        }
        if !Self::takes(holding) {
            return Ok(Self::default());
        }
        let lot = holding.coefficients.lot_atoms;
        let part = |atoms: u64| -> Result<u64, RiskError> {
            let exact = mul_div_ceil_u64(atoms, share_permille, WHOLE_PERMILLE)?;
            let rest = exact.checked_rem(lot).ok_or(RiskError::LotOutOfBounds)?;
            let fill = if rest == 0 {
                0
            } else {
                lot.saturating_sub(rest)
            };
            let size = exact.saturating_add(fill);
            // Nor is a part of a lot left.
            Ok(if atoms.saturating_sub(size) < lot {
                if size == 0 { 0 } else { atoms }
            } else {
                size
            })
        };
        Ok(Self {
            position_atoms: part(holding.size_atoms.unsigned_abs())?,
            collateral_atoms: if holding.coefficients.collateral_weight == Fraction::ZERO {
                0
            } else {
                part(holding.collateral_atoms)?
            },
        })
    }

    fn left(&self, holding: &Holding) -> Sizes {
        Sizes {
            size_atoms: nearer_zero(holding.size_atoms, self.position_atoms),
            collateral_atoms: holding
                .collateral_atoms
                .saturating_sub(self.collateral_atoms),
        }
    }
}

/// Worth of a share of an account, and the effect of closing it.
#[derive(Clone, Copy, Debug)]
struct Cut {
    effect: ClosingEffect,
    /// Σ P·x.
    notional_q32: u128,
}

/// A share, thousandths, and what closing it does.
#[derive(Clone, Copy, Debug)]
struct ShareProbe {
    share: u64,
    cut: Cut,
}

/// The largest share that may be closed, and what decided it.
struct LargestShare {
    share_permille: u64,
    reason: SizeReason,
    cut: Cut,
}

impl ShareProbe {
    const fn chosen(self, reason: SizeReason) -> LargestShare {
        LargestShare {
            share_permille: self.share,
            reason,
            cut: self.cut,
        }
    }
}

/// The largest share that may be closed now, and what any share up to it does.
#[derive(Clone, Copy, Debug)]
pub struct SlicePlan<'a> {
    /// MM and equity as the liquidation sees them.
    pub requirement: Requirement,
    /// The limit that decided the share.
    pub reason: SizeReason,
    /// Largest share, thousandths; 0 if the window leaves none.
    pub share_permille: u64,
    /// Share > 0, and it lowers MM or the account is insolvent.
    pub allowed: bool,
    /// u = (MM − E)/MM, × 10^18, up, saturating; above 1 when insolvent.
    pub depth_e18: u128,
    /// π, up.
    pub penalty_share: Fraction,
    /// Effect of the largest share.
    pub outcome: ClosingOutcome,
    /// Σ P·x of the largest share, quote atoms, up.
    pub notional_quote_atoms: u64,
    whole: Whole<'a>,
}

/// A liquidatable account.
#[derive(Clone, Copy, Debug)]
struct Whole<'a> {
    portfolio: Portfolio<'a>,
    /// On which terms each holding is dealt, in their order; none beyond the end of the list.
    terms: &'a [ClosingTerms],
    shortfall: Shortfall,
    requirement: Requirement,
    tariff: Tariff,
    /// Its gross is below the dust limit.
    is_dust: bool,
    /// Something that needs margin stays as it is.
    leaves_out: bool,
}

impl<'a> SlicePlan<'a> {
    /// The plan for an account, with the terms of each of its holdings.
    ///
    /// Errors: [`RiskError::LiquidationPriceUnusable`] when the caller may be hiding the price of something that needs
    /// margin, and when nothing that does has a usable one; [`RiskError::AccountHealthy`];
    /// [`RiskError::NothingToLiquidate`] when nothing it holds needs margin; [`RiskError::LotOutOfBounds`];
    /// [`RiskError::Overflow`], also for amounts that saturate.
    #[inline(never)] // a stack frame of its own: 4 KiB each in a program
    pub fn new(
        portfolio: &Portfolio<'a>,
        terms: &'a [ClosingTerms],
        params: &LiquidationParams,
        flag_age_secs: u64,
        window: Window,
    ) -> Result<Self, RiskError> {
        check_prices(portfolio.holdings)?;
        let whole = Whole::new(portfolio, terms, params, flag_age_secs)?;
        let requirement = whole.requirement;
        if !requirement.is_liquidatable() {
            return Err(RiskError::AccountHealthy);
        }
        let most = whole.within(params, window, &requirement)?;
        let LargestShare {
            share_permille,
            reason,
            cut,
        } = whole.largest(most)?;
        if reason != SizeReason::Window && cut.notional_q32 == 0 {
            return Err(RiskError::NothingToLiquidate);
        }
        Ok(Self {
            requirement,
            reason,
            share_permille,
            allowed: share_permille > 0 && whole.is_worthwhile(&cut.effect),
            depth_e18: whole.shortfall.depth_e18()?,
            penalty_share: whole.tariff.penalty_share,
            outcome: cut.effect.outcome(),
            notional_quote_atoms: notional_atoms(&cut)?,
            whole,
        })
    }

    /// Whether the account is insolvent: only then may a closing worsen E − MM.
    pub fn may_worsen(&self) -> bool {
        self.whole.may_worsen()
    }

    /// Returns the part of E that is favour by prices not usable, quote atoms, down; the same through the closing.
    pub fn favour_atoms(&self) -> i128 {
        self.whole.shortfall.favour_atoms()
    }

    /// Returns the effect of closing `share_permille`, at most the largest share.
    ///
    /// Errors: [`RiskError::LiquidationTooLarge`]; [`RiskError::NoRelief`] when it does not lower MM of
    /// a solvent account; [`RiskError::LiquidationWindowExhausted`] when the window leaves none;
    /// [`RiskError::NothingToLiquidate`] for a share of 0; [`RiskError::Overflow`].
    pub fn take(&self, share_permille: u64) -> Result<ClosingOutcome, RiskError> {
        if self.share_permille == 0 {
            return Err(RiskError::LiquidationWindowExhausted);
        }
        if share_permille == 0 {
            return Err(RiskError::NothingToLiquidate);
        }
        if share_permille > self.share_permille {
            return Err(RiskError::LiquidationTooLarge);
        }
        let (worthwhile, outcome) = if share_permille == self.share_permille {
            (self.allowed, self.outcome)
        } else {
            let cut = self.whole.cut(share_permille)?;
            (self.whole.is_worthwhile(&cut.effect), cut.effect.outcome())
        };
        if worthwhile {
            Ok(outcome)
        } else {
            Err(RiskError::NoRelief)
        }
    }

    /// Returns the effect of closing a share, allowed or not; for views.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn outcome_of(&self, share_permille: u64) -> Result<ClosingOutcome, RiskError> {
        Ok(self.whole.cut(share_permille)?.effect.outcome())
    }
}

/// The liquidator gives the prices. One that is wide, far or absent was shown to be so; an unknown one
/// may be hidden, so as to choose by it what is closed. Collateral without a weight needs no price: a
/// deposit of it must not stop a slice.
fn check_prices(holdings: &[Holding]) -> Result<(), RiskError> {
    let mut held = holdings.iter().filter(|held| held.needs_margin());
    let is_hidden = held.clone().any(|one| one.standing == Standing::Unknown);
    let needs_price = held.clone().next().is_some();
    if is_hidden || needs_price && !held.any(Sliced::takes) {
        return Err(RiskError::LiquidationPriceUnusable);
    }
    Ok(())
}

fn notional_atoms(cut: &Cut) -> Result<u64, RiskError> {
    u64::try_from(ceil_atoms(cut.notional_q32)).map_err(|_| RiskError::Overflow)
}

impl<'a> Whole<'a> {
    #[inline(never)] // a stack frame of its own
    fn new(
        portfolio: &Portfolio<'a>,
        terms: &'a [ClosingTerms],
        params: &LiquidationParams,
        flag_age_secs: u64,
    ) -> Result<Self, RiskError> {
        let mut sums = MaintenanceSums::new(portfolio);
        collect(portfolio, Set::All, &mut sums)?;
        if sums.is_saturated {
            return Err(RiskError::Overflow); // shares of amounts beyond counting
        }
        let total = sums.total(portfolio)?;
        let favour = sums.favour;
        // As much through the closing, though MM falls: the prices that give it are of what stays.
        let favour_q32 = favour.map_or(0, |favour| favour.within(total.margin_q32));
        let equity_q32 = add_i128(sums.equity_q32, favour_q32)?;
        let shortfall = Shortfall {
            margin_q32: total.margin_q32,
            equity_q32,
            recorded_q32: sums.equity_q32, // the favour is ≥ 0: never above E
        };
        let requirement = Requirement {
            margin_atoms: ceil_atoms(total.margin_q32),
            equity_atoms: floor_atoms(equity_q32),
            binding: total.binding,
        };
        let mut tariff = Tariff::new(params)?;
        if requirement.is_liquidatable() {
            tariff.set_shares(&shortfall, flag_age_secs)?;
        }
        let loan_q32 = q32(portfolio.quote_atoms.min(0)).unsigned_abs();
        let gross_q32 = add_u128(sums.positions_q32, loan_q32)?;
        Ok(Self {
            portfolio: *portfolio,
            terms,
            shortfall,
            requirement,
            tariff,
            is_dust: gross_q32 < u128::from(params.dust_quote_atoms) << AMOUNT_BITS,
            // What has no usable price and no net size has no favour, and may need margin all the same.
            leaves_out: favour.is_some() && portfolio.holdings.iter().any(stays),
        })
    }

    /// Whether the account is insolvent.
    const fn may_worsen(&self) -> bool {
        self.shortfall.equity_q32 <= 0
    }

    fn is_worthwhile(&self, effect: &ClosingEffect) -> bool {
        effect.frees() || self.may_worsen()
    }

    /// Returns the effect of closing so many thousandths.
    #[inline(never)] // a stack frame of its own
    fn cut(&self, share_permille: u64) -> Result<Cut, RiskError> {
        let mut left = MaintenanceSums::new(&self.portfolio);
        let mut closed = ClosingAmounts {
            margin_q32: 0,
            notional_q32: 0,
            impact_q32: None,
            freed_q32: 0,
        };
        for (index, holding) in self.portfolio.holdings.iter().enumerate() {
            if holding.is_empty() {
                continue;
            }
            let sliced = Sliced::new(holding, share_permille)?;
            let terms = self.terms.get(index).copied().unwrap_or_default();
            add_closed(&mut closed, holding, &sliced, &terms)?;
            add_left(&mut left, holding, &sliced)?;
        }
        closed.margin_q32 = left.total(&self.portfolio)?.margin_q32;
        Ok(Cut {
            effect: self.tariff.effect(&self.shortfall, &closed)?,
            notional_q32: closed.notional_q32,
        })
    }

    /// The largest share whose notional fits into the window; all for a severely undercollateralised account.
    fn within(
        &self,
        params: &LiquidationParams,
        window: Window,
        requirement: &Requirement,
    ) -> Result<u64, RiskError> {
        if requirement.is_severe() {
            return Ok(WHOLE_PERMILLE);
        }
        let room = window.room_quote_atoms(params);
        let fits = |share| -> Result<bool, RiskError> {
            let mut closed = 0_u64;
            for holding in self.portfolio.holdings {
                let sliced = Sliced::new(holding, share)?;
                let decimals = holding.coefficients.base_decimals;
                let unit = UnitPrice::from_price_ceil(holding.price, decimals)?; // as it may be booked
                for atoms in [sliced.position_atoms, sliced.collateral_atoms] {
                    let notional = unit.notional_ceil(BaseAtoms::new(atoms));
                    let notional = notional.unwrap_or(QuoteAtoms::MAX);
                    closed = closed.saturating_add(notional.get());
                }
            }
            Ok(closed <= room)
        };
        if fits(WHOLE_PERMILLE)? {
            return Ok(WHOLE_PERMILLE);
        }
        let (mut fitting, mut beyond) = (0, WHOLE_PERMILLE);
        while beyond.saturating_sub(fitting) > 1 {
            let middle = u64::midpoint(fitting, beyond);
            if fits(middle)? {
                fitting = middle;
            } else {
                beyond = middle;
            }
        }
        Ok(fitting)
    }

    /// The share that the account needs, of at most `most`, and why.
    #[inline(never)] // a stack frame of its own
    fn largest(&self, most: u64) -> Result<LargestShare, RiskError> {
        if most == 0 {
            let nothing = ClosingAmounts {
                margin_q32: self.shortfall.margin_q32,
                notional_q32: 0,
                impact_q32: None,
                freed_q32: 0,
            };
            let cut = Cut {
                effect: self.tariff.effect(&self.shortfall, &nothing)?,
                notional_q32: 0,
            };
            return Ok(LargestShare {
                share_permille: 0,
                reason: SizeReason::Window,
                cut,
            });
        }
        let all = self.freest(most)?;
        let is_limited = most < WHOLE_PERMILLE && all.share == most;
        let whole = |reason| {
            all.chosen(if is_limited {
                SizeReason::Window
            } else {
                reason
            })
        };
        if self.requirement.is_severe() || self.may_worsen() {
            return Ok(whole(SizeReason::Severe));
        }
        if self.is_dust {
            return Ok(whole(SizeReason::Dust));
        }
        if !all.cut.effect.reaches() {
            return Ok(whole(SizeReason::Whole));
        }
        let least = self.least(all)?;
        let small = self.tariff.is_small(&least.cut.effect);
        if !small && self.tariff.pays(&least.cut.effect) {
            return Ok(least.chosen(SizeReason::Target));
        }
        if small || !self.tariff.pays(&all.cut.effect) {
            return Ok(whole(SizeReason::Dust));
        }
        let paid = self.least_paid(least.share, all)?;
        Ok(paid.chosen(SizeReason::Reward))
    }

    /// The least share that pays its caller: `below` does not, `paid` does, and between them MM falls.
    fn least_paid(&self, mut below: u64, mut paid: ShareProbe) -> Result<ShareProbe, RiskError> {
        while paid.share.saturating_sub(below) > 1 {
            let probe = self.probe(u64::midpoint(below, paid.share))?;
            if self.tariff.pays(&probe.cut.effect) {
                paid = probe;
            } else {
                below = probe.share;
            }
        }
        Ok(paid)
    }

    fn probe(&self, share: u64) -> Result<ShareProbe, RiskError> {
        let cut = self.cut(share)?;
        Ok(ShareProbe { share, cut })
    }

    /// The end of what may be closed: `most`, or the share below it that leaves the least MM where what is closed
    /// hedges what stays. An insolvent account is closed as far as that goes.
    #[inline(never)] // a stack frame of its own
    fn freest(&self, most: u64) -> Result<ShareProbe, RiskError> {
        let all = self.probe(most)?;
        if !self.leaves_out || self.may_worsen() {
            return Ok(all);
        }
        let relief = |cut: &Cut| cut.effect.relief_q32;
        let grain = GRAIN_PERMILLE.min(most >> 1);
        if grain == 0 {
            return Ok(all);
        }
        let mut best = all;
        // MM is convex but where s_max begins to bind: there it has a second low point, which a quarter may show.
        for quarters in 1..4_u64 {
            let probe = self.probe(most.saturating_mul(quarters) >> 2)?;
            if relief(&probe.cut) > relief(&best.cut) {
                best = probe;
            }
        }
        // What frees margin, more than any quarter does, and still falls at its end is at its least there.
        let falls = best.share == most
            && all.cut.effect.frees()
            && relief(&self.cut(most.saturating_sub(grain))?) <= relief(&all.cut);
        if falls {
            return Ok(all);
        }
        let found = self.by_sections(most, all)?;
        let is_better = relief(&found.cut) > relief(&best.cut);
        Ok(if is_better { found } else { best })
    }

    /// The share of at most `most` that leaves the least MM, by sections in the ratio of the Fibonacci numbers.
    #[inline(never)] // a stack frame of its own
    fn by_sections(&self, most: u64, all: ShareProbe) -> Result<ShareProbe, RiskError> {
        let probe = |share: u64| -> Result<Option<ShareProbe>, RiskError> {
            if share > most {
                return Ok(None); // lower than any other
            }
            self.probe(share).map(Some)
        };
        let height = |probe: &Option<ShareProbe>| probe.map(|one| one.cut.effect.relief_q32);
        let (mut from, [mut short, mut long]) = (0_u64, SECTIONS);
        let (mut left, mut right) = (probe(short)?, probe(long)?);
        loop {
            let is_left = height(&left) >= height(&right);
            if long <= 2 {
                let best = if is_left { left } else { right };
                return Ok(best.unwrap_or(all));
            }
            (short, long) = (long.saturating_sub(short), short);
            if is_left {
                (left, right) = (probe(from.saturating_add(short))?, left);
            } else {
                from = from.saturating_add(long);
                (left, right) = (right, probe(from.saturating_add(long))?);
            }
        }
    }

    /// A share that reaches the liquidation target while a thousandth less does not; `all` does.
    fn least(&self, all: ShareProbe) -> Result<ShareProbe, RiskError> {
        let (mut below, mut reaching) = (0, all);
        let shortfall = &self.shortfall;
        let untouched = self
            .tariff
            .slack_q32(shortfall.margin_q32, shortfall.equity_q32);
        let mut bracket = Bracket::new(untouched, all.cut.effect.slack(), CHORDS);
        loop {
            let gap = reaching.share.saturating_sub(below);
            if gap <= 1 {
                return Ok(reaching);
            }
            let middle = below.saturating_add(bracket.step(gap)?);
            let probe = self.probe(middle)?;
            let slack = probe.cut.effect.slack();
            if probe.cut.effect.reaches() {
                bracket.lower_high(slack);
                reaching = probe;
            } else {
                bracket.raise_low(slack);
                below = middle;
            }
        }
    }
}

/// Whether a slice leaves a holding as it is although it needs margin.
fn stays(holding: &Holding) -> bool {
    holding.needs_margin() && !holding.standing.is_usable()
}

/// Adds what is closed of a holding: notional, impact and what its collateral counted less than it is sold for.
#[inline(never)] // a stack frame of its own
fn add_closed(
    closed: &mut ClosingAmounts,
    holding: &Holding,
    sliced: &Sliced,
    terms: &ClosingTerms,
) -> Result<(), RiskError> {
    let unit = holding.unit_price()?;
    if sliced.position_atoms > 0 {
        let notional = unit.value_q32_floor(sliced.position_atoms)?;
        closed.notional_q32 = add_u128(closed.notional_q32, notional)?;
        let impact = terms
            .market
            .map(|market| ClosingImpact::new(market, holding.size_atoms));
        if let Some(impact) = impact.transpose()?.flatten() {
            let cost = impact.of_q32(sliced.position_atoms, notional)?;
            closed.impact_q32 = Some(add_u128(closed.impact_q32.unwrap_or(0), cost)?);
        }
    }
    if sliced.collateral_atoms > 0 {
        let worth = unit.value_q32_floor(sliced.collateral_atoms)?;
        closed.notional_q32 = add_u128(closed.notional_q32, worth)?;
        let gained = unweighted(holding).saturating_add(terms.age_spread);
        let freed = mul_u128_u64_shr_floor(worth, gained.to_bits(), FRACTION_BITS)?;
        closed.freed_q32 = add_u128(closed.freed_q32, freed)?;
    }
    Ok(())
}

/// Adds what is left of a holding to the sums of MM.
#[inline(never)] // a stack frame of its own
fn add_left(
    left: &mut MaintenanceSums,
    holding: &Holding,
    sliced: &Sliced,
) -> Result<(), RiskError> {
    let sizes = sliced.left(holding);
    if sizes.size_atoms == 0 && sizes.collateral_atoms == 0 {
        return Ok(());
    }
    let terms = terms_left(holding, holding.unit_price()?, sizes)?;
    left.add(holding.coefficients.bucket, &terms)
}

#[cfg(test)]
#[path = "slice_tests.rs"]
mod tests;
