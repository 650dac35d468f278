//! That a closing did not go beyond the liquidation target, judged on the account as it came out of it (whitepaper §7.3).
//!
//! With its last step given back, at the prices that it was closed at, the account would not be at the target: no more
//! was closed than needed. The last step is a lot of one asset, or a thousandth of everything.
use super::Closing;
use super::slice::Sliced;
use super::terms::ClosingTerms;
use crate::RiskError;
use crate::number::atoms::BaseAtoms;
use crate::number::quantity::UnitPrice;
use crate::requirement::holding::Holding;
use crate::requirement::margin::LiquidationValuation;

/// The side that a closed position went to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PositionTaker {
    /// The pool, at the oracle price.
    Pool,
    /// The liquidator, who pays for the age of the price.
    Liquidator,
}

/// What the last step of a closing took of one holding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastStep {
    /// Of the position, base atoms, signed like it.
    pub position_atoms: i64,
    /// Where that went.
    pub taker: PositionTaker,
    /// Of the collateral, base atoms, sold to the liquidator.
    pub collateral_atoms: u64,
}

impl LastStep {
    /// The last lot of a closing of one asset. `left` is the holding after it, `size_before_atoms` the signed position
    /// before it.
    ///
    /// None where it cannot be too much: all is closed where all does not suffice, and the first lot always is.
    /// Errors: [`RiskError::Overflow`] for a lot beyond the range of positions.
    pub fn lot(
        closing: Closing,
        taker: PositionTaker,
        left: &Holding,
        size_before_atoms: i64,
        closed_atoms: u64,
    ) -> Result<Option<Self>, RiskError> {
        let lot_atoms = left.coefficients.lot_atoms;
        if closing.closable_atoms(left) == 0 || closed_atoms <= lot_atoms {
            return Ok(None);
        }
        Ok(Some(Self {
            position_atoms: match closing {
                Closing::Position | Closing::Pair => signed(lot_atoms, size_before_atoms)?,
                Closing::Collateral => 0,
            },
            taker,
            collateral_atoms: match closing {
                Closing::Collateral | Closing::Pair => lot_atoms,
                Closing::Position => 0,
            },
        }))
    }

    /// What a slice took of a holding beyond what `less_permille` of it would have. `before` is the holding before it.
    ///
    /// Errors: those of [`Sliced::new`]; [`RiskError::Overflow`].
    pub fn of_slice(
        closed: &Sliced,
        before: &Holding,
        less_permille: u64,
    ) -> Result<Self, RiskError> {
        let less = Sliced::new(before, less_permille)?;
        let position = closed.position_atoms.saturating_sub(less.position_atoms);
        Ok(Self {
            position_atoms: signed(position, before.size_atoms)?,
            taker: PositionTaker::Pool,
            collateral_atoms: closed
                .collateral_atoms
                .saturating_sub(less.collateral_atoms),
        })
    }

    /// Puts it back into the holding, at the price and on the terms that it was closed at; returns the quote balance
    /// after it.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn give_back(
        &self,
        holding: &mut Holding,
        terms: &ClosingTerms,
        quote_atoms: i64,
    ) -> Result<i64, RiskError> {
        let unit = holding.unit_price()?;
        let mut quote_after = quote_atoms;
        if self.position_atoms != 0 {
            let notional = notional_floor(unit, self.position_atoms.unsigned_abs())?;
            let gained = match self.taker {
                PositionTaker::Pool => 0,
                PositionTaker::Liquidator => gained_floor(terms, notional)?,
            };
            let cost = if self.position_atoms < 0 {
                gained.saturating_sub(notional)
            } else {
                notional.saturating_add(gained)
            };
            holding.size_atoms = sum(holding.size_atoms, self.position_atoms)?;
            holding.entry_quote_atoms = sum(holding.entry_quote_atoms, cost)?;
        }
        if self.collateral_atoms != 0 {
            let amount = holding.collateral_atoms.checked_add(self.collateral_atoms);
            holding.collateral_atoms = amount.ok_or(RiskError::Overflow)?;
            let notional = notional_floor(unit, self.collateral_atoms)?;
            let price = notional.saturating_add(gained_floor(terms, notional)?);
            quote_after = sum(quote_atoms, price.saturating_neg())?; // ≥ −i64::MAX
        }
        Ok(quote_after)
    }
}

/// The account with the last step given back, valued so, is not at its target, (1 + β)·MM. `favour_atoms` is the favour of
/// before the closing, which is judged with that all through.
///
/// Errors: [`RiskError::LiquidationTooLarge`].
pub fn check_below_target(
    given_back: &LiquidationValuation,
    favour_atoms: i128,
    beta_e9: u64,
) -> Result<(), RiskError> {
    if given_back
        .requirement_with(favour_atoms)
        .reaches_target(beta_e9)
    {
        Err(RiskError::LiquidationTooLarge)
    } else {
        Ok(())
    }
}

/// `⌊x·P⌋` as an entry.
fn notional_floor(unit: UnitPrice, atoms: u64) -> Result<i64, RiskError> {
    let notional = unit.notional_floor(BaseAtoms::new(atoms))?;
    Ok(notional.to_signed()?.get())
}

fn gained_floor(terms: &ClosingTerms, notional_atoms: i64) -> Result<i64, RiskError> {
    let gained = terms.gained_floor(notional_atoms.unsigned_abs());
    i64::try_from(gained).map_err(|_| RiskError::Overflow)
}

/// A size with the side of a position.
fn signed(atoms: u64, like_atoms: i64) -> Result<i64, RiskError> {
    let atoms = i64::try_from(atoms).map_err(|_| RiskError::Overflow)?;
    Ok(atoms.saturating_mul(like_atoms.signum()))
}

fn sum(a: i64, b: i64) -> Result<i64, RiskError> {
    a.checked_add(b).ok_or(RiskError::Overflow)
}

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;
