//! The only price of a market that has ended.
use crate::state::Asset;
use freeboard_risk::price::observation::Observation;

/// What a market that has ended counts at, whatever its feed holds. Out of the way of those that live.
#[cold]
#[inline(never)]
pub(super) fn observation(asset: &Asset, now: i64) -> Observation {
    Observation {
        publish_ts: now,
        ..asset.recorded.observation()
    }
}
