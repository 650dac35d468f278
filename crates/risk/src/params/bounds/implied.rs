//! Bounds of a value of implied volatility that governance sets: it is checked by itself.
use super::{bounds, require};
use crate::RiskError;

/// How far ahead a governed value may expire, seconds: 90 days, the longest timelock and the life of a change and more.
pub const IMPLIED_AHEAD_SECS: u64 = 7_776_000;

/// A governed implied volatility.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GovernedImplied {
    /// Volatility per √hour, × 10^9.
    pub sigma_e9: u64,
    /// Largest volatility of the asset per √hour, × 10^9.
    pub sigma_cap_e9: u64,
    /// How long it still counts, seconds.
    pub life_secs: u64,
}

bounds! {
    /// Checks a governed implied volatility beside the asset.
    pub fn check_bounds of GovernedImplied, "" {
        ImpliedVolatilityOutOfBounds {
            /// σ_cap and above is taken for absurd, from a feed as well.
            sigma_below_cap: If("`implied.sigma_e9` above 0 and below `params.sigma_cap_e9`",
                ["implied.sigma_e9", "params.sigma_cap_e9"]);
            /// It always lapses by itself.
            expires_in: If("`implied.until_ts` in the future, by at most {}",
                ["implied.until_ts"], Secs(IMPLIED_AHEAD_SECS));
        }
    }
}

impl GovernedImplied {
    fn sigma_below_cap(&self) -> bool {
        0 < self.sigma_e9 && self.sigma_e9 < self.sigma_cap_e9
    }

    fn expires_in(&self, most_secs: u64) -> bool {
        0 < self.life_secs && self.life_secs <= most_secs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_governed_value_is_below_the_cap_and_lapses() {
        let check = |sigma_e9, life_secs| {
            GovernedImplied {
                sigma_e9,
                sigma_cap_e9: 100,
                life_secs,
            }
            .check_bounds()
            .is_ok()
        };
        assert!(check(1, 1) && check(99, IMPLIED_AHEAD_SECS));
        assert!(!check(0, 1) && !check(100, 1));
        assert!(!check(1, 0) && !check(1, IMPLIED_AHEAD_SECS + 1));
    }
}
