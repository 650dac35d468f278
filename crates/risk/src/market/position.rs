//! A perpetual position and what a fill does to it.
//!
//! ```text
//! PnL = q·P − entry        a fill of size Δ at notional n:  entry += n (bought), −= n (sold)
//! ```
//! The part of a fill that closes settles its share of the entry; both shares of a division always
//! sum to the whole, so that splitting an order never gains.
use crate::RiskError;
use crate::market::notional::AssetPrice;
use crate::number::arith::{mul_div_ceil_u64, mul_div_floor_u64};
use crate::number::atoms::{BaseAtoms, QuoteAtoms, SignedBaseAtoms};

/// Size and cost of an open position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Signed size, base atoms.
    pub size_atoms: i64,
    /// Signed cost of the size, quote atoms: positive for a long.
    pub entry_quote_atoms: i64,
}

/// A position after a fill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// The position after the fill.
    pub position: Position,
    /// Profit or loss of the part that was closed, quote atoms, rounded down.
    pub realized_quote_atoms: i64,
}

/// A part of a position that was closed at a price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClosedPart {
    /// What is left, and what was realised.
    pub filled: Filled,
    /// `x·P` of the part, quote atoms: down for a long, up for a short.
    pub notional_atoms: u64,
}

impl Position {
    /// Closes a part at this price, without fee, spread and impact: a long sells it, a short buys it back.
    ///
    /// The notional is rounded against the account. Errors: [`RiskError::Overflow`], also for more than there is.
    pub fn close_at(self, price: AssetPrice, part: BaseAtoms) -> Result<ClosedPart, RiskError> {
        let bought = part.to_signed()?;
        if part > SignedBaseAtoms::new(self.size_atoms).magnitude() {
            return Err(RiskError::Overflow);
        }
        let traded = if self.size_atoms < 0 {
            bought
        } else {
            SignedBaseAtoms::ZERO.saturating_sub(bought) // ≥ −i64::MAX
        };
        let notional = price.trade_notional(traded)?;
        Ok(ClosedPart {
            filled: self.fill(traded, notional)?,
            notional_atoms: notional.get(),
        })
    }

    /// Closes it at this price and opens it again there: profit or loss is realised, the size stays.
    ///
    /// The new entry is up, so that no more loss is realised than there is. Errors: [`RiskError::Overflow`].
    pub fn reopen_at(self, price: AssetPrice) -> Result<Filled, RiskError> {
        let cost = price.cost_ceil(SignedBaseAtoms::new(self.size_atoms))?;
        let entry_quote_atoms = cost.get();
        Ok(Filled {
            position: Self {
                entry_quote_atoms,
                ..self
            },
            realized_quote_atoms: entry_quote_atoms.saturating_sub(self.entry_quote_atoms),
        })
    }

    /// Whether a fill of this signed size only reduces: |q| falls, the side stays.
    pub fn is_reduced_by(self, size_atoms: i64) -> bool {
        self.is_against(size_atoms) && size_atoms.unsigned_abs() <= self.size_atoms.unsigned_abs()
    }

    /// Whether a fill of this signed size closes something: it sells a long or buys back a short.
    const fn is_against(self, size_atoms: i64) -> bool {
        (self.size_atoms > 0 && size_atoms < 0) || (self.size_atoms < 0 && size_atoms > 0)
    }

