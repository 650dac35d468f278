//! Priority fees.
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};

use super::{Cluster, NetworkError};

/// Accounts that one question about recent fees may name.
const MOST_ACCOUNTS: usize = 128;
/// Micro-lamports of a lamport.
const MICRO: u128 = 1_000_000;

/// What a transaction offers beyond the fee of its signatures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FeePolicy {
    /// Nothing.
    #[default]
    None,
    /// A price per compute unit.
    Fixed {
        /// Micro-lamports per compute unit.
        micro_lamports_per_unit: u64,
        /// The most that a transaction may cost beyond its signatures, lamports.
        most_lamports: u64,
    },
    /// What others lately paid who wrote the same accounts: a question of its own before each transaction.
    Recent {
        /// The part of recent slots whose fee is at most the one offered, percent, 0 to 100.
        percentile: u8,
        /// The most that a transaction may cost beyond its signatures, lamports.
        most_lamports: u64,
    },
}

impl FeePolicy {
    /// The fee of a transaction that asks for so many compute units, lamports, up.
    pub(crate) async fn lamports(
        &self,
        cluster: &Cluster,
        instructions: &[Instruction],
        compute_units: u32,
    ) -> Result<u64, NetworkError> {
        match *self {
            Self::None => Ok(0),
            Self::Fixed {
                micro_lamports_per_unit,
                most_lamports,
            } => Ok(cost(micro_lamports_per_unit, compute_units).min(most_lamports)),
            Self::Recent {
                percentile,
                most_lamports,
            } => {
                let written = written(instructions);
                let recent = cluster.recent_fee(&written, percentile).await?;
                Ok(cost(recent, compute_units).min(most_lamports))
            }
        }
    }
}

impl Cluster {
    /// What was paid in recent slots by those who wrote these accounts, micro-lamports per compute unit: as much as in this
    /// part of the slots at most, percent. 0 where nothing was. Of more than 128 accounts the first count.
    ///
    /// Errors: of the network.
    pub async fn recent_fee(
        &self,
        written: &[Pubkey],
        percentile: u8,
    ) -> Result<u64, NetworkError> {
        let some = &written[..written.len().min(MOST_ACCOUNTS)];
        let answer = self.rpc().get_recent_prioritization_fees(some).await;
        let fees = answer.map_err(|error| self.failure(&error))?;
        let by_slot = fees.iter().map(|fee| fee.prioritization_fee).collect();
        Ok(quantile(by_slot, percentile))
    }
}

/// Accounts that instructions write, each once.
fn written(instructions: &[Instruction]) -> Vec<Pubkey> {
    let metas = instructions.iter().flat_map(|one| &one.accounts);
    let mut keys: Vec<Pubkey> = metas
        .filter(|meta| meta.is_writable)
        .map(|meta| meta.pubkey)
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Lamports, up.
fn cost(micro_lamports_per_unit: u64, compute_units: u32) -> u64 {
    let micro = u128::from(micro_lamports_per_unit) * u128::from(compute_units);
    u64::try_from(micro.div_ceil(MICRO)).unwrap_or(u64::MAX)
}

/// The smallest of these numbers that at least this percentage of them does not exceed; 0 of none.
fn quantile(mut numbers: Vec<u64>, percentile: u8) -> u64 {
    numbers.sort_unstable();
    let count = numbers.len() * usize::from(percentile.min(100));
    let place = count.div_ceil(100).saturating_sub(1);
    numbers.get(place).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_the_numbers() {
        let numbers = vec![5, 1, 3, 2, 4];
        for (percentile, expected) in [(0, 1), (20, 1), (21, 2), (50, 3), (100, 5), (255, 5)] {
            assert_eq!(
                quantile(numbers.clone(), percentile),
                expected,
                "{percentile}"
            );
        }
        assert_eq!(quantile(Vec::new(), 50), 0);
    }

    #[test]
    fn a_fee_is_rounded_up_and_never_wraps() {
        assert_eq!(cost(1, 1), 1);
        assert_eq!(cost(1_000, 200_000), 200);
        assert_eq!(cost(u64::MAX, u32::MAX), u64::MAX);
    }
}
