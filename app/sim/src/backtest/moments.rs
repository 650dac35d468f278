//! Which moments belong together: a horizon apart, or shared by several assets.
use super::Replayed;
use crate::replay::Point;

/// For each point the index of the point `horizon_secs` later or, where there is none, of the first after that: over a
/// gap a margin has to hold until there is a price again. `None` at the end.
pub(crate) fn later(points: &[Point], horizon_secs: i64) -> Vec<Option<usize>> {
    let mut ahead = 0;
    points
        .iter()
        .map(|point| {
            let wanted = point.ts + horizon_secs;
            while ahead < points.len() && points[ahead].ts < wanted {
                ahead += 1;
            }
            (ahead < points.len()).then_some(ahead)
        })
        .collect()
}

/// Points of several assets at the moments that all of them have.
pub(super) fn common_points<'a>(assets: &[&'a Replayed]) -> Vec<Vec<(usize, &'a Point)>> {
    let Some((first, others)) = assets.split_first() else {
        return Vec::new();
    };
    let find = |asset: &'a Replayed, ts: i64| {
        let index = asset
            .points
            .binary_search_by_key(&ts, |point| point.ts)
            .ok()?;
        Some((index, &asset.points[index]))
    };
    let moments = first.points.iter().enumerate();
    moments
        .filter_map(|(index, point)| {
            let mut all = vec![(index, point)];
            for other in others {
                all.push(find(other, point.ts)?);
            }
            Some(all)
        })
        .collect()
}