    /// The position after buying (size > 0) or selling (size < 0) for a notional.
    ///
    /// A flip closes and opens: the notional is shared by size, the closing share rounded against
    /// the account. Errors: [`RiskError::Overflow`].
    pub fn fill(self, size: SignedBaseAtoms, notional: QuoteAtoms) -> Result<Filled, RiskError> {
        let size_atoms = size.get();
        let notional = notional.to_signed()?.get();
        let cost = if size_atoms < 0 {
            notional.saturating_neg() // ≥ −i64::MAX
        } else {
            notional
        };
        let size_after = self
            .size_atoms
            .checked_add(size_atoms)
            .ok_or(RiskError::Overflow)?;
        if !self.is_against(size_atoms) {
            let entry = self
                .entry_quote_atoms
                .checked_add(cost)
                .ok_or(RiskError::Overflow)?;
            let position = Self {
                size_atoms: size_after,
                entry_quote_atoms: entry,
            };
            return Ok(Filled {
                position,
                realized_quote_atoms: 0,
            });
        }
        let (held, filled) = (self.size_atoms.unsigned_abs(), size_atoms.unsigned_abs());
        let closed = held.min(filled);
        let cost_closed = share_ceil(cost, closed, filled)?;
        let entry_closed = share_ceil(self.entry_quote_atoms, closed, held)?;
        let realized = cost_closed
            .checked_add(entry_closed)
            .and_then(i64::checked_neg);
        let entry_left = self.entry_quote_atoms.checked_sub(entry_closed);
        let cost_left = cost.checked_sub(cost_closed);
        let entry = entry_left
            .zip(cost_left)
            .and_then(|(left, opened)| left.checked_add(opened));
        Ok(Filled {
            position: Self {
                size_atoms: size_after,
                entry_quote_atoms: entry.ok_or(RiskError::Overflow)?,
            },
            realized_quote_atoms: realized.ok_or(RiskError::Overflow)?,
        })
    }
}

