//! One figure: an instruction, on an account of a size.
use serde::{Deserialize, Serialize};

/// Compute units of an instruction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its name.
    pub instruction: String,
    /// Which of its ways, where it has several; else empty.
    pub variant: String,
    /// Positions that it values.
    pub positions: u8,
    /// Collaterals in other assets that it values, besides quote.
    pub collaterals: u8,
    /// Compute units of the instruction alone.
    pub compute_units: u64,
}

impl Row {
    /// Whether both measure the same thing.
    pub fn is_same_as(&self, other: &Row) -> bool {
        let key = |row: &Row| {
            (
                row.instruction.clone(),
                row.variant.clone(),
                row.positions,
                row.collaterals,
            )
        };
        key(self) == key(other)
    }

    /// What is measured, in words.
    pub fn name(&self) -> String {
        let variant = if self.variant.is_empty() {
            String::new()
        } else {
            format!(" ({})", self.variant)
        };
        let size = match (self.positions, self.collaterals) {
            (0, 0) => String::new(),
            (positions, 0) => format!(", {positions} + USDC"),
            (positions, collaterals) => format!(", {positions} + {collaterals}"),
        };
        format!("{}{variant}{size}", self.instruction)
    }
}
