//! When an asset may move to another bucket: MM of its positions then reads another column of the
//! scenarios, at once.
use crate::RiskError;
use crate::params::{BUCKETS, ScenarioCoefficients};

/// Whether no scenario asks more of a lone position in bucket `new` than in bucket `old`.
///
/// To be called with the scenarios in force for MM and with those they ramp to: a line that is below
/// another at both ends is below it in between. An asset moves to a harder column by way of an unused
/// one that equals its own and is then tightened.
///
/// Errors: [`RiskError::BucketOutOfBounds`].
pub fn check_bucket_change(
    scenarios: &[ScenarioCoefficients],
    old: u8,
    new: u8,
) -> Result<(), RiskError> {
    let no_harder = |scenario: &ScenarioCoefficients| {
        let shock = |bucket: u8| scenario.shock.get(usize::from(bucket)).copied();
        match (shock(old), shock(new)) {
            (Some(old), Some(new)) => (old.min(0)..=old.max(0)).contains(&new),
            _ => false,
        }
    };
    if usize::from(new) < BUCKETS && scenarios.iter().all(no_harder) {
        Ok(())
    } else {
        Err(RiskError::BucketOutOfBounds)
    }
}

#[cfg(test)]
#[path = "bucket_tests.rs"]
mod tests;