/// `amount · part / whole`, rounded up (towards +∞): a cost, so against the account.
fn share_ceil(amount: i64, part: u64, whole: u64) -> Result<i64, RiskError> {
    let magnitude = amount.unsigned_abs();
    let signed = |share: u64| i64::try_from(share).map_err(|_| RiskError::Overflow);
    if amount < 0 {
        signed(mul_div_floor_u64(magnitude, part, whole)?)?
            .checked_neg()
            .ok_or(RiskError::Overflow)
    } else {
        signed(mul_div_ceil_u64(magnitude, part, whole)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::quantity::Price;

    fn position(size_atoms: i64, entry_quote_atoms: i64) -> Position {
        Position {
            size_atoms,
            entry_quote_atoms,
        }
    }

    #[test]
    fn opening_and_increasing_realises_nothing() {
        let filled = position(10, 1_000)
            .fill(SignedBaseAtoms::new(5), QuoteAtoms::new(600))
            .unwrap();
        assert_eq!(filled.position, position(15, 1_600));
        assert_eq!(filled.realized_quote_atoms, 0);
        let short = position(0, 0)
            .fill(SignedBaseAtoms::new(-4), QuoteAtoms::new(400))
            .unwrap();
        assert_eq!(short.position, position(-4, -400));
        let nothing_bought = position(0, 0)
            .fill(SignedBaseAtoms::new(0), QuoteAtoms::new(5))
            .unwrap();
        assert_eq!(nothing_bought.position, position(0, 5));
    }

    #[test]
    fn closing_part_of_a_long_rounds_the_profit_down() {
        // entry share of 1 of 3: 1000/3 up = 334
        let filled = position(3, 1_000)
            .fill(SignedBaseAtoms::new(-1), QuoteAtoms::new(400))
            .unwrap();
        assert_eq!(filled.realized_quote_atoms, 400 - 334);
        assert_eq!(filled.position, position(2, 666));
    }

    #[test]
    fn closing_part_of_a_short_rounds_the_profit_down() {
        // received share of 1 of 3: 1000/3 down = 333
        let filled = position(-3, -1_000)
            .fill(SignedBaseAtoms::new(1), QuoteAtoms::new(300))
            .unwrap();
        assert_eq!(filled.realized_quote_atoms, 333 - 300);
        assert_eq!(filled.position, position(-2, -667));
    }

    #[test]
    fn closing_all_settles_the_whole_entry() {
        let filled = position(-3, -1_000)
            .fill(SignedBaseAtoms::new(3), QuoteAtoms::new(1_100))
            .unwrap();
        assert_eq!(filled.position, position(0, 0));
        assert_eq!(filled.realized_quote_atoms, -100);
    }

    #[test]
    fn a_flip_closes_then_opens_and_conserves_cash() {
        let filled = position(2, 100)
            .fill(SignedBaseAtoms::new(-5), QuoteAtoms::new(301))
            .unwrap();
        // closing share of the proceeds: 301·2/5 = 120.4, down to 120; the rest opens the short
        assert_eq!(filled.realized_quote_atoms, 120 - 100);
        assert_eq!(filled.position, position(-3, -181));
    }

    #[test]
    fn splitting_a_close_never_gains() {
        for (entry, first) in [(1_000, 1), (999, 2), (-1_000, 1), (-7, 2)] {
            let side = if entry > 0 { 1 } else { -1 };
            let whole = position(3 * side, entry)
                .fill(SignedBaseAtoms::new(-3 * side), QuoteAtoms::new(900))
                .unwrap();
            let one = position(3 * side, entry)
                .fill(
                    SignedBaseAtoms::new(-first * side),
                    QuoteAtoms::new(300 * first as u64),
                )
                .unwrap();
            let rest = 300 * (3 - first) as u64;
            let two = one
                .position
                .fill(
                    SignedBaseAtoms::new(-(3 - first) * side),
                    QuoteAtoms::new(rest),
                )
                .unwrap();
            assert_eq!(two.position, Position::default());
            assert_eq!(
                one.realized_quote_atoms + two.realized_quote_atoms,
                whole.realized_quote_atoms
            );
        }
    }

    #[test]
    fn reduce_means_smaller_and_same_side() {
        assert!(position(5, 1).is_reduced_by(-5));
        assert!(position(-5, -1).is_reduced_by(4));
        assert!(!position(5, 1).is_reduced_by(-6));
        assert!(!position(5, 1).is_reduced_by(1));
        assert!(!position(0, 0).is_reduced_by(1));
        assert!(!position(5, 1).is_reduced_by(0));
        assert!(!position(-5, -1).is_reduced_by(0));
    }

    /// Half a quote atom per base atom.
    const HALF: AssetPrice = AssetPrice {
        price: Price(500_000_000_000),
        base_decimals: 6,
    };

    #[test]
    fn a_part_is_closed_at_the_price_against_the_account() {
        // 5 of 9 sold at ½: 2.5, down to 2; their entry 5/9 of 7 = 3.9, up to 4
        let long = position(9, 7).close_at(HALF, BaseAtoms::new(5)).unwrap();
        assert_eq!(
            (long.notional_atoms, long.filled.realized_quote_atoms),
            (2, -2)
        );
        assert_eq!(long.filled.position, position(4, 3));
        // bought back: 2.5, up to 3; received 5/9 of 7 = 3.9, down to 3
        let short = position(-9, -7).close_at(HALF, BaseAtoms::new(5)).unwrap();
        assert_eq!(
            (short.notional_atoms, short.filled.realized_quote_atoms),
            (3, 0)
        );
        assert_eq!(short.filled.position, position(-4, -4));
        let whole = position(-9, -7).close_at(HALF, BaseAtoms::new(9)).unwrap();
        assert_eq!(whole.filled.position, Position::default());
        assert_eq!(
            position(9, 7).close_at(HALF, BaseAtoms::new(10)),
            Err(RiskError::Overflow)
        );
    }

    #[test]
    fn reopening_realises_no_more_loss_than_there_is() {
        // worth 4.5: the entry falls from 7 to 5, up
        let long = position(9, 7).reopen_at(HALF).unwrap();
        assert_eq!(
            (long.position, long.realized_quote_atoms),
            (position(9, 5), -2)
        );
        // bought back for 4.5: the entry falls from −3 to −4, up
        let short = position(-9, -3).reopen_at(HALF).unwrap();
        assert_eq!(
            (short.position, short.realized_quote_atoms),
            (position(-9, -4), -1)
        );
        let gain = position(9, 3).reopen_at(HALF).unwrap();
        assert_eq!(gain.realized_quote_atoms, 2);
    }

    #[test]
    fn extremes_overflow_by_name() {
        let huge = position(i64::MAX, i64::MAX);
        assert_eq!(
            huge.fill(SignedBaseAtoms::new(1), QuoteAtoms::new(1)),
            Err(RiskError::Overflow)
        );
        assert_eq!(
            huge.fill(SignedBaseAtoms::new(-1), QuoteAtoms::new(u64::MAX)),
            Err(RiskError::Overflow)
        );
        assert!(
            huge.fill(
                SignedBaseAtoms::new(-i64::MAX),
                QuoteAtoms::new(i64::MAX as u64)
            )
            .is_ok()
        );
    }
}
