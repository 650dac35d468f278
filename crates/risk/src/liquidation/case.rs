//! The account being liquidated: MM, E, Π and I for any size, and the largest size.
use super::book::Book;
use super::impact::{Impact, SkewImpact};
use super::{Closing, Outcome, SizeReason, Window};
use crate::RiskError;
use crate::arith::{
    add_i128, add_u128, div_ceil_u128, div_floor_u64, excess_bits, half_to_zero, mul_div_ceil_u64,
    mul_div_floor_u64, mul_u128_u64_shr_ceil, mul_u128_u64_shr_floor, sub_i128,
};
use crate::equity::{ceil_atoms, floor_atoms, q32};
use crate::holding::{Holding, Sizes};
use crate::margin::Requirement;
use crate::params::LiquidationParams;
use crate::portfolio::{Binding, Portfolio};
use crate::quantity::{AMOUNT_BITS, E9, E18, FRACTION_BITS, Fraction, UnitPrice};

/// Time after which the penalty is at its highest, seconds (model §7.2).
const PENALTY_SECS: u64 = 300;
/// 1/300: growth of the penalty share's second half per second, units of 2^-60, up.
const PENALTY_PER_SEC: u64 = (1u64 << 60).div_ceil(PENALTY_SECS);
/// ¼: penalty share at the moment of the flag, at zero depth (model §7.2).
const PENALTY_BASE: Fraction = Fraction::from_bits(1 << 58);
/// 0.95: largest share of the equity that the whole account pays (model §7.2), down.
const PAYABLE_EQUITY_SHARE: Fraction = Fraction::from_bits(div_floor_u64(1 << 60, 20) * 19);

/// Largest size and why.
pub(super) struct Largest {
    pub size_atoms: u64,
    pub reason: SizeReason,
}

/// MM(x), E(x), Π(x) and what is paid of I(x), units of 2^-32 quote atoms.
pub(super) struct Effect {
    margin_q32: u128,
    equity_q32: i128,
    costs: Costs,
}

/// Π(x) and what is paid of I(x), units of 2^-32 quote atoms, up.
struct Costs {
    penalty_q32: u128,
    impact_q32: u128,
}

/// A liquidatable account and the asset to be closed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case<'a> {
    book: Book<'a>,
    unit: UnitPrice,
    sizes: Sizes,
    closing: Closing,
    lot_atoms: u64,
    /// 1 − credit, down.
    uncredited: Fraction,
    /// φ_max.
    penalty_cap: Fraction,
    /// 1 + β.
    exit: Fraction,
    /// Σ P·|q| + loan.
    gross_q32: u128,
    margin_q32: u128,
    binding: Binding,
    equity_q32: i128,
    /// What closing the position against its market pays, if that is anything.
    impact: Option<Impact>,
    /// 0.95·E⁺/MM: the share of the relief that can be paid; 0 until [`Case::set_shares`].
    payable_share: Fraction,
    /// π, 0 until [`Case::set_shares`].
    pub penalty_share: Fraction,
}

impl<'a> Case<'a> {
    #[inline(never)] // a stack frame of its own
    pub fn new(
        portfolio: &Portfolio<'a>,
        index: usize,
        holding: &'a Holding,
        closing: Closing,
        params: &LiquidationParams,
        market: Option<SkewImpact>,
    ) -> Result<Self, RiskError> {
        let unit = holding.unit_price()?;
        let book = Book::new(portfolio, index, holding, unit)?;
        let sizes = holding.sizes();
        let loan_q32 = q32(portfolio.quote_atoms.min(0)).unsigned_abs();
        let margin = book.total(unit, sizes)?;
        let one_plus_beta = Fraction::from_e9_ceil(params.beta_e9)?.saturating_add(Fraction::ONE);
        let market = market.filter(|_| closing != Closing::Collateral);
        let impact = market.map(|market| Impact::new(market, sizes.size_atoms));
        Ok(Self {
            impact: impact.transpose()?.flatten(),
            unit,
            sizes,
            closing,
            lot_atoms: holding.coefficients.lot_atoms,
            // The credit is rounded down by less than a unit; so is what it leaves.
            uncredited: Fraction::ONE
                .saturating_sub(holding.coefficients.credit)
                .saturating_sub(Fraction::from_bits(1)),
            penalty_cap: Fraction::from_e9_ceil(params.penalty_abs_e9)?,
            exit: one_plus_beta,
            gross_q32: add_u128(book.positions_q32, loan_q32)?,
            margin_q32: margin.margin_q32,
            binding: margin.binding,
            equity_q32: add_i128(book.equity_q32, book.favour_q32)?,
            payable_share: Fraction::ZERO,
            penalty_share: Fraction::ZERO,
            book,
        })
    }

