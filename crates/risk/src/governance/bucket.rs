//! When an asset may move to another bucket: MM of its positions then reads another column of the
//! scenarios, at once.
use crate::RiskError;
use crate::params::{BUCKETS, ScenarioCoefficients};

/// An asset's way to another bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BucketMove {
    /// Where it is.
    pub from: u8,
    /// Where it goes.
    pub to: u8,
}

/// Whether no scenario asks more of a lone position in the new bucket than in the old one.
///
/// To be called with the scenarios in force for MM and with those they ramp to: a line that is below
/// another at both ends is below it in between. An asset moves to a harder column by way of an unused
/// one that equals its own and is then tightened.
///
/// Errors: [`RiskError::BucketOutOfBounds`].
pub fn check_bucket_change(
    scenarios: &[ScenarioCoefficients],
    moved: BucketMove,
) -> Result<(), RiskError> {
    let no_harder = |scenario: &ScenarioCoefficients| {
        let shock = |bucket: u8| scenario.shock.get(usize::from(bucket)).copied();
        match (shock(moved.from), shock(moved.to)) {
            (Some(old), Some(new)) => (old.min(0)..=old.max(0)).contains(&new),
            _ => false,
        }
    };
    if usize::from(moved.to) < BUCKETS && scenarios.iter().all(no_harder) {
        Ok(())
    } else {
        Err(RiskError::BucketOutOfBounds)
    }
}

#[cfg(test)]
#[path = "bucket_tests.rs"]
mod tests;
