//! What the account of a case holds.
use freeboard_errors::FreeboardError;
use freeboard_risk::requirement::holding::{Holding, MAX_COLLATERALS, MAX_POSITIONS};
use serde::Deserialize;

use crate::CaseError;
use crate::input::Text;

/// Quote balance, positions and collaterals. Interest and funding are already accrued.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Balance with interest, quote atoms; negative for a loan.
    pub quote_atoms: Text<i64>,
    /// Positions, at most 16.
    pub positions: Vec<Position>,
    /// Collaterals, at most 8.
    pub collaterals: Vec<Collateral>,
}

/// A position; the asset is an index into the case's assets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Index of the asset.
    pub asset: usize,
    /// Signed size, base atoms; positive for a long.
    pub size_atoms: Text<i64>,
    /// Size · price it was opened at, quote atoms, with the sign of the size.
    pub entry_quote_atoms: Text<i64>,
    /// Funding owed and not settled, quote atoms.
    pub funding_quote_atoms: Text<i64>,
}

/// A collateral; the asset is an index into the case's assets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collateral {
    /// Index of the asset.
    pub asset: usize,
    /// Amount, base atoms.
    pub amount_atoms: Text<u64>,
}

impl Account {
    /// Writes the positions and collaterals into the holdings of their assets.
    pub(super) fn hold(&self, holdings: &mut [Holding]) -> Result<(), CaseError> {
        let slots = |path, held: usize, most: usize, error| {
            if held <= most {
                return Ok(());
            }
            let reason = format!("an account has at most {most}, not {held}");
            Err(CaseError::numbered(path, error, reason))
        };
        let (positions, collaterals) = (self.positions.len(), self.collaterals.len());
        slots(
            "account.positions",
            positions,
            MAX_POSITIONS,
            FreeboardError::TooManyPositions,
        )?;
        slots(
            "account.collaterals",
            collaterals,
            MAX_COLLATERALS,
            FreeboardError::TooManyCollaterals,
        )?;
        for (index, position) in self.positions.iter().enumerate() {
            let path = format!("account.positions[{index}]");
            let holding = holding_of(holdings, position.asset, &path)?;
            if position.size_atoms.0 == 0 {
                let path = format!("{path}.size_atoms");
                return Err(CaseError::at_path(path, "a position has a size"));
            }
            if holding.has_position() {
                return Err(twice(&path));
            }
            holding.size_atoms = position.size_atoms.0;
            holding.entry_quote_atoms = position.entry_quote_atoms.0;
            holding.funding_quote_atoms = position.funding_quote_atoms.0;
        }
        for (index, collateral) in self.collaterals.iter().enumerate() {
            let path = format!("account.collaterals[{index}]");
            let holding = holding_of(holdings, collateral.asset, &path)?;
            if collateral.amount_atoms.0 == 0 {
                let path = format!("{path}.amount_atoms");
                return Err(CaseError::at_path(path, "a collateral is above 0"));
            }
            if holding.collateral_atoms != 0 {
                return Err(twice(&path));
            }
            holding.collateral_atoms = collateral.amount_atoms.0;
        }
        Ok(())
    }
}

fn twice(path: &str) -> CaseError {
    CaseError::at_path(format!("{path}.asset"), "this asset is in the list already")
}

fn holding_of<'a>(
    holdings: &'a mut [Holding],
    asset: usize,
    path: &str,
) -> Result<&'a mut Holding, CaseError> {
    let count = holdings.len();
    holdings.get_mut(asset).ok_or_else(|| {
        let reason = format!("there is no asset {asset}: the case has {count}");
        CaseError::at_path(format!("{path}.asset"), reason)
    })
}