    pub fn requirement(&self) -> Requirement {
        Requirement {
            margin_atoms: ceil_atoms(self.margin_q32),
            equity_atoms: floor_atoms(self.equity_q32),
            binding: self.binding,
        }
    }

    /// What there is to close.
    pub fn closable_atoms(&self, quote_atoms: i64) -> u64 {
        match self.closing {
            Closing::Collateral if quote_atoms >= 0 => 0, // no loan to repay
            closing => closing.most_atoms(self.sizes, self.lot_atoms),
        }
    }

    /// The sizes left after closing `x`.
    fn left(&self, x: u64) -> Sizes {
        let Sizes {
            size_atoms,
            collateral_atoms,
        } = self.sizes;
        let closed = |x: u64| {
            let left = size_atoms.unsigned_abs().saturating_sub(x);
            // left ≤ |i64::MIN|, and only an untouched i64::MIN is that.
            let left = i64::try_from(left).unwrap_or(i64::MAX);
            if size_atoms < 0 {
                left.saturating_neg()
            } else {
                left
            }
        };
        match self.closing {
            Closing::Position => Sizes {
                size_atoms: closed(x),
                collateral_atoms,
            },
            Closing::Collateral => Sizes {
                size_atoms,
                collateral_atoms: collateral_atoms.saturating_sub(x),
            },
            Closing::Pair => Sizes {
                size_atoms: closed(x),
                collateral_atoms: collateral_atoms.saturating_sub(x),
            },
        }
    }

    /// MM(x), E(x), Π(x) and I(x).
    #[inline(never)] // a stack frame of its own
    pub fn at(&self, x: u64) -> Result<Effect, RiskError> {
        let margin_q32 = self.book.total(self.unit, self.left(x))?.margin_q32;
        let notional_q32 = self.unit.value_q32_saturating(x);
        let relief_q32 = self.margin_q32.saturating_sub(margin_q32);
        let costs = self.costs(x, relief_q32, notional_q32)?;
        let freed_q32 = match self.closing {
            Closing::Position => 0,
            _ => mul_u128_u64_shr_floor(notional_q32, self.uncredited.to_bits(), FRACTION_BITS)?,
        };
        // Both are below 2^100: the penalty a share of the notional, the impact at most 16 times it.
        let paid_q32 = costs.penalty_q32.saturating_add(costs.impact_q32);
        let equity_q32 = sub_i128(self.equity_q32, paid_q32.cast_signed())?;
        let equity_q32 = add_i128(equity_q32, freed_q32.cast_signed())?;
        Ok(Effect {
            margin_q32,
            equity_q32,
            costs,
        })
    }

    /// Π(x) and what is paid of I(x): together at most 0.95·(E⁺/MM)·relief⁺.
    ///
    /// The impact goes first. It gives back what opening against the skew was paid, and that is more than the
    /// pool keeps of a penalty in its place: of Π the liquidator, who may be the owner, gets λ.
    fn costs(&self, x: u64, relief_q32: u128, notional_q32: u128) -> Result<Costs, RiskError> {
        let of_relief =
            |share: Fraction| mul_u128_u64_shr_ceil(relief_q32, share.to_bits(), FRACTION_BITS);
        let by_size =
            mul_u128_u64_shr_ceil(notional_q32, self.penalty_cap.to_bits(), FRACTION_BITS)?;
        let penalty_q32 = of_relief(self.penalty_share)?.min(by_size);
        let Some(impact) = &self.impact else {
            // π is at most the share that can be paid.
            return Ok(Costs {
                penalty_q32,
                impact_q32: 0,
            });
        };
        let payable_q32 = of_relief(self.payable_share)?;
        let impact_q32 = impact.of_q32(x, notional_q32)?.min(payable_q32);
        Ok(Costs {
            penalty_q32: penalty_q32.min(payable_q32.saturating_sub(impact_q32)),
            impact_q32,
        })
    }

    pub fn outcome(&self, effect: &Effect) -> Outcome {
        // Both are below 2^110.
        let relief = self
            .margin_q32
            .cast_signed()
            .saturating_sub(effect.margin_q32.cast_signed());
        Outcome {
            relief_atoms: floor_atoms(relief),
            penalty_atoms: ceil_atoms(effect.costs.penalty_q32),
            impact_atoms: ceil_atoms(effect.costs.impact_q32),
            equity_after_atoms: floor_atoms(effect.equity_q32),
            margin_after_atoms: ceil_atoms(effect.margin_q32),
        }
    }

