//! Which moments belong together: a horizon apart, or shared by several assets.
use super::Replayed;
use crate::replay::Point;

/// For each point the index of the point exactly `horizon_secs` later, where there is one.
pub(super) fn later(points: &[Point], horizon_secs: i64) -> Vec<Option<usize>> {
    let mut ahead = 0;
    points
        .iter()
        .map(|point| {
            let wanted = point.ts + horizon_secs;
            while ahead < points.len() && points[ahead].ts < wanted {
                ahead += 1;
            }
            points
                .get(ahead)
                .filter(|then| then.ts == wanted)
                .map(|_| ahead)
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