    /// E(x) − (1 + β)·MM(x), units of 2^-32 quote atoms: at least 0 where x reaches the exit.
    fn slack_q32(&self, x: u64) -> Result<i128, RiskError> {
        let effect = self.at(x)?;
        self.slack_of(effect.margin_q32, effect.equity_q32)
    }

    fn slack_of(&self, margin_q32: u128, equity_q32: i128) -> Result<i128, RiskError> {
        let exit_q32 = mul_u128_u64_shr_ceil(margin_q32, self.exit.to_bits(), FRACTION_BITS)?;
        sub_i128(equity_q32, exit_q32.cast_signed())
    }

    /// Whether a step is worth taking: it lowers MM, or may worsen the account.
    pub fn is_worthwhile(&self, effect: &Effect, params: &LiquidationParams) -> bool {
        effect.margin_q32 < self.margin_q32 || self.may_worsen(params)
    }

    /// Whether the account is insolvent or dust: then a closing needs no relief.
    pub fn may_worsen(&self, params: &LiquidationParams) -> bool {
        self.equity_q32 <= 0 || self.is_dust(params)
    }

    fn is_dust(&self, params: &LiquidationParams) -> bool {
        self.gross_q32 < u128::from(params.dust_quote_atoms) << AMOUNT_BITS
    }

    /// The largest size that may be closed now.
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
        let lots = what_atoms.div_ceil(self.lot_atoms);
        let deep = self.requirement().is_deep();
        let (mut count, mut reason) = if deep {
            (lots, SizeReason::Deep)
        } else if self.is_dust(params) {
            (lots, SizeReason::Dust)
        } else {
            let slack_of_all = self.slack_q32(what_atoms)?;
            if slack_of_all < 0 {
                (lots, SizeReason::Whole)
            } else {
                let least = self.least_lots(lots, what_atoms, slack_of_all)?;
                (least, SizeReason::Target)
            }
        };
        if self.closing == Closing::Collateral {
            let debt = self.debt_lots(quote_atoms);
            if count > debt {
                (count, reason) = (debt, SizeReason::Debt);
            }
        }
        if !deep {
            let allowed = self.window_lots(params, window);
            if count > allowed {
                (count, reason) = (allowed, SizeReason::Window);
            }
        }
        let mut size_atoms = self.size_of(count, what_atoms);
        if reason != SizeReason::Window && what_atoms.saturating_sub(size_atoms) < self.lot_atoms {
            size_atoms = what_atoms;
        }
        Ok(Largest { size_atoms, reason })
    }

    /// min(what, lots · lot).
    fn size_of(&self, lots: u64, what_atoms: u64) -> u64 {
        lots.saturating_mul(self.lot_atoms).min(what_atoms)
    }

    /// The least number of lots that reaches the exit; `lots`, which are all, reach it, none does not.
    ///
    /// The slack is concave in the size because MM is convex in it, so there is one crossing and
    /// every bracketing search ends at it. It is close to linear: chords (with the Illinois rule
    /// against a stale end) need a few steps where halving needs one per binary digit. Halving
    /// takes over when they do not, so the number of steps stays bounded.
    fn least_lots(&self, lots: u64, what_atoms: u64, slack_of_all: i128) -> Result<u64, RiskError> {
        const CHORDS: u32 = 12;
        let (mut below, mut reaching) = (0, lots);
        let mut slack_below = self.slack_of(self.margin_q32, self.equity_q32)?;
        let mut slack_reaching = slack_of_all;
        let mut last = None;
        let mut steps = 0_u32;
        loop {
            let gap = reaching.saturating_sub(below);
            if gap <= 1 {
                return Ok(reaching);
            }
            let step = if steps < CHORDS {
                chord_ceil(gap, slack_below, slack_reaching)?
            } else {
                div_floor_u64(gap, 2)
            };
            // Strictly between the two.
            let middle = below.saturating_add(step.clamp(1, gap.saturating_sub(1)));
            let slack = self.slack_q32(self.size_of(middle, what_atoms))?;
            let reached = slack >= 0;
            if reached {
                (reaching, slack_reaching) = (middle, slack);
            } else {
                (below, slack_below) = (middle, slack);
            }
            if last == Some(reached) {
                if reached {
                    slack_below = half_to_zero(slack_below);
                } else {
                    slack_reaching = half_to_zero(slack_reaching);
                }
            }
            last = Some(reached);
            steps = steps.saturating_add(1);
        }
    }

    /// Lots of collateral that the loan is worth at P, down: no more is sold than repays it. At least one: a loan
    /// below a lot's worth, which is also what a sale rounded down leaves, must remain repayable, or its account
    /// could not be liquidated to the end.
    fn debt_lots(&self, quote_atoms: i64) -> u64 {
        let loan_atoms = quote_atoms.min(0).unsigned_abs();
        // The price is rounded down: a loan worth whole lots asks for all of them.
        let worth_atoms = self.unit.base_atoms_floor(loan_atoms);
        div_floor_u64(worth_atoms, self.lot_atoms.max(1)).max(1)
    }

    /// Lots that fit into the window.
    fn window_lots(&self, params: &LiquidationParams, window: Window) -> u64 {
        let by_share = mul_div_floor_u64(params.window_share_e9, window.gross_quote_atoms, E9);
        let limit = by_share
            .unwrap_or(u64::MAX)
            .max(params.window_cap_quote_atoms);
        let room = limit.saturating_sub(window.closed_quote_atoms);
        // ⌊room / (P·lot)⌋ = ⌊⌊room / P⌋ / lot⌋
        div_floor_u64(self.unit.base_atoms_floor(room), self.lot_atoms.max(1))
    }

    /// Computes 0.95·E⁺/MM, and π for the age of the flag.
    ///
    /// Only the limit of what can be paid counts an asset without a usable price as it was last recorded: by an
    /// equity that exists in the account's favour alone, a bankrupt account would pay out of the pool.
    #[inline(never)] // a stack frame of its own
    pub fn set_shares(&mut self, flag_age_secs: u64) -> Result<(), RiskError> {
        let recorded_q32 = self.book.equity_q32; // the favour is ≥ 0: never above E
        let Ok(payable_q32) = u128::try_from(recorded_q32) else {
            return Ok(()); // nothing left to pay from
        };
        // 0 ≤ E < MM here, so MM > 0.
        let payable = ratio_ceil(payable_q32, self.margin_q32)?;
        let ratio = if self.equity_q32 == recorded_q32 {
            payable
        } else {
            ratio_ceil(self.equity_q32.unsigned_abs(), self.margin_q32)?
        };
        let depth = Fraction::ONE
            .saturating_sub(ratio)
            .saturating_add(Fraction::from_bits(1));
        let by_depth = depth.saturating_add(depth).min(Fraction::ONE);
        let secs = flag_age_secs.min(PENALTY_SECS);
        let by_time = PENALTY_PER_SEC.saturating_mul(secs); // 300 of them: below 2^61
        let by_time = Fraction::from_bits(by_time).min(Fraction::ONE);
        let urgency = Fraction::from_bits(by_depth.max(by_time).to_bits().div_ceil(2));
        self.payable_share = PAYABLE_EQUITY_SHARE.mul_floor(payable);
        self.penalty_share = PENALTY_BASE.saturating_add(urgency).min(self.payable_share);
        Ok(())
    }

    /// u × 10^18, up, saturating.
    pub fn depth_e18(&self) -> Result<u128, RiskError> {
        let shortfall = self.margin_q32.cast_signed().abs_diff(self.equity_q32);
        let whole = shortfall.checked_div(self.margin_q32);
        let rest = shortfall.checked_rem(self.margin_q32);
        let (Some(whole), Some(rest)) = (whole, rest) else {
            return Ok(u128::from(E18)); // no requirement, no equity: the penalty scale ends at 1
        };
        let rest = ratio_ceil(rest, self.margin_q32)?;
        Ok(whole
            .saturating_mul(u128::from(E18))
            .saturating_add(rest.to_e18_ceil()))
    }
}

/// Where a line from `low` < 0 at 0 to `high` ≥ 0 at `gap` crosses zero, up.
fn chord_ceil(gap: u64, low: i128, high: i128) -> Result<u64, RiskError> {
    let (fall, rise) = (low.unsigned_abs(), low.abs_diff(high).max(1));
    let shift = excess_bits(rise, 63);
    let cut = |slack: u128| u64::try_from(slack >> shift).map_err(|_| RiskError::Overflow);
    mul_div_ceil_u64(gap, cut(fall)?, cut(rise)?.max(1))
}

/// `n / d`, up, saturating at [`Fraction::MAX`]; at most 2^-59 relative above it.
fn ratio_ceil(n: u128, d: u128) -> Result<Fraction, RiskError> {
    if n >> 4 >= d {
        return Ok(Fraction::MAX);
    }
    // Cut both so that n·2^60 fits: n keeps at least 60 of its bits.
    let shift = excess_bits(n, 68);
    let (n, d) = (
        (n >> shift).saturating_add(u128::from(shift > 0)),
        d >> shift,
    );
    let ratio = div_ceil_u128(n << FRACTION_BITS, d)?;
    Ok(u64::try_from(ratio).map_or(Fraction::MAX, Fraction::from_bits))
}
